//! `write_file`.

use super::arguments::Arguments;
use super::context::ToolContext;
use super::{ToolError, ToolOutput, blocking, changing, workspace};
use serde_json::json;

/// Largest file that is written, in bytes.
pub(super) const MAX_BYTES: usize = 4 * 1024 * 1024;

pub(super) async fn call(arguments: Arguments<'_>, context: &ToolContext) -> Result<ToolOutput, ToolError> {
    let path = arguments.text("path")?;
    let content = arguments.text("content")?;
    if content.len() > MAX_BYTES {
        return Err(ToolError::Arguments(format!(
            "write_file: `content` has {} bytes, at most {MAX_BYTES} are written: write less, or let a program make it",
            content.len()
        )));
    }
    let target = {
        let (context, path) = (context.clone(), path.clone());
        blocking(move || context.target(&path)).await?
    };
    let name = workspace::text(&target.path);
    let expected = context.shared.last_seen(&target.path);
    if target.exists && expected.is_none() {
        return Err(ToolError::Refused(format!("{name} exists and you have not read it: read it first")));
    }
    context.leases.write(&name).await?;
    let _writing = context.shared.writing.lock().await;
    let (lines, bytes) = (content.lines().count(), content.len());
    let exists = target.exists;
    changing(context, move |context| {
        let expected = expected.filter(|_| target.exists);
        context.replace(&target.path, content.as_bytes(), expected.as_ref()).map(|_| ())
    })
    .await?;
    let what = if exists { "wrote over" } else { "made" };
    Ok(ToolOutput {
        output: format!("{what} {name}: {lines} lines, {bytes} bytes"),
        title: format!("{what} {name}"),
        sandboxed: None,
        metadata: json!({"path": name, "bytes": bytes, "lines": lines, "created": !exists}),
    })
}
