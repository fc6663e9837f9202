//! Reads events that others wrote: names the wrong field instead of failing as a whole.

use super::Event;
use serde_json::{Map, Value};
use thiserror::Error;

/// Longest accepted `session_id`, `source_app`, `hook_event_type`, `producer` and `event_id`, in bytes.
pub const MAX_ID_BYTES: usize = 256;

/// Latest accepted `timestamp`: the end of the year 9999, in milliseconds since 1970.
const MAX_TIMESTAMP_MS: i64 = 253_402_300_799_999;

/// Says which field of an event is wrong and what was expected there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field}: {message}")]
pub struct FieldError {
    /// The field, as a path.
    pub field: &'static str,
    /// What was expected.
    pub message: String,
}

impl FieldError {
    fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}

/// Reads an event of the known form (`POST /events`): `source_app`, `session_id`, `hook_event_type` and
/// `payload` are required, everything else is optional and unknown fields are kept.
///
/// The event has no id yet: the store gives it one. `now_ms` is its time where the sender gave none.
///
/// # Errors
/// Names the first field that is missing or of the wrong type.
pub fn from_known_form(body: Value, now_ms: i64) -> Result<Event, FieldError> {
    let mut fields = object(body)?;
    // Delivery identity belongs to Rozet's own producers; from others these are plain extra fields.
    let event = Event {
        event_id: String::new(),
        producer: String::new(),
        seq: 0,
        source_app: id(&mut fields, "source_app")?,
        session_id: id(&mut fields, "session_id")?,
        hook_event_type: id(&mut fields, "hook_event_type")?,
        payload: payload(&mut fields)?,
        timestamp: timestamp(&mut fields)?.unwrap_or(now_ms),
        model_name: optional_text(&mut fields, "model_name")?,
        summary: optional_text(&mut fields, "summary")?,
        extra: Map::new(),
    };
    for own in ["event_id", "producer", "seq", "id"] {
        fields.remove(own);
    }
    Ok(Event { extra: fields, ..event })
}

/// Reads one event of a batch of `producer`: delivery identity and timestamp are required too.
///
/// # Errors
/// Names the first field that is missing, of the wrong type, or of another producer.
pub fn from_producer(body: Value, producer: &str) -> Result<Event, FieldError> {
    let mut fields = object(body)?;
    let named = id(&mut fields, "producer")?;
    if named != producer {
        return Err(FieldError::new("producer", "must be the producer of the batch"));
    }
    let seq = match fields.remove("seq").as_ref().and_then(Value::as_u64) {
        Some(seq) if seq > 0 && i64::try_from(seq).is_ok() => seq,
        _ => return Err(FieldError::new("seq", "expected a whole number from 1")),
    };
    Ok(Event {
        event_id: id(&mut fields, "event_id")?,
        producer: named,
        seq,
        source_app: id(&mut fields, "source_app")?,
        session_id: id(&mut fields, "session_id")?,
        hook_event_type: id(&mut fields, "hook_event_type")?,
        payload: payload(&mut fields)?,
        timestamp: timestamp(&mut fields)?
            .ok_or_else(|| FieldError::new("timestamp", "expected milliseconds since 1970"))?,
        model_name: optional_text(&mut fields, "model_name")?,
        summary: optional_text(&mut fields, "summary")?,
        extra: fields,
    })
}

fn object(body: Value) -> Result<Map<String, Value>, FieldError> {
    match body {
        Value::Object(fields) => Ok(fields),
        other => Err(FieldError::new("event", format!("expected a JSON object, got {}", type_name(&other)))),
    }
}

fn id(fields: &mut Map<String, Value>, name: &'static str) -> Result<String, FieldError> {
    match fields.remove(name) {
        None => Err(FieldError::new(name, "missing; expected text")),
        Some(Value::String(text)) if text.is_empty() => Err(FieldError::new(name, "must not be empty")),
        Some(Value::String(text)) if text.len() > MAX_ID_BYTES => {
            Err(FieldError::new(name, format!("longer than {MAX_ID_BYTES} bytes")))
        }
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(FieldError::new(name, format!("expected text, got {}", type_name(&other)))),
    }
}

fn payload(fields: &mut Map<String, Value>) -> Result<Map<String, Value>, FieldError> {
    match fields.remove("payload") {
        None => Err(FieldError::new("payload", "missing; expected a JSON object")),
        Some(Value::Object(payload)) => Ok(payload),
        Some(other) => {
            Err(FieldError::new("payload", format!("expected a JSON object, got {}", type_name(&other))))
        }
    }
}

fn timestamp(fields: &mut Map<String, Value>) -> Result<Option<i64>, FieldError> {
    let wrong = || FieldError::new("timestamp", "expected milliseconds since 1970, up to the year 9999");
    match fields.remove("timestamp") {
        None | Some(Value::Null) => Ok(None),
        #[expect(clippy::cast_possible_truncation, reason = "saturates, and the range is checked next")]
        Some(Value::Number(number)) => number
            .as_i64()
            .or_else(|| number.as_f64().map(|float| float as i64))
            .filter(|ms| (0..=MAX_TIMESTAMP_MS).contains(ms))
            .map(Some)
            .ok_or_else(wrong),
        Some(_) => Err(wrong()),
    }
}

fn optional_text(fields: &mut Map<String, Value>, name: &'static str) -> Result<Option<String>, FieldError> {
    match fields.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(FieldError::new(name, format!("expected text, got {}", type_name(&other)))),
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn known(body: Value) -> Result<Event, FieldError> {
        from_known_form(body, 42)
    }

    #[test]
    fn the_known_form_needs_four_fields_and_keeps_the_rest() {
        let event = known(json!({
            "source_app": "hooks", "session_id": "s", "hook_event_type": "PreToolUse",
            "payload": {"tool": "Bash"}, "chat": [1], "colour": "red", "seq": 9
        }))
        .unwrap();
        assert_eq!(event.timestamp, 42);
        assert_eq!(event.seq, 0);
        assert_eq!(event.extra["chat"], json!([1]));
        assert_eq!(event.extra["colour"], json!("red"));
        assert!(!event.extra.contains_key("seq"));
    }

    #[test]
    fn each_wrong_field_is_named() {
        let good = json!({"source_app": "a", "session_id": "s", "hook_event_type": "T", "payload": {}});
        for (field, value) in [
            ("source_app", json!(1)),
            ("session_id", json!("")),
            ("session_id", json!("x".repeat(MAX_ID_BYTES + 1))),
            ("hook_event_type", json!(null)),
            ("payload", json!([])),
            ("timestamp", json!(-1)),
            ("timestamp", json!(1e300)),
            ("timestamp", json!("yesterday")),
            ("model_name", json!(7)),
        ] {
            let mut body = good.clone();
            body[field] = value;
            assert_eq!(known(body).unwrap_err().field, field);
        }
        assert_eq!(known(json!("text")).unwrap_err().field, "event");
    }

    #[test]
    fn a_producers_event_needs_its_identity() {
        let good = json!({"event_id": "p.1", "producer": "p", "seq": 1, "source_app": "a", "session_id": "s",
            "hook_event_type": "T", "payload": {}, "timestamp": 5});
        assert_eq!(from_producer(good.clone(), "p").unwrap().seq, 1);
        assert_eq!(from_producer(good.clone(), "q").unwrap_err().field, "producer");
        for (field, value) in [("seq", json!(0)), ("seq", json!(1.5)), ("timestamp", json!(null))] {
            let mut body = good.clone();
            body[field] = value;
            assert_eq!(from_producer(body, "p").unwrap_err().field, field);
        }
    }
}
