//! One call for identical questions: whoever asks what is being asked already waits for the same answer.

use crate::provider::{Answer, Model, Pending, ProviderError, Question};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use rozet_observability::plan::Usage;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

type Calling = BoxFuture<'static, Result<Answer, ProviderError>>;
type Asking = Shared<Calling>;

/// The questions under way. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Flights(Arc<Mutex<HashMap<[u8; 32], WeakShared<Calling>>>>);

/// A model whose identical questions are one.
pub(super) struct OneFlight {
    pub(super) model: Arc<dyn Model>,
    pub(super) flights: Flights,
}

impl OneFlight {
    async fn ask_once(&self, question: Question) -> Result<Answer, ProviderError> {
        let key = key(&self.model.name(), &question);
        let (asking, joined) = self.join(key, question);
        let answer = asking.await;
        // The one who asked first pays.
        if joined { answer.map(|answer| Answer { usage: Usage::default(), ..answer }) } else { answer }
    }

    fn join(&self, key: [u8; 32], question: Question) -> (Asking, bool) {
        let mut flights = self.flights.0.lock().unwrap_or_else(PoisonError::into_inner);
        flights.retain(|_, asking| asking.upgrade().is_some_and(|asking| asking.peek().is_none()));
        if let Some(asking) = flights.get(&key).and_then(WeakShared::upgrade) {
            return (asking, true);
        }
        let model = Arc::clone(&self.model);
        let asking = async move { model.ask(question).await }.boxed().shared();
        flights.extend(asking.downgrade().map(|weak| (key, weak)));
        (asking, false)
    }
}

impl Model for OneFlight {
    fn name(&self) -> String {
        self.model.name()
    }

    fn ask(&self, question: Question) -> Pending<'_, Result<Answer, ProviderError>> {
        Box::pin(self.ask_once(question))
    }
}

fn key(model: &str, question: &Question) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    };
    add(model);
    add(&question.system);
    question.turns.iter().for_each(|(_, text)| add(text));
    add(if question.schema.is_some() { "schema" } else { "" });
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::Notify;

    #[derive(Default)]
    struct Gated {
        asked: AtomicU32,
        open: Notify,
    }

    impl Model for Arc<Gated> {
        fn name(&self) -> String {
            "test/m".into()
        }

        fn ask(&self, _: Question) -> Pending<'_, Result<Answer, ProviderError>> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                self.open.notified().await;
                let usage = Usage { input_tokens: 7, ..Usage::default() };
                Ok(Answer { text: "a".into(), usage })
            })
        }
    }

    fn question(system: &str) -> Question {
        Question { system: system.into(), turns: vec![], schema: None }
    }

    #[tokio::test]
    async fn identical_questions_are_one_call_and_paid_once() {
        let gated = Arc::new(Gated::default());
        let model = OneFlight { model: Arc::new(Arc::clone(&gated)), flights: Flights::default() };
        let (first, second, third, ()) = tokio::join!(
            model.ask(question("one")),
            model.ask(question("one")),
            model.ask(question("two")),
            async {
                tokio::task::yield_now().await;
                assert_eq!(gated.asked.load(Ordering::SeqCst), 2);
                gated.open.notify_waiters();
            }
        );
        let tokens = [first, second, third].map(|answer| answer.unwrap().usage.input_tokens);
        assert_eq!(tokens, [7, 0, 7]);
        // What has been answered is asked anew.
        let again = model.ask(question("one"));
        gated.open.notify_one();
        again.await.unwrap();
        assert_eq!(gated.asked.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn the_second_goes_on_when_the_first_is_cut_off() {
        let gated = Arc::new(Gated::default());
        let model = OneFlight { model: Arc::new(Arc::clone(&gated)), flights: Flights::default() };
        let mut first = model.ask(question("one"));
        assert!(futures_util::poll!(&mut first).is_pending());
        let mut second = model.ask(question("one"));
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        gated.open.notify_waiters();
        assert_eq!(second.await.unwrap().text, "a");
        assert_eq!(gated.asked.load(Ordering::SeqCst), 1);
    }
}
