//! What agents ask the person for, and what the person says.

use super::Core;
use crate::effect::Effect;
use crate::facts::{Payload, payload};
use rozet_observability::event::EventKind;
use serde_json::{Map, Value};

/// Longest line of parents that is followed.
const MOST_GENERATIONS: usize = 16;

impl Core {
    pub(super) fn asked(
        &mut self,
        now: i64,
        session_id: &str,
        details: Map<String, Value>,
        out: &mut Vec<Effect>,
    ) {
        let root = self.root_of(session_id);
        let session = self.sessions.touch(session_id);
        session.turn.worked = true;
        let about = payload! {"agent": session.agent.as_deref(), "root_session_id": root};
        let payload = details.into_iter().fold(about, |payload, (name, value)| payload.with(&name, value));
        self.emit(now, session_id, EventKind::PermissionRequest, payload, out);
    }

    pub(super) fn answered(
        &mut self,
        now: i64,
        session_id: &str,
        ask_id: &str,
        answer: &str,
        out: &mut Vec<Effect>,
    ) {
        let message = format!("answered: {answer}");
        let payload = payload! {"kind": "permission_answered", "level": "info", "message": message, "ask_id": ask_id, "answer": answer};
        self.emit(now, session_id, EventKind::Notification, payload, out);
    }

    /// Something that a person may want to look up later.
    pub(super) fn note(
        &mut self,
        now: i64,
        session_id: &str,
        (kind, level, message): (&str, &str, &str),
        more: Payload,
        out: &mut Vec<Effect>,
    ) {
        let payload = more.with("kind", kind).with("level", level).with("message", message);
        self.emit(now, session_id, EventKind::Notification, payload, out);
    }

    /// The session at the top of the line of parents, as far as it is known.
    fn root_of(&mut self, session_id: &str) -> String {
        let mut root = session_id.to_owned();
        for _ in 0..MOST_GENERATIONS {
            match self.sessions.get(&root).and_then(|session| session.parent_id.clone()) {
                Some(parent) => root = parent,
                None => break,
            }
        }
        root
    }
}
