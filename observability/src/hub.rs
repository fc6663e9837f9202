//! The live hub: every stored event, to every reader, without any reader slowing the writer.

use crate::event::StoredEvent;
use std::sync::Arc;
use tokio::sync::broadcast;

/// Events that a reader may lag behind before it is told to resync.
const BACKLOG: usize = 4_096;

/// Streams stored events in the order of their ids. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hub {
    sender: broadcast::Sender<Arc<StoredEvent>>,
}

impl Hub {
    /// Makes a hub without readers.
    #[must_use]
    pub fn new() -> Self {
        Self { sender: broadcast::channel(BACKLOG).0 }
    }

    /// Everything that is stored from now on. A reader that lags gets
    /// [`broadcast::error::RecvError::Lagged`] and should read what it missed from the store.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<StoredEvent>> {
        self.sender.subscribe()
    }

    pub(crate) fn publish(&self, events: Vec<Arc<StoredEvent>>) {
        for event in events {
            // Nobody listening is no fault.
            let _ = self.sender.send(event);
        }
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}
