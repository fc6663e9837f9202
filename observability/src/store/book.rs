//! What the writer knows by heart, so that storing an event costs no reading. It only ever mirrors the transaction
//! under way: when that is undone, all of it is forgotten.

use super::StoreError;
use crate::redact::Counts;
use crate::session::SessionState;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Counts of sessions are written at least this often while events come: they are made anew from the events where that
/// did not happen.
const FLUSH_EVERY: Duration = Duration::from_millis(500);

/// Entries of each sort that are known by heart; beyond, all are looked up anew.
const MOST: usize = 4_096;

/// The writer's memory.
#[derive(Default)]
pub(super) struct Book {
    words: HashMap<String, i64>,
    producers: HashMap<String, KnownProducer>,
    places: HashMap<String, usize>,
    sessions: Vec<KnownSession>,
    /// Places of sessions that were added to since the last flush.
    touched: Vec<usize>,
    /// When that was.
    flushed: Option<Instant>,
    /// Whether every stored event is counted in its session's row or here.
    caught_up: bool,
    /// The id that the next event gets.
    next_id: Option<i64>,
    /// Secrets masked in events that were stored since the process began; not forgotten with the rest.
    redacted: Arc<Mutex<Counts>>,
    /// This store's own name.
    store_id: Option<String>,
}

/// A producer's row.
#[derive(Clone, Copy)]
pub(super) struct KnownProducer {
    pub(super) row: i64,
    /// Its highest number so far: what is above it is new.
    pub(super) last_seq: i64,
    pub(super) removed_seq: i64,
}

/// A session's row and what has been added to it since the last flush.
pub(super) struct KnownSession {
    pub(super) row: i64,
    /// A word, or 0.
    pub(super) agent: i64,
    pub(super) state: SessionState,
    /// The model that an event named last.
    pub(super) model: Option<String>,
    added: i64,
    first_at: i64,
    last_at: i64,
    last_event: i64,
}

impl KnownSession {
    /// A session as its row says.
    pub(super) const fn new(row: i64, agent: i64, state: SessionState) -> Self {
        Self { row, agent, state, model: None, added: 0, first_at: i64::MAX, last_at: 0, last_event: 0 }
    }
}

impl Book {
    /// A fresh book that counts what was masked where others can read it.
    pub(super) fn new(redacted: Arc<Mutex<Counts>>) -> Self {
        Self { redacted, ..Self::default() }
    }

    /// Counts what is masked in an event.
    pub(super) fn count_redacted(&self, counts: &Counts) {
        if counts.total() > 0 {
            self.redacted.lock().unwrap_or_else(PoisonError::into_inner).add(counts);
        }
    }

    /// Forgets everything, also what was not flushed.
    pub(super) fn forget(&mut self) {
        *self = Self { redacted: Arc::clone(&self.redacted), ..Self::default() };
    }

    /// The number of a word, which is stored if it is new.
    pub(super) fn word(&mut self, connection: &Connection, word: &str) -> Result<i64, StoreError> {
        if let Some(id) = self.words.get(word) {
            return Ok(*id);
        }
        let known = connection
            .prepare_cached("SELECT id FROM words WHERE word = ?1")?
            .query_row([word], |row| row.get(0))
            .optional()?;
        let id = match known {
            Some(id) => id,
            None => {
                connection.prepare_cached("INSERT INTO words (word) VALUES (?1)")?.execute([word])?;
                connection.last_insert_rowid()
            }
        };
        remember(&mut self.words, word, id);
        Ok(id)
    }

    /// A producer's row, which is made if it is new.
    pub(super) fn producer(
        &mut self,
        connection: &Connection,
        name: &str,
        imported: bool,
    ) -> Result<KnownProducer, StoreError> {
        if let Some(known) = self.producers.get(name) {
            return Ok(*known);
        }
        connection
            .prepare_cached("INSERT INTO producers (name, imported) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute(params![name, imported])?;
        let known = connection
            .prepare_cached("SELECT id, last_seq, removed_seq FROM producers WHERE name = ?1")?
            .query_row([name], |row| {
                Ok(KnownProducer { row: row.get(0)?, last_seq: row.get(1)?, removed_seq: row.get(2)? })
            })?;
        remember(&mut self.producers, name, known);
        Ok(known)
    }

    /// Takes over how far a producer has come.
    pub(super) fn producer_came_to(&mut self, name: &str, last_seq: i64) {
        if let Some(known) = self.producers.get_mut(name) {
            known.last_seq = known.last_seq.max(last_seq);
        }
    }

    /// The place of a session that is known by heart.
    pub(super) fn place(&self, session_id: &str) -> Option<usize> {
        self.places.get(session_id).copied()
    }

    /// What stands at a place.
    pub(super) fn session(&mut self, place: usize) -> Result<&mut KnownSession, StoreError> {
        self.sessions.get_mut(place).ok_or(StoreError::Missing("session"))
    }

    /// Learns a session; its place.
    pub(super) fn learn_session(
        &mut self,
        connection: &Connection,
        session_id: &str,
        known: KnownSession,
    ) -> Result<usize, StoreError> {
        if self.sessions.len() >= MOST {
            self.flush(connection)?;
            self.places.clear();
            self.sessions.clear();
        }
        let place = self.sessions.len();
        self.sessions.push(known);
        self.places.insert(session_id.to_owned(), place);
        Ok(place)
    }

    /// Counts an event of the session at a place.
    pub(super) fn count(&mut self, place: usize, id: i64, at: i64) -> Result<(), StoreError> {
        let session = self.session(place)?;
        let first = session.added == 0;
        session.added += 1;
        session.last_event = id;
        session.first_at = session.first_at.min(at);
        session.last_at = session.last_at.max(at);
        if first {
            self.touched.push(place);
        }
        Ok(())
    }

    /// Counts the events that were stored and not counted: the process ended in between, or a commit failed.
    pub(super) fn catch_up(&mut self, connection: &Connection) -> Result<(), StoreError> {
        if self.caught_up {
            return Ok(());
        }
        connection.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS uncounted (session, events, last_event, first_at, last_at);
             DELETE FROM temp.uncounted;
             INSERT INTO temp.uncounted
                 SELECT session, count(*), max(id), min(timestamp), max(timestamp) FROM events
                 WHERE id > (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'counted') GROUP BY session;
             UPDATE sessions SET events = sessions.events + new.events,
                 last_event = max(sessions.last_event, new.last_event),
                 first_event_at = min(first_event_at, new.first_at), last_event_at = max(last_event_at, new.last_at)
                 FROM temp.uncounted AS new WHERE new.session = sessions.id;
             UPDATE meta SET value = (SELECT coalesce(max(id), 0) FROM events) WHERE key = 'counted';",
        )?;
        self.caught_up = true;
        Ok(())
    }

    /// Writes what was added to sessions, if it is time to.
    pub(super) fn flush_now_and_then(&mut self, connection: &Connection) -> Result<(), StoreError> {
        match self.flushed {
            Some(flushed) if flushed.elapsed() < FLUSH_EVERY => Ok(()),
            _ => self.flush(connection),
        }
    }

    /// Writes what was added to sessions.
    pub(super) fn flush(&mut self, connection: &Connection) -> Result<(), StoreError> {
        self.flushed = Some(Instant::now());
        if self.touched.is_empty() {
            return Ok(());
        }
        for place in std::mem::take(&mut self.touched) {
            let session = self.session(place)?;
            connection
                .prepare_cached(
                    "UPDATE sessions SET events = events + ?2, last_event = max(last_event, ?3),
                         first_event_at = min(first_event_at, ?4), last_event_at = max(last_event_at, ?5)
                     WHERE id = ?1",
                )?
                .execute(params![
                    session.row,
                    session.added,
                    session.last_event,
                    session.first_at,
                    session.last_at
                ])?;
            (session.added, session.first_at, session.last_at) = (0, i64::MAX, 0);
        }
        // In the same transaction: it is always known what is counted.
        let last = self.next_id.map_or(0, |next| next - 1);
        super::meta::set(connection, "counted", &last.to_string())
    }

    /// The id of the next event. Removal of old events always leaves the newest one, so no id is ever used twice.
    pub(super) fn next_id(&mut self, connection: &Connection) -> Result<i64, StoreError> {
        let id = match self.next_id {
            Some(id) => id,
            None => connection.query_row(
                "SELECT max(coalesce((SELECT max(id) FROM events), 0),
                     coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'last_event'), 0)) + 1",
                [],
                |row| row.get(0),
            )?,
        };
        self.next_id = Some(id + 1);
        Ok(id)
    }

    /// The store's own name, which its events of the known form are named after.
    pub(super) fn store_id(&mut self, connection: &Connection) -> Result<String, StoreError> {
        if let Some(id) = &self.store_id {
            return Ok(id.clone());
        }
        let id = super::meta::store_id(connection)?;
        self.store_id = Some(id.clone());
        Ok(id)
    }
}

fn remember<T>(known: &mut HashMap<String, T>, name: &str, value: T) {
    if known.len() >= MOST {
        known.clear();
    }
    known.insert(name.to_owned(), value);
}
