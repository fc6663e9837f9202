//! What becomes of a plan when the conversation around it is taken back or summed up.

use super::Core;
use crate::effect::Effect;
use crate::facts::payload;
use crate::session::Session;

impl Core {
    /// The person takes the conversation back to before a message, or takes that back. While the plan's own prompt is
    /// set aside, the plan is told to no model and followed no further.
    pub(super) fn reverted(
        &mut self,
        now: i64,
        session_id: &str,
        message_id: Option<&str>,
        out: &mut Vec<Effect>,
    ) {
        let Some(session) = self.sessions.get(session_id) else { return };
        let Some(wanted) = &session.wanted else { return };
        // OpenCode's ids rise with time.
        let set_aside = message_id.is_some_and(|first| first <= wanted.message_id.as_str());
        if set_aside == session.set_aside {
            return;
        }
        let plan_id = wanted.plan_id.clone();
        session.set_aside = set_aside;
        let message =
            if set_aside { "the plan's prompt was taken back" } else { "the plan's prompt is back" };
        self.note(now, session_id, ("reverted", "info", message), payload! {"plan_id": plan_id}, out);
    }

    /// A message is gone for good; with the plan's own prompt goes the plan.
    pub(super) fn message_removed(
        &mut self,
        now: i64,
        session_id: &str,
        message_id: &str,
        out: &mut Vec<Effect>,
    ) {
        let is_prompt =
            |session: &Session| session.wanted.as_ref().is_some_and(|wanted| wanted.message_id == message_id);
        if !self.sessions.get(session_id).is_some_and(|session| is_prompt(session)) {
            return;
        }
        // What is still in the making is nobody's any more.
        self.aborted(now, session_id, out);
        let session = self.sessions.touch(session_id);
        let plan_id = session.wanted.as_ref().map(|wanted| wanted.plan_id.clone());
        session.drop_plan();
        let message = "the plan's prompt was removed, and the plan with it";
        self.note(now, session_id, ("reverted", "info", message), payload! {"plan_id": plan_id}, out);
    }

    /// The conversation was summed up. The summary had the plan in it, and the next step is told of it anew.
    pub(super) fn compacted(&mut self, now: i64, session_id: &str, out: &mut Vec<Effect>) {
        let message = "the conversation was compacted";
        self.note(now, session_id, ("compacted", "info", message), payload! {}, out);
    }
}
