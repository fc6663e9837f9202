//! What travels between the plugin and the sidecar besides events.

use crate::plan::{Plan, Task};
use serde::{Deserialize, Serialize};

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
}

/// The immediate answer to a [`PlanRequest`]; the plan follows on the link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PlanAccepted {
    /// The plan to expect.
    pub plan_id: String,
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
    /// Frames were lost because the reader was slow: it should ask for its plans anew.
    Resync,
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
