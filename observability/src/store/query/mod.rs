//! What readers ask for. Each shape of filter goes through an index; only the newest events, which the indexes beside the
//! database do not have yet, are looked at one by one.

mod activity;
mod at;
mod cursor;
mod filter;
mod history;
mod import;
mod lines;
mod page;
mod respond;
mod scan;
mod sessions;
#[cfg(test)]
mod statements;
mod stats;
mod text;
mod usage;
mod view;

pub use history::HistoryRange;
pub use import::Imported;
pub use respond::RespondError;

use super::{Store, StoreError};
use crate::event::{Event, StoredEvent};
use crate::reading::{
    Activity, EventFilter, EventPage, EventRange, History, SessionAt, SessionFilter, SessionPage,
    SessionView, Span, Stats,
};
use crate::session::SessionSummary;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// How long one page is looked for. Where few events are wanted of very many, a page is then shorter than it could be.
const PATIENCE: Duration = Duration::from_millis(100);
/// Most descendants of a session that are read with it.
const MOST_DESCENDANTS: usize = 1_000;

impl Store {
    /// A page of the events that a filter wants.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn events(&self, filter: EventFilter, range: EventRange) -> Result<EventPage, StoreError> {
        self.read(move |connection| page::read(connection, &filter, range)).await
    }

    /// One event as it is now.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn event(&self, id: i64) -> Result<Option<StoredEvent>, StoreError> {
        self.read(move |connection| page::one(connection, id)).await
    }

    /// The id of the newest event; 0 when there is none.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn newest_event(&self) -> Result<i64, StoreError> {
        self.read(page::newest).await
    }

    /// When the oldest event that is stored happened, in milliseconds since 1970.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn oldest_event_at(&self) -> Result<Option<i64>, StoreError> {
        self.read(page::oldest_at).await
    }

    /// A page of the sessions that a filter wants, the one with the newest event first, at most `limit`, from `before`
    /// on.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn sessions(
        &self,
        filter: SessionFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<SessionPage, StoreError> {
        self.writer.settle().await?;
        self.read(move |connection| sessions::page(connection, &filter, before, limit)).await
    }

    /// A session with all that belongs to it.
    ///
    /// # Errors
    /// When SQLite fails or a stored plan or run cannot be read.
    pub async fn session(&self, session_id: String) -> Result<Option<SessionView>, StoreError> {
        self.writer.settle().await?;
        self.read(move |connection| view::read(connection, &session_id)).await
    }

    /// The newest spans of some sessions with their descendants, at most 2,000 and in the order they began; and whether
    /// there are older ones.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn spans(&self, session_ids: Vec<String>) -> Result<(Vec<Span>, bool), StoreError> {
        self.read(move |connection| view::spans_of(connection, &session_ids)).await
    }

    /// A session and those above it, itself first, at most 100; empty when there is no such session.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn lineage(&self, session_id: String) -> Result<Vec<SessionSummary>, StoreError> {
        self.read(move |connection| sessions::lineage(connection, &session_id)).await
    }

    /// The ids of a session and its descendants, at most 1,001.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn subtree(&self, session_id: String) -> Result<Vec<String>, StoreError> {
        self.read(move |connection| sessions::subtree_ids(connection, &session_id)).await
    }

    /// How a session with its descendants stood at a time, in milliseconds since 1970.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn session_at(&self, session_id: String, time: i64) -> Result<Option<SessionAt>, StoreError> {
        self.read(move |connection| at::read(connection, &session_id, time)).await
    }

    /// Figures of the whole store.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed.
    pub async fn stats(&self, now_ms: i64) -> Result<Stats, StoreError> {
        self.writer.settle().await?;
        let space = self.space();
        self.read(move |connection| stats::read(connection, now_ms, space)).await
    }

    /// How many events there were in each of `buckets` spans, 1 to 240, of a time in milliseconds since 1970. Where there
    /// are very many the spans are whole hours, so fewer, or the oldest are left out; it is told.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn activity(
        &self,
        filter: EventFilter,
        time: (i64, i64),
        buckets: u32,
    ) -> Result<Activity, StoreError> {
        self.read(move |connection| activity::read(connection, &filter, time, buckets)).await
    }

    /// Days, weeks or projects, looked back at.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed.
    pub async fn history(&self, range: HistoryRange) -> Result<History, StoreError> {
        self.writer.settle().await?;
        self.read(move |connection| history::read(connection, range)).await
    }

    /// Notes what became of an event's question, and tells the readers of the live stream; the event as it is now.
    ///
    /// # Errors
    /// When there is no such event, or it asks for no answer.
    pub async fn note_answer(
        &self,
        id: i64,
        status: Map<String, Value>,
        at: i64,
    ) -> Result<Arc<StoredEvent>, RespondError> {
        let noted = self.writer.run(move |transaction| respond::note(transaction, id, &status, at)).await??;
        let event = Arc::new(noted);
        self.hub.publish_change(Arc::clone(&event));
        Ok(event)
    }

    /// Stores events that were exported before, here or elsewhere, each once. They are read like all others, and are no
    /// evidence of anything.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed.
    pub async fn import(&self, events: Vec<Event>) -> Result<Imported, StoreError> {
        import::store(self, events).await
    }
}
