//! Conversations with tools, through genai.

use super::conversation::{ChatModel, Conversation, MAX_TURN_TOKENS, Said, ToolCall, ToolResult, Turn};
use super::remote::{charged, classify, usage};
use super::{Pending, ProviderError, ProviderKind, Remote};
use crate::reader::{self, ReadError};
use genai::chat::{
    ChatMessage, ChatOptions, ChatRequest, ContentPart, MessageContent, Tool, ToolCall as Call, ToolResponse,
};
use rozet_observability::plan::Usage;
use serde_json::{Value, json};

impl Remote {
    async fn say_once(&self, conversation: &Conversation) -> Result<Said, ProviderError> {
        self.may_ask()?;
        let tools = conversation.tools.iter().map(|tool| {
            Tool::new(tool.name).with_description(tool.description).with_schema(tool.parameters.clone())
        });
        let request = ChatRequest::from_messages(conversation.turns.iter().map(message).collect())
            .with_system(conversation.system.clone())
            .with_tools(tools.collect::<Vec<_>>());
        let mut options = ChatOptions::default()
            .with_capture_usage(true)
            .with_capture_raw_body(true)
            .with_max_tokens(MAX_TURN_TOKENS);
        if let Some(temperature) = self.settings.temperature {
            options = options.with_temperature(temperature);
        }
        match self.client.exec_chat(&self.settings.model, request, Some(&options)).await {
            Ok(response) => {
                let usage = usage(&response);
                let cut_off = response.stop_reason.as_ref().is_some_and(|reason| reason.is_max_tokens());
                let mut original = response.content;
                // Some models must see their thoughts again; some servers refuse what they do not know.
                let thoughts = response.reasoning_content.filter(|_| self.wants_thoughts());
                if let Some(thoughts) = thoughts.filter(|_| !original.contains_reasoning_content()) {
                    original.insert(0, ContentPart::ReasoningContent(thoughts));
                }
                let text = original.joined_texts().unwrap_or_default();
                let calls = original.tool_calls().into_iter().map(call).collect();
                Ok(Said { text, calls, usage, cut_off, original: Some(original) })
            }
            // One slip in one call's arguments is no reason to lose the whole turn.
            Err(genai::Error::ChatResponseGeneration { response_body, .. }) => {
                of_body(&response_body).ok_or(ProviderError::Nonsense)
            }
            Err(error) => Err(classify(&error)),
        }
    }

    const fn wants_thoughts(&self) -> bool {
        matches!(self.settings.provider, ProviderKind::OpenAiCompatible | ProviderKind::OpenRouter)
    }
}

impl ChatModel for Remote {
    fn name(&self) -> String {
        super::Model::name(self)
    }

    fn say<'a>(&'a self, conversation: &'a Conversation) -> Pending<'a, Result<Said, ProviderError>> {
        Box::pin(self.say_once(conversation))
    }
}

fn message(turn: &Turn) -> ChatMessage {
    match turn {
        Turn::Person(text) => ChatMessage::user(text.clone()),
        Turn::Model(said) => ChatMessage::assistant(said.original.clone().unwrap_or_else(|| rebuilt(said))),
        Turn::Tools(results) => {
            let response = |result: &ToolResult| {
                ToolResponse::new(result.id.clone(), result.output.clone()).with_fn_name(result.name.clone())
            };
            ChatMessage::tool(MessageContent::from_tool_responses(results.iter().map(response).collect()))
        }
    }
}

/// A turn whose original form was unreadable.
fn rebuilt(said: &Said) -> MessageContent {
    let mut content = MessageContent::default();
    if !said.text.is_empty() {
        content.push(said.text.as_str());
    }
    for call in &said.calls {
        content.push(Call {
            call_id: call.id.clone(),
            fn_name: call.name.clone(),
            // Providers refuse a history whose arguments are no object.
            fn_arguments: call.arguments.clone().unwrap_or_else(|_| json!({})),
            thought_signatures: None,
        });
    }
    content
}

fn call(call: &Call) -> ToolCall {
    let arguments = match &call.fn_arguments {
        Value::Object(_) => Ok(call.fn_arguments.clone()),
        Value::Null => Ok(json!({})),
        _ => Err(unreadable(ReadError::WrongShape)),
    };
    ToolCall { id: call.call_id.clone(), name: call.fn_name.clone(), arguments }
}

/// Reads an answer in the form of OpenAI's chat completions, the only one in which arguments are text.
fn of_body(body: &Value) -> Option<Said> {
    let choice = body.pointer("/choices/0")?;
    let text = choice.pointer("/message/content").and_then(Value::as_str).unwrap_or_default();
    let listed = choice.pointer("/message/tool_calls").and_then(Value::as_array)?;
    let calls = listed.iter().enumerate().filter_map(|(index, call)| {
        let word = |path: &str| call.pointer(path).and_then(Value::as_str);
        let arguments = match call.pointer("/function/arguments") {
            Some(Value::String(text)) if text.trim().is_empty() => Ok(json!({})),
            Some(Value::String(text)) => reader::whole_object(text).map_err(unreadable),
            Some(object @ Value::Object(_)) => Ok(object.clone()),
            Some(Value::Null) | None => Ok(json!({})),
            Some(_) => Err(unreadable(ReadError::WrongShape)),
        };
        let id = word("/id").map_or_else(|| format!("call-{index}"), str::to_owned);
        Some(ToolCall { id, name: word("/function/name")?.to_owned(), arguments })
    });
    let count = |path: &str| body.pointer(path).and_then(Value::as_u64).unwrap_or_default();
    let usage = Usage {
        input_tokens: count("/usage/prompt_tokens"),
        output_tokens: count("/usage/completion_tokens"),
        cost_usd: charged(body),
        cost_estimated: false,
    };
    let cut_off = choice.get("finish_reason").and_then(Value::as_str) == Some("length");
    Some(Said { text: text.to_owned(), calls: calls.collect(), usage, cut_off, original: None })
}

/// What the model is told, so that it can do better.
fn unreadable(error: ReadError) -> String {
    let why = match error {
        ReadError::CutOff => "they end too early; make shorter calls, and write long files in several steps",
        ReadError::TooLarge => "they are too long; make shorter calls",
        ReadError::TooDeep => "they are nested too deep",
        ReadError::Empty | ReadError::NoJson | ReadError::WrongShape => "they are not one JSON object",
    };
    format!("the arguments cannot be read: {why}")
}
