//! A newer plan takes an older one's place: what is open of the older one is nobody's any more.

use crate::clock::now_ms;
use crate::intake::{Draft, Intake};
use crate::runs::Coordinator;
use rozet_observability::event::{EventKind, source};
use rozet_observability::link::LinkFrame;
use rozet_observability::plan::{Plan, Task, TaskStatus};
use serde_json::json;

/// Cancels the open tasks of the session's older plans, but for those that workers have: these go on until somebody
/// stops them.
pub(super) async fn end_older(intake: &Intake, coordinator: &Coordinator, newest: &Plan) {
    let plans = match intake.store().plans_of_session(newest.session_id.clone()).await {
        Ok(plans) => plans,
        Err(error) => return tracing::error!(%error, "the session's older plans cannot be looked up"),
    };
    for plan in plans {
        let is_older = plan.plan_id != newest.plan_id && plan.created_at <= newest.created_at;
        if is_older && plan.tasks.iter().any(is_open) && !coordinator.has_run(&plan.plan_id).await {
            end(intake, plan, &newest.plan_id).await;
        }
    }
}

async fn end(intake: &Intake, plan: Plan, by: &str) {
    let now = now_ms();
    let open: Vec<String> =
        plan.tasks.iter().filter(|task| is_open(task)).map(|task| task.task_id.clone()).collect();
    let change = move |task: &mut Task| match is_open(task) {
        true => task.advance(TaskStatus::Cancelled, now).map(|()| true).map_err(Into::into),
        false => Ok(false),
    };
    let changed = match intake.store().change_tasks(plan.plan_id.clone(), change, now).await {
        Ok(changed) => changed,
        Err(error) => {
            return tracing::error!(plan_id = plan.plan_id, %error, "an older plan cannot be ended");
        }
    };
    for task in changed.tasks.into_iter().filter(|task| open.contains(&task.task_id)) {
        let (plan_id, session_id) = (plan.plan_id.clone(), plan.session_id.clone());
        intake.links().send(&LinkFrame::Task { plan_id, session_id, task });
    }
    let message = format!("a newer plan took the place of this one: {} cancelled", open.join(", "));
    let payload = json!({"kind": "superseded", "level": "info", "message": message, "plan_id": plan.plan_id,
        "by_plan_id": by, "task_ids": open});
    let (kind, session_id) = (EventKind::Notification, plan.session_id);
    intake.record(vec![Draft { source_app: source::SIDECAR, session_id, kind, payload }]).await;
}

/// Whether the task is still to be done. One whose checks are running comes to its verdict.
fn is_open(task: &Task) -> bool {
    !task.status.is_final() && task.status != TaskStatus::Verifying
}
