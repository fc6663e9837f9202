//! Plans, their tasks, and the checks that prove them.

mod check;
mod task;

pub use check::{Check, CheckOutcome, Claim, Evidence};
pub use task::{InvalidTransition, Task, TaskStatus, WaitsFor, WaitsForKind};

use serde::{Deserialize, Serialize};

/// What one prompt became.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Plan {
    /// Unique for ever.
    pub plan_id: String,
    /// The session whose prompt was planned.
    pub session_id: String,
    /// The workspace, an absolute path.
    pub directory: String,
    /// The prompt, redacted.
    pub request: String,
    /// One line that says what the plan is about.
    pub summary: String,
    /// Who made it.
    pub origin: PlanOrigin,
    /// Why it is not the model's, in words for a person; none when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub reason: Option<String>,
    /// The model that was asked, as `provider/model`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub model: Option<String>,
    /// The tasks, in the order of `task_id`.
    pub tasks: Vec<Task>,
    /// Milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub created_at: i64,
    /// From the request to the plan, in milliseconds.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub latency_ms: u64,
    /// What the planner's model calls used.
    pub usage: Usage,
    /// Names the planner's prompt, so that plans can be compared across its changes.
    pub prompt_version: String,
}

/// Who made a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum PlanOrigin {
    /// A language model.
    Model,
    /// The built-in planner.
    Offline,
}

impl PlanOrigin {
    /// The word on screen and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Offline => "offline",
        }
    }
}

/// Tokens used, as the provider counted them; zero where it did not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Usage {
    /// Tokens sent, cached ones included.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub input_tokens: u64,
    /// Tokens received, reasoning included.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub output_tokens: u64,
}
