//! How far the handing on has come, kept in the store.

use rozet_observability::store::{Store, StoreError};

/// The newest event that the other server has, or has refused.
pub(super) struct Place {
    key: String,
    id: i64,
    kept: i64,
}

impl Place {
    /// Where it was left; for a server that is new, at the newest event: what was stored before it was named is not for it.
    pub(super) async fn find(store: &Store, name: &str) -> Result<Self, StoreError> {
        let key = format!("forwarded:{name}");
        if let Some(id) = store.meta(key.clone()).await?.and_then(|id| id.parse().ok()) {
            return Ok(Self { key, id, kept: id });
        }
        let id = store.newest_event().await?;
        store.set_meta(key.clone(), id.to_string()).await?;
        Ok(Self { key, id, kept: id })
    }

    pub(super) const fn id(&self) -> i64 {
        self.id
    }

    pub(super) const fn come_to(&mut self, id: i64) {
        self.id = id;
    }

    /// Writes it down.
    pub(super) async fn keep(&mut self, store: &Store) -> Result<(), StoreError> {
        if self.kept != self.id {
            store.set_meta(self.key.clone(), self.id.to_string()).await?;
            self.kept = self.id;
        }
        Ok(())
    }
}
