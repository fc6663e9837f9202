//! What travels when a run is begun, watched and reported.

use super::{Attempt, Run, RunStatus, WorkerKind};
use crate::plan::{Check, Task, WaitsFor};
use serde::{Deserialize, Serialize};

/// The body of `POST /v1/runs`; what is absent comes from the settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    /// What is to be carried out; the session's newest plan when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub plan_id: Option<String>,
    /// A plan of one's own, in place of one that Rozet made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub plan: Option<PlanDraft>,
    /// The session whose newest plan is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub session_id: Option<String>,
    /// Who does the tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub worker: Option<WorkerKind>,
    /// Tasks at once, 1 to 32.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub parallel: Option<u32>,
    /// US dollars that the run may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub budget_usd: Option<f64>,
    /// The session's model as `provider/model`, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub session_model: Option<String>,
    /// The producer whose link leads to the session's OpenCode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub producer: Option<String>,
    /// A settings file for this run alone, an absolute path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub config: Option<String>,
}

/// A plan that somebody wrote.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PlanDraft {
    /// The workspace, an absolute path.
    #[serde(default)]
    pub directory: String,
    /// One line that says what it is about.
    pub summary: String,
    /// What is to be done, at most 1,000.
    pub tasks: Vec<TaskDraft>,
}

/// A task that somebody wrote.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TaskDraft {
    /// Unique within the plan, such as `T1`.
    pub task_id: String,
    /// What is to be done.
    pub description: String,
    /// Paths that the task will write, relative to the workspace.
    #[serde(default)]
    pub files: Vec<String>,
    /// What proves it.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// Tasks that must be completed first.
    #[serde(default)]
    pub depends_on: Vec<String>,
}

/// The body of `PUT /v1/plans/{plan_id}`: the plan as it is to be, its tasks in their order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PlanEdit {
    /// One line that says what it is about.
    pub summary: String,
    /// What is to be done, 1 to 1,000.
    pub tasks: Vec<TaskDraft>,
}

/// The body of `POST /v1/runs/{run_id}/budget`: new limits of the whole run, the planner's part included. What is absent
/// stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BudgetChange {
    /// US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub budget_usd: Option<f64>,
    /// Tokens, sent and received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "number"))]
    pub budget_tokens: Option<u64>,
}

/// A run with its tasks, as `GET /v1/runs/{run_id}` tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunView {
    /// The run.
    pub run: Run,
    /// The plan's one line.
    pub summary: String,
    /// The tasks, in the order of the plan.
    pub tasks: Vec<TaskView>,
}

/// A task with what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaskView {
    /// Its plan.
    pub plan_id: String,
    /// Its run, when it is or was in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub run_id: Option<String>,
    /// The task.
    pub task: Task,
    /// What it waits for, whatever its status; `task.since` tells since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub waits_for: Option<WaitsFor>,
    /// What its worker does now, in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub activity: Option<String>,
    /// Every attempt, the first one first.
    pub attempts: Vec<Attempt>,
}

/// What those who wait for a run are told, again and again until `done`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunProgress {
    /// None while its plan is still being made, and when there is nothing to wait for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub run_id: Option<String>,
    /// What is carried out; none with `run_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub plan_id: Option<String>,
    /// None with `run_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub status: Option<RunStatus>,
    /// One line for a person, such as `2 of 5 done, T3 running: cargo test`.
    pub title: String,
    /// For the model: where each task stands, claims, evidence, files, what failed. At the end the whole result.
    pub report: String,
    /// Whether this is the last word.
    pub done: bool,
}

/// The frame of the link that tells a session's plugin of its run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunNotice {
    /// The run.
    pub run_id: String,
    /// Its plan.
    pub plan_id: String,
    /// Its session.
    pub session_id: String,
    /// Where it stands.
    pub status: RunStatus,
    /// What the session's main model is to know of it; it stands in the system prompt, below what the model is to do.
    /// At the end the whole result.
    pub note: String,
    /// One line for the person, when it is over or has paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub toast: Option<String>,
}
