//! Runs: a plan that workers carry out, with every attempt at a task and what was seen of it.

mod attempt;
mod wire;

pub use attempt::{Attempt, AttemptOutcome, FileChange, FileState};
pub use wire::{
    BudgetChange, PlanDraft, PlanEdit, RunNotice, RunProgress, RunRequest, RunView, TaskDraft, TaskView,
};

use crate::plan::Usage;
use serde::{Deserialize, Serialize};

/// The tools of workers, as models are told of them: a JSON list of names, descriptions and JSON Schemas of the
/// arguments. Every word is paid for with every request, so there are few.
pub const TOOLS: &str = include_str!("tools.json");

/// A plan in the hands of workers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Run {
    /// Unique for ever.
    pub run_id: String,
    /// What is carried out.
    pub plan_id: String,
    /// The session that the plan belongs to.
    pub session_id: String,
    /// The workspace, an absolute path.
    pub directory: String,
    /// Who does the tasks.
    pub worker: WorkerKind,
    /// Where it stands.
    pub status: RunStatus,
    /// Why it is paused, or how it ended, in words for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub reason: Option<String>,
    /// Tasks that may be under way at once.
    pub parallel: u32,
    /// What it may use.
    pub limits: RunLimits,
    /// What planner and workers have used so far.
    pub usage: Usage,
    /// The commit or branch that the workspace was on when the run began, when it is a git checkout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub branch: Option<String>,
    /// The session's model as `provider/model`, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub session_model: Option<String>,
    /// The producer whose link leads to the session's OpenCode, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub producer: Option<String>,
    /// Milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub started_at: i64,
    /// When `status` last changed, in milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub since: i64,
}

/// Who carries tasks out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum WorkerKind {
    /// A child session of the person's own OpenCode.
    Opencode,
    /// Rozet's own tool loop on a configured provider.
    Local,
    /// Nobody: only the checks are run.
    None,
}

impl WorkerKind {
    /// The word on screen and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opencode => "opencode",
            Self::Local => "local",
            Self::None => "none",
        }
    }
}

/// The states of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// Tasks are under way or about to be.
    Running,
    /// Nothing new is begun; what was under way was stopped and comes again.
    Paused,
    /// Every task is completed.
    Completed,
    /// It ended with tasks that are not.
    Failed,
    /// Somebody ended it.
    Cancelled,
}

impl RunStatus {
    /// The word on screen and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more happens by itself; a retry may open a failed or cancelled run again.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// What a run may use; reaching a limit stops the work and says so.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunLimits {
    /// Attempts at one task, the first included.
    pub max_attempts: u32,
    /// Wall time of one attempt, in milliseconds.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub task_wall_ms: u64,
    /// Wall time of the whole run, in milliseconds.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub run_wall_ms: u64,
    /// Tokens of all attempts at one task, sent and received.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub task_tokens: u64,
    /// US dollars of all attempts at one task.
    pub task_usd: f64,
    /// Tokens of the run, the planner's included.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub run_tokens: u64,
    /// US dollars of the run, the planner's included.
    pub run_usd: f64,
}
