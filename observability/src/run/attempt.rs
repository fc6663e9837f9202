//! One attempt at a task.

use super::WorkerKind;
use crate::plan::{Claim, Evidence, Usage};
use serde::{Deserialize, Serialize};

/// What one worker made of one task, claim beside observation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attempt {
    /// The run.
    pub run_id: String,
    /// The plan.
    pub plan_id: String,
    /// The task.
    pub task_id: String,
    /// Counts 1, 2, 3… for each task.
    pub number: u32,
    /// Who worked.
    pub worker: WorkerKind,
    /// The worker's own OpenCode session, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub session_id: Option<String>,
    /// The model at work, as `provider/model`, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub model: Option<String>,
    /// How it went.
    pub outcome: AttemptOutcome,
    /// Why it went so, in words for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub reason: Option<String>,
    /// What the worker says it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub claim: Option<Claim>,
    /// What the sidecar saw afterwards.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// Files that are not what they were when the attempt began, as the sidecar hashed them.
    #[serde(default)]
    pub files: Vec<FileChange>,
    /// Those of `files` that the task did not declare.
    #[serde(default)]
    pub drift: Vec<String>,
    /// Whether shell commands ran in an enforced sandbox; none when there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub sandboxed: Option<bool>,
    /// What the worker's models used.
    pub usage: Usage,
    /// Milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub started_at: i64,
    /// Milliseconds since 1970; none while it is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "number"))]
    pub ended_at: Option<i64>,
}

/// How an attempt went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum AttemptOutcome {
    /// A worker is at it, or its checks run.
    Running,
    /// Every check passed.
    Passed,
    /// A check failed, or the worker did.
    Failed,
    /// Cut off by a stop, a pause or a crash; it does not count as an attempt.
    Interrupted,
    /// Somebody ended it.
    Cancelled,
    /// Nobody could judge it, or it waits for something.
    Blocked,
}

/// A file before and after an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileChange {
    /// Relative to the workspace.
    pub path: String,
    /// None when it was not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub before: Option<FileState>,
    /// None when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub after: Option<FileState>,
    /// Whether what it was before is kept, so that it can be restored.
    pub restorable: bool,
}

/// What a file was at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileState {
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Size in bytes.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes: u64,
    /// Unix permission bits.
    pub mode: u32,
}
