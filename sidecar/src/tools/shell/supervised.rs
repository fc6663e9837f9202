//! The sidecar's end of a supervisor.

use super::capture::Capture;
use super::outcome::CommandOutcome;
use crate::sandbox::supervisor::{Ended, Killed, Report, Request};
use crate::tools::ToolError;
use crate::tools::context::ToolContext;
use rustix::process::{Pid, Signal, kill_process_group};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{ChildStdin, ChildStdout, Command};

/// Over the command's own time, for a supervisor to kill and report; then it is killed itself.
const GRACE: Duration = Duration::from_secs(20);
/// Wait for the last output when everything has ended.
const DRAIN: Duration = Duration::from_millis(500);
const BUFFER_BYTES: usize = 64 * 1024;

/// Runs it. When this future is dropped the command is killed, and is under way in `context` until it is gone.
pub(super) async fn run(
    request: Request,
    timeout: Duration,
    context: &ToolContext,
) -> Result<CommandOutcome, ToolError> {
    let cancel = context.cancel.child_token();
    let _killed_when_dropped = cancel.clone().drop_guard();
    let own = ToolContext { cancel, ..context.clone() };
    let command = async move { supervise(&request, timeout, &own).await };
    match context.shared.under_way.spawn(command).await {
        Ok(outcome) => outcome,
        Err(_) => Err(ToolError::Failed("the command could not be watched to its end".to_owned())),
    }
}

async fn supervise(
    request: &Request,
    timeout: Duration,
    context: &ToolContext,
) -> Result<CommandOutcome, ToolError> {
    let began = Instant::now();
    let host = &context.shared.host;
    let failed =
        |error: std::io::Error| ToolError::Failed(format!("the command could not be started: {error}"));
    let mut line = serde_json::to_vec(request).map_err(|error| failed(error.into()))?;
    line.push(b'\n');
    let mut supervisor = Command::new(&host.program)
        .args(&host.arguments)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // An interrupt at the terminal is for the daemon, which ends its commands in order.
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let (Some(mut stdin), Some(stdout), Some(stderr)) =
        (supervisor.stdin.take(), supervisor.stdout.take(), supervisor.stderr.take())
    else {
        return Err(ToolError::Failed("the command could not be started: it has no pipes".to_owned()));
    };
    stdin.write_all(&line).await.map_err(failed)?;
    // Once the lifeline is dropped the supervisor kills everything.
    let mut capture = Capture::default();
    let mut lifeline = Some(stdin);
    let mut reports = BufReader::new(stdout).lines();
    let report = {
        let output = read_output(stderr, &mut capture, context);
        let ending = follow(&mut reports, &mut lifeline, timeout, context);
        tokio::pin!(output, ending);
        let mut all_read = false;
        let report = loop {
            tokio::select! {
                report = &mut ending => break report,
                () = &mut output, if !all_read => all_read = true,
            }
        };
        if !all_read {
            // A process that cannot be killed may hold the pipe.
            let _ = tokio::time::timeout(DRAIN, output).await;
        }
        report
    };
    drop(lifeline);
    let ended = match report {
        Some(ended) => ended?,
        None => {
            // It did not say how it ended: nothing is left to wait for, and it must not stay.
            let _ = supervisor.start_kill();
            return Err(ToolError::Failed(
                "the process that watches the command ended unexpectedly".to_owned(),
            ));
        }
    };
    // Its end is a matter of microseconds now; nobody else waits for it.
    let _ = tokio::time::timeout(DRAIN, supervisor.wait()).await;
    if ended.killed == Some(Killed::Cancelled) || context.cancel.is_cancelled() {
        return Err(ToolError::Cancelled);
    }
    let captured = capture.finish().await;
    Ok(CommandOutcome::new(ended, captured, request.mechanism, began.elapsed(), timeout))
}

async fn read_output(mut stderr: impl AsyncRead + Unpin, capture: &mut Capture, context: &ToolContext) {
    let mut buffer = vec![0_u8; BUFFER_BYTES];
    while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
        capture.push(buffer.get(..count).unwrap_or_default(), &context.shared.host).await;
    }
}

/// Follows the reports to the last; none when there is none. Cancelling closes the lifeline.
async fn follow(
    reports: &mut Lines<BufReader<ChildStdout>>,
    lifeline: &mut Option<ChildStdin>,
    timeout: Duration,
    context: &ToolContext,
) -> Option<Result<Ended, ToolError>> {
    let deadline = tokio::time::sleep(timeout + GRACE);
    tokio::pin!(deadline);
    let mut group = Group::default();
    loop {
        let line = tokio::select! {
            line = reports.next_line() => line.ok().flatten(),
            () = context.cancel.cancelled(), if lifeline.is_some() => {
                *lifeline = None;
                continue;
            }
            () = &mut deadline => None,
        };
        match serde_json::from_str::<Report>(&line?) {
            Ok(Report::Started { group: id }) => group.0 = Pid::from_raw(id),
            Ok(Report::Ended(ended)) => {
                group.0 = None;
                return Some(Ok(ended));
            }
            Ok(Report::Failed { message }) => {
                return Some(Err(ToolError::Failed(format!("the command was not started: {message}"))));
            }
            // Said of servers; anything else that the program prints is none of ours.
            Ok(Report::Missing) | Err(_) => {}
        }
    }
}

/// Kills the command's group when the supervisor went without a word.
#[derive(Default)]
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Nobody left in the group is the usual case.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
