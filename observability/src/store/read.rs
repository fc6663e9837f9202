//! Reading events back.

use super::{StoreError, append};
use crate::event::{Event, StoredEvent};
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Sessions offered as a filter; the newest ones.
const FILTER_SESSIONS: u32 = 500;

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

const COLUMNS: &str = "events.id, producers.name, events.seq, events.event_id, events.source_app,
    sessions.session_id, events.hook_event_type, events.timestamp, events.payload, events.rest
    FROM events JOIN sessions ON sessions.id = events.session
    LEFT JOIN producers ON producers.id = events.producer";

pub(super) fn recent(connection: &Connection, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} ORDER BY events.id DESC LIMIT ?1"))?;
    let mut events = statement.query_map([limit], stored_event)?.collect::<Result<Vec<_>, _>>()?;
    events.reverse();
    Ok(events)
}

fn stored_event(row: &Row<'_>) -> Result<StoredEvent, rusqlite::Error> {
    let producer: Option<String> = row.get(1)?;
    let producer = producer.unwrap_or_default();
    let seq: i64 = row.get(2)?;
    let event_id: Option<String> = row.get(3)?;
    let rest: Option<String> = row.get(9)?;
    let mut extra: Map<String, Value> =
        rest.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let mut optional = |name: &str| match extra.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let (model_name, summary) = (optional("model_name"), optional("summary"));
    let payload: String = row.get(8)?;
    Ok(StoredEvent {
        id: row.get(0)?,
        event: Event {
            event_id: event_id.unwrap_or_else(|| append::delivery_id(&producer, seq)),
            seq: u64::try_from(seq).unwrap_or_default(),
            producer,
            source_app: row.get(4)?,
            session_id: row.get(5)?,
            hook_event_type: row.get(6)?,
            timestamp: row.get(7)?,
            payload: serde_json::from_str(&payload).unwrap_or_default(),
            model_name,
            summary,
            extra,
        },
    })
}

/// The newest prompts of a session, oldest first; only a trusted producer's.
pub(super) fn prompts(
    connection: &Connection,
    session_id: &str,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT json_extract(payload, '$.prompt') FROM events
         WHERE session = (SELECT id FROM sessions WHERE session_id = ?1)
           AND producer IS NOT NULL AND hook_event_type = 'UserPromptSubmit'
         ORDER BY id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![session_id, limit], |row| row.get::<_, Option<String>>(0))?;
    let mut prompts = rows.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect::<Vec<_>>();
    prompts.reverse();
    Ok(prompts)
}

pub(super) fn filter_options(connection: &Connection) -> Result<FilterOptions, StoreError> {
    let column = |sql: &str| -> Result<Vec<String>, StoreError> {
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    Ok(FilterOptions {
        source_apps: column("SELECT DISTINCT source_app FROM events ORDER BY 1")?,
        session_ids: column(&format!(
            "SELECT session_id FROM sessions ORDER BY last_event DESC LIMIT {FILTER_SESSIONS}"
        ))?,
        hook_event_types: column("SELECT DISTINCT hook_event_type FROM events ORDER BY 1")?,
    })
}

pub(super) fn count(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("SELECT coalesce(sum(events), 0) FROM sessions", [], |row| row.get(0))?)
}

/// Events of the known form have no producer and prove nothing: anyone on the machine can send them.
pub(super) fn command_was_run(
    connection: &Connection,
    session_id: &str,
    command: &str,
) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM events
             WHERE session = (SELECT id FROM sessions WHERE session_id = ?1)
               AND producer IS NOT NULL AND hook_event_type = 'ToolCompleted'
               AND json_extract(payload, '$.tool') = 'bash'
               AND trim(json_extract(payload, '$.args.command')) = trim(?2)",
        )?
        .exists(params![session_id, command])?)
}
