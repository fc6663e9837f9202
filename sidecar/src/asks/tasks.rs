//! A task whose session asks is blocked on the permission, and goes on when it has its answer.

use super::Asks;
use super::resolve::waits_for_permission;
use rozet_observability::plan::TaskStatus;
use std::collections::{BTreeMap, HashMap};

/// The tasks that are blocked, by plan and id, and what each waits for.
pub(super) type Blocked = HashMap<(String, String), String>;

impl Asks {
    /// Tasks that an earlier daemon left blocked.
    pub(super) async fn blocked_before(&self) -> Blocked {
        let plans = match self.intake.store().plans_with_tasks_in(TaskStatus::Blocked).await {
            Ok(plans) => plans,
            Err(error) => {
                tracing::error!(%error, "tasks that wait for a permission cannot be looked up");
                return Blocked::new();
            }
        };
        // Those of runs are done anew by their run.
        let plans = plans.into_iter().filter(|plan| !self.coordinator.is_under_way(&plan.plan_id));
        let blocked = plans.flat_map(|plan| {
            let plan_id = plan.plan_id;
            let tasks = plan.tasks.into_iter().filter(waits_for_permission);
            tasks.map(move |task| ((plan_id.clone(), task.task_id), String::new())).collect::<Vec<_>>()
        });
        blocked.collect()
    }

    /// Blocks the tasks whose sessions ask, and lets those go on that have their answers.
    pub(super) async fn block_tasks(&self, blocked: &mut Blocked) {
        self.find_tasks().await;
        let mut wanted: BTreeMap<(String, String), String> = BTreeMap::new();
        for waiting in self.register.waiting() {
            let ask = waiting.asked.ask;
            if let (Some(plan_id), Some(task_id)) = (ask.plan_id, ask.task_id) {
                wanted.entry((plan_id, task_id)).or_insert(ask.title);
            }
        }
        let over: Vec<(String, String)> =
            blocked.keys().filter(|task| !wanted.contains_key(*task)).cloned().collect();
        for task in over {
            self.coordinator.waits_for_permission(&task.0, &task.1, None).await;
            blocked.remove(&task);
        }
        for (task, what) in wanted {
            // One that has not begun yet, as far as anybody has heard, is tried again with the next look.
            if blocked.get(&task) != Some(&what)
                && self.coordinator.waits_for_permission(&task.0, &task.1, Some(what.clone())).await
            {
                blocked.insert(task, what);
            }
        }
    }
}
