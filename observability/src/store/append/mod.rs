//! Storing events, once each, and the delivery figures of their producers.

mod bodies;
mod figures;
mod prepared;
mod rollup;

pub(super) use bodies::restore;
pub use figures::ProducerFigures;
pub(super) use figures::producers;
pub(super) use prepared::{Prepared, SessionFacts, prepare};
pub(super) use rollup::Used;

use super::book::{Book, KnownProducer};
use super::writer::Outbox;
use super::{StoreError, sessions};
use crate::event::StoredEvent;
use rusqlite::{Connection, params};
use std::sync::Arc;

/// What became of a batch.
#[derive(Debug, Clone, Default)]
pub struct AppendOutcome {
    /// The events that were new, as stored.
    pub stored: Vec<Arc<StoredEvent>>,
    /// How many had been stored before.
    pub duplicates: u32,
}

/// A batch as the writer gets it.
pub(super) struct Batch {
    pub(super) producer: String,
    pub(super) events: Vec<Prepared>,
    pub(super) figures: ProducerFigures,
    /// Whether it was imported.
    pub(super) imported: bool,
}

/// Stores an event of the known form.
pub(super) fn one(
    connection: &Connection,
    book: &mut Book,
    prepared: Prepared,
    outbox: &mut Outbox,
) -> Result<Arc<StoredEvent>, StoreError> {
    let id = book.next_id(connection)?;
    let mut stored = StoredEvent { id, event: insert(connection, book, id, None, prepared)? };
    if stored.event.event_id.is_empty() {
        stored.event.event_id = format!("{}.{id}", book.store_id(connection)?);
    }
    let stored = Arc::new(stored);
    outbox.push(Arc::clone(&stored));
    Ok(stored)
}

/// Stores a producer's events that are new.
pub(super) fn batch(
    connection: &Connection,
    book: &mut Book,
    batch: Batch,
    outbox: &mut Outbox,
) -> Result<AppendOutcome, StoreError> {
    let Batch { producer, events, figures, imported } = batch;
    let known = book.producer(connection, &producer, imported)?;
    let mut outcome = AppendOutcome { stored: Vec::with_capacity(events.len()), duplicates: 0 };
    let (mut last_seq, mut redacted) = (known.last_seq, 0_u32);
    for prepared in events {
        let seq = i64::try_from(prepared.event.seq).unwrap_or(i64::MAX);
        if seq <= last_seq && is_stored(connection, known, seq)? {
            outcome.duplicates += 1;
            continue;
        }
        last_seq = last_seq.max(seq);
        redacted = redacted.saturating_add(prepared.redacted.total());
        let id = book.next_id(connection)?;
        let event = insert(connection, book, id, Some((known.row, seq)), prepared)?;
        let stored = Arc::new(StoredEvent { id, event });
        outbox.push(Arc::clone(&stored));
        outcome.stored.push(stored);
    }
    figures.note(connection, known.row, (last_seq, redacted), &outcome)?;
    book.producer_came_to(&producer, last_seq);
    Ok(outcome)
}

pub(super) fn delivery_id(producer: &str, seq: i64) -> String {
    format!("{producer}.{seq}")
}

fn is_stored(connection: &Connection, producer: KnownProducer, seq: i64) -> Result<bool, StoreError> {
    if seq <= producer.removed_seq {
        return Ok(true);
    }
    Ok(connection
        .prepare_cached("SELECT 1 FROM events WHERE producer = ?1 AND seq = ?2")?
        .exists(params![producer.row, seq])?)
}

fn insert(
    connection: &Connection,
    book: &mut Book,
    id: i64,
    delivery: Option<(i64, i64)>,
    prepared: Prepared,
) -> Result<crate::event::Event, StoreError> {
    let Prepared { event, payload, bodies, rest, tool, task, session, span, used, redacted } = prepared;
    book.count_redacted(&redacted);
    let (session_row, agent) = sessions::note(connection, book, &event, &session, id)?;
    let source = book.word(connection, &event.source_app)?;
    let kind = book.word(connection, &event.hook_event_type)?;
    let tool = tool.map(|tool| book.word(connection, &tool)).transpose()?;
    let bodies = bodies::keep(connection, &bodies)?;
    connection
        .prepare_cached(
            "INSERT INTO events (id, session, producer, seq, source, type, tool, task, timestamp, payload, rest, bodies)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            id,
            session_row,
            delivery.map(|(producer, _)| producer),
            delivery.map_or(0, |(_, seq)| seq),
            source,
            kind,
            tool,
            task,
            event.timestamp,
            payload,
            rest,
            bodies,
        ])?;
    if let Some(span) = span {
        span.note(connection, session_row, tool, id)?;
    }
    if let Some(used) = used {
        let (session_row, agent) = match &used.session_id {
            Some(child) => sessions::of_worker(connection, book, child, &event)?,
            None => (session_row, agent),
        };
        let model = match &used.model {
            Some(model) => book.word(connection, model)?,
            None => 0,
        };
        used.note(connection, session_row, model, agent)?;
    }
    Ok(event)
}
