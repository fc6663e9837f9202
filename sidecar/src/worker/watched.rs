//! A tool call that whoever watches the attempt is told of.

use super::Overseer;
use super::activity::line;
use crate::tools::{self, ToolContext, ToolError, ToolOutput};
use serde_json::Value;

/// Makes a call of an OpenCode session that works at a task, as that attempt's own.
///
/// # Errors
/// What the tool says; and when the attempt gets nowhere, which ends it.
pub(crate) async fn watched_call(
    overseer: &dyn Overseer,
    name: &str,
    arguments: &Value,
    context: &ToolContext,
) -> Result<ToolOutput, ToolError> {
    overseer.activity(line(name, Some(arguments)));
    let answer = Box::pin(tools::call(name, arguments, context)).await;
    let outcome = match &answer {
        Ok(output) => {
            if let Some(sandboxed) = output.sandboxed {
                overseer.ran(sandboxed);
            }
            output.output.clone()
        }
        Err(error) => error.to_string(),
    };
    match overseer.stepped(&format!("{name} {arguments}"), &outcome) {
        Ok(()) => answer,
        Err(stopped) => Err(ToolError::Refused(format!("this work was ended: {stopped}"))),
    }
}
