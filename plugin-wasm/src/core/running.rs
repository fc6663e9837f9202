//! Plans in the hands of workers: asking for them, and what they are heard to do.

use super::{Core, MOST_REASON};
use crate::effect::{Effect, NoticeLevel};
use crate::facts::{MOST_LINE, cut, payload};
use rozet_observability::run::RunNotice;

impl Core {
    /// The person wants the session's newest plan carried out.
    pub(super) fn start_run(&mut self, session_id: String, out: &mut Vec<Effect>) {
        let session = self.sessions.touch(&session_id);
        session.workers.expected = true;
        session.workers.refused = None;
        let session_model = session.model.clone();
        out.push(Effect::StartRun { session_id, session_model });
    }

    pub(super) fn run_told(&mut self, run: RunNotice, out: &mut Vec<Effect>) {
        let Some(session) = self.sessions.get(&run.session_id) else { return };
        let wanted = session.wanted.as_ref().map(|wanted| wanted.plan_id.as_str());
        let toast = run.toast.clone();
        if session.workers.take(run, wanted)
            && let Some(message) = toast
        {
            out.push(Effect::Notice { level: NoticeLevel::Info, message: cut(&message, MOST_REASON) });
        }
    }

    pub(super) fn run_unavailable(
        &mut self,
        now: i64,
        session_id: &str,
        reason: &str,
        out: &mut Vec<Effect>,
    ) {
        let Some(session) = self.sessions.get(session_id) else { return };
        session.workers.expected = false;
        let reason = cut(reason, MOST_REASON);
        session.workers.refused = Some(reason.clone());
        let message = format!("Rozet's workers could not be started: {reason}");
        let told = cut(&message, MOST_LINE);
        self.note(now, session_id, ("run_unavailable", "warning", &told), payload! {}, out);
        out.push(Effect::Notice { level: NoticeLevel::Warning, message });
    }
}
