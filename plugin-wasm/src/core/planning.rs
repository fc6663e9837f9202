//! From a prompt to its plan: the gate, the request, the wait, and what the model is told.

use super::Core;
use crate::effect::Effect;
use crate::facts::{About, MOST_LINE, MOST_PROMPT, cut, payload};
use crate::gate::{self, Asked, Decision, Verdict};
use crate::input::Prompt;
use crate::plan_block;
use crate::session::WantedPlan;
use rozet_observability::event::EventKind;
use rozet_observability::link::PlanRequest;

/// The most of a prompt that the planner gets, in bytes.
const MOST_REQUEST: usize = 32 * 1024;
/// The most of an earlier prompt that a go-ahead refers to, in bytes.
const MOST_TALK: usize = 2 * 1024;

impl Core {
    pub(super) fn prompt(&mut self, now: i64, prompt: Prompt, out: &mut Vec<Effect>) {
        let session = self.sessions.touch(&prompt.session_id);
        session.model = prompt.model.clone().or_else(|| session.model.take());
        session.parent_id = prompt.parent_id.clone().or_else(|| session.parent_id.take());
        session.agent = prompt.agent.clone().or_else(|| session.agent.take());
        session.turn.active = true;
        let child = session.parent_id.is_some();
        let before = session.before();
        self.ensure_started(now, &prompt.session_id, prompt.agent.as_deref(), out);
        self.announce_child(now, &prompt.session_id, out);
        let text = self.facts.redacted(&prompt.text).into_owned();
        let submitted = payload! {
            "prompt": cut(&text, MOST_PROMPT),
            "message_id": prompt.message_id.as_str(),
            "agent": prompt.agent.as_deref(),
            "model": prompt.model.as_deref(),
            "files": prompt.files.as_slice(),
        };
        self.emit(now, &prompt.session_id, EventKind::UserPromptSubmit, submitted, out);
        let verdict = if self.settings.plan || gate::is_asked_for(&text) {
            gate::judge(&Asked {
                text: &text,
                agent: prompt.agent.as_deref(),
                child,
                attachments: prompt.files.len(),
                before,
            })
        } else {
            Verdict {
                decision: Decision::Skip,
                reason: "planning is switched off in the settings".into(),
                talk: false,
            }
        };
        match verdict.decision {
            Decision::Skip => self.skip(now, &prompt.session_id, &text, verdict, out),
            Decision::Plan | Decision::PlanNow => self.request_plan(now, prompt, &text, verdict, out),
            Decision::Run => {
                self.skip(now, &prompt.session_id, &text, verdict, out);
                self.start_run(prompt.session_id, out);
            }
        }
    }

    fn skip(&mut self, now: i64, session_id: &str, text: &str, verdict: Verdict, out: &mut Vec<Effect>) {
        self.emit(now, session_id, EventKind::PlanSkipped, payload! {"reason": verdict.reason}, out);
        if verdict.talk {
            self.sessions.touch(session_id).talk = Some(cut(gate::request_text(text), MOST_TALK));
        }
    }

    fn request_plan(
        &mut self,
        now: i64,
        prompt: Prompt,
        text: &str,
        verdict: Verdict,
        out: &mut Vec<Effect>,
    ) {
        let plan_id = format!("plan-{}-{}", self.facts.producer(), self.facts.next_seq());
        let payload = payload! {"plan_id": plan_id.as_str(), "reason": verdict.reason.as_str(), "decision": verdict.decision.as_str()};
        self.emit(now, &prompt.session_id, EventKind::PlanRequested, payload, out);
        let execute = if gate::wants_workers(text) { Some(true) } else { self.settings.execute };
        let session = self.sessions.touch(&prompt.session_id);
        // A short answer says little without what it answers.
        let request = cut(gate::request_text(text), MOST_REQUEST);
        let text = match session.talk.take() {
            Some(talk) => format!("Said before:\n{talk}\n\nThe request:\n{request}"),
            None => request,
        };
        session.drop_plan();
        // Where the sidecar decides, it is known when the run is.
        session.workers.planned_anew(execute == Some(true));
        session.wanted = Some(WantedPlan {
            plan_id: plan_id.clone(),
            message_id: prompt.message_id,
            decision: verdict.decision,
            asked_at: now,
            settled: false,
        });
        let session_model = session.model.clone();
        out.push(Effect::RequestPlan {
            request: PlanRequest {
                plan_id,
                session_id: prompt.session_id,
                source_app: None,
                directory: self.directory.clone(),
                text,
                gate_reason: verdict.reason,
                agent: prompt.agent,
                session_model,
                max_tasks: None,
                producer: Some(self.facts.producer().to_owned()),
                provider: None,
                model: None,
                config: None,
                execute,
            },
        });
    }

    pub(super) fn system(&mut self, now: i64, session_id: &str, may_wait: bool, out: &mut Vec<Effect>) {
        let plan_wait_ms = self.settings.plan_wait_ms;
        let Some(session) = self.sessions.get(session_id) else { return };
        if let Some(wanted) = session.wanted.as_ref().filter(|wanted| may_wait && !wanted.settled) {
            let whole = match wanted.decision {
                Decision::PlanNow => plan_wait_ms,
                Decision::Plan | Decision::Skip | Decision::Run => plan_wait_ms / 2,
            };
            // One window for each plan, from its request on: every call may use what is left of it, so that the
            // title agent's call, which comes first, takes nothing from the main model's.
            let gone = u32::try_from(now.saturating_sub(wanted.asked_at)).unwrap_or(whole);
            let wait_ms = whole.saturating_sub(gone);
            if wait_ms > 0 {
                out.push(Effect::AwaitPlan { plan_id: wanted.plan_id.clone(), wait_ms });
                return;
            }
        }
        self.tell(session_id, out);
    }

    /// Appends what the model is to know of the session's workers and its plan.
    pub(super) fn tell(&mut self, session_id: &str, out: &mut Vec<Effect>) {
        let waits = self.settings.execute != Some(false);
        let Some(session) = self.sessions.get(session_id) else { return };
        let workers = session.workers.block(waits);
        let plan = session.live_plan().filter(|plan| !session.workers.speak_for(&plan.plan_id));
        let texts = [workers, plan.and_then(plan_block::render)];
        out.extend(texts.into_iter().flatten().map(|text| Effect::AppendSystem { text }));
    }

    pub(super) fn plan_unavailable(
        &mut self,
        now: i64,
        session_id: &str,
        plan_id: &str,
        reason: &str,
        out: &mut Vec<Effect>,
    ) {
        let Some(session) = self.sessions.get(session_id) else { return };
        let Some(wanted) = session.wanted.as_mut().filter(|wanted| wanted.plan_id == plan_id) else { return };
        wanted.settled = true;
        session.workers.expected = false;
        let message = format!("no plan: {}", cut(reason, MOST_LINE));
        self.note(
            now,
            session_id,
            ("plan_unavailable", "warning", &message),
            payload! {"plan_id": plan_id},
            out,
        );
        self.tell_degraded(reason, out);
    }

    /// The person ended the turn: a plan that is still in the making is nobody's any more.
    pub(super) fn aborted(&mut self, now: i64, session_id: &str, out: &mut Vec<Effect>) {
        let Some(session) = self.sessions.get(session_id) else { return };
        let Some(wanted) = session.wanted.as_mut().filter(|wanted| !wanted.settled) else { return };
        wanted.settled = true;
        let plan_id = wanted.plan_id.clone();
        session.unplaced.clear();
        session.workers.expected = false;
        let about = payload! {"plan_id": plan_id.as_str()};
        self.note(now, session_id, ("plan_cancelled", "info", "planning was cancelled"), about, out);
        out.push(Effect::CancelPlan { plan_id });
    }

    /// Tells the parent of a child session, once.
    pub(super) fn announce_child(&mut self, now: i64, session_id: &str, out: &mut Vec<Effect>) {
        let Some(session) = self.sessions.get(session_id).filter(|session| !session.announced) else {
            return;
        };
        let Some(parent_id) = session.parent_id.clone() else { return };
        session.announced = true;
        let payload = payload! {
            "child_session_id": session_id,
            "title": session.title.as_deref(),
            "agent": session.agent.as_deref(),
        };
        self.ensure_started(now, &parent_id, None, out);
        let model = self.sessions.get(&parent_id).and_then(|parent| parent.model.clone());
        let about = About { session_id: &parent_id, model: model.as_deref(), now };
        out.push(self.facts.emit(&about, EventKind::SubagentStart, payload));
    }
}
