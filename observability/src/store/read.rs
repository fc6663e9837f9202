//! Reading events back.

use super::{StoreError, append, search};
use crate::event::{Event, StoredEvent};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Sessions offered as a filter; the newest ones.
const FILTER_SESSIONS: u32 = 300;

/// What the stored events can be filtered by, in the known form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterOptions {
    /// The programs that spoke.
    pub source_apps: Vec<String>,
    /// The newest sessions.
    pub session_ids: Vec<String>,
    /// The types of events.
    pub hook_event_types: Vec<String>,
}

/// What [`stored_event`] reads.
pub(super) const COLUMNS: &str =
    "events.id, producers.name, events.seq, sources.word, sessions.session_id, types.word,
    events.timestamp, events.payload, events.rest, events.bodies";

/// Where it stands.
pub(super) const TABLES: &str = "events
    JOIN sessions ON sessions.id = events.session
    JOIN words AS sources ON sources.id = events.source
    JOIN words AS types ON types.id = events.type
    LEFT JOIN producers ON producers.id = events.producer";

pub(super) fn recent(connection: &Connection, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM {TABLES} ORDER BY events.id DESC LIMIT ?1"))?;
    let rows = statement.query_map([limit], |row| stored_event(connection, row))?;
    let mut events = rows.collect::<Result<Vec<_>, _>>()?;
    events.reverse();
    Ok(events)
}

/// Reads an event from a row of [`COLUMNS`].
pub(super) fn stored_event(connection: &Connection, row: &Row<'_>) -> Result<StoredEvent, rusqlite::Error> {
    let id: i64 = row.get(0)?;
    let producer: Option<String> = row.get(1)?;
    let seq: i64 = row.get(2)?;
    let payload: String = row.get(7)?;
    let rest: Option<String> = row.get(8)?;
    let bodies: Option<String> = row.get(9)?;
    let mut extra: Map<String, Value> =
        rest.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let mut optional = |name: &str| match extra.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let (model_name, summary) = (optional("model_name"), optional("summary"));
    let event_id = match (optional("event_id"), &producer) {
        (Some(own), _) => own,
        (None, Some(producer)) => append::delivery_id(producer, seq),
        (None, None) => format!("{}.{id}", store_id(connection)?),
    };
    let mut payload = serde_json::from_str(&payload).unwrap_or(Value::Null);
    if let Some(bodies) = bodies {
        append::restore(connection, &mut payload, &bodies)?;
    }
    let mut stored = StoredEvent {
        id,
        event: Event {
            event_id,
            seq: u64::try_from(seq).unwrap_or_default(),
            producer: producer.unwrap_or_default(),
            source_app: row.get(3)?,
            session_id: row.get(4)?,
            hook_event_type: row.get(5)?,
            timestamp: row.get(6)?,
            payload: match payload {
                Value::Object(payload) => payload,
                _ => Map::new(),
            },
            model_name,
            summary,
            extra,
        },
    };
    if stored.event.asks() {
        add_answer(connection, &mut stored)?;
    }
    Ok(stored)
}

/// Shows what became of an event's question.
fn add_answer(connection: &Connection, stored: &mut StoredEvent) -> Result<(), rusqlite::Error> {
    let answer: Option<String> = connection
        .prepare_cached("SELECT response FROM responses WHERE event = ?1")?
        .query_row([stored.id], |row| row.get(0))
        .optional()?;
    if let Some(status) = answer.and_then(|answer| serde_json::from_str(&answer).ok()) {
        stored.event.extra.insert("humanInTheLoopStatus".into(), status);
    }
    Ok(())
}

fn store_id(connection: &Connection) -> Result<String, rusqlite::Error> {
    connection
        .prepare_cached("SELECT value FROM meta WHERE key = 'store_id'")?
        .query_row([], |row| row.get(0))
}

/// The newest prompts of a session, oldest first; only a trusted producer's.
pub(super) fn prompts(
    connection: &Connection,
    session_id: &str,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT coalesce(
             (SELECT text FROM bodies WHERE bodies.id = json_extract(events.bodies, '$.\"/prompt\"')),
             json_extract(payload, '$.prompt'))
         FROM events
         WHERE session = (SELECT id FROM sessions WHERE session_id = ?1)
           AND type = (SELECT id FROM words WHERE word = 'UserPromptSubmit') AND producer IN (SELECT id FROM producers WHERE imported = 0)
         ORDER BY id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![session_id, limit], |row| row.get::<_, Option<String>>(0))?;
    let mut prompts = rows.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect::<Vec<_>>();
    prompts.reverse();
    Ok(prompts)
}

pub(super) fn filter_options(connection: &Connection) -> Result<FilterOptions, StoreError> {
    let mut sessions =
        connection.prepare_cached("SELECT session_id FROM sessions ORDER BY last_event DESC LIMIT ?1")?;
    let session_ids = sessions.query_map([FILTER_SESSIONS], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(FilterOptions {
        source_apps: used_words(connection, "source", 2)?,
        session_ids,
        hook_event_types: used_words(connection, "type", 1)?,
    })
}

/// The words of a column, by its kind of marks in the index. Each is looked for there, which takes no longer with more
/// events; only the events that the index does not have yet are read.
fn used_words(connection: &Connection, column: &str, kind: u8) -> Result<Vec<String>, StoreError> {
    let mut indexed = connection.prepare_cached(
        // The plus makes it a plain number, as the index has it.
        "SELECT word FROM words
         WHERE EXISTS (SELECT 1 FROM search.marks WHERE kind = ?1 AND value = +words.id)",
    )?;
    let mut words: BTreeSet<String> =
        indexed.query_map([kind], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut newer = connection.prepare_cached(&format!(
        "SELECT word FROM words WHERE id IN (SELECT {column} FROM events WHERE events.id > ?1)"
    ))?;
    for word in newer.query_map([search::indexed(connection)?], |row| row.get(0))? {
        words.insert(word?);
    }
    Ok(words.into_iter().collect())
}

pub(super) fn count(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("SELECT coalesce(sum(events), 0) FROM sessions", [], |row| row.get(0))?)
}

/// Events of the known form have no producer and prove nothing: anyone on the machine can send them. Nor do imported
/// ones.
pub(super) fn command_was_run(
    connection: &Connection,
    session_id: &str,
    command: &str,
) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM events
             WHERE session = (SELECT id FROM sessions WHERE session_id = ?1)
               AND type = (SELECT id FROM words WHERE word = 'ToolCompleted')
               AND tool = (SELECT id FROM words WHERE word = 'bash')
               AND producer IN (SELECT id FROM producers WHERE imported = 0)
               AND trim(coalesce(
                   (SELECT text FROM bodies WHERE bodies.id = json_extract(events.bodies, '$.\"/args/command\"')),
                   json_extract(payload, '$.args.command'))) = trim(?2)",
        )?
        .exists(params![session_id, command])?)
}
