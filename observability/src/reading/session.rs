//! One session with all that belongs to it.

use super::{SessionUsage, UsageSum};
use crate::plan::Plan;
use crate::run::Run;
use crate::session::SessionSummary;
use serde::{Deserialize, Serialize};

/// A session, its descendants, and what they did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionView {
    /// The session.
    pub session: SessionSummary,
    /// Its descendants, each after its parent; `parent_id` makes a tree of them.
    pub descendants: Vec<SessionNode>,
    /// Whether there are more descendants than are named and counted here.
    pub more_descendants: bool,
    /// Its plans, the newest first.
    pub plans: Vec<Plan>,
    /// Its newest run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub run: Option<Run>,
    /// The newest tool calls and attempts at tasks of the session and its descendants, in the order they began.
    pub spans: Vec<Span>,
    /// Whether there are older spans than are named here.
    pub more_spans: bool,
    /// What was used.
    pub usage: SessionUsage,
}

/// A descendant of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionNode {
    /// The session.
    pub session: SessionSummary,
    /// 1 for a child, 2 for a child's child, and so on.
    pub depth: u32,
    /// What it used itself.
    pub usage: UsageSum,
}

/// Something with a beginning and an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Span {
    /// Whose it is.
    pub session_id: String,
    /// What it is.
    pub kind: SpanKind,
    /// A tool call's `call_id`; for an attempt the plan's id, a space and the task's id, and from the second attempt on a
    /// space and its number.
    pub key: String,
    /// The tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub tool: Option<String>,
    /// Milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub started_at: i64,
    /// Milliseconds since 1970; none while it is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "number"))]
    pub ended_at: Option<i64>,
    /// How it stands.
    pub outcome: SpanOutcome,
    /// The id of the event that it began with.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub began: i64,
    /// The id of the event that it ended with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "number"))]
    pub ended: Option<i64>,
}

/// What has a beginning and an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum SpanKind {
    /// A tool call.
    Tool,
    /// An attempt at a task.
    Task,
}

/// How a span stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum SpanOutcome {
    /// Under way, as far as anybody said.
    Running,
    /// Done.
    Completed,
    /// Refused, thrown, or not proved.
    Failed,
    /// It waits for something.
    Blocked,
    /// Cut off.
    Cancelled,
}
