//! Answers to events that ask a person something.

use super::page;
use crate::event::StoredEvent;
use crate::store::StoreError;
use rusqlite::{Connection, params};
use serde_json::{Map, Value};
use thiserror::Error;

/// Why an answer is not noted.
#[derive(Debug, Error)]
pub enum RespondError {
    /// There is no such event.
    #[error("there is no such event")]
    Missing,
    /// Nobody waits for an answer.
    #[error("the event asks for no answer")]
    NotAsked,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Notes how an event's question stands, and reads the event with it. The last answer counts.
pub(super) fn note(
    connection: &Connection,
    id: i64,
    status: &Map<String, Value>,
    at: i64,
) -> Result<Result<StoredEvent, RespondError>, StoreError> {
    let Some(event) = page::one(connection, id)? else { return Ok(Err(RespondError::Missing)) };
    if !event.event.asks() {
        return Ok(Err(RespondError::NotAsked));
    }
    let status = serde_json::to_string(status).map_err(|_| StoreError::Unreadable("answer"))?;
    connection
        .prepare_cached(
            "INSERT INTO responses (event, responded_at, response) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET responded_at = excluded.responded_at, response = excluded.response",
        )?
        .execute(params![id, at, status])?;
    Ok(page::one(connection, id)?.ok_or(RespondError::Missing))
}
