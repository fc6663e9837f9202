//! What was sent to the scripted model, and by whom.

use super::{PLANNER_MODEL, WORKER_MODEL};
use serde_json::Value;

/// How the planner's own words to a model begin.
const PLANNER_OPENING: &str = "You split one request to a coding agent into a short plan.";

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// OpenCode's title agent.
    Title,
    /// OpenCode's compaction agent.
    Summary,
    /// The sidecar's planner, with a model of its own or OpenCode's.
    Planner,
    /// OpenCode's working agent.
    Worker {
        /// How many times it was answered since the person's last message, from 0.
        step: usize,
    },
    /// What carries out one task of a plan, in OpenCode or in the sidecar's own loop.
    Task {
        /// The task.
        task_id: String,
        /// Which attempt at it, from 1.
        attempt: usize,
        /// How many times it was answered in this attempt, from 0.
        step: usize,
    },
    /// Someone whom the script does not know.
    Unexpected {
        /// What was wrong.
        why: String,
    },
}

/// One request.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Who asked.
    pub role: Role,
    /// The whole body.
    pub body: Value,
}

impl Recorded {
    pub(super) fn new(body: Value) -> Self {
        let mut recorded = Self { role: Role::Title, body };
        recorded.role = recorded.judge();
        recorded
    }

    fn judge(&self) -> Role {
        match self.model() {
            PLANNER_MODEL => Role::Planner,
            // The person's own model, lent to the planner.
            WORKER_MODEL if self.system().contains(PLANNER_OPENING) => Role::Planner,
            WORKER_MODEL if self.system().starts_with("You are a title generator") => Role::Title,
            WORKER_MODEL if self.system().starts_with("You are a context summarization agent") => {
                Role::Summary
            }
            WORKER_MODEL if self.task().is_some() => self.task().unwrap_or(Role::Title),
            WORKER_MODEL if self.has_tools() => Role::Worker { step: self.step() },
            WORKER_MODEL => Role::Unexpected { why: "a request without tools that is no title".into() },
            other => Role::Unexpected { why: format!("a request for the model `{other}`") },
        }
    }

    /// The model's id.
    #[must_use]
    pub fn model(&self) -> &str {
        self.body.get("model").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether the answer is to be streamed.
    #[must_use]
    pub fn is_streamed(&self) -> bool {
        self.body.get("stream").and_then(Value::as_bool).unwrap_or_default()
    }

    /// The messages, in order.
    #[must_use]
    pub fn messages(&self) -> &[Value] {
        self.body.get("messages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// All system messages, joined by newlines.
    #[must_use]
    pub fn system(&self) -> String {
        let texts: Vec<String> =
            self.messages().iter().filter(|message| role(message) == "system").map(content).collect();
        texts.join("\n")
    }

    /// The last message of the person.
    #[must_use]
    pub fn prompt(&self) -> String {
        let mut users = self.messages().iter().rev().filter(|message| role(message) == "user");
        users.next().map(content).unwrap_or_default()
    }

    /// Everything that is not a system message, as JSON text: what the conversation sent back.
    #[must_use]
    pub fn history(&self) -> String {
        let rest: Vec<String> = self
            .messages()
            .iter()
            .filter(|message| role(message) != "system")
            .map(Value::to_string)
            .collect();
        rest.join("\n")
    }

    /// The task that a worker was told to do, by the words of its prompt.
    fn task(&self) -> Option<Role> {
        let prompt = self.messages().iter().find(|message| role(message) == "user").map(content)?;
        let (_, told) = prompt.split_once("# Task ")?;
        let task_id = told.lines().next()?.trim().to_owned();
        let attempt =
            told.split_once("\n# Attempt ").and_then(|(_, told)| told.lines().next()?.trim().parse().ok());
        Some(Role::Task { task_id, attempt: attempt.unwrap_or(1), step: self.step() })
    }

    fn has_tools(&self) -> bool {
        self.body.get("tools").and_then(Value::as_array).is_some_and(|tools| !tools.is_empty())
    }

    fn step(&self) -> usize {
        let after_prompt = self.messages().iter().rev().take_while(|message| role(message) != "user");
        after_prompt.filter(|message| role(message) == "assistant").count()
    }
}

fn role(message: &Value) -> &str {
    message.get("role").and_then(Value::as_str).unwrap_or_default()
}

/// A message's text: OpenAI allows a string, or parts with a `text` each.
fn content(message: &Value) -> String {
    match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            let texts: Vec<&str> =
                parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
            texts.join("\n")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_step_counts_from_the_last_prompt() {
        let mut body = json!({"model": WORKER_MODEL, "tools": [{}], "messages": [
            {"role": "system", "content": "s"}, {"role": "user", "content": "first"},
            {"role": "assistant", "content": "done"}, {"role": "user", "content": "second"},
        ]});
        assert_eq!(Recorded::new(body.clone()).role, Role::Worker { step: 0 });
        for message in [json!({"role": "assistant"}), json!({"role": "tool"})] {
            body["messages"].as_array_mut().unwrap().push(message);
        }
        assert_eq!(Recorded::new(body).role, Role::Worker { step: 1 });
    }

    #[test]
    fn roles_are_told_apart() {
        let title = json!({"model": WORKER_MODEL, "messages": [
            {"role": "system", "content": [{"type": "text", "text": "You are a title generator."}]}]});
        assert_eq!(Recorded::new(title).role, Role::Title);
        assert_eq!(Recorded::new(json!({"model": PLANNER_MODEL})).role, Role::Planner);
        let lent =
            json!({"model": WORKER_MODEL, "messages": [{"role": "system", "content": PLANNER_OPENING}]});
        assert_eq!(Recorded::new(lent).role, Role::Planner);
        assert!(matches!(Recorded::new(json!({"model": "gpt"})).role, Role::Unexpected { .. }));
        assert!(matches!(Recorded::new(json!({"model": WORKER_MODEL})).role, Role::Unexpected { .. }));
    }
}
