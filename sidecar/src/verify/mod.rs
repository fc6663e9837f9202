//! Nobody marks their own homework: when a task is claimed to be done, its checks are run here, and their
//! results decide.

mod checks;

pub(crate) use checks::run as check;

use crate::clock::now_ms;
use crate::intake::{Draft, Intake, ReportKind, TaskReport};
use crate::runs::Coordinator;
use crate::settings::SandboxMode;
use crate::tools::{Host, ReadOnly, ToolContext, ToolError};
use rozet_observability::event::{EventKind, source};
use rozet_observability::link::LinkFrame;
use rozet_observability::plan::{
    Check, CheckOutcome, Claim, Evidence, Plan, Task, TaskStatus, WaitsFor, WaitsForKind,
};
use rozet_observability::store::{StoreError, TaskChange};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Verifications that run at the same time.
const PARALLEL: usize = 2;
/// Longest run of one command.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);
/// Characters of a claim's statement that are kept.
const MAX_STATEMENT_CHARS: usize = 500;

/// Acts on reports about tasks.
#[derive(Clone)]
pub(crate) struct Verifier {
    intake: Intake,
    tasks: TaskTracker,
    cancel: CancellationToken,
    turns: Arc<Semaphore>,
    coordinator: Coordinator,
    host: Arc<Host>,
}

impl Verifier {
    pub(crate) fn new(
        intake: Intake,
        coordinator: Coordinator,
        tasks: TaskTracker,
        cancel: CancellationToken,
        host: Arc<Host>,
    ) -> Self {
        Self { intake, tasks, cancel, turns: Arc::new(Semaphore::new(PARALLEL)), coordinator, host }
    }

    /// Works through reports until the daemon stops.
    pub(crate) async fn run(&self, mut reports: mpsc::Receiver<TaskReport>) {
        self.resume().await;
        while let Some(report) = reports.recv().await {
            let TaskReport { plan_id, task_id, session_id, kind, acted } = report;
            self.act(plan_id, task_id, &session_id, kind).await;
            // Whoever waited for it may have gone.
            let _ = acted.send(());
        }
    }

    /// Verifies again what a crash interrupted.
    async fn resume(&self) {
        match self.intake.store().plans_with_tasks_in(TaskStatus::Verifying).await {
            Ok(plans) => {
                for plan in plans.into_iter().filter(|plan| !self.coordinator.is_under_way(&plan.plan_id)) {
                    for task in plan.tasks.iter().filter(|task| task.status == TaskStatus::Verifying) {
                        tracing::info!(
                            plan_id = plan.plan_id,
                            task_id = task.task_id,
                            "verifying again after a restart"
                        );
                        self.verify(plan.plan_id.clone(), task.task_id.clone());
                    }
                }
            }
            Err(error) => tracing::error!(%error, "interrupted verifications cannot be looked up"),
        }
    }

    async fn act(&self, plan_id: String, task_id: String, session_id: &str, kind: ReportKind) {
        if !self.belongs(&plan_id, session_id).await {
            tracing::warn!(plan_id, task_id, session_id, "a report on another session's task was ignored");
            return;
        }
        if self.coordinator.is_under_way(&plan_id) {
            tracing::debug!(
                plan_id,
                task_id,
                "workers are at this plan: a report on its tasks is passed over"
            );
            return;
        }
        let now = now_ms();
        let claimed = matches!(kind, ReportKind::Claimed { .. });
        let change = move |task: &mut Task| -> Result<(), StoreError> {
            match kind {
                ReportKind::Started => task.advance(TaskStatus::Running, now)?,
                ReportKind::Claimed { by, statement, at } => {
                    task.advance(TaskStatus::Verifying, now)?;
                    let statement = statement.chars().take(MAX_STATEMENT_CHARS).collect();
                    task.claim = Some(Claim { by, statement, at });
                }
                ReportKind::Blocked { reason } => {
                    task.advance(TaskStatus::Blocked, now)?;
                    let what = reason.chars().take(MAX_STATEMENT_CHARS).collect();
                    task.waits_for = Some(WaitsFor { kind: WaitsForKind::Human, what });
                }
            }
            Ok(())
        };
        match self.change(&plan_id, &task_id, change).await {
            Ok(_) if claimed => self.verify(plan_id, task_id),
            Ok(_) => {}
            // A report that comes again, or late, finds the task further on.
            Err(StoreError::Transition(error)) => {
                tracing::debug!(plan_id, task_id, %error, "a report changes nothing");
            }
            Err(StoreError::Missing(what)) => {
                tracing::warn!(plan_id, task_id, what, "a report names something unknown");
            }
            Err(error) => tracing::error!(plan_id, task_id, %error, "a task cannot be changed"),
        }
    }

    /// A session speaks only of its own plans.
    async fn belongs(&self, plan_id: &str, session_id: &str) -> bool {
        match self.intake.store().plan(plan_id.to_owned()).await {
            Ok(Some(plan)) => plan.session_id == session_id,
            // An unknown plan is reported by the change itself.
            Ok(None) | Err(_) => true,
        }
    }

    fn verify(&self, plan_id: String, task_id: String) {
        let verifier = self.clone();
        self.tasks.spawn(async move {
            let cancel = verifier.cancel.clone();
            // Cut off by a stop, the task stays `verifying` and is verified at the next start.
            cancel.run_until_cancelled(Box::pin(verifier.judge(plan_id, task_id))).await;
        });
    }

    async fn judge(&self, plan_id: String, task_id: String) {
        let Ok(_turn) = self.turns.acquire().await else { return };
        let plan = match self.intake.store().plan(plan_id.clone()).await {
            Ok(Some(plan)) => plan,
            Ok(None) => return,
            Err(error) => return tracing::error!(plan_id, %error, "a plan cannot be read"),
        };
        let Some(task) = plan.tasks.iter().find(|task| task.task_id == task_id) else { return };
        let mut evidence = Vec::with_capacity(task.checks.len());
        for check in &task.checks {
            evidence.push(self.evidence(&plan, check).await);
        }
        let (status, waits_for) = verdict(&evidence);
        let change = move |task: &mut Task| -> Result<(), StoreError> {
            task.advance(status, now_ms())?;
            task.evidence = evidence;
            task.waits_for = waits_for;
            Ok(())
        };
        match self.change(&plan_id, &task_id, change).await {
            Ok(change) => self.announce(&plan_id, &change).await,
            Err(error) => tracing::error!(plan_id, task_id, %error, "a verdict cannot be stored"),
        }
    }

    async fn evidence(&self, plan: &Plan, check: &Check) -> Evidence {
        if let Check::Command { command } = check {
            // The person's permission rules have had their say only on commands that OpenCode ran.
            let ran = self.intake.store().command_was_run(plan.session_id.clone(), command.clone()).await;
            if !ran.unwrap_or(false) {
                return checks::not_run(
                    check,
                    "OpenCode has not run this command in the session, so it was not allowed here",
                );
            }
        }
        let mut evidence = match self.looking_at(&plan.directory) {
            Ok(context) => checks::run(check, &context, COMMAND_TIMEOUT).await,
            Err(error) => checks::not_run(check, &error.to_string()),
        };
        evidence.detail = self.intake.redact_text(&evidence.detail);
        evidence
    }

    /// The workspace, only to look at. Without a sandbox: what runs here, the person's own OpenCode has run before.
    fn looking_at(&self, directory: &str) -> Result<ToolContext, ToolError> {
        let root = std::path::Path::new(directory);
        let cancel = self.cancel.clone();
        ToolContext::new(root, Arc::new(ReadOnly), SandboxMode::Off, true, cancel, &self.host)
    }

    async fn announce(&self, plan_id: &str, change: &TaskChange) {
        let kind = match change.task.status {
            TaskStatus::Completed => EventKind::TaskCompleted,
            TaskStatus::Failed => EventKind::TaskFailed,
            _ => EventKind::TaskBlocked,
        };
        let task_id = &change.task.task_id;
        tracing::info!(plan_id, task_id, status = change.task.status.as_str(), "verified");
        self.intake
            .record(vec![Draft {
                source_app: source::SIDECAR,
                session_id: change.session_id.clone(),
                kind,
                payload: json!({"plan_id": plan_id, "task_id": task_id, "task": change.task}),
            }])
            .await;
    }

    /// Changes a task and shows the change to everyone on the link.
    async fn change(
        &self,
        plan_id: &str,
        task_id: &str,
        change: impl FnOnce(&mut Task) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<TaskChange, StoreError> {
        let store = self.intake.store();
        let change = store.change_task(plan_id.to_owned(), task_id.to_owned(), change, now_ms()).await?;
        for task in std::iter::once(&change.task).chain(&change.released) {
            self.intake.links().send(&LinkFrame::Task {
                plan_id: plan_id.to_owned(),
                session_id: change.session_id.clone(),
                task: task.clone(),
            });
        }
        Ok(change)
    }
}

/// What the evidence makes of the task. A check that nobody could judge leaves it to a person.
pub(crate) fn verdict(evidence: &[Evidence]) -> (TaskStatus, Option<WaitsFor>) {
    if evidence.iter().any(|seen| seen.outcome == CheckOutcome::Failed) {
        return (TaskStatus::Failed, None);
    }
    match evidence.iter().find(|seen| seen.outcome == CheckOutcome::NotRun) {
        None if !evidence.is_empty() => (TaskStatus::Completed, None),
        None => (
            TaskStatus::Blocked,
            Some(WaitsFor { kind: WaitsForKind::Human, what: "the task has no check".into() }),
        ),
        Some(seen) => {
            let what = format!("{}: {}", seen.check.describe(), seen.detail);
            (TaskStatus::Blocked, Some(WaitsFor { kind: WaitsForKind::Human, what }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(outcome: CheckOutcome) -> Evidence {
        Evidence {
            check: Check::FileExists { path: "a".into() },
            outcome,
            detail: "seen".into(),
            observed_at: 0,
            duration_ms: 0,
            sha256: None,
        }
    }

    #[test]
    fn completed_needs_every_check_to_pass() {
        use CheckOutcome::{Failed, NotRun, Passed};
        for (outcomes, wanted) in [
            (vec![Passed, Passed], TaskStatus::Completed),
            (vec![Passed, Failed, NotRun], TaskStatus::Failed),
            (vec![Passed, NotRun], TaskStatus::Blocked),
            (vec![], TaskStatus::Blocked),
        ] {
            let evidence: Vec<_> = outcomes.into_iter().map(seen).collect();
            let (status, waits_for) = verdict(&evidence);
            assert_eq!(status, wanted);
            assert_eq!(waits_for.is_some(), wanted == TaskStatus::Blocked);
        }
    }
}
