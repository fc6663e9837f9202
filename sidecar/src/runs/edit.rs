//! A plan that is changed before anybody has begun with it.

use super::control::RunError;
use super::draft::{self, DraftFault};
use super::shared::Coordinator;
use crate::intake::Draft;
use rozet_observability::event::{EventKind, source};
use rozet_observability::link::LinkFrame;
use rozet_observability::plan::{Plan, Task, TaskStatus};
use rozet_observability::run::PlanEdit;
use serde_json::json;
use thiserror::Error;

/// Why a plan is not changed.
#[derive(Debug, Error)]
pub(crate) enum EditError {
    #[error(transparent)]
    Unsound(#[from] DraftFault),
    #[error(transparent)]
    Run(#[from] RunError),
}

impl Coordinator {
    /// Puts other tasks, or the same in another order, in the place of a plan's, and tells everyone.
    ///
    /// # Errors
    /// When there is no such plan, somebody has begun with it, or the tasks make no sense.
    pub(crate) async fn edit_plan(&self, plan_id: &str, edit: PlanEdit) -> Result<Plan, EditError> {
        let begun =
            || RunError::Refused(format!("work on {plan_id} has begun: it cannot be changed any more"));
        // Held until the plan is stored: nobody begins the old one meanwhile.
        let _beginning = self.0.beginning(plan_id).ok_or_else(begun)?;
        if self.has_run(plan_id).await {
            return Err(begun().into());
        }
        let before = self.store().plan(plan_id.to_owned()).await.map_err(RunError::from)?;
        let before = before.ok_or(RunError::NotFound("plan"))?;
        let intake = &self.0.announcer.intake;
        let plan = intake.redact_plan(draft::edited(before, edit)?);
        let is_untouched = |stored: &Plan| !stored.tasks.iter().any(has_moved);
        if !self.store().replace_plan(plan.clone(), is_untouched).await.map_err(RunError::from)? {
            return Err(begun().into());
        }
        intake.links().send(&LinkFrame::Plan { plan: plan.clone() });
        let planned = |(number, task): (usize, &Task)| Draft {
            source_app: source::SIDECAR,
            session_id: plan.session_id.clone(),
            kind: EventKind::TaskPlanned,
            payload: json!({
                "plan_id": plan.plan_id, "task": task, "index": number, "of": plan.tasks.len(),
                "origin": plan.origin, "plan_reason": "changed by hand",
            }),
        };
        let events = (1_usize..).zip(&plan.tasks).map(planned).collect();
        intake.record(events).await;
        Ok(plan)
    }
}

/// Whether anything has been done about a task.
const fn has_moved(task: &Task) -> bool {
    !matches!(task.status, TaskStatus::Planned | TaskStatus::Ready)
}
