//! Asks: what agents want to be allowed, or to be told, by a person.

use serde::{Deserialize, Serialize};

/// Something that an agent waits for a person's word on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ask {
    /// OpenCode's id of it.
    pub ask_id: String,
    /// What sort of word is wanted.
    pub kind: AskKind,
    /// The session that asks.
    pub session_id: String,
    /// The session without a parent that it belongs to; itself, when it has none.
    pub root_session_id: String,
    /// The agent that asks, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub agent: Option<String>,
    /// The plan of `task_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub plan_id: Option<String>,
    /// The task that the session, or one above it, works at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub task_id: Option<String>,
    /// OpenCode's name of the permission, such as `bash` or `edit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub permission: Option<String>,
    /// What the permission is wanted for.
    pub patterns: Vec<String>,
    /// One line that says what is asked.
    pub title: String,
    /// The command that would run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub command: Option<String>,
    /// The file that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub path: Option<String>,
    /// What would be changed, as a unified diff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub diff: Option<String>,
    /// What a `question` asks; empty for a permission.
    pub questions: Vec<AskQuestion>,
    /// Milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub asked_at: i64,
    /// When it is denied for want of an answer, in milliseconds since 1970; none when it waits for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "number"))]
    pub expires_at: Option<i64>,
    /// Where it stands.
    pub state: AskState,
    /// What was answered: `once`, `always`, `reject`, or the answers to its questions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub answer: Option<String>,
    /// Who answered: `dashboard`, `cli`, `tui` or `sidecar`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub answered_by: Option<String>,
    /// Milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "number"))]
    pub answered_at: Option<i64>,
    /// Why it ended as it did, in words for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub reason: Option<String>,
}

/// The sorts of asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum AskKind {
    /// To be allowed something.
    #[default]
    Permission,
    /// To be told something.
    Question,
}

/// One question of an ask.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AskQuestion {
    /// The question.
    pub question: String,
    /// A word or two that stand for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub header: Option<String>,
    /// What may be chosen; empty when the answer is free.
    #[serde(default)]
    pub options: Vec<AskOption>,
    /// Whether several may be chosen.
    #[serde(default)]
    pub multiple: bool,
}

/// One choice of a question.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AskOption {
    /// What is answered when it is chosen.
    pub label: String,
    /// What it means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub description: Option<String>,
}

/// The states of an ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum AskState {
    /// Nobody has answered yet.
    Waiting,
    /// Somebody allowed it, once or always.
    Allowed,
    /// Somebody refused.
    Denied,
    /// Its questions were answered.
    Answered,
    /// Nobody answered in time, so it was refused.
    Expired,
    /// Whoever asked does not wait any more.
    Gone,
}

impl AskState {
    /// The word on screen and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Answered => "answered",
            Self::Expired => "expired",
            Self::Gone => "gone",
        }
    }
}

/// The answer of `GET /v1/asks`: those that wait first, the oldest of them first; then the others, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AskList {
    /// The asks.
    pub asks: Vec<Ask>,
}

/// The body of `POST /v1/asks/{ask_id}/answer`. One of `answer` and `answers` is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AskReply {
    /// For a permission; `reject` also declines a question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub answer: Option<AskAnswer>,
    /// For a question: what was chosen or written, question by question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub answers: Option<Vec<Vec<String>>>,
    /// What the agent is told with a `reject`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub message: Option<String>,
}

/// The answers to a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum AskAnswer {
    /// This once.
    Once,
    /// This, and what is like it for as long as OpenCode runs.
    Always,
    /// Not at all.
    Reject,
}

impl AskAnswer {
    /// The word on the wire, which is OpenCode's too.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Always => "always",
            Self::Reject => "reject",
        }
    }
}
