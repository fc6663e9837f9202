//! Answers in the form of OpenAI's chat completions, streamed or whole.

use super::Delta;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::convert::Infallible;

const INPUT_TOKENS: u64 = 100;
const OUTPUT_TOKENS: u64 = 20;

pub(super) fn failure(status: StatusCode, message: &str) -> Response {
    (status, axum::Json(json!({"error": {"message": message, "type": "scripted"}}))).into_response()
}

pub(super) fn stream(model: &str, deltas: &[Delta]) -> Response {
    let mut lines: Vec<Result<String, Infallible>> =
        chunks(model, deltas).into_iter().map(|chunk| Ok(format!("data: {chunk}\n\n"))).collect();
    lines.push(Ok("data: [DONE]\n\n".into()));
    let body = Body::from_stream(tokio_stream::iter(lines));
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

pub(super) fn whole(model: &str, deltas: &[Delta]) -> Response {
    let (mut reasoning, mut text, mut calls) = (String::new(), String::new(), Vec::new());
    for delta in deltas {
        match delta {
            Delta::Reasoning(piece) => reasoning.push_str(piece),
            Delta::Text(piece) => text.push_str(piece),
            Delta::Tool { id, name, arguments } => calls.push(json!({
                "id": id, "type": "function",
                "function": {"name": name, "arguments": arguments.to_string()}
            })),
        }
    }
    let mut message = Map::from_iter([("role".into(), json!("assistant")), ("content".into(), json!(text))]);
    if !reasoning.is_empty() {
        message.insert("reasoning_content".into(), json!(reasoning));
    }
    if !calls.is_empty() {
        message.insert("tool_calls".into(), json!(calls));
    }
    axum::Json(json!({
        "id": "scripted", "object": "chat.completion", "created": 1, "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish(deltas)}],
        "usage": usage(),
    }))
    .into_response()
}

fn chunks(model: &str, deltas: &[Delta]) -> Vec<Value> {
    let chunk = |choices: Value| {
        json!({"id": "scripted", "object": "chat.completion.chunk", "created": 1,
        "model": model, "choices": choices})
    };
    let piece = |delta: Value| chunk(json!([{"index": 0, "delta": delta, "finish_reason": null}]));
    let mut out = vec![piece(json!({"role": "assistant", "content": ""}))];
    let mut calls = 0;
    for delta in deltas {
        match delta {
            Delta::Reasoning(text) => out.push(piece(json!({"reasoning_content": text}))),
            Delta::Text(text) => out.push(piece(json!({"content": text}))),
            Delta::Tool { id, name, arguments } => {
                out.push(piece(json!({"tool_calls": [{"index": calls, "id": id, "type": "function",
                    "function": {"name": name, "arguments": ""}}]})));
                out.push(piece(json!({"tool_calls": [{"index": calls,
                    "function": {"arguments": arguments.to_string()}}]})));
                calls += 1;
            }
        }
    }
    out.push(chunk(json!([{"index": 0, "delta": {}, "finish_reason": finish(deltas)}])));
    let mut last = chunk(json!([]));
    if let Some(last) = last.as_object_mut() {
        last.insert("usage".into(), usage());
    }
    out.push(last);
    out
}

fn finish(deltas: &[Delta]) -> &'static str {
    if deltas.iter().any(|delta| matches!(delta, Delta::Tool { .. })) { "tool_calls" } else { "stop" }
}

fn usage() -> Value {
    json!({"prompt_tokens": INPUT_TOKENS, "completion_tokens": OUTPUT_TOKENS,
        "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS})
}
