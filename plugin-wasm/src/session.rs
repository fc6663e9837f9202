//! What the core remembers of each session; every memory is bounded.

use crate::gate::{Before, Decision};
use crate::input::MessageUsage;
use crate::memory::Memory;
use crate::tracker::{Observation, Tracker};
use crate::workers::Workers;
use rozet_observability::plan::{Plan, Task};

/// Sessions kept; beyond, the one idle for longest is forgotten.
const MOST_SESSIONS: usize = 256;
/// Ids kept of parts, messages and calls that were already counted.
const MOST_IDS: usize = 512;
/// Tool calls kept for a plan that is still on its way.
const MOST_UNPLACED: usize = 64;
/// Sessions remembered as started and not ended.
const MOST_STARTED: usize = 1024;

/// The sessions of one OpenCode process.
#[derive(Debug, Default)]
pub struct Sessions {
    /// In the order of their last use.
    #[expect(clippy::vec_box, reason = "sessions are large and move to the end at each use")]
    known: Vec<Box<Session>>,
    /// Started and not ended, with the moment of it; outlives what is known of a session.
    started: Memory<MOST_STARTED>,
    moment: u64,
}

impl Sessions {
    /// The session, when it is known.
    pub fn get(&mut self, session_id: &str) -> Option<&mut Session> {
        let session = self.known.iter_mut().find(|session| session.id == session_id);
        session.map(Box::as_mut)
    }

    /// The session, known from now on.
    pub fn touch(&mut self, session_id: &str) -> &mut Session {
        let session = match self.place(session_id) {
            Some(place) => self.known.remove(place),
            None => {
                if self.known.len() >= MOST_SESSIONS {
                    let idle = self.known.iter().position(|session| !session.turn.active);
                    self.known.remove(idle.unwrap_or_default());
                }
                Box::new(Session { id: session_id.to_owned(), ..Session::default() })
            }
        };
        self.known.push_mut(session)
    }

    /// Notes that the session started; false when it had before.
    pub fn start(&mut self, session_id: &str) -> bool {
        self.moment += 1;
        self.started.note(session_id, self.moment)
    }

    /// Forgets the session; true when it had started.
    pub fn end(&mut self, session_id: &str) -> bool {
        if let Some(place) = self.place(session_id) {
            self.known.remove(place);
        }
        self.started.remove(session_id).is_some()
    }

    /// The ids of all sessions that started and have not ended.
    #[must_use]
    pub fn started(&self) -> Vec<String> {
        self.started.iter().map(|(id, _)| id.to_owned()).collect()
    }

    fn place(&self, session_id: &str) -> Option<usize> {
        self.known.iter().position(|session| session.id == session_id)
    }
}

/// One session.
#[derive(Debug, Default)]
pub struct Session {
    id: String,
    /// The parent, for a child session.
    pub parent_id: Option<String>,
    /// Whether the parent was told of the child.
    pub announced: bool,
    /// The title, when OpenCode gave one.
    pub title: Option<String>,
    /// The model as `provider/model`, when known.
    pub model: Option<String>,
    /// The turn under way.
    pub turn: Turn,
    /// The plan that the last planned prompt asked for.
    pub wanted: Option<WantedPlan>,
    /// The plan that arrived for it, kept up to date.
    pub plan: Option<Plan>,
    /// The agent at work, when known.
    pub agent: Option<String>,
    /// Whether the prompt that the plan is for was taken back, for now.
    pub set_aside: bool,
    /// What was observed of the plan's tasks.
    pub tracker: Tracker,
    /// What workers do of it.
    pub workers: Workers,
    /// What tools did while the plan was still on its way.
    pub unplaced: Vec<(String, Observation)>,
    /// The last prompt that opened a subject without asking for work, redacted and bounded.
    pub talk: Option<String>,
    /// Tool calls under way, with their beginning in milliseconds since 1970.
    pub calls: Calls,
    /// Parts, messages and failed calls that were already counted.
    pub counted: Ids,
}

impl Session {
    /// What a short answer would refer to.
    #[must_use]
    pub fn before(&self) -> Before {
        if self.live_plan().is_some() {
            Before::OpenPlan
        } else if self.talk.is_some() {
            Before::Talk
        } else {
            Before::Nothing
        }
    }

    /// The plan, while one of its tasks is open.
    #[must_use]
    pub fn live_plan(&self) -> Option<&Plan> {
        let plan = self.plan.as_ref().filter(|_| !self.set_aside)?;
        plan.tasks.iter().any(|task| !task.status.is_final()).then_some(plan)
    }

    /// The plan, and what follows its tasks, while the main model does them.
    pub fn tracked(&mut self) -> Option<(&Plan, &mut Tracker)> {
        let plan = self.plan.as_ref().filter(|plan| !self.set_aside && !self.workers.have(&plan.plan_id))?;
        Some((plan, &mut self.tracker))
    }

    /// Keeps what a tool did for a plan that is still on its way.
    pub fn keep(&mut self, tool: &str, observation: Observation) {
        let awaited = !self.workers.expected && self.wanted.as_ref().is_some_and(|wanted| !wanted.settled);
        if awaited && self.unplaced.len() < MOST_UNPLACED {
            self.unplaced.push((tool.to_owned(), observation));
        }
    }

    /// Takes a plan in, if it is the one that was asked for last, or none was asked for here.
    pub fn take_plan(&mut self, plan: Plan) {
        let wanted = self.wanted.as_ref().is_none_or(|wanted| wanted.plan_id == plan.plan_id);
        let newer = self.plan.as_ref().is_none_or(|old| old.created_at <= plan.created_at);
        if !wanted || !newer {
            return;
        }
        if let Some(wanted) = &mut self.wanted {
            wanted.settled = true;
        }
        if self.plan.as_ref().is_none_or(|old| old.plan_id != plan.plan_id) {
            self.tracker = Tracker::default();
        }
        self.plan = Some(plan);
    }

    /// Forgets the plan that was asked for last, and what is known of it.
    pub fn drop_plan(&mut self) {
        self.plan = None;
        self.wanted = None;
        self.set_aside = false;
        self.unplaced.clear();
    }

    /// Takes in what became of a task.
    pub fn take_task(&mut self, plan_id: &str, task: Task) {
        let Some(plan) = self.plan.as_mut().filter(|plan| plan.plan_id == plan_id) else { return };
        if let Some(known) = plan.tasks.iter_mut().find(|known| known.task_id == task.task_id) {
            *known = task;
        }
    }
}

/// A plan that was asked for.
#[derive(Debug, Clone)]
pub struct WantedPlan {
    /// Its id.
    pub plan_id: String,
    /// The message with the prompt. OpenCode's ids rise with time.
    pub message_id: String,
    /// How much the gate wants it.
    pub decision: Decision,
    /// When it was asked for, in milliseconds since 1970.
    pub asked_at: i64,
    /// Whether nothing is to be waited for: it arrived, or never will.
    pub settled: bool,
}

/// From a prompt to the idle session after it.
#[derive(Debug, Default, Clone)]
pub struct Turn {
    /// Whether one is under way.
    pub active: bool,
    /// Whether the model said or did anything in it.
    pub worked: bool,
    /// Tokens and cost so far.
    pub usage: MessageUsage,
    /// What was kept out of sight.
    pub hidden: Hidden,
    /// Signed reasoning to be removed at its end: message and part.
    pub signed: Vec<(String, String)>,
    /// What the model said.
    pub said: Said,
    /// The last error's name.
    pub error: Option<String>,
}

impl Turn {
    /// Adds what one message used.
    pub fn add(&mut self, usage: &MessageUsage) {
        let sum = &mut self.usage;
        sum.input_tokens = sum.input_tokens.saturating_add(usage.input_tokens);
        sum.output_tokens = sum.output_tokens.saturating_add(usage.output_tokens);
        sum.reasoning_tokens = sum.reasoning_tokens.saturating_add(usage.reasoning_tokens);
        sum.cache_read_tokens = sum.cache_read_tokens.saturating_add(usage.cache_read_tokens);
        sum.cache_write_tokens = sum.cache_write_tokens.saturating_add(usage.cache_write_tokens);
        sum.cost_usd += usage.cost_usd;
    }
}

/// Finished texts of a turn: they are streamed in many pieces, and told of once.
#[derive(Debug, Default, Clone)]
pub struct Said {
    /// How many.
    pub texts: u32,
    /// Their length in characters.
    pub chars: u64,
    /// The head of the last one, redacted and bounded.
    pub head: String,
}

impl Said {
    /// Adds a finished text.
    pub fn add(&mut self, text: &str, head: String) {
        self.texts = self.texts.saturating_add(1);
        self.chars = self.chars.saturating_add(u64::try_from(text.chars().count()).unwrap_or_default());
        self.head = head;
    }
}

/// Thinking that was kept out of sight; characters in UTF-16 units.
#[derive(Debug, Default, Clone, Copy)]
pub struct Hidden {
    /// Reasoning parts that OpenCode hides.
    pub reasoning_parts: u32,
    /// Their length.
    pub reasoning_chars: u64,
    /// Blocks stripped from text.
    pub leaked_blocks: u32,
    /// Their length.
    pub leaked_chars: u64,
}

/// Ids that were already counted, bounded.
#[derive(Debug, Default)]
pub struct Ids {
    seen: Memory<MOST_IDS>,
    moment: u64,
}

impl Ids {
    /// Whether the id is new; it no longer is afterwards.
    pub fn insert(&mut self, id: &str) -> bool {
        self.moment += 1;
        self.seen.note(id, self.moment)
    }
}

/// Tool calls under way with their beginning, bounded.
#[derive(Debug, Default)]
pub struct Calls(Memory<MOST_IDS>);

impl Calls {
    /// Notes when a call began.
    pub fn begin(&mut self, call_id: &str, now: i64) {
        self.0.note(call_id, u64::try_from(now).unwrap_or_default());
    }

    /// How long the call took, in milliseconds; none when its beginning was not seen.
    pub fn finish(&mut self, call_id: &str, now: i64) -> Option<u64> {
        let began = self.0.remove(call_id)?;
        Some(u64::try_from(now).unwrap_or_default().saturating_sub(began))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_idle_for_longest_is_forgotten_first() {
        let mut sessions = Sessions::default();
        sessions.touch("busy").turn.active = true;
        sessions.touch("idle");
        for index in 0..MOST_SESSIONS - 1 {
            sessions.touch(&format!("s{index}"));
        }
        assert_eq!(sessions.known.len(), MOST_SESSIONS);
        assert!(
            sessions.get("busy").is_some() && sessions.get("idle").is_none() && sessions.get("s0").is_some()
        );
    }

    #[test]
    fn calls_are_timed() {
        let mut calls = Calls::default();
        calls.begin("a", 5);
        assert_eq!((calls.finish("a", 9), calls.finish("a", 9)), (Some(4), None));
        calls.begin("a", 9);
        assert_eq!(calls.finish("a", 5), Some(0));
    }
}
