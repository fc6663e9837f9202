//! Watches one attempt while a worker is at it: what it does, what it uses, whether it gets anywhere.

use super::live::Live;
use super::report::shortened;
use crate::intake::Intake;
use crate::spend::{Prices, priced};
use crate::worker::{Overseer, ProgressGate, Stopped};
use rozet_observability::plan::Usage;
use rozet_observability::run::Attempt;
use rozet_observability::store::Spend;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
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
    /// What this attempt may use.
    pub(super) allowed: Spend,
    pub(super) prices: BTreeMap<String, crate::settings::PriceSection>,
    pub(super) gate: Mutex<ProgressGate>,
    /// Maps the attempt's own OpenCode session to its tools.
    pub(super) adopt: Box<dyn Fn(&str) + Send + Sync>,
}

impl Oversight {
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
        let tokens = total.input_tokens.saturating_add(total.output_tokens);
        let cost = total.cost_usd.unwrap_or_default();
        if tokens > self.allowed.tokens || cost > self.allowed.cost_usd {
            return Err(Stopped::OverBudget(format!(
                "the attempt has used {tokens} of {} tokens and ${cost:.2} of ${:.2}",
                self.allowed.tokens, self.allowed.cost_usd
            )));
        }
        Ok(())
    }

    fn opened(&self, session_id: &str) {
        (self.adopt)(session_id);
        self.note(|attempt| attempt.session_id = Some(session_id.to_owned()));
    }

    fn stepped(&self, call: &str, outcome: &str) -> Result<(), Stopped> {
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        match gate.step(call, outcome) {
            None => Ok(()),
            Some(why) => Err(Stopped::Stuck(why)),
        }
    }
}
