//! A task and the states it may pass through.

use super::{Check, Claim, Evidence};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Task {
    /// `T1`, `T2`, …: unique within its plan.
    pub task_id: String,
    /// What is to be done, in one or two sentences.
    pub description: String,
    /// Paths that the task will write, relative to the workspace.
    pub files: Vec<String>,
    /// What proves it.
    pub checks: Vec<Check>,
    /// Tasks that must be completed first.
    pub depends_on: Vec<String>,
    /// Where it stands.
    pub status: TaskStatus,
    /// What a `blocked` task waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub waits_for: Option<WaitsFor>,
    /// When `status` last changed, in milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub since: i64,
    /// What the one who did the work says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub claim: Option<Claim>,
    /// What the sidecar saw at the last verification, one for each check.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
}

/// The states of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TaskStatus {
    /// Waits for the tasks it depends on.
    Planned,
    /// Nothing stands in its way.
    Ready,
    /// Work on it was observed.
    Running,
    /// Claimed; the sidecar runs its checks.
    Verifying,
    /// Proved by evidence.
    Completed,
    /// Its checks failed.
    Failed,
    /// Waits for what `waits_for` names.
    Blocked,
    /// Nobody will do it.
    Cancelled,
}

/// A state change that the task's life does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a {} task cannot become {}", from.as_str(), to.as_str())]
pub struct InvalidTransition {
    /// The present state.
    pub from: TaskStatus,
    /// The one asked for.
    pub to: TaskStatus,
}

impl TaskStatus {
    /// Every state, in the order of a task's life.
    pub const ALL: [Self; 8] = [
        Self::Planned,
        Self::Ready,
        Self::Running,
        Self::Verifying,
        Self::Completed,
        Self::Failed,
        Self::Blocked,
        Self::Cancelled,
    ];

    /// The word on screen and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Verifying => "verifying",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will happen to the task by itself.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled)
    }

    /// Whether the task may go from here to `to`. `completed` is reached only from `verifying`: nobody
    /// marks their own homework.
    #[must_use]
    pub const fn may_become(self, to: Self) -> bool {
        use TaskStatus::{Blocked, Cancelled, Completed, Failed, Planned, Ready, Running, Verifying};
        match (self, to) {
            (Planned, Ready | Running | Verifying | Blocked | Cancelled)
            | (Ready, Running | Verifying | Blocked | Cancelled)
            // An attempt that was cut off leaves its task as it found it: ready.
            | (Running, Ready | Verifying | Blocked | Failed | Cancelled)
            | (Verifying, Completed | Failed | Blocked | Ready | Running | Cancelled)
            | (Failed, Planned | Ready | Running | Verifying | Blocked | Cancelled)
            | (Blocked, Planned | Ready | Running | Verifying | Failed | Cancelled)
            // Undone.
            | (Completed, Cancelled)
            // Asked for once more.
            | (Cancelled, Planned | Ready) => true,
            (
                Planned | Ready | Running | Verifying | Completed | Failed | Blocked | Cancelled,
                Planned | Ready | Running | Verifying | Completed | Failed | Blocked | Cancelled,
            ) => false,
        }
    }
}

impl Task {
    /// Moves the task, remembering when; leaving `blocked` forgets what it waited for.
    ///
    /// # Errors
    /// When the task's life does not allow the change; the task is left as it was.
    pub fn advance(&mut self, to: TaskStatus, now_ms: i64) -> Result<(), InvalidTransition> {
        if !self.status.may_become(to) {
            return Err(InvalidTransition { from: self.status, to });
        }
        self.status = to;
        self.since = now_ms;
        if to != TaskStatus::Blocked {
            self.waits_for = None;
        }
        Ok(())
    }
}

/// What a blocked task waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WaitsFor {
    /// The sort of thing.
    pub kind: WaitsForKind,
    /// Which one, in words for a person.
    pub what: String,
}

/// The sorts of things that a task can wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum WaitsForKind {
    /// An answer to a permission request.
    Permission,
    /// A lease that another task holds.
    Lock,
    /// The model's provider.
    Provider,
    /// A person's judgement or action.
    Human,
    /// More budget.
    Budget,
    /// Another task, or a free worker.
    Task,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completed_is_reached_only_through_verification() {
        for from in TaskStatus::ALL {
            assert_eq!(from.may_become(TaskStatus::Completed), from == TaskStatus::Verifying);
        }
    }

    #[test]
    fn a_refused_change_leaves_the_task_alone() {
        let mut task = Task {
            task_id: "T1".into(),
            description: String::new(),
            files: vec![],
            checks: vec![],
            depends_on: vec![],
            status: TaskStatus::Ready,
            waits_for: None,
            since: 1,
            claim: None,
            evidence: vec![],
        };
        assert!(task.advance(TaskStatus::Completed, 2).is_err());
        assert_eq!((task.status, task.since), (TaskStatus::Ready, 1));
    }
}
