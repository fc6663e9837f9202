//! How a session stood at a time, folded from its events.

use super::UsageSum;
use crate::plan::TaskStatus;
use crate::session::SessionState;
use serde::{Deserialize, Serialize};

/// A session with its descendants as they stood at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionAt {
    /// The session.
    pub session_id: String,
    /// The time, in milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub time: i64,
    /// What it was doing; none when it had not begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub state: Option<SessionState>,
    /// The start of the prompt that it was at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub prompt: Option<String>,
    /// The plan whose tasks were last spoken of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub plan_id: Option<String>,
    /// The tasks of that plan, in its order.
    pub tasks: Vec<TaskAt>,
    /// The tool calls that were under way, in the order they began.
    pub running: Vec<RunningTool>,
    /// What had been used by then, planning not included.
    pub usage: UsageSum,
    /// How many events had happened.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub events: i64,
    /// Whether there were more events than could be read, so that this is how it stood earlier.
    pub cut: bool,
}

/// A task as it stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaskAt {
    /// `T1`, `T2`, …
    pub task_id: String,
    /// What is to be done; empty when no event said it.
    pub description: String,
    /// Where it stood.
    pub status: TaskStatus,
    /// When it came to stand there, in milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub since: i64,
    /// The session that worked at it, when it had one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub worker_session: Option<String>,
}

/// A tool call that was under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunningTool {
    /// Whose call it was.
    pub session_id: String,
    /// Names the call.
    pub call_id: String,
    /// The tool; empty when no event said it.
    pub tool: String,
    /// Milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub started_at: i64,
}
