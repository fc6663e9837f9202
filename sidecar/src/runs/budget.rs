//! The budget of a run, changed while it is there: in force at once.

use super::actor::Command;
use super::control::RunError;
use super::shared::Coordinator;
use rozet_observability::plan::{Task, TaskStatus, WaitsForKind};
use rozet_observability::run::{BudgetChange, Run, RunLimits, RunStatus};

/// More than any run could use: a limit above it is a slip of the pen.
const MOST_TOKENS: u64 = 1_000_000_000_000;
const MOST_USD: f64 = 1e6;

impl Coordinator {
    /// Gives a run another budget. What is under way may use more at once, or is ended when it is over; what waited for
    /// budget goes on, also a run that has paused for nothing else.
    ///
    /// # Errors
    /// When there is no such run, it is completed, or the budget makes no sense.
    pub(crate) async fn set_budget(&self, run_id: &str, change: BudgetChange) -> Result<Run, RunError> {
        check(&change)?;
        if self.0.active(run_id).is_some() {
            self.ask(run_id, Command::Budget(change)).await?;
            return Ok(self.view(run_id).await?.run);
        }
        let mut run = self.view(run_id).await?.run;
        if run.status == RunStatus::Completed {
            return Err(RunError::Refused(format!(
                "{run_id} is completed: its budget is used for nothing more"
            )));
        }
        apply(&mut run.limits, change);
        self.store().save_run(run.clone()).await?;
        let plan = self.store().plan(run.plan_id.clone()).await?.ok_or(RunError::NotFound("plan"))?;
        if run.status == RunStatus::Paused && paused_for_budget(&run, &plan.tasks) {
            return self.resume(run_id).await;
        }
        Ok(run)
    }
}

/// Puts new limits in the place of the old.
pub(super) fn apply(limits: &mut RunLimits, change: BudgetChange) {
    limits.run_usd = change.budget_usd.unwrap_or(limits.run_usd);
    limits.run_tokens = change.budget_tokens.unwrap_or(limits.run_tokens);
}

/// Whether a task waits for budget.
pub(super) fn waits_for_budget(task: &Task) -> bool {
    let kind = task.waits_for.as_ref().map(|waits| waits.kind);
    task.status == TaskStatus::Blocked && kind == Some(WaitsForKind::Budget)
}

/// Whether a run has paused because a task of it waits for budget, not because somebody paused it.
fn paused_for_budget(run: &Run, tasks: &[Task]) -> bool {
    tasks.iter().filter(|task| waits_for_budget(task)).any(|task| {
        let waits = task.waits_for.as_ref().map(|waits| format!("{} waits for {}", task.task_id, waits.what));
        waits == run.reason
    })
}

fn check(change: &BudgetChange) -> Result<(), RunError> {
    if change.budget_usd.is_none() && change.budget_tokens.is_none() {
        return Err(RunError::Bad("say what the run may use: budget_usd, budget_tokens, or both".into()));
    }
    if change.budget_usd.is_some_and(|usd| !(0.0..=MOST_USD).contains(&usd)) {
        return Err(RunError::Bad(format!("budget_usd: expected US dollars from 0 to {MOST_USD}")));
    }
    if change.budget_tokens.is_some_and(|tokens| tokens > MOST_TOKENS) {
        return Err(RunError::Bad(format!("budget_tokens: expected at most {MOST_TOKENS}")));
    }
    Ok(())
}
