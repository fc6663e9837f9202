//! `execute_bash`, and commands that checks run: confined, bounded in time, output and processes, with nothing of
//! them left running.

mod capture;
mod outcome;
mod readable;
mod supervised;

pub(crate) use outcome::CommandOutcome;

use super::arguments::Arguments;
use super::context::ToolContext;
use super::{ToolError, ToolOutput, blocking, cut};
use crate::sandbox::supervisor::{Killed, Request};
use crate::sandbox::{self, Mechanism, Policy};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a command may take when it is not said, and at most.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);
const MAX_TIMEOUT: Duration = Duration::from_secs(600);
/// Longest command line, in bytes: more than the system passes on.
const MAX_COMMAND_BYTES: usize = 120 * 1024;

pub(super) async fn call(arguments: Arguments<'_>, context: &ToolContext) -> Result<ToolOutput, ToolError> {
    let line = arguments.text("command")?;
    let timeout = arguments.number("timeout_ms")?.map_or(DEFAULT_TIMEOUT, Duration::from_millis);
    let timeout = timeout.clamp(Duration::from_millis(1), MAX_TIMEOUT);
    let workdir = match arguments.optional_text("workdir")? {
        Some(path) => {
            let context = context.clone();
            blocking(move || folder(&path, &context)).await?
        }
        None => context.root.clone(),
    };
    let outcome = run(&line, &workdir, context, timeout).await?;
    Ok(ToolOutput {
        output: outcome.for_model(),
        title: format!("ran {}", cut(&line.replace('\n', " "), 80)),
        sandboxed: Some(outcome.sandboxed),
        metadata: json!({"exit_code": outcome.exit, "signal": outcome.signal, "killed": outcome.killed,
            "timed_out": outcome.killed == Some(Killed::TimedOut), "bytes": outcome.bytes,
            "output_path": outcome.file, "left_running": outcome.left_running, "restored": outcome.restored,
            "duration_ms": u64::try_from(outcome.duration.as_millis()).unwrap_or(u64::MAX),
            "sandbox": outcome.mechanism}),
    })
}

fn folder(path: &str, context: &ToolContext) -> Result<PathBuf, ToolError> {
    let real = context.real(&context.relative(path)?)?;
    let metadata = context.shared.folder.metadata(&real).map_err(|error| context.explain(&real, &error))?;
    if metadata.is_dir() {
        Ok(if real == Path::new(".") { context.root.clone() } else { context.root.join(real) })
    } else {
        Err(ToolError::Arguments(format!("execute_bash: `workdir` {} is not a folder", real.display())))
    }
}

/// Runs `line` with a shell in the workspace.
///
/// # Errors
/// When it is not allowed, cannot be started, or the work is cancelled; nothing of it runs any more then.
pub(crate) async fn run_command(
    line: &str,
    context: &ToolContext,
    timeout: Duration,
) -> Result<CommandOutcome, ToolError> {
    run(line, &context.root, context, timeout).await
}

async fn run(
    line: &str,
    workdir: &Path,
    context: &ToolContext,
    timeout: Duration,
) -> Result<CommandOutcome, ToolError> {
    if line.trim().is_empty() || line.len() > MAX_COMMAND_BYTES || line.contains('\0') {
        return Err(ToolError::Arguments(format!(
            "the command must be 1 to {MAX_COMMAND_BYTES} bytes of text: put a longer one into a file"
        )));
    }
    let host = &context.shared.host;
    let mechanism = match (context.sandbox, host.mechanism) {
        (crate::settings::SandboxMode::Off, _) => Mechanism::None,
        (_, Some(forced)) => forced,
        (mode, None) => sandbox::choose(mode).map_err(ToolError::Refused)?,
    };
    let temporary = &context.shared.temporary.path;
    let mut environment = host.environment.clone();
    let seen_as = if mechanism == Mechanism::Bwrap { Path::new("/tmp") } else { temporary.as_path() };
    environment.insert("TMPDIR".to_owned(), seen_as.to_string_lossy().into_owned());
    let request = Request {
        command: line.to_owned(),
        workdir: workdir.to_owned(),
        environment,
        timeout_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
        mechanism,
        policy: Policy {
            workspace: context.root.clone(),
            temporary: temporary.clone(),
            hidden: host.hidden.clone(),
            shown: vec![host.outputs.clone()],
            network: context.network,
        },
    };
    supervised::run(request, timeout, context).await
}

#[cfg(test)]
mod tests;
