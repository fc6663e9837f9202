//! What can be made of an event before the writer has it, on the thread of whoever brings it.

use super::bodies::{self, Body};
use super::rollup::{SpanChange, Used};
use crate::event::{Event, EventKind};
use crate::redact::{Counts, count_marks};
use crate::session::SessionState;
use crate::store::StoreError;
use serde_json::{Map, Value};

/// Characters of a prompt that the session list shows.
const PROMPT_HEAD_CHARS: usize = 200;

/// An event with all that its rows need.
pub(in crate::store) struct Prepared {
    pub(in crate::store) event: Event,
    /// The payload as JSON, without its long texts.
    pub(super) payload: String,
    pub(super) bodies: Vec<Body>,
    /// The fields that few events have, as JSON.
    pub(super) rest: Option<String>,
    pub(super) tool: Option<String>,
    pub(super) task: Option<String>,
    pub(super) session: SessionFacts,
    pub(super) span: Option<SpanChange>,
    pub(super) used: Option<Used>,
    /// Secrets that are masked in it, by whomever.
    pub(super) redacted: Counts,
}

/// What an event says of its session.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(in crate::store) struct SessionFacts {
    pub(in crate::store) parent_id: Option<String>,
    pub(in crate::store) directory: Option<String>,
    pub(in crate::store) model: Option<String>,
    pub(in crate::store) agent: Option<String>,
    pub(in crate::store) title: Option<String>,
    pub(in crate::store) prompt: Option<String>,
    pub(in crate::store) state: Option<SessionState>,
    /// A worker's session and what it works at: the plan's id, a space, the task's id.
    pub(in crate::store) worker: Option<(String, String)>,
}

/// Makes it. Only a trusted producer's events have spans and usage: anyone on the machine can send the others.
///
/// # Errors
/// When the payload cannot be written as JSON.
pub(in crate::store) fn prepare(event: Event, trusted: bool) -> Result<Prepared, StoreError> {
    let kind = EventKind::from_name(&event.hook_event_type);
    let rest = rest(&event, trusted);
    let (payload, bodies) = bodies::split(&event.payload)?;
    let mut redacted = count_marks(&payload);
    bodies.iter().for_each(|body| redacted.add(&count_marks(&body.text)));
    Ok(Prepared {
        payload,
        bodies,
        rest,
        tool: event.tool().map(str::to_owned),
        task: event.task().map(str::to_owned),
        session: session_facts(&event, kind, trusted),
        span: kind.filter(|_| trusted).and_then(|kind| SpanChange::of(&event, kind)),
        used: kind.filter(|_| trusted).and_then(|kind| Used::of(&event, kind)),
        redacted,
        event,
    })
}

fn session_facts(event: &Event, kind: Option<EventKind>, trusted: bool) -> SessionFacts {
    let owned = |name: &str| event.payload.get(name).and_then(Value::as_str).map(str::to_owned);
    let begins = kind == Some(EventKind::SessionStart);
    let prompt = (kind == Some(EventKind::UserPromptSubmit)).then(|| owned("prompt")).flatten();
    SessionFacts {
        parent_id: owned("parent_id"),
        directory: owned("directory"),
        model: event.model_name.clone().or_else(|| owned("model").filter(|_| begins)),
        agent: owned("agent").filter(|_| begins || prompt.is_some()),
        title: owned("title").filter(|_| begins),
        prompt: prompt.map(|prompt| prompt.chars().take(PROMPT_HEAD_CHARS).collect()),
        state: SessionState::after(&event.hook_event_type),
        worker: (trusted && kind == Some(EventKind::TaskAssigned)).then(|| worker(event)).flatten(),
    }
}

fn worker(event: &Event) -> Option<(String, String)> {
    let text = |name: &str| event.payload.get(name).and_then(Value::as_str);
    Some((text("session_id")?.to_owned(), format!("{} {}", text("plan_id")?, text("task_id")?)))
}

fn rest(event: &Event, trusted: bool) -> Option<String> {
    let mut fields: Map<String, Value> = event.extra.clone();
    if let Some(model_name) = &event.model_name {
        fields.insert("model_name".into(), Value::String(model_name.clone()));
    }
    if let Some(summary) = &event.summary {
        fields.insert("summary".into(), Value::String(summary.clone()));
    }
    let derivable = if trusted { is_delivery_id(event) } else { event.event_id.is_empty() };
    if !derivable {
        fields.insert("event_id".into(), Value::String(event.event_id.clone()));
    }
    (!fields.is_empty()).then(|| Value::Object(fields).to_string())
}

/// Whether the id is made of producer and number.
fn is_delivery_id(event: &Event) -> bool {
    let number = event.event_id.strip_prefix(&event.producer).and_then(|rest| rest.strip_prefix('.'));
    number.and_then(|number| number.parse().ok()) == Some(event.seq)
}
