//! Reading on, in the order of ids, from where one was.

use super::read::{COLUMNS, TABLES, stored_event};
use super::{Store, StoreError};
use crate::event::StoredEvent;

impl Store {
    /// The events after this id, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn after(&self, id: i64, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM {TABLES} WHERE events.id > ?1 ORDER BY events.id LIMIT ?2"
            ))?;
            let rows = statement.query_map((id, limit), |row| stored_event(connection, row))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}
