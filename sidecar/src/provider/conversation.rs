//! Conversations in which a model calls tools.

use super::{Pending, ProviderError};
use crate::spend::tokens_of;
use crate::tools::ToolDefinition;
use genai::chat::{ContentPart, MessageContent};
use rozet_observability::plan::Usage;
use serde_json::Value;

/// Longest turn that a model is allowed, in tokens: a file of ordinary size fits in.
pub(crate) const MAX_TURN_TOKENS: u32 = 8_000;

/// What was said so far, and what the model may call.
#[derive(Debug, Clone)]
pub(crate) struct Conversation {
    pub(crate) system: String,
    /// Begins and ends with the person or with what tools brought.
    pub(crate) turns: Vec<Turn>,
    pub(crate) tools: Vec<ToolDefinition>,
}

/// One turn of a conversation.
#[derive(Debug, Clone)]
pub(crate) enum Turn {
    Person(String),
    Model(Said),
    /// One result for each call of the turn before.
    Tools(Vec<ToolResult>),
}

/// A model's turn.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) calls: Vec<ToolCall>,
    pub(crate) usage: Usage,
    /// Whether it was longer than it may be, and is cut off.
    pub(crate) cut_off: bool,
    /// The turn in the provider's form, with what the provider wants to see again: signatures, thoughts.
    pub(super) original: Option<MessageContent>,
}

/// A tool that the model wants called.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ToolCall {
    pub(crate) id: String,
    pub(crate) name: String,
    /// A JSON object, or why it is none, in words for the model.
    pub(crate) arguments: Result<Value, String>,
}

/// What a call brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToolResult {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) output: String,
}

impl Conversation {
    /// About how many tokens the model will read.
    pub(crate) fn tokens(&self) -> u64 {
        let tool =
            |tool: &ToolDefinition| tokens_of(tool.description) + tokens_of(&tool.parameters.to_string());
        let tools: u64 = self.tools.iter().map(tool).sum();
        tokens_of(&self.system) + tools + self.turns.iter().map(Turn::tokens).sum::<u64>()
    }
}

impl Turn {
    /// About how many tokens it has.
    pub(crate) fn tokens(&self) -> u64 {
        match self {
            Self::Person(text) => tokens_of(text),
            Self::Model(said) => said.tokens(),
            Self::Tools(results) => results.iter().map(|result| tokens_of(&result.output)).sum(),
        }
    }
}

impl Said {
    /// A turn without anything that only its provider understands.
    #[cfg(test)]
    pub(crate) fn of(text: &str, calls: Vec<ToolCall>) -> Self {
        Self { text: text.to_owned(), calls, usage: Usage::default(), cut_off: false, original: None }
    }

    fn tokens(&self) -> u64 {
        let call = |call: &ToolCall| match &call.arguments {
            Ok(arguments) => tokens_of(&arguments.to_string()),
            Err(_) => 0,
        };
        tokens_of(&self.text) + self.calls.iter().map(call).sum::<u64>()
    }

    /// Shortens the long texts in the arguments of its calls; true when there were any.
    pub(crate) fn shorten(&mut self, most_chars: usize) -> bool {
        let mut shortened = false;
        for call in &mut self.calls {
            if let Ok(arguments) = &mut call.arguments {
                shortened |= shorten(arguments, most_chars);
            }
        }
        let Some(original) = &mut self.original else { return shortened };
        for part in original.iter_mut() {
            if let ContentPart::ToolCall(call) = part {
                shorten(&mut call.fn_arguments, most_chars);
            }
        }
        shortened
    }
}

/// Only the texts of the object itself: tools take no deeper ones.
fn shorten(arguments: &mut Value, most_chars: usize) -> bool {
    let mut shortened = false;
    for value in arguments.as_object_mut().into_iter().flat_map(|fields| fields.values_mut()) {
        let Value::String(text) = value else { continue };
        let count = text.chars().count();
        if count > most_chars {
            let kept: String = text.chars().take(most_chars).collect();
            *text = format!("{kept} [{} more characters are left out]", count - most_chars);
            shortened = true;
        }
    }
    shortened
}

/// A model that talks and calls tools.
pub(crate) trait ChatModel: Send + Sync {
    /// `provider/model`, as people see it.
    fn name(&self) -> String;

    /// Says the next turn, once, without retries.
    fn say<'a>(&'a self, conversation: &'a Conversation) -> Pending<'a, Result<Said, ProviderError>>;
}
