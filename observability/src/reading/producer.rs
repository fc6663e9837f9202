//! How well each producer's events arrive.

use serde::{Deserialize, Serialize};

/// How well a producer's events arrive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(default)]
pub struct ProducerHealth {
    /// The process that made the events.
    pub producer: String,
    /// The highest `seq` seen.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub last_seq: i64,
    /// Events up to `last_seq` that are neither stored nor rejected.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub missing: i64,
    /// Events that came again and were not stored again.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub duplicates: i64,
    /// Events that could not be read.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub rejected: i64,
    /// Pieces of streamed text and of tool calls that the producer put together instead of sending each.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub coalesced: i64,
    /// Events that the producer itself had to give up: its spool and its memory were full.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub dropped: i64,
    /// Secrets that were masked in its events.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub redacted: i64,
}
