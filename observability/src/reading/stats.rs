//! How much of what is stored.

use serde::{Deserialize, Serialize};

/// Figures of the whole store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stats {
    /// When they were counted, in milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub counted_at: i64,
    /// Events stored.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub events: i64,
    /// Sessions known.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub sessions: i64,
    /// Size of everything on the disk, in bytes.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes: u64,
    /// Size of the database with its log, in bytes.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub database_bytes: u64,
    /// The oldest event's id; 0 when there is none.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub oldest: i64,
    /// The newest event's id; 0 when there is none.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub newest: i64,
    /// Events by the day that they happened on, in UTC, the newest first, at most 366 days; like the next two, with those
    /// that have been removed since.
    pub by_day: Vec<DayCount>,
    /// Events by their type, the most first.
    pub by_type: Vec<NameCount>,
    /// Events by the program that spoke, the most first.
    pub by_source: Vec<NameCount>,
}

/// The events of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DayCount {
    /// When it began, in milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub day: i64,
    /// How many.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub events: i64,
}

/// The events of one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NameCount {
    /// The name.
    pub name: String,
    /// How many.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub events: i64,
}
