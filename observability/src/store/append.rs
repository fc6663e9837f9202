//! Storing events, once each, and the delivery figures of their producers.

use super::writer::Outbox;
use super::{StoreError, sessions};
use crate::event::{Event, StoredEvent};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;

/// What became of a batch.
#[derive(Debug, Clone)]
pub struct AppendOutcome {
    /// The events that were new, as stored.
    pub stored: Vec<Arc<StoredEvent>>,
    /// How many had been stored before.
    pub duplicates: u32,
}

/// How well a producer's events arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProducerHealth {
    /// The process that made the events.
    pub producer: String,
    /// The highest `seq` seen.
    pub last_seq: i64,
    /// Events up to `last_seq` that are neither stored nor rejected.
    pub missing: i64,
    /// Events that came again and were not stored again.
    pub duplicates: i64,
    /// Events that could not be read.
    pub rejected: i64,
}

pub(super) fn one(
    connection: &Connection,
    event: Event,
    outbox: &mut Outbox,
) -> Result<Arc<StoredEvent>, StoreError> {
    let session = sessions::note(connection, &event)?;
    let id = insert(connection, session, None, Some(&event.event_id), &event)?;
    sessions::remember_last(connection, session, id)?;
    let stored = Arc::new(StoredEvent { id, event });
    outbox.push(Arc::clone(&stored));
    Ok(stored)
}

pub(super) fn batch(
    connection: &Connection,
    producer: &str,
    events: Vec<Event>,
    rejected: u32,
    outbox: &mut Outbox,
) -> Result<AppendOutcome, StoreError> {
    let producer_row = producer_row(connection, producer)?;
    let mut outcome = AppendOutcome { stored: Vec::with_capacity(events.len()), duplicates: 0 };
    let mut last_seq = 0;
    for event in events {
        let seq = i64::try_from(event.seq).unwrap_or(i64::MAX);
        last_seq = last_seq.max(seq);
        if is_stored(connection, producer_row, seq)? {
            outcome.duplicates += 1;
            continue;
        }
        let session = sessions::note(connection, &event)?;
        let own_id = (event.event_id != delivery_id(producer, seq)).then_some(event.event_id.as_str());
        let id = insert(connection, session, Some((producer_row, seq)), own_id, &event)?;
        sessions::remember_last(connection, session, id)?;
        let stored = Arc::new(StoredEvent { id, event });
        outbox.push(Arc::clone(&stored));
        outcome.stored.push(stored);
    }
    let stored = i64::try_from(outcome.stored.len()).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "UPDATE producers SET last_seq = max(last_seq, ?2), stored = stored + ?3,
             duplicates = duplicates + ?4, rejected = rejected + ?5 WHERE id = ?1",
        )?
        .execute(params![producer_row, last_seq, stored, outcome.duplicates, rejected])?;
    Ok(outcome)
}

pub(super) fn delivery_id(producer: &str, seq: i64) -> String {
    format!("{producer}.{seq}")
}

fn producer_row(connection: &Connection, name: &str) -> Result<i64, StoreError> {
    let known = connection
        .prepare_cached("SELECT id FROM producers WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    connection.execute("INSERT INTO producers (name) VALUES (?1)", [name])?;
    Ok(connection.last_insert_rowid())
}

fn is_stored(connection: &Connection, producer: i64, seq: i64) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM events WHERE producer = ?1 AND seq = ?2")?
        .exists(params![producer, seq])?)
}

fn insert(
    connection: &Connection,
    session: i64,
    delivery: Option<(i64, i64)>,
    event_id: Option<&str>,
    event: &Event,
) -> Result<i64, StoreError> {
    let payload = serde_json::to_string(&event.payload).map_err(|_| StoreError::Unreadable("payload"))?;
    connection
        .prepare_cached(
            "INSERT INTO events (session, producer, seq, event_id, source_app, hook_event_type, timestamp, payload, rest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            session,
            delivery.map(|(producer, _)| producer),
            delivery.map_or(0, |(_, seq)| seq),
            event_id,
            event.source_app,
            event.hook_event_type,
            event.timestamp,
            payload,
            rest(event),
        ])?;
    Ok(connection.last_insert_rowid())
}

/// The fields that few events have, as one JSON text.
fn rest(event: &Event) -> Option<String> {
    let mut fields: Map<String, Value> = event.extra.clone();
    if let Some(model_name) = &event.model_name {
        fields.insert("model_name".into(), Value::String(model_name.clone()));
    }
    if let Some(summary) = &event.summary {
        fields.insert("summary".into(), Value::String(summary.clone()));
    }
    (!fields.is_empty()).then(|| Value::Object(fields).to_string())
}

pub(super) fn producers(connection: &Connection, limit: u32) -> Result<Vec<ProducerHealth>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT name, last_seq, max(0, last_seq - stored - rejected), duplicates, rejected
         FROM producers ORDER BY id DESC LIMIT ?1",
    )?;
    let rows = statement.query_map([limit], |row| {
        Ok(ProducerHealth {
            producer: row.get(0)?,
            last_seq: row.get(1)?,
            missing: row.get(2)?,
            duplicates: row.get(3)?,
            rejected: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
