//! Events that were exported before, here or elsewhere. Their producers are marked as imported, and are never those that
//! speak for themselves: nobody can speak in a living producer's name.

use crate::event::Event;
use crate::store::append::{self, Batch};
use crate::store::{ProducerFigures, Store, StoreError, meta};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// How an imported producer's name begins.
const PREFIX: &str = "import.";

/// What became of events that were imported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// How many were new.
    pub stored: u32,
    /// How many were there before.
    pub duplicates: u32,
}

pub(super) async fn store(store: &Store, events: Vec<Event>) -> Result<Imported, StoreError> {
    let (batches, known) = store.read(move |connection| sorted(connection, events)).await?;
    let mut imported = Imported { stored: 0, duplicates: known };
    for (producer, events) in batches {
        let prepared = events.into_iter().map(|event| append::prepare(event, true));
        let events = prepared.collect::<Result<_, _>>()?;
        let batch = Batch { producer, events, figures: ProducerFigures::default(), imported: true };
        let outcome = store.writer.append(batch).await?;
        imported.stored += u32::try_from(outcome.stored.len()).unwrap_or(u32::MAX);
        imported.duplicates += outcome.duplicates;
    }
    Ok(imported)
}

/// The events by the producer that they are stored under, and how many are here under their own name.
fn sorted(
    connection: &Connection,
    events: Vec<Event>,
) -> Result<(BTreeMap<String, Vec<Event>>, u32), StoreError> {
    let store_id = meta::store_id(connection)?;
    let (mut batches, mut known): (BTreeMap<String, Vec<Event>>, u32) = (BTreeMap::new(), 0);
    for mut event in events {
        let origin = Origin::of(&event);
        if is_here(connection, &origin, &store_id)? {
            known += 1;
            continue;
        }
        if event.event_id.is_empty() {
            event.event_id = format!("{}.{}", origin.producer, origin.seq);
        }
        event.producer = format!("{PREFIX}{}", origin.producer);
        event.seq = origin.seq;
        batches.entry(event.producer.clone()).or_default().push(event);
    }
    Ok((batches, known))
}

/// Who first said it, and the how manieth thing it was that they said.
struct Origin {
    producer: String,
    seq: u64,
}

impl Origin {
    fn of(event: &Event) -> Self {
        let own = event.producer.strip_prefix(PREFIX).unwrap_or(&event.producer);
        if !own.is_empty() && event.seq > 0 {
            return Self { producer: own.to_owned(), seq: event.seq };
        }
        // Of the known form, as another store named it.
        if let Some((producer, seq)) = event.event_id.rsplit_once('.')
            && producer.starts_with("store.")
            && let Ok(seq) = seq.parse::<u64>()
            && seq > 0
            && i64::try_from(seq).is_ok()
        {
            return Self { producer: producer.to_owned(), seq };
        }
        Self { producer: format!("foreign.{}", event.source_app), seq: by_content(event) }
    }
}

/// A number that the same event always has.
fn by_content(event: &Event) -> u64 {
    let text = if event.event_id.is_empty() {
        serde_json::to_string(event).unwrap_or_default()
    } else {
        event.event_id.clone()
    };
    let digest = Sha256::digest(text.as_bytes());
    let bytes: [u8; 8] = std::array::from_fn(|index| digest.get(index).copied().unwrap_or_default());
    (u64::from_be_bytes(bytes) >> 1).max(1)
}

/// Whether the store has it from the one who said it.
fn is_here(connection: &Connection, origin: &Origin, store_id: &str) -> Result<bool, StoreError> {
    let seq = i64::try_from(origin.seq).unwrap_or(i64::MAX);
    if origin.producer == store_id {
        return Ok(connection
            .prepare_cached("SELECT 1 FROM events WHERE id = ?1 AND producer IS NULL")?
            .exists([seq])?);
    }
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM events
             WHERE producer = (SELECT id FROM producers WHERE name = ?1 AND imported = 0) AND seq = ?2",
        )?
        .exists(params![origin.producer, seq])?)
}
