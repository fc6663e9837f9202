//! Watches one attempt while a worker is at it: what it does, what it uses, whether it gets anywhere.

use super::live::Live;
use super::report::shortened;
use crate::intake::Intake;
use crate::spend::{Prices, priced};
use crate::worker::{Allowance, Overseer, ProgressGate, Stopped};
use rozet_observability::plan::Usage;
use rozet_observability::run::Attempt;
use rozet_observability::store::Spend;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Longest line about what a worker does, in characters.
const MAX_ACTIVITY_CHARS: usize = 120;

/// The overseer of one attempt.
pub(super) struct Oversight {
    pub(super) live: Live,
    pub(super) intake: Intake,
    pub(super) tasks: TaskTracker,
    pub(super) task_id: String,
    pub(super) number: u32,
    /// How long this attempt may take.
    pub(super) allowance: Arc<Allowance>,
    /// What this attempt may use.
    pub(super) allowed: Mutex<Spend>,
    pub(super) prices: BTreeMap<String, crate::settings::PriceSection>,
    pub(super) gate: Mutex<ProgressGate>,
    pub(super) cancel: CancellationToken,
    /// Why the attempt was ended by who watches it.
    pub(super) why: Mutex<Option<Stopped>>,
    /// Maps the attempt's own OpenCode session to its tools.
    pub(super) adopt: Box<dyn Fn(&str) + Send + Sync>,
}

impl Oversight {
    /// Why the attempt was ended by who watches it.
    pub(super) fn why_stopped(&self) -> Option<Stopped> {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What this attempt may use.
    pub(super) fn allowed(&self) -> Spend {
        *self.allowed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets it use more.
    pub(super) fn allow(&self, more: Spend) {
        let mut allowed = self.allowed.lock().unwrap_or_else(PoisonError::into_inner);
        allowed.tokens = allowed.tokens.saturating_add(more.tokens);
        allowed.cost_usd += more.cost_usd;
    }

    /// Ends the attempt when the run has used more than it may, as it may after its budget was made smaller.
    pub(super) fn is_over_run_budget(&self) -> bool {
        let (usage, limits) = self.live.read(|state| (state.run.usage, state.run.limits));
        let tokens = usage.input_tokens.saturating_add(usage.output_tokens);
        let cost = usage.cost_usd.unwrap_or_default();
        let is_over = tokens > limits.run_tokens || cost > limits.run_usd;
        if is_over {
            self.stop(Stopped::OverBudget(format!(
                "the run has used {tokens} of {} tokens and ${cost:.2} of ${:.2}",
                limits.run_tokens, limits.run_usd
            )));
        }
        is_over
    }

    /// Ends the attempt, for a reason that goes before the worker's own.
    fn stop(&self, why: Stopped) -> Stopped {
        *self.why.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.clone());
        self.cancel.cancel();
        why
    }

    /// Notes whether the attempt's commands ran in a sandbox: one that did not is told of.
    fn confined(&self, sandboxed: bool) {
        let known = self.live.read(|state| {
            let of_task = state.attempts.get(&self.task_id)?;
            of_task.iter().find(|attempt| attempt.number == self.number)?.sandboxed
        });
        let now = known.unwrap_or(true) && sandboxed;
        if known != Some(now) {
            self.note(|attempt| attempt.sandboxed = Some(now));
        }
    }

    /// Changes the attempt, and stores it without anyone waiting for that.
    fn note(&self, change: impl FnOnce(&mut Attempt)) {
        let attempt = self.live.change(|state| {
            let of_task = state.attempts.get(&self.task_id)?;
            let mut attempt = of_task.iter().find(|attempt| attempt.number == self.number)?.clone();
            change(&mut attempt);
            state.set_attempt(&attempt);
            Some(attempt)
        });
        let Some(attempt) = attempt else { return };
        let store = self.intake.store().clone();
        self.tasks.spawn(async move {
            if let Err(error) = store.save_attempt(attempt).await {
                tracing::error!(%error, "an attempt's progress cannot be stored");
            }
        });
    }
}

impl Overseer for Oversight {
    fn activity(&self, line: String) {
        let line = shortened(&self.intake.redact_text(&line), MAX_ACTIVITY_CHARS);
        self.live.change(|state| state.activity.insert(self.task_id.clone(), line));
    }

    fn spent(&self, total: Usage, model: Option<&str>) -> Result<(), Stopped> {
        let total = match model {
            Some(model) => priced(total, model, &Prices::new(&self.prices)),
            None => total,
        };
        self.note(|attempt| {
            attempt.usage = total;
            attempt.model = model.map(str::to_owned).or_else(|| attempt.model.take());
        });
        if self.is_over_run_budget() {
            return Err(self.why_stopped().unwrap_or(Stopped::Cancelled));
        }
        let allowed = self.allowed();
        let tokens = total.input_tokens.saturating_add(total.output_tokens);
        let cost = total.cost_usd.unwrap_or_default();
        if tokens > allowed.tokens || cost > allowed.cost_usd {
            return Err(self.stop(Stopped::OverBudget(format!(
                "the attempt has used {tokens} of {} tokens and ${cost:.2} of ${:.2}",
                allowed.tokens, allowed.cost_usd
            ))));
        }
        Ok(())
    }

    fn opened(&self, session_id: &str) {
        (self.adopt)(session_id);
        self.note(|attempt| attempt.session_id = Some(session_id.to_owned()));
    }

    fn stepped(&self, call: &str, outcome: &str) -> Result<(), Stopped> {
        let stuck = self.gate.lock().unwrap_or_else(PoisonError::into_inner).step(call, outcome);
        match stuck {
            Ok(()) => Ok(()),
            Err(why) => Err(self.stop(Stopped::Stuck(why))),
        }
    }

    fn ran(&self, sandboxed: bool) {
        self.confined(sandboxed);
    }
}
