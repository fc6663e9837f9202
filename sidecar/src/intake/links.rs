//! The stream to the plugins: plans and task states, to whoever listens.

use rozet_observability::link::LinkFrame;
use std::sync::Arc;
use tokio::sync::broadcast;

/// Frames that a reader may lag behind before it is told to resync.
const BACKLOG: usize = 256;

/// One frame, serialised once for all readers.
#[derive(Debug)]
pub(crate) struct SentFrame {
    /// The session it is about.
    pub(crate) session_id: String,
    /// The one reader that it is for; none when it is for all.
    pub(crate) producer: Option<String>,
    /// The frame as JSON.
    pub(crate) json: String,
}

/// Everyone who listens. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    sender: broadcast::Sender<Arc<SentFrame>>,
}

impl Links {
    pub(crate) fn new() -> Self {
        Self { sender: broadcast::channel(BACKLOG).0 }
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<SentFrame>> {
        self.sender.subscribe()
    }

    /// Sends to all who listen now; nobody listening is no fault.
    pub(crate) fn send(&self, frame: &LinkFrame) {
        let session_id = match frame {
            LinkFrame::Plan { plan } => plan.session_id.clone(),
            LinkFrame::Task { session_id, .. } => session_id.clone(),
            LinkFrame::Run { run } => run.session_id.clone(),
            LinkFrame::Hello { .. } | LinkFrame::Call { .. } | LinkFrame::Resync => String::new(),
        };
        self.broadcast(frame, session_id, None);
    }

    /// Sends to one producer's reader alone.
    pub(crate) fn send_to(&self, producer: &str, frame: &LinkFrame) {
        self.broadcast(frame, String::new(), Some(producer.to_owned()));
    }

    fn broadcast(&self, frame: &LinkFrame, session_id: String, producer: Option<String>) {
        match serde_json::to_string(frame) {
            Ok(json) => {
                let _ = self.sender.send(Arc::new(SentFrame { session_id, producer, json }));
            }
            Err(error) => tracing::error!(%error, "a link frame cannot be written"),
        }
    }
}
