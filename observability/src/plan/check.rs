//! Criteria that a machine can judge, and what was seen when they were judged.

use serde::{Deserialize, Serialize};

/// A criterion of success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Check {
    /// The shell command exits with 0 in the workspace.
    Command {
        /// One line for `sh -c`.
        command: String,
    },
    /// The path exists.
    FileExists {
        /// Relative to the workspace.
        path: String,
    },
    /// The file has this text somewhere.
    FileContains {
        /// Relative to the workspace.
        path: String,
        /// The text, exactly.
        text: String,
    },
    /// The file is what it was when the work on the task began.
    FileUnchanged {
        /// Relative to the workspace.
        path: String,
    },
    /// Nothing but the task's own files was changed.
    OnlyTouched {
        /// What may be changed, relative to the workspace; a path with a trailing `/` stands for all below it.
        paths: Vec<String>,
    },
    /// Only a person can judge it.
    Manual {
        /// What the person is to judge.
        question: String,
    },
}

impl Check {
    /// One line for a reader, such as `hello.py exists`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Command { command } => format!("`{command}` exits 0"),
            Self::FileExists { path } => format!("{path} exists"),
            Self::FileContains { path, text } => format!("{path} contains `{text}`"),
            Self::FileUnchanged { path } => format!("{path} is unchanged"),
            Self::OnlyTouched { paths } => format!("nothing is changed but {}", paths.join(", ")),
            Self::Manual { question } => format!("a person confirms: {question}"),
        }
    }
}

/// The word of the one who did the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Claim {
    /// Who says so: a tool's name, `todo`, or an agent.
    pub by: String,
    /// What they say.
    pub statement: String,
    /// Milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub at: i64,
}

/// What the sidecar saw when it ran one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Evidence {
    /// The check.
    pub check: Check,
    /// What came of it.
    pub outcome: CheckOutcome,
    /// What was seen, or why nothing could be, in words for a person; bounded.
    pub detail: String,
    /// Milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub observed_at: i64,
    /// How long the check took, in milliseconds.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub duration_ms: u64,
    /// SHA-256 of the file that was looked at, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub sha256: Option<String>,
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// The criterion holds.
    Passed,
    /// It does not.
    Failed,
    /// Nobody could judge it; the detail says why.
    NotRun,
}
