//! Tasks that wait for a person to allow something.

use super::actor::Command;
use super::shared::Coordinator;
use crate::clock::now_ms;
use crate::intake::Draft;
use rozet_observability::event::{EventKind, source};
use rozet_observability::link::LinkFrame;
use rozet_observability::plan::{InvalidTransition, Task, TaskStatus, WaitsFor, WaitsForKind};
use rozet_observability::store::StoreError;
use serde_json::json;

impl Coordinator {
    /// The plan and the task of the attempt that works in this session.
    pub(crate) fn task_of_worker(&self, session_id: &str) -> Option<(String, String)> {
        self.adopted(session_id)?.task()
    }

    /// Blocks a task that is under way on what it asks for; with none, lets it go on. A task that is elsewhere is left
    /// alone: false.
    pub(crate) async fn waits_for_permission(
        &self,
        plan_id: &str,
        task_id: &str,
        what: Option<String>,
    ) -> bool {
        if let Ok(Some(run)) = self.store().run_of_plan(plan_id.to_owned()).await
            && self.0.active(&run.run_id).is_some()
        {
            let command = Command::Permission(task_id.to_owned(), what);
            let obeyed = self.ask(&run.run_id, command).await;
            return obeyed.inspect_err(|error| left_alone(plan_id, task_id, error)).is_ok();
        }
        let now = now_ms();
        let change =
            move |task: &mut Task| -> Result<(), StoreError> { Ok(change(task, what.as_deref(), now)?) };
        let store = self.store();
        let task = match store.change_task(plan_id.to_owned(), task_id.to_owned(), change, now).await {
            Ok(changed) => changed.task,
            Err(error) => {
                left_alone(plan_id, task_id, &error);
                return false;
            }
        };
        let Ok(Some(plan)) = store.plan(plan_id.to_owned()).await else { return false };
        let intake = &self.0.announcer.intake;
        intake.links().send(&LinkFrame::Task {
            plan_id: plan_id.to_owned(),
            session_id: plan.session_id.clone(),
            task: task.clone(),
        });
        let payload = json!({"plan_id": plan_id, "task_id": task_id, "task": task});
        let (source_app, session_id, kind) = (source::SIDECAR, plan.session_id, kind_of(&task));
        intake.record(vec![Draft { source_app, session_id, kind, payload }]).await;
        true
    }
}

fn left_alone(plan_id: &str, task_id: &str, error: &dyn std::fmt::Display) {
    tracing::debug!(plan_id, task_id, %error, "a task is left as it is");
}

/// The event that tells of the change.
pub(super) const fn kind_of(task: &Task) -> EventKind {
    match task.status {
        TaskStatus::Blocked => EventKind::TaskBlocked,
        _ => EventKind::TaskStarted,
    }
}

/// Blocks a task on a permission, or lets it go on.
pub(super) fn change(task: &mut Task, what: Option<&str>, now: i64) -> Result<(), InvalidTransition> {
    let waits = task.status == TaskStatus::Blocked
        && task.waits_for.as_ref().is_some_and(|waits| waits.kind == WaitsForKind::Permission);
    match what {
        Some(what) if waits || task.status == TaskStatus::Running => {
            if !waits {
                task.advance(TaskStatus::Blocked, now)?;
            }
            task.waits_for = Some(WaitsFor { kind: WaitsForKind::Permission, what: what.to_owned() });
            Ok(())
        }
        None if waits => task.advance(TaskStatus::Running, now),
        Some(_) => Err(InvalidTransition { from: task.status, to: TaskStatus::Blocked }),
        None => Err(InvalidTransition { from: task.status, to: TaskStatus::Running }),
    }
}
