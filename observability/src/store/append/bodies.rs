//! Long texts of payloads, kept once by their content.

use crate::store::StoreError;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Texts of payloads from this length on, in bytes, are kept apart. Shorter ones would cost more there than here.
const LONG_BYTES: usize = 2_048;

/// A long text and where it stood, as a JSON pointer.
pub(super) struct Body {
    pub(super) pointer: String,
    pub(super) sha256: [u8; 32],
    pub(super) text: String,
}

/// A payload as JSON, and its long texts, which are empty in it.
///
/// # Errors
/// When it cannot be written as JSON.
pub(super) fn split(payload: &Map<String, Value>) -> Result<(String, Vec<Body>), StoreError> {
    let unreadable = |_| StoreError::Unreadable("payload");
    if !payload.values().any(has_long) {
        return Ok((serde_json::to_string(payload).map_err(unreadable)?, Vec::new()));
    }
    let (mut short, mut bodies) = (payload.clone(), Vec::new());
    for (name, value) in &mut short {
        let pointer = format!("/{}", escaped(name));
        match value {
            Value::Object(fields) => {
                for (inner, value) in fields {
                    take_long(value, || format!("{pointer}/{}", escaped(inner)), &mut bodies);
                }
            }
            value => take_long(value, || pointer, &mut bodies),
        }
    }
    Ok((serde_json::to_string(&short).map_err(unreadable)?, bodies))
}

/// Looks one level deep: where tools' arguments stand.
fn has_long(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() >= LONG_BYTES,
        Value::Object(fields) => {
            fields.values().any(|value| matches!(value, Value::String(text) if text.len() >= LONG_BYTES))
        }
        _ => false,
    }
}

fn take_long(value: &mut Value, pointer: impl FnOnce() -> String, bodies: &mut Vec<Body>) {
    if let Value::String(text) = value
        && text.len() >= LONG_BYTES
    {
        let text = std::mem::take(text);
        bodies.push(Body { pointer: pointer(), sha256: Sha256::digest(&text).into(), text });
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Stores them, or counts one more use of those that are there; what the event's row says of them.
pub(super) fn keep(connection: &Connection, bodies: &[Body]) -> Result<Option<String>, StoreError> {
    if bodies.is_empty() {
        return Ok(None);
    }
    let mut kept = Map::new();
    for body in bodies {
        let id: i64 = connection
            .prepare_cached(
                "INSERT INTO bodies (sha256, text, refs) VALUES (?1, ?2, 1)
                 ON CONFLICT (sha256) DO UPDATE SET refs = refs + 1 RETURNING id",
            )?
            .query_row(params![body.sha256.as_slice(), body.text], |row| row.get(0))?;
        kept.insert(body.pointer.clone(), id.into());
    }
    Ok(Some(Value::Object(kept).to_string()))
}

/// Puts the long texts back. One that is lost stays empty.
pub(in crate::store) fn restore(
    connection: &Connection,
    payload: &mut Value,
    bodies: &str,
) -> Result<(), rusqlite::Error> {
    let named: Map<String, Value> = serde_json::from_str(bodies).unwrap_or_default();
    let mut statement = connection.prepare_cached("SELECT text FROM bodies WHERE id = ?1")?;
    for (pointer, id) in named {
        let text: Option<String> = statement.query_row([id.as_i64()], |row| row.get(0)).optional()?;
        if let (Some(place), Some(text)) = (payload.pointer_mut(&pointer), text) {
            *place = Value::String(text);
        }
    }
    Ok(())
}
