//! Days, weeks and projects, looked back at.

use serde::{Deserialize, Serialize};

/// What the rows of a history are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum HistoryBy {
    /// Days, the newest first.
    #[default]
    Day,
    /// Weeks that begin on Monday, the newest first.
    Week,
    /// Workspaces, the one with the newest session first.
    Project,
}

/// The answer of `GET /v1/history`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct History {
    /// The rows that have something in them.
    pub rows: Vec<HistoryRow>,
    /// Whether there was more than could be looked at, so that the oldest rows lack some.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub cut: bool,
}

/// One day, week or project. Sessions and what they used count where they began, prompts and events where they happened,
/// tasks where they were last changed, and all events of a session for its project.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HistoryRow {
    /// The date of the day, or of the week's Monday, such as `2026-11-25`; a project's folder, empty where not known.
    pub key: String,
    /// When the day or week began, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "number"))]
    pub from: Option<i64>,
    /// A project's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub directory: Option<String>,
    /// Sessions without a parent.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub sessions: i64,
    /// Prompts that were sent.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub prompts: i64,
    /// Events.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub events: i64,
    /// Tasks that were proved.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub tasks_completed: i64,
    /// Tasks that failed.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub tasks_failed: i64,
    /// Tokens sent, Rozet's own included.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub tokens_input: i64,
    /// Tokens received, Rozet's own included.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub tokens_output: i64,
    /// US dollars, as far as known; none when nothing of it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub cost_usd: Option<f64>,
    /// Whether all of the cost is known.
    pub cost_known: bool,
}
