//! How a producer hands over its events, and what it gets back.

use super::Event;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The body of `POST /v1/events`. Events are read one by one, so that a bad one costs only itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventBatch {
    /// The process that made the events.
    pub producer: String,
    /// The events, in the order of `seq`.
    #[cfg_attr(feature = "ts", ts(type = "Array<Event>"))]
    pub events: Vec<Value>,
    /// Pieces of streamed text and of tool calls that the producer put together instead of making an event of each, since
    /// it began.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub coalesced: u64,
    /// Events that the producer had to give up, since it began: there was no room for them.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub dropped: u64,
}

impl EventBatch {
    /// Builds a batch from events that are already well formed.
    #[must_use]
    pub fn new(producer: &str, events: &[Event]) -> Self {
        let events = events.iter().filter_map(|event| serde_json::to_value(event).ok()).collect();
        Self { producer: producer.to_owned(), events, coalesced: 0, dropped: 0 }
    }
}

/// The answer to a batch, given only after the commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BatchAck {
    /// The process that made the events.
    pub producer: String,
    /// Every event up to this `seq` is either stored or named in a rejection: the producer may forget them.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub acked_seq: u64,
    /// How many were new.
    pub stored: u32,
    /// How many had been stored before.
    pub duplicates: u32,
    /// What was wrong with the others.
    pub rejected: Vec<Rejection>,
}

/// One event of a batch that could not be stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rejection {
    /// The event's place in the batch, from 0.
    pub index: u32,
    /// The field that is wrong, as a path such as `payload`.
    pub field: String,
    /// What was expected there.
    pub message: String,
}
