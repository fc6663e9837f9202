//! Tool calls: facts, and what they mean for the plan.

use super::Core;
use crate::effect::Effect;
use crate::facts::{MOST_LINE, cut, payload};
use crate::tracker::{Observation, Step};
use rozet_observability::event::EventKind;
use rozet_observability::plan::Plan;
use serde_json::{Map, Value};

/// Our tool that waits for workers.
const WAIT: &str = "rozet_wait";

/// A tool call that ended well.
pub(super) struct Ended {
    pub(super) call_id: String,
    pub(super) tool: String,
    pub(super) args: Map<String, Value>,
    pub(super) title: String,
    pub(super) output: String,
    pub(super) output_length: u64,
    pub(super) exit: Option<i32>,
}

impl Core {
    pub(super) fn tool_before(
        &mut self,
        now: i64,
        session_id: &str,
        call_id: &str,
        tool: &str,
        args: Map<String, Value>,
        out: &mut Vec<Effect>,
    ) {
        let session = self.sessions.touch(session_id);
        session.turn.worked = true;
        session.calls.begin(call_id, now);
        let payload = payload! {"tool": tool, "call_id": call_id, "args": args};
        self.emit(now, session_id, EventKind::ToolRequested, payload, out);
    }

    pub(super) fn tool_after(&mut self, now: i64, session_id: &str, ended: Ended, out: &mut Vec<Effect>) {
        let observation = Observation::of(&self.directory, &ended.tool, &ended.args, ended.exit);
        let duration_ms =
            self.sessions.touch(session_id).calls.finish(&ended.call_id, now).unwrap_or_default();
        let tool = ended.tool.clone();
        let payload = payload! {
            "tool": ended.tool,
            "call_id": ended.call_id,
            "args": ended.args,
            "title": ended.title,
            "output": ended.output,
            "output_length": ended.output_length,
            "exit": ended.exit,
            "duration_ms": duration_ms,
        };
        // The sidecar must know of the command before it judges a claim that rests on it.
        self.emit(now, session_id, EventKind::ToolCompleted, payload, out);
        let session = self.sessions.touch(session_id);
        // Nothing more comes of workers that it waited for in vain.
        session.workers.expected &= tool != WAIT;
        match session.tracked() {
            Some((plan, tracker)) => {
                let steps = tracker.observe(plan, &observation);
                self.follow(now, session_id, &tool, steps, out);
            }
            None => session.keep(&tool, observation),
        }
    }

    /// Takes a plan in, with what tools did while it was on its way.
    pub(super) fn plan_arrived(&mut self, now: i64, plan: Plan, out: &mut Vec<Effect>) {
        let session_id = plan.session_id.clone();
        let Some(session) = self.sessions.get(&session_id) else { return };
        session.take_plan(plan);
        if session.plan.is_none() {
            return;
        }
        for (tool, observation) in std::mem::take(&mut session.unplaced) {
            let Some(session) = self.sessions.get(&session_id) else { return };
            let Some((plan, tracker)) = session.tracked() else { return };
            let steps = tracker.observe(plan, &observation);
            self.follow(now, &session_id, &tool, steps, out);
        }
    }

    pub(super) fn tool_failed(
        &mut self,
        now: i64,
        session_id: &str,
        call_id: &str,
        tool: &str,
        error: &str,
        out: &mut Vec<Effect>,
    ) {
        let session = self.sessions.touch(session_id);
        // The event is repeated whenever the part is stored again.
        if !session.counted.insert(call_id) {
            return;
        }
        let duration_ms = session.calls.finish(call_id, now);
        let error = cut(&self.facts.redacted(error), MOST_LINE);
        let payload = payload! {"tool": tool, "call_id": call_id, "error": error, "duration_ms": duration_ms};
        self.emit(now, session_id, EventKind::ToolFailed, payload, out);
    }

    /// Emits what the tracker concluded.
    pub(super) fn follow(
        &mut self,
        now: i64,
        session_id: &str,
        by: &str,
        steps: Vec<Step>,
        out: &mut Vec<Effect>,
    ) {
        let Some(plan) = self.sessions.get(session_id).and_then(|session| session.plan.as_ref()) else {
            return;
        };
        let plan_id = plan.plan_id.clone();
        for step in steps {
            let (kind, payload) = match step {
                Step::Started { task_id } => (
                    EventKind::TaskStarted,
                    payload! {"plan_id": plan_id.as_str(), "task_id": task_id, "by": by, "tool": by},
                ),
                Step::Claimed { task_id, statement } => (
                    EventKind::TaskClaimed,
                    payload! {"plan_id": plan_id.as_str(), "task_id": task_id, "by": by, "statement": statement},
                ),
                Step::Blocked { task_id, reason } => (
                    EventKind::TaskBlocked,
                    payload! {"plan_id": plan_id.as_str(), "task_id": task_id, "by": by, "reason": reason},
                ),
            };
            self.emit(now, session_id, kind, payload, out);
        }
    }
}
