//! A model with a meter: what a question may cost is taken off the session's budget before it is asked, and what it did
//! cost is put in the place of that afterwards.

use crate::provider::{Answer, MAX_ANSWER_TOKENS, Model, Pending, ProviderError, Question};
use crate::settings::PlannerBudget;
use crate::spend::{Prices, priced, tokens_of};
use rozet_observability::plan::Usage;
use rozet_observability::store::{Scope, Spend, Store};
use std::sync::Arc;
use tokio_util::task::TaskTracker;

pub(super) struct Metered {
    pub(super) model: Arc<dyn Model>,
    pub(super) store: Store,
    pub(super) session_id: String,
    pub(super) budget: PlannerBudget,
    pub(super) tasks: TaskTracker,
}

impl Metered {
    async fn ask_once(&self, question: Question) -> Result<Answer, ProviderError> {
        let asked = question_tokens(&question);
        let reserved = self.spend(asked, u64::from(MAX_ANSWER_TOKENS));
        let limit = Spend { tokens: self.budget.session_tokens, cost_usd: self.budget.session_usd };
        match self.store.reserve(self.scope(), reserved, limit).await {
            Ok(Ok(())) => {}
            Ok(Err(spent)) => return Err(ProviderError::OverBudget(over(spent, limit))),
            Err(error) => {
                // Spending that nobody can count is not started.
                tracing::error!(%error, "the planning budget cannot be read");
                return Err(ProviderError::OverBudget("the planning budget cannot be read".into()));
            }
        }
        let mut answer = self.model.ask(question).await;
        let used = match &mut answer {
            Ok(answer) => {
                if answer.usage.input_tokens == 0 && answer.usage.output_tokens == 0 {
                    answer.usage =
                        Usage { input_tokens: asked, output_tokens: tokens_of(&answer.text), ..answer.usage };
                }
                answer.usage = priced(answer.usage, &self.model.name(), &Prices::new(&self.budget.prices));
                let usage = &answer.usage;
                let tokens = usage.input_tokens.saturating_add(usage.output_tokens);
                Spend { tokens, cost_usd: usage.cost_usd.unwrap_or_default() }
            }
            Err(error) if error.may_have_cost() => reserved,
            Err(_) => Spend::default(),
        };
        let (store, scope) = (self.store.clone(), self.scope());
        // Nobody waits for that: until it is done, more is held back than was used.
        self.tasks.spawn(async move {
            if let Err(error) = store.settle(scope, reserved, used).await {
                tracing::error!(%error, "what planning used cannot be stored");
            }
        });
        answer
    }

    fn scope(&self) -> Scope {
        Scope::Planning(self.session_id.clone())
    }

    fn spend(&self, input_tokens: u64, output_tokens: u64) -> Spend {
        let cost = Prices::new(&self.budget.prices).cost(&self.model.name(), input_tokens, output_tokens);
        Spend { tokens: input_tokens.saturating_add(output_tokens), cost_usd: cost.unwrap_or_default() }
    }
}

impl Model for Metered {
    fn name(&self) -> String {
        self.model.name()
    }

    fn ask(&self, question: Question) -> Pending<'_, Result<Answer, ProviderError>> {
        Box::pin(self.ask_once(question))
    }
}

fn question_tokens(question: &Question) -> u64 {
    let turns: u64 = question.turns.iter().map(|(_, text)| tokens_of(text)).sum();
    let schema = question.schema.as_ref().map_or(0, |(_, schema)| tokens_of(&schema.to_string()));
    tokens_of(&question.system) + turns + schema
}

fn over(spent: Spend, limit: Spend) -> String {
    let what = "this session's planning budget has no room for another plan";
    format!(
        "{what}: {} of {} tokens and ${:.2} of ${:.2} are used; see `budget` in providers.yaml",
        spent.tokens, limit.tokens, spent.cost_usd, limit.cost_usd
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Speaker;
    use crate::settings::PriceSection;

    struct Fixed(Result<Usage, ProviderError>);

    impl Model for Fixed {
        fn name(&self) -> String {
            "test/m".into()
        }

        fn ask(&self, _: Question) -> Pending<'_, Result<Answer, ProviderError>> {
            let answer = self.0.clone().map(|usage| Answer { text: "x".repeat(30), usage });
            Box::pin(async move { answer })
        }
    }

    fn question() -> Question {
        Question { system: "s".repeat(300), turns: vec![(Speaker::Person, "t".repeat(300))], schema: None }
    }

    async fn spent_by(model: Fixed, budget: (u64, f64)) -> (Result<Answer, ProviderError>, Spend) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(
            &folder.path().join("rozet.db"),
            0,
            rozet_observability::store::StoreOptions::default(),
        )
        .unwrap();
        let price = PriceSection { input: 1.0, output: 2.0 };
        let budget = PlannerBudget {
            session_tokens: budget.0,
            session_usd: budget.1,
            prices: [("test/m".to_owned(), price)].into(),
        };
        let tasks = TaskTracker::new();
        let metered = Metered {
            model: Arc::new(model),
            store: store.clone(),
            session_id: "s".into(),
            budget,
            tasks: tasks.clone(),
        };
        let answer = metered.ask(question()).await;
        tasks.close();
        tasks.wait().await;
        (answer, store.spend(Scope::Planning("s".into())).await.unwrap())
    }

    fn usage(input_tokens: u64, output_tokens: u64) -> Usage {
        Usage { input_tokens, output_tokens, ..Usage::default() }
    }

    #[tokio::test]
    async fn what_was_used_is_counted_and_priced() {
        let (answer, spent) = spent_by(Fixed(Ok(usage(1_000, 500))), (10_000, 1.0)).await;
        let usage = answer.unwrap().usage;
        assert_eq!((usage.cost_usd, usage.cost_estimated), (Some(0.002), true));
        assert_eq!(spent.tokens, 1_500);
        // A provider that does not count is counted for.
        let (answer, spent) = spent_by(Fixed(Ok(Usage::default())), (10_000, 1.0)).await;
        assert_eq!((answer.unwrap().usage.output_tokens, spent.tokens), (10, 210));
    }

    #[tokio::test]
    async fn nothing_is_asked_beyond_the_budget() {
        for budget in [(4_199, 1.0), (10_000, 0.008)] {
            let (answer, spent) = spent_by(Fixed(Ok(usage(1, 1))), budget).await;
            let Err(ProviderError::OverBudget(reason)) = answer else { panic!("{budget:?}") };
            assert!(reason.contains("0 of"), "{reason}");
            assert_eq!(spent, Spend::default());
        }
    }

    #[tokio::test]
    async fn a_refusal_costs_nothing_and_silence_counts_in_full() {
        assert_eq!(spent_by(Fixed(Err(ProviderError::Unauthorized(401))), (10_000, 1.0)).await.1.tokens, 0);
        assert_eq!(spent_by(Fixed(Err(ProviderError::TimedOut)), (10_000, 1.0)).await.1.tokens, 4_200);
    }
}
