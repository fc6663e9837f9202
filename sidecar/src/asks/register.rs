//! The asks in memory: those that wait, and the newest of those that do not any more.

use super::fact::{Answered, Asked, Fact};
use rozet_observability::ask::{Ask, AskKind, AskState};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;

/// Asks that may wait; the oldest are given up for newer ones.
const MAX_WAITING: usize = 1_000;
/// Settled asks that are remembered.
const MAX_SETTLED: usize = 1_000;
/// Who answered, where nobody says: somebody in OpenCode itself.
const SOMEBODY: &str = "opencode";

/// All asks. Cheap to clone; every clone sees the same.
#[derive(Clone, Default)]
pub(crate) struct Register(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    /// How many wait, for those who only want to know whether any does.
    waiting: AtomicUsize,
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// In the order in which they came.
    waiting: Vec<Waiting>,
    /// The newest last.
    settled: VecDeque<Ask>,
}

/// An ask that waits.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) asked: Asked,
    /// Whether root session, deadline and task are looked up.
    pub(super) resolved: bool,
    /// Where the OpenCode that waits works.
    pub(super) directory: Option<String>,
    /// Who is answering it just now.
    pub(super) answering: Option<String>,
    /// Whether its plugin's link was ever seen open.
    pub(super) was_connected: bool,
    /// Since when that link is not open.
    pub(super) absent_since: Option<Instant>,
    /// When it is tried again to deny it, after that failed.
    pub(super) again: Option<Instant>,
    /// How often that has failed.
    pub(super) failures: u32,
}

/// How an ask ends.
pub(super) struct Settlement {
    pub(super) state: AskState,
    pub(super) answer: Option<String>,
    pub(super) by: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) at: i64,
}

/// Why an ask cannot be answered.
#[derive(Debug)]
pub(super) enum Taken {
    Unknown,
    Settled(Box<Ask>),
    /// Somebody is at it.
    Busy(String),
}

/// Which asks are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Waiting,
    Settled,
    All,
}

impl Register {
    /// Whether any ask waits.
    pub(crate) fn any_wait(&self) -> bool {
        self.0.waiting.load(Ordering::Relaxed) > 0
    }

    /// Takes in what events say.
    pub(crate) fn note(&self, facts: Vec<Fact>) {
        if facts.is_empty() {
            return;
        }
        self.change(|state| {
            for fact in facts {
                match fact {
                    Fact::Asked(asked) => state.asked(*asked),
                    Fact::Answered(answered) => state.answered(answered),
                    Fact::Gone { ask_id, reason, at } => state.settle(&ask_id, gone(reason, at)),
                    Fact::Over { session_id, call_id, at } => state.over(&session_id, call_id.as_deref(), at),
                }
            }
        });
    }

    /// Wakes its holder at the next change.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.0.changed.notified()
    }

    /// Those that wait, the oldest first.
    pub(super) fn waiting(&self) -> Vec<Waiting> {
        self.state().waiting.clone()
    }

    /// One ask, whatever its state.
    pub(super) fn one(&self, ask_id: &str) -> Option<Ask> {
        let state = self.state();
        let waiting = state.waiting.iter().map(|waiting| &waiting.asked.ask);
        waiting.chain(&state.settled).find(|ask| ask.ask_id == ask_id).cloned()
    }

    /// Those that are wanted: the waiting ones first, the oldest of them first; then the settled ones, the newest first.
    pub(super) fn list(&self, wanted: Wanted, session_id: Option<&str>, limit: usize) -> Vec<Ask> {
        let state = self.state();
        let waiting = state.waiting.iter().map(|waiting| &waiting.asked.ask);
        let waiting = waiting.filter(|_| wanted != Wanted::Settled);
        let settled = state.settled.iter().rev().filter(|_| wanted != Wanted::Waiting);
        let is_of = |ask: &&Ask| {
            session_id
                .is_none_or(|session_id| ask.session_id == session_id || ask.root_session_id == session_id)
        };
        waiting.chain(settled).filter(is_of).take(limit).cloned().collect()
    }

    /// Changes an ask that waits; nothing when it does not any more.
    pub(super) fn update(&self, ask_id: &str, change: impl FnOnce(&mut Waiting)) {
        let mut state = self.state();
        if let Some(waiting) = state.waiting.iter_mut().find(|waiting| waiting.asked.ask.ask_id == ask_id) {
            change(waiting);
        }
    }

    /// The sole right to answer an ask, until it is settled or [`Self::give_back`].
    pub(super) fn take(&self, ask_id: &str, by: &str) -> Result<Waiting, Taken> {
        let mut state = self.state();
        if let Some(waiting) = state.waiting.iter_mut().find(|waiting| waiting.asked.ask.ask_id == ask_id) {
            if let Some(other) = &waiting.answering {
                return Err(Taken::Busy(other.clone()));
            }
            waiting.answering = Some(by.to_owned());
            return Ok(waiting.clone());
        }
        let settled = state.settled.iter().rev().find(|ask| ask.ask_id == ask_id);
        Err(settled.map_or(Taken::Unknown, |ask| Taken::Settled(Box::new(ask.clone()))))
    }

    pub(super) fn give_back(&self, ask_id: &str) {
        self.update(ask_id, |waiting| waiting.answering = None);
    }

    /// Ends the wait; none when it had ended already.
    pub(super) fn settle(&self, ask_id: &str, settlement: Settlement) -> Option<Ask> {
        self.change(|state| {
            let waits = state.waiting.iter().any(|waiting| waiting.asked.ask.ask_id == ask_id);
            state.settle(ask_id, settlement);
            waits.then(|| state.settled.back().cloned()).flatten()
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = {
            let mut state = self.state();
            let changed = change(&mut state);
            self.0.waiting.store(state.waiting.len(), Ordering::Relaxed);
            changed
        };
        self.0.changed.notify_one();
        changed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn asked(&mut self, asked: Asked) {
        let id = &asked.ask.ask_id;
        // An event may come again, also after the answer.
        let is_known = self.waiting.iter().any(|waiting| waiting.asked.ask.ask_id == *id)
            || self.settled.iter().any(|ask| ask.ask_id == *id);
        if is_known {
            return;
        }
        if self.waiting.len() >= MAX_WAITING
            && let Some(oldest) = self.waiting.first().map(|waiting| waiting.asked.ask.ask_id.clone())
        {
            self.settle(&oldest, gone(format!("more than {MAX_WAITING} asks wait"), asked.ask.asked_at));
        }
        self.waiting.push(Waiting {
            asked,
            resolved: false,
            directory: None,
            answering: None,
            was_connected: false,
            absent_since: None,
            again: None,
            failures: 0,
        });
    }

    fn answered(&mut self, answered: Answered) {
        let Answered { ask_id, answer, by, expired, reason, at } = answered;
        let Some(waiting) = self.waiting.iter().find(|waiting| waiting.asked.ask.ask_id == ask_id) else {
            // OpenCode says only that it was answered; who did it says so too, and may be heard later.
            let known = self.settled.iter_mut().rev().find(|ask| ask.ask_id == ask_id);
            if let (Some(known), Some(by)) = (known, by)
                && known.answered_by.as_deref() == Some(SOMEBODY)
            {
                known.answered_by = Some(by);
                known.reason = reason.or(known.reason.take());
                known.state = if expired { AskState::Expired } else { known.state };
            }
            return;
        };
        let by = waiting.answering.clone().or(by).unwrap_or_else(|| SOMEBODY.to_owned());
        let state = if expired { AskState::Expired } else { state_after(waiting.asked.ask.kind, &answer) };
        self.settle(&ask_id, Settlement { state, answer: Some(answer), by: Some(by), reason, at });
    }

    fn over(&mut self, session_id: &str, call_id: Option<&str>, at: i64) {
        let is_it = |waiting: &&Waiting| {
            let asked = &waiting.asked;
            asked.ask.session_id == session_id
                && asked.ask.asked_at <= at
                && call_id.is_none_or(|call_id| asked.call_id.as_deref() == Some(call_id))
        };
        let over: Vec<String> =
            self.waiting.iter().filter(is_it).map(|waiting| waiting.asked.ask.ask_id.clone()).collect();
        let reason = match call_id {
            Some(_) => "the call that waited has ended without anybody saying how it was answered",
            None => "the session has stopped waiting",
        };
        for ask_id in over {
            self.settle(&ask_id, gone(reason.to_owned(), at));
        }
    }

    fn settle(&mut self, ask_id: &str, settlement: Settlement) {
        let Settlement { state, answer, by, reason, at } = settlement;
        let Some(place) = self.waiting.iter().position(|waiting| waiting.asked.ask.ask_id == ask_id) else {
            // OpenCode may be heard before it has answered whoever brought the answer, who knows more of it.
            let known = self.settled.iter_mut().rev().find(|ask| ask.ask_id == ask_id);
            if let Some(known) = known.filter(|ask| by.is_some() && ask.answered_by == by) {
                (known.state, known.answer, known.reason) = (state, answer, reason);
            }
            return;
        };
        let mut ask = self.waiting.remove(place).asked.ask;
        (ask.state, ask.answer, ask.answered_by, ask.reason) = (state, answer, by, reason);
        ask.answered_at = Some(at);
        if self.settled.len() >= MAX_SETTLED {
            self.settled.pop_front();
        }
        self.settled.push_back(ask);
    }
}

/// Where an answer leaves an ask.
pub(super) fn state_after(kind: AskKind, answer: &str) -> AskState {
    match (kind, answer) {
        (_, "reject") => AskState::Denied,
        (AskKind::Permission, "once" | "always") => AskState::Allowed,
        // Also where OpenCode does not say what was answered.
        (AskKind::Permission | AskKind::Question, _) => AskState::Answered,
    }
}

/// The end of an ask that nobody waits for any more.
pub(super) const fn gone(reason: String, at: i64) -> Settlement {
    Settlement { state: AskState::Gone, answer: None, by: None, reason: Some(reason), at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asks::fact;
    use rozet_observability::event::Event;
    use serde_json::{Value, json};

    fn fact(kind: &str, session: &str, at: i64, payload: impl Into<Value>) -> Fact {
        let event = json!({"event_id": "p.1", "producer": "p", "seq": 1, "source_app": "rozet-opencode",
            "session_id": session, "hook_event_type": kind, "payload": payload.into(), "timestamp": at});
        fact::of(&serde_json::from_value::<Event>(event).unwrap(), true).unwrap()
    }

    fn asked(id: &str, at: i64) -> Fact {
        fact("PermissionRequest", "s", at, json!({"ask_id": id, "permission": "bash", "call_id": "c"}))
    }

    fn answered(id: &str, answer: &str) -> Fact {
        fact("Notification", "s", 9, json!({"kind": "permission_answered", "ask_id": id, "answer": answer}))
    }

    #[test]
    fn an_ask_waits_until_it_is_answered_and_does_not_come_again() {
        let register = Register::default();
        register.note(vec![asked("a", 1), asked("a", 1), asked("b", 2)]);
        assert!(register.any_wait() && register.list(Wanted::Waiting, None, 9).len() == 2);
        register.note(vec![answered("a", "once"), answered("b", "reject"), asked("a", 1)]);
        assert!(!register.any_wait());
        let states: Vec<AskState> = register.list(Wanted::All, None, 9).iter().map(|ask| ask.state).collect();
        assert_eq!(states, [AskState::Denied, AskState::Allowed]);
        assert!(register.list(Wanted::All, Some("other"), 9).is_empty());
    }

    #[test]
    fn who_is_answering_is_named_whoever_is_heard_first() {
        let register = Register::default();
        register.note(vec![asked("a", 1)]);
        assert!(register.take("a", "dashboard").is_ok());
        assert!(matches!(register.take("a", "cli"), Err(Taken::Busy(by)) if by == "dashboard"));
        register.note(vec![answered("a", "always")]);
        assert_eq!(register.one("a").unwrap().answered_by.as_deref(), Some("dashboard"));
        let reason = Some("nobody else was there".to_owned());
        let by = Some("dashboard".to_owned());
        let more = Settlement { state: AskState::Expired, answer: Some("always".into()), by, reason, at: 9 };
        assert!(register.settle("a", more).is_none());
        assert_eq!(register.one("a").unwrap().state, AskState::Expired);
        assert!(matches!(register.take("a", "cli"), Err(Taken::Settled(_))));
        assert!(matches!(register.take("x", "cli"), Err(Taken::Unknown)));
    }

    #[test]
    fn what_has_stopped_waiting_is_gone() {
        let register = Register::default();
        register.note(vec![asked("a", 1), fact("ToolCompleted", "s", 5, json!({"call_id": "other"}))]);
        assert!(register.any_wait());
        register.note(vec![fact("ToolFailed", "s", 5, json!({"call_id": "c"})), asked("b", 6)]);
        register.note(vec![fact("Stop", "s", 5, json!({})), fact("Stop", "t", 9, json!({}))]);
        assert_eq!(register.list(Wanted::Waiting, None, 9).len(), 1);
        register.note(vec![fact("SessionEnd", "s", 9, json!({}))]);
        let states: Vec<AskState> = register.list(Wanted::All, None, 9).iter().map(|ask| ask.state).collect();
        assert_eq!(states, [AskState::Gone, AskState::Gone]);
    }

    #[test]
    fn the_oldest_are_given_up_when_too_many_wait() {
        let register = Register::default();
        register.note((0..1_005).map(|number| asked(&format!("a{number}"), number)).collect());
        assert_eq!(register.waiting().len(), 1_000);
        assert_eq!(register.one("a0").unwrap().state, AskState::Gone);
    }
}
