//! `POST /v1/events/import`: events that were exported, here or elsewhere.

use super::Shared;
use super::error::ApiError;
use super::events::json;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use rozet_observability::event::{self, Event, FieldError, MAX_ID_BYTES, Rejection};
use rozet_observability::store::Imported;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Events of one request.
const MOST_EVENTS: usize = 2_000;

#[derive(Deserialize)]
pub(super) struct Body {
    events: Vec<Value>,
}

/// What became of them.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    #[serde(flatten)]
    imported: Imported,
    /// What was wrong with the others.
    rejected: Vec<Rejection>,
}

/// Stores each event once; one that cannot be read costs only itself.
pub(super) async fn events(
    State(state): Shared,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Answer>, ApiError> {
    let Body { events } = json(body)?;
    if events.len() > MOST_EVENTS {
        return Err(ApiError::field("events", "more than 2000 events: send them in several requests"));
    }
    let (mut sound, mut rejected) = (Vec::with_capacity(events.len()), Vec::new());
    for (index, body) in (0_u32..).zip(events) {
        match read(body) {
            Ok(event) => sound.push(event),
            Err(error) => {
                rejected.push(Rejection { index, field: error.field.to_owned(), message: error.message });
            }
        }
    }
    let imported = state.intake.import(sound).await?;
    Ok(Json(Answer { imported, rejected }))
}

/// Reads an event as it was exported, or one of the known form that says when it happened.
fn read(mut body: Value) -> Result<Event, FieldError> {
    let wrong = |field, message: &str| FieldError { field, message: message.into() };
    let mut identity =
        |field: &'static str| match body.as_object_mut().and_then(|fields| fields.remove(field)) {
            None => Ok(String::new()),
            Some(Value::String(text)) if text.len() <= MAX_ID_BYTES => Ok(text),
            Some(_) => Err(wrong(field, "expected text of at most 256 bytes")),
        };
    let (event_id, producer) = (identity("event_id")?, identity("producer")?);
    let seq = match body.as_object_mut().and_then(|fields| fields.remove("seq")) {
        None => 0,
        Some(seq) => seq
            .as_u64()
            .filter(|seq| i64::try_from(*seq).is_ok())
            .ok_or_else(|| wrong("seq", "expected a whole number"))?,
    };
    if body.is_object() && body.get("timestamp").is_none_or(Value::is_null) {
        return Err(wrong("timestamp", "missing; expected milliseconds since 1970"));
    }
    let event = event::from_known_form(body, 0)?;
    Ok(Event { event_id, producer, seq, ..event })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_exported_event_keeps_its_identity_and_each_wrong_field_is_named() {
        let good = json!({"id": 7, "event_id": "p.3", "producer": "p", "seq": 3, "source_app": "a", "session_id": "s",
            "hook_event_type": "T", "payload": {}, "timestamp": 5, "colour": "red"});
        let event = read(good.clone()).unwrap();
        assert_eq!((event.event_id.as_str(), event.producer.as_str(), event.seq), ("p.3", "p", 3));
        assert_eq!(event.extra, json!({"colour": "red"}).as_object().unwrap().clone());
        for (field, value) in [
            ("event_id", json!(1)),
            ("producer", json!("x".repeat(300))),
            ("seq", json!(-1)),
            ("timestamp", json!(null)),
            ("timestamp", json!(-4)),
            ("payload", json!(1)),
            ("session_id", json!(null)),
        ] {
            let mut bad = good.clone();
            bad[field] = value;
            assert_eq!(read(bad).unwrap_err().field, field);
        }
        assert_eq!(read(json!([])).unwrap_err().field, "event");
    }
}
