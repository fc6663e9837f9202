//! The clients that are kept: each has its own connections.

use super::Remote;
use crate::settings::RemoteModel;
use std::sync::{Arc, Mutex, PoisonError};

const MAX_CLIENTS: usize = 8;

/// One client for each model behind a provider's API.
#[derive(Default)]
pub(crate) struct Clients(Mutex<Vec<(RemoteModel, Arc<Remote>)>>);

impl Clients {
    /// The client, made when it is not there yet.
    ///
    /// # Errors
    /// In words for a person: why none can be made.
    pub(crate) fn of(&self, model: &RemoteModel) -> Result<Arc<Remote>, String> {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.iter().find(|(known, _)| known == model) {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(Remote::new(model.clone())?);
        if clients.len() >= MAX_CLIENTS {
            clients.remove(0);
        }
        clients.push((model.clone(), Arc::clone(&client)));
        Ok(client)
    }
}
