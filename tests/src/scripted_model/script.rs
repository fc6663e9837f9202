//! The script: who is answered what.

use super::{Recorded, Role};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::watch;

/// What the model says to whom.
#[derive(Debug)]
pub struct Script {
    /// The conversation's title.
    pub title: String,
    /// The planner's answers.
    pub planner: PlannerScript,
    /// The worker's answers, one for each step of a turn. The same for every turn whose prompt has none of its own.
    pub worker: Vec<Step>,
    /// The worker's answers to prompts with this in them.
    pub by_prompt: BTreeMap<String, Vec<Step>>,
    /// What each task's worker is answered: by task, attempt and step. Later attempts get what the last one got.
    pub tasks: BTreeMap<String, Vec<Vec<Step>>>,
}

/// What the planner is answered.
#[derive(Debug)]
pub enum PlannerScript {
    /// The same thing each time.
    Always(Step),
    /// No planner is expected to ask.
    Unexpected,
}

/// One answer, which may have to wait.
#[derive(Debug, Clone)]
pub struct Step {
    /// Holds the answer back until a test opens it.
    pub gate: Option<Gate>,
    /// The answer.
    pub reply: Reply,
}

/// An answer.
#[derive(Debug, Clone)]
pub enum Reply {
    /// These pieces, in this order; when tools are called, they end the answer.
    Says(Vec<Delta>),
    /// An error.
    Refuses {
        /// HTTP status.
        status: u16,
        /// The error's message.
        message: String,
    },
    /// Nothing, ever; the connection stays open.
    Hangs,
}

/// A piece of an answer, streamed as one chunk.
#[derive(Debug, Clone)]
pub enum Delta {
    /// Thinking, as `reasoning_content`.
    Reasoning(String),
    /// Text.
    Text(String),
    /// A tool call; the arguments follow the name in a chunk of their own.
    Tool {
        /// The call's id, unique in the conversation.
        id: String,
        /// The tool's name.
        name: String,
        /// The arguments.
        arguments: Value,
    },
}

impl Script {
    pub(super) fn answer(&self, asked: &Recorded) -> Result<Step, String> {
        match &asked.role {
            Role::Summary => Ok(Step::says([Delta::text("What was said so far, in short.")])),
            Role::Title => Ok(Step::says([Delta::text(&self.title)])),
            Role::Planner => match &self.planner {
                PlannerScript::Always(step) => Ok(step.clone()),
                PlannerScript::Unexpected => Err("a planner asked, and none was expected".into()),
            },
            Role::Worker { step } => {
                let prompt = asked.prompt();
                let own = self.by_prompt.iter().find(|(words, _)| prompt.contains(words.as_str()));
                let steps = own.map_or(&self.worker, |(_, steps)| steps);
                steps
                    .get(*step)
                    .cloned()
                    .ok_or_else(|| format!("step {step} of a turn whose script has {} steps", steps.len()))
            }
            Role::Task { task_id, attempt, step } => {
                let attempts = self.tasks.get(task_id).map(Vec::as_slice).unwrap_or_default();
                let steps = attempts.get(attempt.saturating_sub(1)).or(attempts.last());
                let answer = steps.and_then(|steps| steps.get(*step)).cloned();
                answer.ok_or_else(|| format!("step {step} of attempt {attempt} at {task_id}"))
            }
            Role::Unexpected { why } => Err(why.clone()),
        }
    }
}

impl Step {
    /// An answer of these pieces, at once.
    pub fn says(deltas: impl IntoIterator<Item = Delta>) -> Self {
        Self { gate: None, reply: Reply::Says(deltas.into_iter().collect()) }
    }

    /// An error, at once.
    #[must_use]
    pub fn refuses(status: u16, message: &str) -> Self {
        Self { gate: None, reply: Reply::Refuses { status, message: message.to_owned() } }
    }

    /// No answer at all.
    #[must_use]
    pub const fn hangs() -> Self {
        Self { gate: None, reply: Reply::Hangs }
    }

    /// The same answer behind a gate.
    #[must_use]
    pub fn behind(mut self, gate: &Gate) -> Self {
        self.gate = Some(gate.clone());
        self
    }
}

impl Delta {
    /// A piece of thinking.
    #[must_use]
    pub fn reasoning(text: &str) -> Self {
        Self::Reasoning(text.to_owned())
    }

    /// A piece of text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// A tool call.
    #[must_use]
    pub fn tool(id: &str, name: &str, arguments: Value) -> Self {
        Self::Tool { id: id.to_owned(), name: name.to_owned(), arguments }
    }
}

/// Stops an answer until a test has done what it wants to do in between.
#[derive(Debug, Clone)]
pub struct Gate {
    reached: Arc<watch::Sender<bool>>,
    opened: Arc<watch::Sender<bool>>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { reached: Arc::new(watch::Sender::new(false)), opened: Arc::new(watch::Sender::new(false)) }
    }
}

impl Gate {
    /// Waits until an answer stands before the gate.
    pub async fn reached(&self) {
        // The sender lives as long as this gate, so the wait cannot fail.
        let _ = self.reached.subscribe().wait_for(|reached| *reached).await;
    }

    /// Lets this and every later answer through.
    pub fn open(&self) {
        self.opened.send_replace(true);
    }

    pub(super) async fn pass(&self) {
        self.reached.send_replace(true);
        let _ = self.opened.subscribe().wait_for(|opened| *opened).await;
    }
}
