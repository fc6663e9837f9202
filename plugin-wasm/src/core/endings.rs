//! How sessions begin and end, and what is summed up at the end of a turn.

use super::Core;
use crate::effect::Effect;
use crate::facts::{About, payload, structured};
use crate::input::Overhead;
use rozet_observability::event::EventKind;

impl Core {
    pub(super) fn session_created(
        &mut self,
        now: i64,
        session_id: &str,
        parent_id: Option<String>,
        title: String,
        out: &mut Vec<Effect>,
    ) {
        let session = self.sessions.touch(session_id);
        session.parent_id = parent_id.or_else(|| session.parent_id.take());
        session.title = Some(title).filter(|title| !title.is_empty());
        self.announce_child(now, session_id, out);
    }

    pub(super) fn session_idle(&mut self, now: i64, session_id: &str, out: &mut Vec<Effect>) {
        if !self.sessions.get(session_id).is_some_and(|session| session.turn.active) {
            return;
        }
        let session = self.sessions.touch(session_id);
        // Ended before the model was asked, a turn goes idle without a word of it.
        if !session.turn.worked {
            self.aborted(now, session_id, out);
        }
        let session = self.sessions.touch(session_id);
        session.workers.turn_ended();
        if let Some((plan, tracker)) = session.tracked() {
            let steps = tracker.idle(plan);
            self.follow(now, session_id, "idle", steps, out);
        }
        let session = self.sessions.touch(session_id);
        let turn = std::mem::take(&mut session.turn);
        let parent_id = session.parent_id.clone();
        let removed = turn.signed.into_iter().map(|(message_id, part_id)| Effect::RemovePart {
            session_id: session_id.to_owned(),
            message_id,
            part_id,
        });
        out.extend(removed);
        let hidden = turn.hidden;
        let payload = payload! {
            "usage": structured(&turn.usage),
            "hidden": payload! {
                "reasoning_parts": hidden.reasoning_parts,
                "reasoning_chars": hidden.reasoning_chars,
                "leaked_blocks": hidden.leaked_blocks,
                "leaked_chars": hidden.leaked_chars,
            },
            "said": payload! {
                "texts": turn.said.texts,
                "chars": turn.said.chars,
                "head": turn.said.head,
            },
            "error": turn.error,
            // The first session of a process may start before OpenCode has said it.
            "opencode_version": self.host_version.as_deref(),
        };
        self.emit(now, session_id, EventKind::Stop, payload, out);
        if let Some(parent_id) = parent_id {
            self.emit(
                now,
                &parent_id,
                EventKind::SubagentStop,
                payload! {"child_session_id": session_id},
                out,
            );
        }
    }

    pub(super) fn session_deleted(&mut self, now: i64, session_id: &str, out: &mut Vec<Effect>) {
        self.session_idle(now, session_id, out);
        let model = self.sessions.get(session_id).and_then(|session| session.model.clone());
        if self.sessions.end(session_id) {
            let about = About { session_id, model: model.as_deref(), now };
            out.push(self.facts.emit(&about, EventKind::SessionEnd, payload! {"reason": "deleted"}));
        }
    }

    pub(super) fn dispose(&mut self, now: i64, overhead: &Overhead, out: &mut Vec<Effect>) {
        for session_id in self.sessions.started() {
            // `run` ends without waiting for the event that the session is idle.
            self.session_idle(now, &session_id, out);
        }
        for session_id in self.sessions.started() {
            let payload = payload! {"overhead": structured(overhead), "reason": "closed"};
            self.emit(now, &session_id, EventKind::SessionEnd, payload, out);
            self.sessions.end(&session_id);
        }
    }
}
