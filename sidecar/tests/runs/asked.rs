//! A request to the model, as a script looks at it.

use serde_json::Value;

/// Who asks for what.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The task that a worker was told to do; `planner` when it is the planner who asks.
    pub(crate) task: String,
    /// From 1.
    pub(crate) attempt: usize,
    /// Answers that this attempt has had, from 0.
    pub(crate) step: usize,
    /// The whole body.
    pub(crate) body: Value,
}

impl Asked {
    pub(super) fn of(body: Value) -> Self {
        let mut asked = Self { task: "planner".into(), attempt: 1, step: 0, body };
        let prompt = asked.prompt();
        if let Some((_, told)) = prompt.split_once("# Task ") {
            asked.task = told.lines().next().unwrap().trim().to_owned();
            asked.attempt = told
                .split_once("\n# Attempt ")
                .map_or(1, |(_, told)| told.lines().next().unwrap().trim().parse().unwrap());
        }
        asked.step = asked.messages().iter().filter(|message| message["role"] == "assistant").count();
        asked
    }

    fn messages(&self) -> &[Value] {
        self.body["messages"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// What the worker was told first.
    pub(crate) fn prompt(&self) -> String {
        let first = self.messages().iter().find(|message| message["role"] == "user");
        first.map(content).unwrap_or_default()
    }

    /// What the last tool call brought.
    pub(crate) fn output(&self) -> String {
        let last = self.messages().iter().rev().find(|message| message["role"] == "tool");
        last.map(content).unwrap_or_default()
    }

    /// Everything that was sent, as text.
    pub(crate) fn text(&self) -> String {
        self.body.to_string()
    }
}

/// A message's text: OpenAI allows a string, or parts with a `text` each.
fn content(message: &Value) -> String {
    match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}
