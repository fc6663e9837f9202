//! What a worker can do with files and commands: one implementation for both workers and for OpenCode's own agents.

mod arguments;
mod context;
mod definitions;
mod edit;
mod fingerprint;
mod host;
mod list;
mod read;
mod replace;
mod search;
mod shell;
mod similar;
mod walk;
mod workspace;
mod write;

pub(crate) use context::{ReadOnly, ToolContext};
pub(crate) use definitions::definitions;
pub(crate) use host::Host;
pub(crate) use shell::{CommandOutcome, run_command};

use arguments::Arguments;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::future::Future;
use std::pin::Pin;
use thiserror::Error;

/// A future that a trait object can return.
pub(crate) type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The right to write files, held for as long as the task is under way.
pub(crate) trait Leases: Send + Sync {
    /// Asks for the right to write this path, relative to the workspace with `/` between names. Called before every
    /// write; what the file is then can be kept for undoing.
    fn write<'a>(&'a self, path: &'a str) -> Pending<'a, Result<(), ToolError>>;
}

/// A tool, as a model is told of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

/// Calls a tool.
///
/// # Errors
/// In words that the model can act on.
pub(crate) async fn call(
    name: &str,
    arguments: &Value,
    context: &ToolContext,
) -> Result<ToolOutput, ToolError> {
    if context.cancel.is_cancelled() {
        return Err(ToolError::Cancelled);
    }
    match name {
        "read_file" => read::call(Arguments::of("read_file", arguments)?, context).await,
        "write_file" => write::call(Arguments::of("write_file", arguments)?, context).await,
        "edit_file" => edit::call(Arguments::of("edit_file", arguments)?, context).await,
        "list_files" => list::call(Arguments::of("list_files", arguments)?, context).await,
        "search" => search::call(Arguments::of("search", arguments)?, context).await,
        "execute_bash" => shell::call(Arguments::of("execute_bash", arguments)?, context).await,
        _ => {
            let known: Vec<&str> = definitions().iter().map(|tool| tool.name).collect();
            let name: String = name.chars().take(60).collect();
            Err(ToolError::Arguments(format!(
                "there is no tool `{name}`; the tools are {}",
                known.join(", ")
            )))
        }
    }
}

/// Runs file work where it may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ToolError> + Send + 'static,
) -> Result<T, ToolError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(broke_down()))
}

/// Changes files where it may block; it is under way until it is done, whoever waits for it.
async fn changing<T: Send + 'static>(
    context: &ToolContext,
    work: impl FnOnce(&ToolContext) -> Result<T, ToolError> + Send + 'static,
) -> Result<T, ToolError> {
    let own = context.clone();
    let changed = context.shared.under_way.spawn_blocking(move || work(&own)).await;
    changed.unwrap_or_else(|_| Err(broke_down()))
}

fn broke_down() -> ToolError {
    ToolError::Failed("the tool broke down: try it another way".to_owned())
}

/// Cuts text after so many characters, and says so.
fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
