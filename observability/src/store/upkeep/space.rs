//! Room on the disk.

use crate::store::{StoreError, open, search};
use rusqlite::Connection;
use std::path::Path;

/// Pages that are given back at a time.
const PAGES: u32 = 2_000;

/// What the store uses of the disk, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Space {
    /// The database with its log.
    pub database: u64,
    /// The search index with its log.
    pub index: u64,
}

impl Space {
    /// All of it, in bytes.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.database + self.index
    }
}

/// What the database at `path` and its index use.
pub(in crate::store) fn used(path: &Path) -> Space {
    Space { database: open::bytes_on_disk(path), index: open::bytes_on_disk(&search::path_of(path)) }
}

/// Bytes of the database that are in use; what is free in it can be given back.
pub(super) fn live(connection: &Connection) -> Result<u64, StoreError> {
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let pages = number("page_count")?.saturating_sub(number("freelist_count")?);
    Ok(u64::try_from(pages.saturating_mul(number("page_size")?)).unwrap_or_default())
}

/// Length of the write-ahead log, in bytes.
pub(in crate::store) fn log_bytes(path: &Path) -> u64 {
    std::fs::metadata(open::with_suffix(path, "-wal")).map(|metadata| metadata.len()).unwrap_or_default()
}

/// Gives free pages back to the system.
pub(super) fn give_back(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.execute_batch(&format!("PRAGMA incremental_vacuum({PAGES})"))?)
}

/// Brings the log into the database, as far as readers and writers let it.
pub(super) fn checkpoint(connection: &Connection, mode: &str) -> Result<(), StoreError> {
    let row = connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get::<_, i64>(0));
    row.map(drop).map_err(StoreError::Sqlite)
}
