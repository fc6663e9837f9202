//! What readers see of a session at a glance.

use serde::{Deserialize, Serialize};

/// One session in a list, rolled up from its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionSummary {
    /// The session.
    pub session_id: String,
    /// Its parent, for a child session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub parent_id: Option<String>,
    /// The program that first spoke of it.
    pub source_app: String,
    /// The workspace, when an event named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub directory: Option<String>,
    /// The model last seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub model_name: Option<String>,
    /// The start of its last prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub last_prompt: Option<String>,
    /// What OpenCode calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub title: Option<String>,
    /// Its agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub agent: Option<String>,
    /// What a worker's session works at: the plan's id, a space, the task's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub task: Option<String>,
    /// What it is doing.
    pub state: SessionState,
    /// Milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub first_event_at: i64,
    /// Milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub last_event_at: i64,
    /// How many events are stored.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub events: i64,
}

/// What a session is doing, read from its last events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum SessionState {
    /// A turn is under way.
    Active,
    /// The last turn ended.
    Idle,
    /// The producer said that it is over.
    Ended,
}

impl SessionState {
    /// The state that an event of this type leaves the session in, or none when it says nothing: the
    /// sidecar's verdicts on tasks, for one, may come after the session has ended.
    #[must_use]
    pub fn after(hook_event_type: &str) -> Option<Self> {
        match hook_event_type {
            "SessionEnd" => Some(Self::Ended),
            "Stop" => Some(Self::Idle),
            "TaskPlanned" | "TaskCompleted" | "TaskFailed" | "TaskBlocked" | "Notification"
            | "SubagentStop" => None,
            _ => Some(Self::Active),
        }
    }

    /// The state of that word; an unknown word reads as idle.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "active" => Self::Active,
            "ended" => Self::Ended,
            _ => Self::Idle,
        }
    }

    /// The word on screen and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Idle => "idle",
            Self::Ended => "ended",
        }
    }
}
