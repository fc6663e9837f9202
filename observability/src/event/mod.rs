//! Events: facts with a source, a session, a type and a payload, in the wire form that existing
//! multi-agent dashboards and hook scripts know, plus Rozet's own delivery identity.

mod batch;
mod kind;
mod validate;

pub use batch::{BatchAck, EventBatch, Rejection};
pub use kind::{EventKind, source};
pub use validate::{FieldError, MAX_ID_BYTES, from_known_form, from_producer};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One fact, as it is spooled, sent, stored and streamed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Event {
    /// Unique for ever. Rozet's producers use `<producer>.<seq>`.
    pub event_id: String,
    /// The running process that made the event; empty for events of the known form, which carry none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub producer: String,
    /// Counts 1, 2, 3… per producer, without holes; 0 for events of the known form.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// The program that speaks, such as `rozet-opencode`; see [`source`].
    pub source_app: String,
    /// The OpenCode session, or what stands for one in the source.
    pub session_id: String,
    /// An [`EventKind`] name; names of other programs are kept as they are.
    pub hook_event_type: String,
    /// What happened; a JSON object whose fields depend on the type.
    #[cfg_attr(feature = "ts", ts(type = "Record<string, unknown>"))]
    pub payload: Map<String, Value>,
    /// When it happened, in milliseconds since 1970 by the producer's clock.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub timestamp: i64,
    /// The model at work, when the source knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub model_name: Option<String>,
    /// One line for a reader, when the source made one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub summary: Option<String>,
    /// Fields of the known form that Rozet does not interpret (`chat`, `humanInTheLoop`, …), kept.
    #[serde(flatten)]
    #[cfg_attr(feature = "ts", ts(skip))]
    pub extra: Map<String, Value>,
}

impl Event {
    /// Whether it asks a person something, in the known form.
    #[must_use]
    pub fn asks(&self) -> bool {
        self.extra.get("humanInTheLoop").is_some_and(Value::is_object)
    }

    /// The tool that it is about. Hook scripts of the known form call the field `tool_name`.
    #[must_use]
    pub fn tool(&self) -> Option<&str> {
        self.about("tool").or_else(|| self.about("tool_name"))
    }

    /// The task that it is about.
    #[must_use]
    pub fn task(&self) -> Option<&str> {
        self.about("task_id")
    }

    fn about(&self, name: &str) -> Option<&str> {
        self.payload.get(name).and_then(Value::as_str).filter(|text| text.len() <= MAX_ID_BYTES)
    }
}

/// An event with the number that the store gave it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StoredEvent {
    /// Rises with each stored event; the order in which readers see them.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub id: i64,
    /// The event as it was accepted.
    #[serde(flatten)]
    pub event: Event,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
