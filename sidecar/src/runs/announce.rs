//! Tells everyone what changes in a run: stored events, frames on the link, and those who watch.

use super::live::Live;
use super::permission;
use super::report;
use crate::intake::{Draft, Intake};
use rozet_observability::event::{EventKind, source};
use rozet_observability::link::LinkFrame;
use rozet_observability::plan::{Task, TaskStatus};
use rozet_observability::run::{Attempt, AttemptOutcome, Run, RunStatus};
use rozet_observability::store::{Store, TaskChange};
use serde_json::{Value, json};

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Announcer {
    pub(super) intake: Intake,
}

impl Announcer {
    pub(super) fn store(&self) -> &Store {
        self.intake.store()
    }

    pub(super) fn redacted(&self, text: &str) -> String {
        self.intake.redact_text(text)
    }

    /// A task changed by an attempt.
    pub(super) async fn changed(&self, live: &Live, attempt: &Attempt, change: &TaskChange) {
        let run = live.change(|state| {
            state.set_attempt(attempt);
            std::iter::once(&change.task).chain(&change.released).for_each(|task| state.set_task(task));
            state.run.clone()
        });
        for task in std::iter::once(&change.task).chain(&change.released) {
            self.frame(&run, task);
        }
        let drafts = events(attempt, &change.task).into_iter();
        self.intake.record(drafts.map(|(kind, payload)| draft(&run, kind, payload)).collect()).await;
    }

    /// Tasks changed without an attempt.
    pub(super) async fn tasks(&self, live: &Live, tasks: &[Task]) {
        let run = live.change(|state| {
            tasks.iter().for_each(|task| state.set_task(task));
            state.run.clone()
        });
        let mut drafts = Vec::new();
        for task in tasks {
            self.frame(&run, task);
            if task.status == TaskStatus::Blocked {
                let payload = json!({"plan_id": run.plan_id, "run_id": run.run_id, "task_id": task.task_id, "task": task});
                drafts.push(draft(&run, EventKind::TaskBlocked, payload));
            }
        }
        if !drafts.is_empty() {
            self.intake.record(drafts).await;
        }
    }

    /// A task that is under way waits for a permission, or goes on.
    pub(super) async fn permission(&self, live: &Live, task: &Task) {
        let (run, attempt) = live.change(|state| {
            state.set_task(task);
            (state.run.clone(), state.next_number(&task.task_id).saturating_sub(1))
        });
        self.frame(&run, task);
        let payload = json!({
            "plan_id": run.plan_id, "run_id": run.run_id, "task_id": task.task_id, "attempt": attempt, "task": task,
        });
        self.intake.record(vec![draft(&run, permission::kind_of(task), payload)]).await;
    }

    /// The run began, paused or ended: also the session's plugin is told.
    pub(super) async fn run(&self, live: &Live) {
        let (run, title, notice) =
            live.change(|state| (state.run.clone(), report::title(state), report::notice(state)));
        let kind = match run.status {
            RunStatus::Running => EventKind::RunStarted,
            RunStatus::Paused => EventKind::RunPaused,
            RunStatus::Completed | RunStatus::Failed | RunStatus::Cancelled => EventKind::RunEnded,
        };
        tracing::info!(run_id = run.run_id, status = run.status.as_str(), reason = run.reason, title, "run");
        let payload = json!({
            "plan_id": run.plan_id, "run_id": run.run_id, "status": run.status, "reason": run.reason,
            "worker": run.worker, "parallel": run.parallel, "summary": title, "usage": run.usage,
        });
        self.intake.links().send(&LinkFrame::Run { run: notice });
        self.intake.record(vec![draft(&run, kind, payload)]).await;
    }

    fn frame(&self, run: &Run, task: &Task) {
        self.intake.links().send(&LinkFrame::Task {
            plan_id: run.plan_id.clone(),
            session_id: run.session_id.clone(),
            task: task.clone(),
        });
    }
}

fn draft(run: &Run, kind: EventKind, payload: Value) -> Draft {
    Draft { source_app: source::SIDECAR, session_id: run.session_id.clone(), kind, payload }
}

/// What an attempt's step is as events.
fn events(attempt: &Attempt, task: &Task) -> Vec<(EventKind, Value)> {
    let about = json!({
        "plan_id": attempt.plan_id, "run_id": attempt.run_id, "task_id": attempt.task_id, "attempt": attempt.number,
        "worker": attempt.worker, "session_id": attempt.session_id, "task": task,
    });
    let with = |fields: Value| {
        let mut payload = about.clone();
        if let (Some(payload), Value::Object(fields)) = (payload.as_object_mut(), fields) {
            payload.extend(fields);
        }
        payload
    };
    let ended = || {
        json!({
            "files": attempt.files, "drift": attempt.drift, "usage": attempt.usage, "model": attempt.model,
            "reason": attempt.reason, "duration_ms": attempt.ended_at.map(|ended| ended - attempt.started_at),
            "evidence": attempt.evidence, "sandboxed": attempt.sandboxed,
        })
    };
    match (attempt.outcome, task.status) {
        (AttemptOutcome::Running, TaskStatus::Verifying) => {
            let claim = attempt.claim.as_ref();
            claim.map_or_else(Vec::new, |claim| {
                let claim = json!({"by": claim.by, "statement": claim.statement});
                vec![(EventKind::TaskClaimed, with(claim))]
            })
        }
        (AttemptOutcome::Running, _) => {
            vec![(EventKind::TaskAssigned, about.clone()), (EventKind::TaskStarted, about)]
        }
        (AttemptOutcome::Passed, _) => vec![(EventKind::TaskCompleted, with(ended()))],
        (AttemptOutcome::Failed, status) => {
            let mut payload = with(ended());
            if let Some(payload) = payload.as_object_mut() {
                payload.insert("retrying".into(), json!(status == TaskStatus::Ready));
            }
            vec![(EventKind::TaskFailed, payload)]
        }
        (AttemptOutcome::Blocked | AttemptOutcome::Interrupted, TaskStatus::Blocked) => {
            vec![(EventKind::TaskBlocked, with(ended()))]
        }
        (AttemptOutcome::Blocked | AttemptOutcome::Interrupted | AttemptOutcome::Cancelled, _) => {
            vec![(
                EventKind::Notification,
                with(json!({
                    "level": "info",
                    "usage": attempt.usage, "model": attempt.model,
                    "message": format!("{} was ended: {}", attempt.task_id, attempt.reason.as_deref().unwrap_or("cancelled")),
                })),
            )]
        }
    }
}
