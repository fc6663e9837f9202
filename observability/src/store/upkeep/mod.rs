//! What keeps the store within its bounds: old events go, room is given back, and the write-ahead log is brought into
//! the database beside the writer, which never waits for that.

mod removal;
mod space;

pub use space::Space;
pub(super) use space::log_bytes;
pub(super) use space::used;

use super::search::Notice;
use super::writer::Writer;
use super::{StoreError, StoreOptions};
use removal::{Bound, Removed};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Length of the log, in bytes, from which on it is brought into the database.
const LOG_BYTES: u64 = 8 * 1024 * 1024;
/// Length of the log, in bytes, at which the writer waits for it: it would grow without end otherwise.
const MAX_LOG_BYTES: u64 = 64 * 1024 * 1024;
/// Events of one transaction that removes them; the writer is held up for that long.
const CHUNK: u32 = 200;
/// Above the bound events go until this share of it is left free, so that not every event that comes removes one.
const FREED_SHARE: u64 = 20;

/// Upkeep of one store.
pub(super) struct Upkeep {
    connection: Connection,
    path: PathBuf,
    options: StoreOptions,
    writer: Writer,
    search: Notice,
}

impl Upkeep {
    /// Upkeep with a connection of its own.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub(super) fn new(
        path: &Path,
        options: StoreOptions,
        writer: Writer,
        search: Notice,
    ) -> Result<Self, StoreError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(1))?;
        connection.pragma_update(None, "cache_size", -512)?;
        Ok(Self { connection, path: path.to_owned(), options, writer, search })
    }

    /// One look, and whatever it leads to.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed.
    pub(super) fn look(&self, now_ms: i64) -> Result<(), StoreError> {
        self.bring_in_log()?;
        let days = now_ms.div_euclid(24 * 60 * 60 * 1_000);
        let kept = i64::try_from(self.options.max_age.as_secs() / (24 * 60 * 60)).unwrap_or(i64::MAX);
        let oldest = days.saturating_sub(kept);
        // Looked at first: a store where nothing happens is not written to.
        let (newest_day, oldest_day) = removal::days(&self.connection)?;
        if newest_day.is_none_or(|day| day < days) {
            self.writer.run_blocking(move |connection| removal::note_day(connection, days))?;
        }
        if oldest_day.is_some_and(|day| day < oldest) {
            while self.remove(Bound::Day(oldest))?.events > 0 {}
        }
        let used = Space { database: space::live(&self.connection)?, ..space::used(&self.path) };
        if used.total() > self.options.max_bytes {
            self.make_room(used)?;
        }
        Ok(())
    }

    /// Removes the oldest events until there is room again, or nothing is left to remove.
    fn make_room(&self, used: Space) -> Result<(), StoreError> {
        let wanted = self.options.max_bytes - self.options.max_bytes / FREED_SHARE;
        // The index follows in its own time: the database goes down to its share of what is wanted.
        let share = u128::from(wanted) * u128::from(used.database) / u128::from(used.total().max(1));
        while u128::from(space::live(&self.connection)?) > share {
            let removed = self.remove(Bound::Oldest)?;
            self.bring_in_log()?;
            if removed.events == 0 {
                tracing::warn!("the event store is larger than its bound, and nothing in it can go");
                break;
            }
        }
        Ok(())
    }

    fn remove(&self, bound: Bound) -> Result<Removed, StoreError> {
        let removed =
            self.writer.change_history(move |connection| removal::remove(connection, bound, CHUNK))?;
        if removed.events > 0 {
            self.search.events();
            self.writer.run_blocking(space::give_back)?;
        }
        Ok(removed)
    }

    fn bring_in_log(&self) -> Result<(), StoreError> {
        let bytes = log_bytes(&self.path);
        if bytes > LOG_BYTES.min(self.options.max_bytes / 16) {
            space::checkpoint(&self.connection, "PASSIVE")?;
        }
        if bytes > MAX_LOG_BYTES.min(self.options.max_bytes / 8) {
            self.writer.between_commits(|connection| space::checkpoint(connection, "RESTART"))?;
        }
        Ok(())
    }
}

/// Upkeep's thread; it ends with this.
pub(super) struct Keeper {
    stop: SyncSender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts to look now and then.
    ///
    /// # Errors
    /// When there can be no thread.
    pub(super) fn start(upkeep: Upkeep) -> Result<Self, StoreError> {
        let (stop, stopped) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("store-upkeep".into())
            .spawn(move || {
                while stopped.recv_timeout(upkeep.options.look_every) == Err(RecvTimeoutError::Timeout) {
                    match upkeep.look(now_ms()) {
                        Ok(()) => {}
                        Err(StoreError::Closed) => return,
                        Err(error) => tracing::warn!(%error, "the event store's upkeep is put off"),
                    }
                }
            })
            .map_err(|source| StoreError::File { what: "cannot start the upkeep thread".into(), source })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.stop.try_send(());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
