//! What follows from how an attempt ended, and from where the tasks of a run stand.

use super::judge::COMMAND_TIMEOUT;
use crate::provider::ProviderError;
use crate::tools::ToolContext;
use crate::verify;
use crate::worker::Stopped;
use rozet_observability::plan::{CheckOutcome, Evidence, Task, TaskStatus, WaitsFor, WaitsForKind};
use rozet_observability::run::{AttemptOutcome, RunStatus};
use rozet_observability::store::StoreError;
use std::time::Duration;

/// What an attempt's end means.
#[derive(Debug, PartialEq)]
pub(super) struct After {
    pub(super) outcome: AttemptOutcome,
    pub(super) status: TaskStatus,
    pub(super) waits_for: Option<WaitsFor>,
    pub(super) reason: Option<String>,
    /// Why the whole run must pause.
    pub(super) pause: Option<String>,
    /// The provider limits the rate, and for how long when it says so.
    pub(super) limited: Option<Option<Duration>>,
}

/// What a cancelled attempt was ended for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    Cancelled,
    Interrupted,
}

/// Weighs an attempt. `may_retry`: whether a failure leaves another attempt.
pub(super) fn after(stopped: Option<&Stopped>, evidence: &[Evidence], cut: Cut, may_retry: bool) -> After {
    let Some(stopped) = stopped else { return judged(evidence, may_retry) };
    let reason = Some(stopped.to_string());
    let failed = || After {
        outcome: AttemptOutcome::Failed,
        status: if may_retry { TaskStatus::Ready } else { TaskStatus::Failed },
        waits_for: None,
        reason: reason.clone(),
        pause: None,
        limited: None,
    };
    let waits = |kind| After {
        outcome: AttemptOutcome::Blocked,
        status: TaskStatus::Blocked,
        waits_for: Some(WaitsFor { kind, what: stopped.to_string() }),
        reason: reason.clone(),
        pause: None,
        limited: None,
    };
    match stopped {
        Stopped::Cancelled => match cut {
            Cut::Cancelled => {
                After { outcome: AttemptOutcome::Cancelled, status: TaskStatus::Cancelled, ..failed() }
            }
            Cut::Interrupted => {
                After { outcome: AttemptOutcome::Interrupted, status: TaskStatus::Ready, ..failed() }
            }
        },
        Stopped::Stuck(_) | Stopped::TimedOut(_) => failed(),
        Stopped::OverBudget(_) => waits(WaitsForKind::Budget),
        Stopped::NeedsPerson(_) => waits(WaitsForKind::Human),
        Stopped::Provider(error) => match error {
            ProviderError::RateLimited { retry_after } => After {
                outcome: AttemptOutcome::Interrupted,
                limited: Some(*retry_after),
                ..waits(WaitsForKind::Provider)
            },
            ProviderError::OverBudget(_) => waits(WaitsForKind::Budget),
            // It died in the middle: another attempt may go better.
            ProviderError::Failed(_)
            | ProviderError::Unreachable
            | ProviderError::TimedOut
            | ProviderError::Nonsense
            | ProviderError::Refused(_) => failed(),
            // Every other task would meet the same.
            ProviderError::NoKey(_)
            | ProviderError::KeyWithheld(_)
            | ProviderError::Unauthorized(_)
            | ProviderError::Unpaid
            | ProviderError::NotFound
            | ProviderError::NoOpenCode
            | ProviderError::OpenCode(_)
            | ProviderError::OpenCodeEnded
            | ProviderError::NoModel(_) => After {
                outcome: AttemptOutcome::Interrupted,
                pause: Some(stopped.to_string()),
                ..waits(WaitsForKind::Provider)
            },
        },
    }
}

fn judged(evidence: &[Evidence], may_retry: bool) -> After {
    let (status, waits_for) = verify::verdict(evidence);
    let (outcome, status) = match status {
        TaskStatus::Completed => (AttemptOutcome::Passed, TaskStatus::Completed),
        TaskStatus::Failed if may_retry => (AttemptOutcome::Failed, TaskStatus::Ready),
        TaskStatus::Failed => (AttemptOutcome::Failed, TaskStatus::Failed),
        _ => (AttemptOutcome::Blocked, TaskStatus::Blocked),
    };
    let reason = evidence.iter().find(|seen| seen.outcome == CheckOutcome::Failed);
    let reason = reason.map(|seen| format!("{} failed: {}", seen.check.describe(), seen.detail));
    After { outcome, status, waits_for, reason, pause: None, limited: None }
}

/// How a run ends with its tasks like this; none while something can still go on by itself.
pub(super) fn end_of_run(tasks: &[Task]) -> Option<(RunStatus, Option<String>)> {
    let goes_on = |task: &Task| {
        let waits = task.waits_for.as_ref().map(|waits| waits.kind);
        let by_itself = matches!(waits, Some(WaitsForKind::Lock | WaitsForKind::Provider));
        matches!(task.status, TaskStatus::Ready | TaskStatus::Running | TaskStatus::Verifying)
            || (task.status == TaskStatus::Blocked && by_itself)
    };
    if tasks.iter().any(goes_on) {
        return None;
    }
    let in_state = |status| tasks.iter().filter(move |task| task.status == status);
    let names = |status| in_state(status).map(|task| task.task_id.as_str()).collect::<Vec<_>>().join(", ");
    if tasks.iter().all(|task| task.status == TaskStatus::Completed) {
        return Some((RunStatus::Completed, None));
    }
    if in_state(TaskStatus::Failed).next().is_some() {
        return Some((RunStatus::Failed, Some(format!("{} failed", names(TaskStatus::Failed)))));
    }
    let waiting = in_state(TaskStatus::Blocked).find_map(|task| {
        let waits = task.waits_for.as_ref().filter(|waits| waits.kind != WaitsForKind::Task)?;
        Some(format!("{} waits for {}", task.task_id, waits.what))
    });
    match waiting {
        Some(waiting) => Some((RunStatus::Paused, Some(waiting))),
        None => Some((RunStatus::Failed, Some(format!("{} cancelled", names(TaskStatus::Cancelled))))),
    }
}

/// Cancels a task that is neither done nor failed; true when it did.
pub(super) fn cancel_open(task: &mut Task, now_ms: i64) -> Result<bool, StoreError> {
    let open = !matches!(task.status, TaskStatus::Completed | TaskStatus::Failed | TaskStatus::Cancelled);
    if open {
        task.advance(TaskStatus::Cancelled, now_ms)?;
    }
    Ok(open)
}

/// Runs the checks of a task that a crash cut off; those that need a look at the workspace from before cannot be judged.
pub(super) async fn evidence_after_a_crash(task: &Task, tools: &ToolContext) -> Vec<Evidence> {
    let mut evidence = Vec::with_capacity(task.checks.len());
    for check in &task.checks {
        evidence.push(verify::check(check, tools, COMMAND_TIMEOUT).await);
    }
    evidence
}

/// Whether a machine has seen everything that proves the task.
pub(super) fn is_proved(evidence: &[Evidence]) -> bool {
    !evidence.is_empty() && evidence.iter().all(|seen| seen.outcome == CheckOutcome::Passed)
}
