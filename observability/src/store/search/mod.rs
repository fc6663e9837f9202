//! What events are found by, and their full text: a database of its own beside the store's, made of it alone, filled by
//! its own thread behind the writer. It may be deleted at any time; it is made anew.

mod fill;
mod text;

use super::StoreError;
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// After a failure.
const AGAIN_AFTER: Duration = Duration::from_secs(5);
/// The version of what is indexed; another one means that the index is made anew.
const VERSION: &str = "1";

/// The index's thread.
pub(super) struct Search {
    news: SyncSender<News>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, PartialEq, Eq)]
enum News {
    Events,
    Stop,
}

/// Tells the index that there is something new. Never waits.
#[derive(Clone)]
pub(super) struct Notice(SyncSender<News>);

impl Notice {
    pub(super) fn events(&self) {
        // One notice that waits says it all.
        let _ = self.0.try_send(News::Events);
    }
}

impl Search {
    /// Opens or makes the index of the database at `store`, and starts to fill it.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub(super) fn start(store: &Path, index_after: Duration) -> Result<Self, StoreError> {
        let connection = open(store)?;
        let (news, heard) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("store-search".into())
            .spawn(move || keep_up(&connection, &heard, index_after))
            .map_err(|source| StoreError::File { what: "cannot start the index's thread".into(), source })?;
        let search = Self { news, thread: Some(thread) };
        search.notice().events();
        Ok(search)
    }

    pub(super) fn notice(&self) -> Notice {
        Notice(self.news.clone())
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        // What waits to be read is at most one notice, which is taken at once.
        while let Err(TrySendError::Full(_)) = self.news.try_send(News::Stop) {
            std::thread::yield_now();
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Where the index of a database is.
pub(super) fn path_of(store: &Path) -> PathBuf {
    let name = store.file_stem().unwrap_or_default().to_string_lossy();
    store.with_file_name(format!("{name}-search.db"))
}

fn open(store: &Path) -> Result<Connection, StoreError> {
    let path = path_of(store);
    if let Ok(connection) = open_sound(&path, store) {
        return Ok(connection);
    }
    // Nothing is lost with it.
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let _ = std::fs::remove_file(name);
    }
    open_sound(&path, store)
}

fn open_sound(path: &Path, store: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // It is made anew from the store when it is damaged.
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update(None, "journal_size_limit", 4 * 1024 * 1024)?;
    connection.pragma_update(None, "cache_size", -4_096)?;
    connection.execute("ATTACH ?1 AS store", [store.to_string_lossy()])?;
    connection.execute_batch(include_str!("tables.sql"))?;
    let of_store = format!("{VERSION} {}", store_id(&connection)?);
    if state(&connection, "made_of").as_deref() != Some(of_store.as_str()) {
        connection.execute_batch(
            "BEGIN IMMEDIATE; INSERT INTO found (found) VALUES ('delete-all'); DELETE FROM marks; DELETE FROM hours;",
        )?;
        set_state(&connection, "made_of", &of_store)?;
        set_state(&connection, "last", "0")?;
        connection.execute_batch("COMMIT")?;
    }
    Ok(connection)
}

/// How far the index has come, as a reader sees it.
pub(super) fn indexed(connection: &Connection) -> Result<i64, StoreError> {
    let last: String = connection
        .prepare_cached("SELECT value FROM search.state WHERE key = 'last'")?
        .query_row([], |row| row.get(0))?;
    last.parse().map_err(|_| StoreError::Unreadable("state of the index"))
}

fn store_id(connection: &Connection) -> Result<String, StoreError> {
    Ok(connection.query_row("SELECT value FROM store.meta WHERE key = 'store_id'", [], |row| row.get(0))?)
}

fn state(connection: &Connection, key: &str) -> Option<String> {
    connection.query_row("SELECT value FROM state WHERE key = ?1", [key], |row| row.get(0)).ok()
}

fn set_state(connection: &Connection, key: &str, value: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO state VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value")?
        .execute(params![key, value])?;
    Ok(())
}

fn keep_up(connection: &Connection, heard: &Receiver<News>, index_after: Duration) {
    let mut wait = None;
    loop {
        let news = match wait {
            None => heard.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(time) => heard.recv_timeout(time),
        };
        match news {
            Ok(News::Events) | Err(RecvTimeoutError::Timeout) => {}
            Ok(News::Stop) | Err(RecvTimeoutError::Disconnected) => return,
        }
        // A stop that comes meanwhile is heard at once; more news waits for the same writing.
        let until = Instant::now() + index_after;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            match heard.recv_timeout(left) {
                Ok(News::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(News::Events) | Err(RecvTimeoutError::Timeout) => {}
            }
        }
        wait = None;
        loop {
            match fill::index_some(connection).and_then(|count| Ok(count + fill::forget_some(connection)?)) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "the search index falls behind");
                    wait = Some(AGAIN_AFTER);
                    break;
                }
            }
            if heard.try_recv() == Ok(News::Stop) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::store::{ProducerFigures, Store, StoreOptions};
    use serde_json::json;

    fn event(seq: u64, text: &str) -> Event {
        let event = json!({"event_id": format!("p.{seq}"), "producer": "p", "seq": seq, "source_app": "a",
            "session_id": "s", "hook_event_type": "Stop", "payload": {"text": text}, "timestamp": 1});
        serde_json::from_value(event).unwrap()
    }

    async fn found(store: &Store, word: &'static str) -> Vec<i64> {
        let rows = store.read(move |connection| {
            let mut statement = connection
                .prepare("SELECT rowid FROM search.found WHERE found MATCH ?1 ORDER BY rowid DESC")?;
            let rows = statement.query_map([word], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        });
        rows.await.unwrap()
    }

    async fn until(store: &Store, word: &'static str, expected: &[i64]) {
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        while found(store, word).await != expected {
            assert!(std::time::Instant::now() < deadline, "{word}: {:?}", found(store, word).await);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    async fn what_is_stored_is_found_also_when_the_index_was_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rozet.db");
        let long = "needle ".repeat(2_000);
        for round in 1..=3 {
            let store = Store::open(&path, 0, StoreOptions::default()).unwrap();
            let events = vec![event(round, if round == 1 { &long } else { "a Needle in hay" })];
            store.append("p".into(), events, ProducerFigures::default()).await.unwrap();
            let ids: Vec<i64> = (1..=i64::try_from(round).unwrap()).rev().collect();
            until(&store, "needle", &ids).await;
            store.close().await;
            match round {
                1 => std::fs::remove_file(path_of(&path)).unwrap(),
                _ => std::fs::write(path_of(&path), vec![7_u8; 9_000]).unwrap(),
            }
        }
    }
}
