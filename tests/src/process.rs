//! Child processes that cannot outlive a test: each leads its own process group and has a deadline.

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

/// What a finished process left behind.
#[derive(Debug)]
pub struct Finished {
    /// Exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// From start to end.
    pub elapsed: Duration,
}

impl Finished {
    /// Insists on exit code 0.
    ///
    /// # Errors
    /// With another code: the error carries the ends of both outputs.
    pub fn success(self) -> Result<Self> {
        if self.code == Some(0) {
            return Ok(self);
        }
        bail!("exit code {:?}\nstdout: {}\nstderr: {}", self.code, tail(&self.stdout), tail(&self.stderr))
    }
}

/// The last 4,000 characters of a text.
#[must_use]
pub fn tail(text: &str) -> &str {
    let start = text.char_indices().rev().nth(3_999).map_or(0, |(at, _)| at);
    text.get(start..).unwrap_or(text)
}

/// The processes of this machine that have an argument which `wanted` accepts; a zombie is none any more.
///
/// # Errors
/// When the list of processes cannot be read.
pub fn with_argument(wanted: impl Fn(&str) -> bool) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let Ok(pid) = entry?.file_name().to_string_lossy().parse::<u32>() else { continue };
        // A process may end while it is looked at. What a zombie was started with reads as empty.
        let Ok(line) = std::fs::read(format!("/proc/{pid}/cmdline")) else { continue };
        if line.split(|byte| *byte == 0).any(|argument| wanted(&String::from_utf8_lossy(argument))) {
            found.push(pid);
        }
    }
    Ok(found)
}

/// The processes with this variable in their environment and this argument.
///
/// # Errors
/// When the list of processes cannot be read.
pub fn with_environment(name: &str, value: &str, argument: &str) -> Result<Vec<u32>> {
    let variable = format!("{name}={value}");
    let has_it = |pid: &u32| {
        // Another person's process, or one that has just ended, is none of ours.
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|entry| entry == variable.as_bytes())
    };
    Ok(with_argument(|known| known == argument)?.into_iter().filter(has_it).collect())
}

/// Kills the whole group when dropped, unless its leader has ended by itself.
#[derive(Debug)]
pub struct Group {
    leader: Option<Pid>,
}

impl Group {
    /// Starts the command as the leader of a new process group.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn spawn(command: &mut Command) -> Result<(Self, Child)> {
        let child = command
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", command.as_std().get_program().display()))?;
        let leader = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        Ok((Self { leader }, child))
    }

    /// Forgets the group, because its leader has been waited for.
    pub fn ended(mut self) {
        self.leader = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader.take() {
            // The group may be gone already, and then there is nothing to kill.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

/// Runs a command to its end and keeps its output; standard input is empty.
///
/// # Errors
/// When it cannot start, or does not end in time: then its whole group has been killed.
pub async fn run(command: &mut Command, deadline: Duration) -> Result<Finished> {
    let start = Instant::now();
    let name = command.as_std().get_program().display().to_string();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (group, child) = Group::spawn(command)?;
    let Ok(output) = tokio::time::timeout(deadline, child.wait_with_output()).await else {
        bail!("{name} did not end within {deadline:?} and was killed");
    };
    let output = output.with_context(|| format!("cannot read from {name}"))?;
    group.ended();
    Ok(Finished {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        elapsed: start.elapsed(),
    })
}

/// Whether a process of that id exists.
#[must_use]
pub fn is_alive(pid: u32) -> bool {
    Pid::from_raw(pid.cast_signed()).is_some_and(|pid| test_kill_process(pid).is_ok())
}

/// Sends SIGKILL to one process; one that is gone already is no error.
pub fn kill(pid: u32) {
    if let Some(pid) = Pid::from_raw(pid.cast_signed()) {
        let _ = kill_process(pid, Signal::KILL);
    }
}
