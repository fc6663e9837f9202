//! The way over the link: a call is sent down the plugin's stream, and the plugin posts what OpenCode answered.

use super::{Call, CallError, Carrier, Pending, Reply};
use crate::intake::Links;
use rozet_observability::link::{CallAnswer, LinkFrame, OpenCodeCall};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// What the plugin's own handling may take beyond OpenCode's time.
const GRACE: Duration = Duration::from_secs(2);

/// The plugins that carry calls, and the calls under way. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Calls(Arc<Inner>);

struct Inner {
    links: Links,
    next: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The plugins whose stream is open, the newest last, each with its OpenCode's folder.
    carriers: Vec<(u64, String, String)>,
    /// By the call's id: the plugin that makes it, and who waits for the answer.
    waiting: HashMap<String, (String, oneshot::Sender<CallAnswer>)>,
}

impl Calls {
    pub(crate) fn new(links: Links) -> Self {
        Self(Arc::new(Inner { links, next: AtomicU64::new(1), state: Mutex::default() }))
    }

    /// Notes that a plugin's stream is open, until the value is dropped.
    pub(crate) fn connected(&self, producer: &str, directory: &str) -> Connected {
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.state().carriers.push((number, producer.to_owned(), directory.to_owned()));
        Connected { calls: self.clone(), number }
    }

    /// The link of this producer, else of the plugin that connected last in the same folder.
    pub(super) fn link(&self, producer: Option<&str>, directory: &str) -> Option<Link> {
        let state = self.state();
        let of = |wanted: &dyn Fn(&(u64, String, String)) -> bool| {
            state
                .carriers
                .iter()
                .rev()
                .find(|carrier| wanted(carrier))
                .map(|(_, producer, _)| producer.clone())
        };
        let own = producer.and_then(|producer| of(&|(_, known, _)| known == producer));
        let producer = own.or_else(|| of(&|(_, _, folder)| folder == directory))?;
        Some(Link { calls: self.clone(), producer })
    }

    /// Whether any plugin carries calls for this producer or folder.
    pub(crate) fn reach(&self, producer: Option<&str>, directory: &str) -> bool {
        self.link(producer, directory).is_some()
    }

    /// Whether this very plugin's stream is open.
    pub(crate) fn is_connected(&self, producer: &str) -> bool {
        self.state().carriers.iter().any(|(_, known, _)| known == producer)
    }

    /// Where the OpenCode of this plugin works, while its stream is open.
    pub(crate) fn directory_of(&self, producer: &str) -> Option<String> {
        let state = self.state();
        let carrier = state.carriers.iter().rev().find(|(_, known, _)| known == producer);
        carrier.map(|(_, _, directory)| directory.clone()).filter(|directory| !directory.is_empty())
    }

    /// Hands an answer to whoever waits for it; false when nobody does.
    pub(crate) fn answer(&self, answer: CallAnswer) -> bool {
        let waiting = self.state().waiting.remove(&answer.id);
        waiting.is_some_and(|(_, waiting)| waiting.send(answer).is_ok())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open stream of a plugin that carries calls.
pub(crate) struct Connected {
    calls: Calls,
    number: u64,
}

impl Drop for Connected {
    fn drop(&mut self) {
        let mut state = self.calls.state();
        let place = state.carriers.iter().position(|(number, ..)| *number == self.number);
        let Some((_, producer, _)) = place.map(|place| state.carriers.remove(place)) else { return };
        if !state.carriers.iter().any(|(_, known, _)| *known == producer) {
            // Whoever waits learns at once that no answer will come.
            state.waiting.retain(|_, (carrier, _)| *carrier != producer);
        }
    }
}

/// One plugin's link.
pub(super) struct Link {
    calls: Calls,
    producer: String,
}

impl Link {
    async fn send(&self, call: Call) -> Result<Reply, CallError> {
        let inner = &self.calls.0;
        let id = format!("call-{}", inner.next.fetch_add(1, Ordering::Relaxed));
        let (sender, answered) = oneshot::channel();
        {
            let mut state = self.calls.state();
            if !state.carriers.iter().any(|(_, producer, _)| *producer == self.producer) {
                return Err(CallError::Unreachable);
            }
            state.waiting.insert(id.clone(), (self.producer.clone(), sender));
        }
        let _forget = Forget { calls: &self.calls, id: &id };
        let Call { method, path, body, timeout } = call;
        let timeout_ms = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
        let call = OpenCodeCall { id: id.clone(), method, path, body, timeout_ms };
        inner.links.send_to(&self.producer, &LinkFrame::Call { call });
        match tokio::time::timeout(timeout + GRACE, answered).await {
            Err(_) => Err(CallError::TimedOut),
            Ok(Err(_)) => Err(CallError::Ended),
            Ok(Ok(CallAnswer { status: 0, error, .. })) => {
                tracing::warn!(producer = self.producer, error, "the plugin could not make a call");
                Err(CallError::Ended)
            }
            Ok(Ok(CallAnswer { status, body, .. })) => Ok(Reply { status, body }),
        }
    }
}

impl Carrier for Link {
    fn call(&self, call: Call) -> Pending<'_, Result<Reply, CallError>> {
        Box::pin(self.send(call))
    }
}

/// A call that nobody waits for any more is forgotten, also when the waiting was cut off.
struct Forget<'a> {
    calls: &'a Calls,
    id: &'a str,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.calls.state().waiting.remove(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::SentFrame;
    use rozet_observability::link::CallMethod;
    use serde_json::{Value, json};
    use tokio::sync::broadcast::Receiver;

    fn call() -> Call {
        Call {
            method: CallMethod::Post,
            path: "/session".into(),
            body: None,
            timeout: Duration::from_secs(5),
        }
    }

    /// Answers the next call of this producer.
    async fn answer_next(calls: &Calls, mut frames: Receiver<Arc<SentFrame>>, producer: &str, body: Value) {
        let frame = frames.recv().await.unwrap();
        assert_eq!(frame.producer.as_deref(), Some(producer));
        let LinkFrame::Call { call } = serde_json::from_str(&frame.json).unwrap() else { panic!("a call") };
        assert!(calls.answer(CallAnswer { id: call.id, status: 200, body, error: None }));
    }

    #[tokio::test]
    async fn a_call_goes_to_its_plugin_and_comes_back() {
        let links = Links::new();
        let frames = links.subscribe();
        let calls = Calls::new(links);
        let _other = calls.connected("p.2", "/elsewhere");
        let _connected = calls.connected("p.1", "/w");
        let link = calls.link(Some("p.1"), "/w").unwrap();
        let (reply, ()) =
            tokio::join!(link.send(call()), answer_next(&calls, frames, "p.1", json!({"id": "s"})));
        assert_eq!(reply, Ok(Reply { status: 200, body: json!({"id": "s"}) }));
        // Another producer's request finds the plugin of its folder, and none where there is none.
        assert_eq!(calls.link(None, "/elsewhere").unwrap().producer, "p.2");
        assert_eq!(calls.link(Some("cli"), "/w").unwrap().producer, "p.1");
        assert!(!calls.reach(None, "/nowhere"));
        let unknown = CallAnswer { id: "call-99".into(), status: 200, body: Value::Null, error: None };
        assert!(!calls.answer(unknown));
    }

    #[tokio::test]
    async fn a_plugin_that_goes_away_ends_the_wait() {
        let calls = Calls::new(Links::new());
        let connected = calls.connected("p.1", "/w");
        let link = calls.link(Some("p.1"), "/w").unwrap();
        let (reply, ()) = tokio::join!(link.send(call()), async {
            tokio::task::yield_now().await;
            drop(connected);
        });
        assert_eq!(reply, Err(CallError::Ended));
        assert_eq!(link.send(call()).await, Err(CallError::Unreachable));
        assert!(calls.state().waiting.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_plugin_that_never_answers_is_not_waited_for() {
        let calls = Calls::new(Links::new());
        let _connected = calls.connected("p.1", "/w");
        let link = calls.link(Some("p.1"), "/w").unwrap();
        assert_eq!(link.send(call()).await, Err(CallError::TimedOut));
        assert!(calls.state().waiting.is_empty());
    }
}
