//! Facts about the store itself.

use super::StoreError;
use rusqlite::{Connection, OptionalExtension, params};

/// The value of a key.
pub(super) fn get(connection: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

/// Sets the value of a key.
pub(super) fn set(connection: &Connection, key: &str, value: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value")?
        .execute(params![key, value])?;
    Ok(())
}

/// The name that tells this store from every other.
pub(super) fn store_id(connection: &Connection) -> Result<String, StoreError> {
    get(connection, "store_id")?.ok_or(StoreError::Unreadable("name of the store"))
}
