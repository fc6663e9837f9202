//! Filters, pages, and the frames of a stream.

use crate::event::StoredEvent;
use crate::session::{SessionState, SessionSummary};
use serde::{Deserialize, Serialize};

/// Which events are wanted. Values of one field are alternatives, fields narrow each other; an empty filter wants all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Sessions by their ids.
    pub sessions: Vec<String>,
    /// This session with all its descendants.
    pub subtree: Option<String>,
    /// The programs that speak, `source_app`.
    pub sources: Vec<String>,
    /// `hook_event_type`.
    pub types: Vec<String>,
    /// The tools that events are about.
    pub tools: Vec<String>,
    /// The tasks that events are about, `task_id`.
    pub tasks: Vec<String>,
    /// Not before this time, in milliseconds since 1970.
    pub from: Option<i64>,
    /// Not after this time, in milliseconds since 1970.
    pub to: Option<i64>,
    /// Words that all must occur; `"several words"` stand together, and a word that ends in `*` is a beginning.
    pub text: Option<String>,
}

/// Which part of what a filter wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventRange {
    /// Only events with a smaller id.
    pub before: Option<i64>,
    /// Only events with a larger id.
    pub after: Option<i64>,
    /// At most so many.
    pub limit: u32,
    /// Whether the newest come first.
    pub newest_first: bool,
}

/// A page of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventPage {
    /// In the order that was asked for.
    pub events: Vec<StoredEvent>,
    /// Where the next page begins: its `before` when the newest come first, else its `after`. None when there is no
    /// more. A page may be shorter than its limit, even empty, and still not be the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "number"))]
    pub next: Option<i64>,
    /// The newest event that there was, whether or not it was wanted; 0 when there was none.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub newest: i64,
}

/// Which sessions are wanted; fields narrow each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// What they are doing.
    pub state: Option<SessionState>,
    /// The program that first spoke of them.
    pub source: Option<String>,
    /// Their workspace.
    pub directory: Option<String>,
    /// Their agent.
    pub agent: Option<String>,
    /// The model that was last seen in them.
    pub model: Option<String>,
    /// The session that they are children of.
    pub parent: Option<String>,
    /// Only sessions without a parent.
    pub roots: bool,
    /// A part of their title or last prompt, whatever its case.
    pub text: Option<String>,
}

/// A page of sessions, the one with the newest event first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionPage {
    /// The sessions.
    pub sessions: Vec<SessionSummary>,
    /// The `before` of the next page; none when there is no more. A page may be shorter than its limit and not the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "number"))]
    pub next: Option<i64>,
}

/// What `GET /v1/stream` sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ReaderFrame {
    /// An event, in the order of ids.
    Event {
        /// The event.
        data: Box<StoredEvent>,
    },
    /// An event that was sent or stored before and has changed, by an answer to its question.
    Updated {
        /// The event as it is now.
        data: Box<StoredEvent>,
    },
    /// All that was stored has been sent: from here on events come as they are stored.
    Ready {
        /// What a stream that goes on from here asks for.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        after: i64,
    },
    /// The reader was too slow, and the stream ends: ask again from here.
    Resync {
        /// The `after` of the next stream.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        after: i64,
    },
}
