//! Reading inputs from JSON.
//!
//! The types derive serde's `Deserialize`, and natively that would do. But serde's code for tagged enums is large:
//! with it the core would be more than twice the size, and every byte is compiled at each start of OpenCode. This
//! reads the same JSON with one small function for each type; tests hold it against serde's.

use crate::input::{
    Envelope, HookOverhead, Input, MessageUsage, Overhead, Params, Prompt, Settings, Start, Thinking, Todo,
};
use rozet_observability::link::LinkFrame;
use rozet_observability::plan::{
    Check, CheckOutcome, Claim, Evidence, Plan, PlanOrigin, Task, TaskStatus, Usage, WaitsFor, WaitsForKind,
};
use rozet_observability::run::{RunNotice, RunStatus};
use serde_json::{Map, Value};

/// What is wrong with a value; names fields of our own types, never what stands in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// The text is no JSON; where it stops being so.
    Syntax {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A value is missing or of the wrong type.
    Value {
        /// The path to it, such as `input.session_id`; empty for the whole.
        path: String,
        /// What was expected.
        expected: &'static str,
    },
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Syntax { line, column } => write!(out, "not JSON from line {line} column {column} on"),
            Self::Value { path, expected } if path.is_empty() => write!(out, "expected {expected}"),
            Self::Value { path, expected } => write!(out, "`{path}`: expected {expected}"),
        }
    }
}

/// Reads what the core starts with.
///
/// # Errors
/// Says what is wrong and where.
pub fn start(json: &str) -> Result<Start, Wrong> {
    whole(json)
}

/// Reads one input with its time.
///
/// # Errors
/// Says what is wrong and where.
pub fn envelope(json: &str) -> Result<Envelope, Wrong> {
    whole(json)
}

fn whole<T: Read>(json: &str) -> Result<T, Wrong> {
    let value = serde_json::from_str(json)
        .map_err(|error| Wrong::Syntax { line: error.line(), column: error.column() })?;
    let mut place = Place::default();
    let read = T::read(value, &mut place);
    place.wrong.map_or(Ok(read), Err)
}

/// What can be read from a JSON value. What cannot be read is noted, and something blank stands in for it: that
/// needs far less code than giving up at every field.
trait Read: Sized {
    fn read(value: Value, place: &mut Place) -> Self;

    /// What stands for a field that is not there, when it may be absent.
    fn absent() -> Option<Self> {
        None
    }
}

/// Where the reading is, and the first thing that was wrong.
#[derive(Default)]
struct Place {
    path: Vec<&'static str>,
    wrong: Option<Wrong>,
}

impl Place {
    fn expect(&mut self, expected: &'static str) {
        if self.wrong.is_none() {
            self.wrong = Some(Wrong::Value { path: self.path.join("."), expected });
        }
    }

    fn object(&mut self, value: Value) -> Map<String, Value> {
        match value {
            Value::Object(fields) => fields,
            _ => {
                self.expect("an object");
                Map::new()
            }
        }
    }

    fn take<T: Read>(&mut self, fields: &mut Map<String, Value>, name: &'static str) -> T {
        self.path.push(name);
        let found = fields.remove(name);
        let read = match (found, T::absent()) {
            (Some(value), _) => T::read(value, self),
            (None, Some(absent)) => absent,
            (None, None) => {
                self.expect("a value, but it is missing");
                T::read(Value::Null, self)
            }
        };
        self.path.pop();
        read
    }

    fn take_or<T: Read>(&mut self, fields: &mut Map<String, Value>, name: &'static str, default: T) -> T {
        if fields.contains_key(name) { self.take(fields, name) } else { default }
    }
}

/// Structs: every field by its own name.
macro_rules! records {
    ($($name:ident { $($field:ident),* $(,)? })*) => { $(
        impl Read for $name {
            fn read(value: Value, place: &mut Place) -> Self {
                let mut fields = place.object(value);
                Self { $($field: place.take(&mut fields, stringify!($field))),* }
            }
        }
    )* };
}

/// Structs whose fields all have defaults.
macro_rules! records_with_defaults {
    ($($name:ident { $($field:ident),* $(,)? })*) => { $(
        impl Read for $name {
            fn read(value: Value, place: &mut Place) -> Self {
                let mut fields = place.object(value);
                let default = Self::default();
                Self { $($field: place.take_or(&mut fields, stringify!($field), default.$field)),* }
            }
        }
    )* };
}

/// Enums of plain words; the first stands in for an unknown one.
macro_rules! words {
    ($($name:ident { $first:literal => $blank:ident $(, $word:literal => $variant:ident)* $(,)? })*) => { $(
        impl Read for $name {
            fn read(value: Value, place: &mut Place) -> Self {
                match value.as_str() {
                    Some($first) => Self::$blank,
                    $(Some($word) => Self::$variant,)*
                    _ => {
                        place.expect("another word");
                        Self::$blank
                    }
                }
            }
        }
    )* };
}

/// Enums whose `type` names the variant; the first stands in for an unknown one.
macro_rules! tagged {
    (
        $name:ident {
            $first:literal => $blank:ident { $($only:ident),* }
            $(, $tag:literal => $variant:ident { $($field:ident),* $(,)? })* $(,)?
        }
        $({ $($whole:literal => $of:ident),* })?
    ) => {
        impl Read for $name {
            fn read(value: Value, place: &mut Place) -> Self {
                let mut fields = place.object(value);
                let tag: String = place.take(&mut fields, "type");
                match tag.as_str() {
                    $($tag => Self::$variant { $($field: place.take(&mut fields, stringify!($field))),* },)*
                    $($($whole => Self::$of($of::read(Value::Object(fields), place)),)*)?
                    other => {
                        if other != $first {
                            place.path.push("type");
                            place.expect("a known `type`");
                            place.path.pop();
                        }
                        Self::$blank { $($only: place.take(&mut fields, stringify!($only))),* }
                    }
                }
            }
        }
    };
}

records! {
    Start { producer, last_seq, directory, version, settings }
    Envelope { now, input }
    HookOverhead { hook, calls, total_ms, max_ms }
    Todo { content, status }
    Prompt { session_id, message_id, agent, model, text, files, parent_id }
    Params { session_id, agent, provider_id, model_id, npm, reasoning, options, configured }
    Plan {
        plan_id, session_id, directory, request, summary, origin, reason, model, tasks, created_at, latency_ms, usage,
        prompt_version,
    }
    RunNotice { run_id, plan_id, session_id, status, note, toast }
    WaitsFor { kind, what }
    Claim { by, statement, at }
    Evidence { check, outcome, detail, observed_at, duration_ms, sha256 }
}

records_with_defaults! {
    Settings { thinking, keep_thinking, plan, plan_wait_ms, execute }
    MessageUsage { input_tokens, output_tokens, reasoning_tokens, cache_read_tokens, cache_write_tokens, cost_usd }
    Overhead { factory_ms, hooks, plan_wait_ms, core_restarts, hook_faults }
}

words! {
    Thinking { "hide" => Hide, "remove" => Remove, "show" => Show }
    PlanOrigin { "model" => Model, "offline" => Offline }
    RunStatus {
        "running" => Running, "paused" => Paused, "completed" => Completed, "failed" => Failed, "cancelled" => Cancelled,
    }
    CheckOutcome { "passed" => Passed, "failed" => Failed, "not_run" => NotRun }
    WaitsForKind {
        "permission" => Permission, "lock" => Lock, "provider" => Provider, "human" => Human, "budget" => Budget,
    }
}

tagged! {
    Input {
        "sidecar_unreachable" => SidecarUnreachable { reason },
        "system" => System { session_id, may_wait },
        "text_complete" => TextComplete { session_id, part_id, text },
        "tool_before" => ToolBefore { session_id, call_id, tool, args },
        "tool_after" => ToolAfter { session_id, call_id, tool, args, title, output, output_length, exit },
        "tool_failed" => ToolFailed { session_id, call_id, tool, error },
        "reasoning_ended" => ReasoningEnded { session_id, message_id, part_id, text, signed, chars },
        "message_ended" => MessageEnded { session_id, message_id, usage, error },
        "session_created" => SessionCreated { session_id, parent_id, title },
        "session_idle" => SessionIdle { session_id },
        "session_deleted" => SessionDeleted { session_id },
        "aborted" => Aborted { session_id },
        "asked" => Asked { session_id, details },
        "answered" => Answered { session_id, ask_id, answer },
        "todos" => Todos { session_id, todos },
        "task_tool" => TaskTool { session_id, args },
        "task_verdict" => TaskVerdict { session_id, task_id },
        "reverted" => Reverted { session_id, message_id },
        "message_removed" => MessageRemoved { session_id, message_id },
        "compacted" => Compacted { session_id },
        "degraded" => Degraded { session_id, what, hook },
        "host_version" => HostVersion { version },
        "compacting" => Compacting { session_id },
        "link" => Link { frame },
        "plan_unavailable" => PlanUnavailable { session_id, plan_id, reason },
        "run_unavailable" => RunUnavailable { session_id, reason },
        "dispose" => Dispose { overhead },
    }
    { "prompt" => Prompt, "params" => Params }
}

tagged! {
    LinkFrame {
        "resync" => Resync {},
        "hello" => Hello { version, protocol },
        "plan" => Plan { plan },
        "task" => Task { plan_id, session_id, task },
        "run" => Run { run },
    }
}

tagged! {
    Check {
        "command" => Command { command },
        "file_exists" => FileExists { path },
        "file_contains" => FileContains { path, text },
        "file_unchanged" => FileUnchanged { path },
        "only_touched" => OnlyTouched { paths },
        "manual" => Manual { question },
    }
}

impl Read for Task {
    fn read(value: Value, place: &mut Place) -> Self {
        let mut fields = place.object(value);
        Self {
            task_id: place.take(&mut fields, "task_id"),
            description: place.take(&mut fields, "description"),
            files: place.take(&mut fields, "files"),
            checks: place.take(&mut fields, "checks"),
            depends_on: place.take(&mut fields, "depends_on"),
            status: place.take(&mut fields, "status"),
            waits_for: place.take(&mut fields, "waits_for"),
            since: place.take(&mut fields, "since"),
            claim: place.take(&mut fields, "claim"),
            evidence: place.take_or(&mut fields, "evidence", Vec::new()),
        }
    }
}

impl Read for Usage {
    fn read(value: Value, place: &mut Place) -> Self {
        let mut fields = place.object(value);
        Self {
            input_tokens: place.take(&mut fields, "input_tokens"),
            output_tokens: place.take(&mut fields, "output_tokens"),
            cost_usd: place.take(&mut fields, "cost_usd"),
            cost_estimated: place.take_or(&mut fields, "cost_estimated", false),
        }
    }
}

impl Read for TaskStatus {
    fn read(value: Value, place: &mut Place) -> Self {
        let status = Self::ALL.into_iter().find(|status| value.as_str() == Some(status.as_str()));
        status.unwrap_or_else(|| {
            place.expect("a task's status");
            Self::Planned
        })
    }
}

impl Read for String {
    fn read(value: Value, place: &mut Place) -> Self {
        match value {
            Value::String(text) => text,
            _ => {
                place.expect("text");
                Self::new()
            }
        }
    }
}

/// Plain values: how to get one, and what was expected otherwise.
macro_rules! plain {
    ($($name:ident: $get:expr, $expected:literal;)*) => { $(
        impl Read for $name {
            fn read(value: Value, place: &mut Place) -> Self {
                let get: fn(&Value) -> Option<$name> = $get;
                get(&value).unwrap_or_else(|| {
                    place.expect($expected);
                    Self::default()
                })
            }
        }
    )* };
}

plain! {
    bool: Value::as_bool, "true or false";
    f64: Value::as_f64, "a number";
    i64: Value::as_i64, "a whole number";
    u64: Value::as_u64, "a whole number from 0 on";
    u32: |value| value.as_u64()?.try_into().ok(), "a whole number of 32 bits";
    i32: |value| value.as_i64()?.try_into().ok(), "a whole number of 32 bits";
}

impl Read for Map<String, Value> {
    fn read(value: Value, place: &mut Place) -> Self {
        place.object(value)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: Value, place: &mut Place) -> Self {
        let mut read = Self::new();
        match value {
            Value::Array(items) => read.extend(items.into_iter().map(|item| T::read(item, place))),
            _ => place.expect("a list"),
        }
        read
    }
}

impl<T: Read> Read for Option<T> {
    fn read(value: Value, place: &mut Place) -> Self {
        if value.is_null() { None } else { Some(T::read(value, place)) }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

#[cfg(test)]
mod tests;
