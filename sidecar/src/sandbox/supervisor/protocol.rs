//! What the sidecar and a supervisor say to each other: one line of JSON each way, the request on the supervisor's
//! standard input, reports on its standard output. What the command prints goes to its standard error.

use crate::sandbox::{Mechanism, Policy};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Longest request, in bytes.
pub(crate) const MAX_REQUEST_BYTES: u64 = 2 * 1024 * 1024;

/// What is to be run, and how. The input stays open after it: its end tells the supervisor to kill everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// For `sh -c`.
    pub(crate) command: String,
    /// An absolute path.
    pub(crate) workdir: PathBuf,
    /// All of the environment.
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) timeout_ms: u64,
    pub(crate) mechanism: Mechanism,
    pub(crate) policy: Policy,
}

/// A program that is to run beside the sidecar. Its environment is the supervisor's own: secrets stay out of here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
}

/// What a supervisor may be asked for.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Wanted {
    Server(Server),
    Command(Box<Request>),
}

/// What the supervisor says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "supervisor", rename_all = "snake_case")]
pub(crate) enum Report {
    /// The command runs in this process group.
    Started { group: i32 },
    /// Everything that the command started is gone.
    Ended(Ended),
    /// The command was not started.
    Failed { message: String },
    /// There is no such program.
    Missing,
}

/// How a command ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ended {
    /// As a shell says it: 128 and the signal's number when a signal ended it. None when it was killed from here.
    #[serde(default)]
    pub(crate) exit: Option<i32>,
    #[serde(default)]
    pub(crate) signal: Option<i32>,
    /// Why it was killed from here.
    #[serde(default)]
    pub(crate) killed: Option<Killed>,
    /// Processes that it left running, now killed.
    #[serde(default)]
    pub(crate) left_running: u32,
    /// Guarded files that it had changed, now as they were, relative to the workspace.
    #[serde(default)]
    pub(crate) restored: Vec<String>,
    /// Processes that do not end though they were killed.
    #[serde(default)]
    pub(crate) unkillable: u32,
}

/// Why a command was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Killed {
    TimedOut,
    Cancelled,
    TooManyProcesses,
    DiskFull,
}
