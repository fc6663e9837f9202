//! `down`.

use super::Context;
use crate::daemon;
use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::Instant;

/// Longest wait for a clean end; the daemon's own deadline is shorter.
const DEADLINE: Duration = Duration::from_secs(8);
/// Longest wait for a process that has given up its lock; one that nobody reaps stays as a zombie.
const LAST_MOMENT: Duration = Duration::from_millis(500);
/// Longest wait after a kill.
const KILL_DEADLINE: Duration = Duration::from_secs(2);

pub(super) async fn run(context: &mut Context) -> anyhow::Result<ExitCode> {
    let lock = context.folders.pid();
    let Some(pid) = daemon::is_running(&lock) else {
        context.out.line("rozet-sidecar is not running.");
        return Ok(ExitCode::SUCCESS);
    };
    let target = i32::try_from(pid).ok().and_then(Pid::from_raw).context("the pid file names no process")?;
    kill_process(target, Signal::TERM).with_context(|| format!("cannot stop process {pid}"))?;
    if ended(&lock, DEADLINE).await {
        // The lock goes a moment before the process.
        let _ = within(LAST_MOMENT, || test_kill_process(target).is_err()).await;
        context.out.line(&format!("rozet-sidecar (pid {pid}) has stopped."));
        return Ok(ExitCode::SUCCESS);
    }
    kill_process(target, Signal::KILL).with_context(|| format!("cannot kill process {pid}"))?;
    if !ended(&lock, KILL_DEADLINE).await {
        bail!("process {pid} does not end, not even when killed");
    }
    context.out.note(&format!(
        "rozet-sidecar (pid {pid}) did not stop in time and was killed; no event is lost by that."
    ));
    Ok(ExitCode::SUCCESS)
}

async fn ended(lock: &std::path::Path, deadline: Duration) -> bool {
    within(deadline, || daemon::is_running(lock).is_none()).await
}

async fn within(deadline: Duration, condition: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + deadline;
    while !condition() {
        if Instant::now() > deadline {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    true
}
