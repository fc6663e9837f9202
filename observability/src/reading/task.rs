//! One task with all that belongs to it.

use super::Span;
use crate::run::TaskView;
use serde::{Deserialize, Serialize};

/// The answer of `GET /v1/tasks/{plan_id}/{task_id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaskPage {
    /// The task, with its attempts.
    pub view: TaskView,
    /// The session that its plan belongs to.
    pub session_id: String,
    /// The workspace, an absolute path.
    pub directory: String,
    /// What it may write now, to the exclusion of others.
    pub leases: Vec<LeaseView>,
    /// The files that its attempts changed or that it declared.
    pub files: Vec<TaskFile>,
    /// Whether there are more files than are named here.
    pub more_files: bool,
    /// The newest tool calls of its worker's sessions, in the order they began.
    pub spans: Vec<Span>,
    /// What an undo would come to.
    pub undo: UndoState,
    /// Why an undo would do nothing, in words for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub undo_note: Option<String>,
    /// Attempts that failed and were tried again.
    pub retries: u32,
    /// Attempts that may still fail before the task does; none when it belongs to no run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub attempts_left: Option<u32>,
}

/// A path that a task may write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LeaseView {
    /// An absolute path; one that ends in `/` stands for all below it.
    pub path: String,
    /// Names the attempt that holds it.
    pub owner: String,
    /// Rises with each lease that is taken.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub fence: i64,
    /// When it ends by itself, in milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub ends_at: i64,
}

/// A file beside what it was before the attempt that changed it last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaskFile {
    /// Relative to the workspace.
    pub path: String,
    /// What is different now.
    pub change: TaskFileChange,
    /// The first attempt that touched it: `diff` begins at what was kept then. 0 when none did.
    pub attempt: u32,
    /// Unified, from what was kept before the attempt to the file as it is now; at most 64 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub diff: Option<String>,
    /// Whether `diff` is only the beginning.
    pub truncated: bool,
    /// What is to be known about it, such as that somebody has changed it since, or why there is no diff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub note: Option<String>,
}

/// What is different about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TaskFileChange {
    /// It was not there.
    Added,
    /// It was another.
    Changed,
    /// It is not there any more.
    Removed,
    /// It is what it was.
    Unchanged,
}

/// What an undo would come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum UndoState {
    /// The files would be put back.
    Possible,
    /// Somebody has changed a file since, so nothing would be.
    Changed,
    /// There is nothing to put back, or what was there is not kept.
    Nothing,
}

/// The answer of `POST /v1/tasks/{plan_id}/{task_id}/undo`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Undone {
    /// What was, or with `preview` would be, done.
    pub files: Vec<RestoredFile>,
    /// Whether nothing was touched.
    pub preview: bool,
}

/// What an undo does with one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RestoredFile {
    /// Relative to the workspace.
    pub path: String,
    /// What is done with it.
    pub action: RestoreAction,
}

/// What an undo may do with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum RestoreAction {
    /// What it was is put back.
    Restore,
    /// It was not there, and is removed.
    Remove,
}
