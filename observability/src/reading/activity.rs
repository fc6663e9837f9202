//! How much happened when.

use serde::{Deserialize, Serialize};

/// The answer of `GET /v1/activity`: events by type in spans of equal length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Activity {
    /// Where the first span begins, in milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub from: i64,
    /// Where the last span ends, in milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub to: i64,
    /// Length of a span, in milliseconds.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bucket_ms: i64,
    /// One line for each type that there was, the most events first.
    pub types: Vec<ActivityLine>,
    /// Whether there was more than could be counted, so that the oldest spans lack some.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub cut: bool,
}

/// The events of one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ActivityLine {
    /// The type.
    pub hook_event_type: String,
    /// How many, span by span.
    #[cfg_attr(feature = "ts", ts(type = "number[]"))]
    pub counts: Vec<i64>,
}
