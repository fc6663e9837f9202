//! What a worker can do with files and commands: one implementation for both workers and for OpenCode's own agents.

use crate::settings::SandboxMode;
use serde::Serialize;
use serde_json::Value;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use thiserror::Error;
use tokio_util::sync::CancellationToken;

/// A future that a trait object can return.
pub(crate) type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The right to write files, held for as long as the task is under way.
pub(crate) trait Leases: Send + Sync {
    /// Asks for the right to write this path, relative to the workspace with `/` between names. Called before every
    /// write; what the file is then can be kept for undoing.
    fn write<'a>(&'a self, path: &'a str) -> Pending<'a, Result<(), ToolError>>;
}

/// Where and within which limits tools work. Cheap to clone; clones share what was read so far.
#[derive(Clone)]
pub(crate) struct ToolContext {
    /// The workspace, an absolute path without links in it.
    pub(crate) root: PathBuf,
    pub(crate) leases: Arc<dyn Leases>,
    pub(crate) sandbox: SandboxMode,
    pub(crate) network: bool,
    pub(crate) cancel: CancellationToken,
}

/// A tool, as a model is told of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ToolDefinition {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    /// JSON Schema of the arguments.
    pub(crate) parameters: Value,
}

/// What a tool call brought.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ToolOutput {
    /// For the model; bounded.
    pub(crate) output: String,
    /// One line for a person.
    pub(crate) title: String,
    /// Whether it ran in an enforced sandbox; none for tools that run nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sandboxed: Option<bool>,
    /// Exit code, signal, counts, paths: what depends on the tool.
    pub(crate) metadata: Value,
}

/// Why a tool call failed, in words that the model can act on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ToolError {
    /// The tool or its arguments make no sense.
    #[error("{0}")]
    Arguments(String),
    /// It is not allowed.
    #[error("{0}")]
    Refused(String),
    /// It was tried and did not work.
    #[error("{0}")]
    Failed(String),
    /// The work was ended.
    #[error("cancelled")]
    Cancelled,
}
