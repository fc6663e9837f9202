//! Another budget for a run that is under way.

use super::Actor;
use crate::clock::now_ms;
use crate::runs::budget::{apply, waits_for_budget};
use crate::runs::oversight::Oversight;
use rozet_observability::plan::{Task, TaskStatus};
use rozet_observability::run::{Attempt, BudgetChange};
use rozet_observability::store::{Scope, Spend, StoreError, scopes};
use std::sync::Arc;

impl Actor {
    /// Takes the new limits over; what is under way is measured by them from now on.
    pub(super) async fn budget(&mut self, change: BudgetChange) -> Result<(), String> {
        let run = self.live.change(|state| {
            apply(&mut state.run.limits, change);
            state.run.clone()
        });
        self.announcer().store().save_run(run).await.map_err(|error| error.to_string())?;
        let overseers: Vec<Arc<Oversight>> = self.overseers.values().cloned().collect();
        for overseer in overseers {
            if !overseer.is_over_run_budget() {
                self.extend(&overseer).await.map_err(|error| error.to_string())?;
            }
        }
        self.reopen_for_budget().await.map_err(|error| error.to_string())
    }

    /// Lets an attempt use what is left for it now.
    async fn extend(&self, overseer: &Oversight) -> Result<(), StoreError> {
        let attempt = self.live.read(|state| {
            let of_task = state.attempts.get(&overseer.task_id)?;
            of_task.iter().find(|attempt| attempt.number == overseer.number).cloned()
        });
        let Some(attempt) = attempt else { return Ok(()) };
        let allowed = overseer.allowed();
        let (limits, share) = self.limits();
        let wanted = Spend {
            tokens: share.tokens.saturating_sub(allowed.tokens),
            cost_usd: (share.cost_usd - allowed.cost_usd).max(0.0),
        };
        let more = self.left(scopes(&attempt), limits, wanted).await?;
        let more = Spend { tokens: more.tokens, cost_usd: more.cost_usd.max(0.0) };
        if (more.tokens > 0 || more.cost_usd > 0.0) && self.reserve(attempt, limits, more).await? {
            overseer.allow(more);
        }
        Ok(())
    }

    async fn reserve(&self, attempt: Attempt, limits: [Spend; 3], more: Spend) -> Result<bool, StoreError> {
        self.announcer().store().extend_attempt(attempt, limits, more).await
    }

    /// What is left of a wanted amount under these limits.
    pub(super) async fn left(
        &self,
        scopes: [Scope; 3],
        limits: [Spend; 3],
        wanted: Spend,
    ) -> Result<Spend, StoreError> {
        let mut amount = wanted;
        for (scope, limit) in scopes.into_iter().zip(limits) {
            let spent = self.announcer().store().spend(scope).await?;
            amount.tokens = amount.tokens.min(limit.tokens.saturating_sub(spent.tokens));
            amount.cost_usd = amount.cost_usd.min(limit.cost_usd - spent.cost_usd);
        }
        Ok(amount)
    }

    /// The limits of task, run and day, and the largest share of them that one attempt gets: the run's leaves something
    /// for those that may begin beside it.
    pub(super) fn limits(&self) -> ([Spend; 3], Spend) {
        let (run, budget) = (self.live.read(|state| state.run.clone()), &self.settings.budget);
        let limits = [
            Spend { tokens: run.limits.task_tokens, cost_usd: run.limits.task_usd },
            Spend { tokens: run.limits.run_tokens, cost_usd: run.limits.run_usd },
            Spend { tokens: budget.day_tokens, cost_usd: budget.day_usd },
        ];
        let parallel = run.parallel.max(1);
        let share = Spend {
            tokens: run.limits.task_tokens.min(run.limits.run_tokens / u64::from(parallel)),
            cost_usd: run.limits.task_usd.min(run.limits.run_usd / f64::from(parallel)),
        };
        (limits, share)
    }

    /// Tasks that waited for budget are looked at anew.
    async fn reopen_for_budget(&mut self) -> Result<(), StoreError> {
        let now = now_ms();
        let change = move |task: &mut Task| -> Result<bool, StoreError> {
            let waits = waits_for_budget(task);
            if waits {
                task.advance(TaskStatus::Planned, now)?;
            }
            Ok(waits)
        };
        let plan = self.announcer().store().change_tasks(self.plan_id(), change, now).await?;
        let has_changed = |task: &Task| {
            self.live.read(|state| state.task(&task.task_id).is_none_or(|known| known.status != task.status))
        };
        let changed: Vec<Task> = plan.tasks.into_iter().filter(has_changed).collect();
        self.announcer().tasks(&self.live, &changed).await;
        Ok(())
    }
}
