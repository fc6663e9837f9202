//! What the core wants done. The adapter does it and decides nothing.

use rozet_observability::event::Event;
use rozet_observability::link::PlanRequest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One thing to do, in the order given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Effect {
    /// Append the event to the spool, then deliver it.
    Emit {
        /// The event, redacted and bounded.
        event: Event,
    },
    /// Ask the sidecar for a plan, without awaiting the answer.
    RequestPlan {
        /// The request.
        request: PlanRequest,
    },
    /// Tell the sidecar that nobody waits for this plan any more.
    CancelPlan {
        /// The plan.
        plan_id: String,
    },
    /// Have workers carry out the session's newest plan, without awaiting the answer.
    StartRun {
        /// The session.
        session_id: String,
        /// Its model as `provider/model`, when known.
        session_model: Option<String>,
    },
    /// Only in `system.transform`: wait until this session's plan arrives or the time is over, then ask again.
    AwaitPlan {
        /// The plan.
        plan_id: String,
        /// The longest wait from now, in milliseconds.
        wait_ms: u32,
    },
    /// Only in `system.transform` and when compacting: append to what the model is told.
    AppendSystem {
        /// The text.
        text: String,
    },
    /// Only in `chat.params`: set these keys of the options.
    SetOptions {
        /// The keys and their values.
        #[cfg_attr(feature = "ts", ts(type = "Record<string, unknown>"))]
        options: Map<String, Value>,
    },
    /// Only in `text.complete`: this is the text to keep.
    SetText {
        /// The text.
        text: String,
    },
    /// Only for `rozet_task`: what the model is answered.
    Answer {
        /// The answer.
        text: String,
        /// Whether the call was wrong.
        refused: bool,
        /// The task whose verdict is worth a short wait; then ask with `TaskVerdict`.
        awaits: Option<String>,
    },
    /// Delete a part of a message through OpenCode's API, in a later turn of the loop.
    RemovePart {
        /// The session.
        session_id: String,
        /// The message.
        message_id: String,
        /// The part.
        part_id: String,
    },
    /// Tell the person, once and quietly.
    Notice {
        /// How serious it is.
        level: NoticeLevel,
        /// One or two sentences: what is degraded and what to do.
        message: String,
    },
}

/// How serious a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum NoticeLevel {
    /// Good to know.
    Info,
    /// Something is missing.
    Warning,
}
