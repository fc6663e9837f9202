//! What travels between the plugin and the sidecar besides events.

use crate::plan::{Plan, Task};
use crate::run::RunNotice;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The body of `POST /v1/plans`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PlanRequest {
    /// Chosen by the one who asks; asking twice with the same id is one request.
    pub plan_id: String,
    /// The session whose prompt it is.
    pub session_id: String,
    /// The workspace, an absolute path.
    pub directory: String,
    /// The prompt.
    pub text: String,
    /// Why the gate wants a plan.
    pub gate_reason: String,
    /// The program that asks; the plan's events carry its name. The sidecar's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub source_app: Option<String>,
    /// OpenCode's agent, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub agent: Option<String>,
    /// The session's model as `provider/model`, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub session_model: Option<String>,
    /// At most this many tasks; the sidecar's setting when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub max_tasks: Option<u32>,
    /// The producer whose link leads to the session's OpenCode, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub producer: Option<String>,
    /// A provider for this request alone, over every setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub provider: Option<String>,
    /// A model for this request alone, over every setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub model: Option<String>,
    /// A settings file for this request alone, an absolute path, in place of the project's and the person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub config: Option<String>,
    /// Whether workers are to carry the plan out as soon as it is there; the sidecar's setting when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub execute: Option<bool>,
}

/// The immediate answer to a [`PlanRequest`]; the plan follows on the link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PlanAccepted {
    /// The plan to expect.
    pub plan_id: String,
}

/// The answer of `POST /v1/plans/{plan_id}/cancel`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PlanCancelled {
    /// The plan.
    pub plan_id: String,
    /// Whether it was in the making; a plan that is ready, or was never asked for, stays as it is.
    pub cancelled: bool,
}

/// One frame of the stream `GET /v1/link`, as the data of a server-sent event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LinkFrame {
    /// The first frame of every connection.
    Hello {
        /// The sidecar's version.
        version: String,
        /// [`crate::PROTOCOL_VERSION`] of the sidecar.
        protocol: u32,
    },
    /// A plan is ready, or is repeated to one who came late.
    Plan {
        /// The whole plan.
        plan: Plan,
    },
    /// A task of a known plan changed.
    Task {
        /// Its plan.
        plan_id: String,
        /// Its session.
        session_id: String,
        /// The whole task.
        task: Task,
    },
    /// Workers carry a session's plan out, or have ended.
    Run {
        /// What its session is told.
        run: RunNotice,
    },
    /// The sidecar wants OpenCode's own API called; the reader answers with `POST /v1/link/answers`.
    Call {
        /// The call.
        call: OpenCodeCall,
    },
    /// Frames were lost because the reader was slow: it should ask for its plans anew.
    Resync,
}

/// One request to OpenCode's REST API, for a plugin to make in its own process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct OpenCodeCall {
    /// Chosen by the sidecar; the answer repeats it.
    pub id: String,
    /// The HTTP method.
    pub method: CallMethod,
    /// The path, such as `/session`, without host and query.
    pub path: String,
    /// The JSON body, when the call has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "unknown"))]
    pub body: Option<Value>,
    /// Longest wait for OpenCode's answer, in milliseconds.
    pub timeout_ms: u32,
}

/// The methods that calls use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "UPPERCASE")]
pub enum CallMethod {
    /// Reads.
    Get,
    /// Makes or acts.
    Post,
    /// Removes.
    Delete,
}

/// The body of `POST /v1/link/answers`: what came of an [`OpenCodeCall`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CallAnswer {
    /// The call.
    pub id: String,
    /// OpenCode's HTTP status; 0 when the call could not be made, or is not one that the plugin makes.
    pub status: u16,
    /// OpenCode's answer, decoded; null when it had none.
    #[cfg_attr(feature = "ts", ts(type = "unknown"))]
    pub body: Value,
    /// Why the call could not be made, in words for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub error: Option<String>,
}

/// What the sidecar writes for others to find it: the file `sidecar.json`, also the answer of `GET /health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SidecarInfo {
    /// Always `ok` from a running sidecar.
    pub status: String,
    /// Always `rozet-sidecar`; tells another program on the port apart.
    pub name: String,
    /// The sidecar's version.
    pub version: String,
    /// [`crate::PROTOCOL_VERSION`] of the sidecar.
    pub protocol: u32,
    /// Process id.
    pub pid: u32,
    /// Where the API answers, such as `http://127.0.0.1:4000`.
    pub url: String,
    /// Where the dashboard answers, when that is another port.
    pub dashboard_url: String,
    /// Milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub started_at: i64,
}
