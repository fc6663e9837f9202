//! The tools of the loop.

use crate::tools::{self, Pending, ToolContext, ToolDefinition, ToolError, ToolOutput};
use serde_json::Value;

/// What the loop may call.
pub(crate) trait Tools: Send + Sync {
    /// The tools, as the model is told of them.
    fn definitions(&self) -> Vec<ToolDefinition>;

    /// Whether a call of it changes nothing, so that several may run at once.
    fn only_reads(&self, name: &str) -> bool;

    /// Calls one.
    fn call<'a>(
        &'a self,
        name: &'a str,
        arguments: &'a Value,
        context: &'a ToolContext,
    ) -> Pending<'a, Result<ToolOutput, ToolError>>;
}

/// The tools of the daemon.
pub(crate) struct Toolbox;

impl Tools for Toolbox {
    fn definitions(&self) -> Vec<ToolDefinition> {
        tools::definitions()
    }

    fn only_reads(&self, name: &str) -> bool {
        matches!(name, "read_file" | "list_files" | "search")
    }

    fn call<'a>(
        &'a self,
        name: &'a str,
        arguments: &'a Value,
        context: &'a ToolContext,
    ) -> Pending<'a, Result<ToolOutput, ToolError>> {
        Box::pin(tools::call(name, arguments, context))
    }
}
