//! Runs one shell command for a check: own process group, bounded time and output, no secrets in its
//! environment. There is no sandbox here: only commands that the person's own OpenCode has run get here.

use rustix::process::{Pid, Signal, kill_process_group};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

/// Longest run.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes of each output stream that are kept: its end, where errors stand.
const KEPT_BYTES: usize = 2_000;
/// Wait for the output of what a killed command left behind.
const DRAIN: Duration = Duration::from_millis(500);

/// Variables that a check's command may see.
const PASSED_ON: [&str; 9] = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER", "SHELL", "TERM", "TZ"];

/// How a command ended.
#[derive(Debug)]
pub(super) struct Done {
    /// None when it was killed by a signal.
    pub(super) exit: Option<i32>,
    timed_out: bool,
    output: String,
}

impl Done {
    /// One line for a reader.
    pub(super) fn describe(&self) -> String {
        let ending = match self.exit {
            _ if self.timed_out => format!("killed after {} s", TIMEOUT.as_secs()),
            Some(code) => format!("exit code {code}"),
            None => "killed by a signal".to_owned(),
        };
        match self.output.trim() {
            "" => ending,
            output => format!("{ending}; output: {output}"),
        }
    }
}

/// Kills the command's group however this ends, also when its future is dropped.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Nobody left in the group is the usual case.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Runs `line` with `sh -c` in `workspace`.
///
/// # Errors
/// When the shell cannot be started there.
pub(super) async fn run(line: &str, workspace: &Path) -> std::io::Result<Done> {
    let mut command = Command::new("/bin/sh");
    command
        .arg("-c")
        .arg(line)
        .current_dir(workspace)
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| PASSED_ON.iter().any(|known| name == known)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    let mut child = command.spawn()?;
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let group = Group(pid);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let output = async {
        let (out, err) = tokio::join!(tail(stdout), tail(stderr));
        [out, err].concat()
    };
    tokio::pin!(output);
    let mut text = None;
    let waited = tokio::time::timeout(TIMEOUT, async {
        loop {
            tokio::select! {
                done = &mut output, if text.is_none() => text = Some(done),
                status = child.wait() => break status,
            }
        }
    })
    .await;
    // A grandchild may still hold the pipes: the group goes first, then what it wrote is collected.
    drop(group);
    if text.is_none() {
        text = tokio::time::timeout(DRAIN, output).await.ok();
    }
    let bytes = text.unwrap_or_default();
    let output = String::from_utf8_lossy(&bytes).into_owned();
    match waited {
        Ok(status) => Ok(Done { exit: status?.code(), timed_out: false, output }),
        Err(_) => Ok(Done { exit: None, timed_out: true, output }),
    }
}

/// Reads a stream to its end and keeps the last bytes.
async fn tail(stream: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let Some(mut stream) = stream else { return Vec::new() };
    let mut kept = Vec::new();
    let mut buffer = [0_u8; 4_096];
    while let Ok(count) = stream.read(&mut buffer).await {
        if count == 0 {
            break;
        }
        kept.extend_from_slice(buffer.get(..count).unwrap_or_default());
        if kept.len() > KEPT_BYTES {
            kept.drain(..kept.len() - KEPT_BYTES);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn much_output_is_bounded_and_its_end_kept() {
        let folder = tempfile::tempdir().unwrap();
        let done = run("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done", folder.path())
            .await
            .unwrap();
        assert_eq!(done.exit, Some(0));
        assert!(done.output.len() <= KEPT_BYTES);
        assert!(done.output.ends_with("line 19999\n"));
    }

    #[tokio::test]
    async fn a_child_left_behind_is_killed_and_does_not_hold_the_check() {
        let folder = tempfile::tempdir().unwrap();
        let began = std::time::Instant::now();
        let done = run("sleep 300 & echo $!", folder.path()).await.unwrap();
        assert_eq!(done.exit, Some(0));
        assert!(began.elapsed() < Duration::from_secs(20));
        let pid = Pid::from_raw(done.output.trim().parse().unwrap()).unwrap();
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        // A killed process may stay a zombie until whoever adopted it has noticed.
        let gone = || {
            let state =
                std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
            state.is_empty() || state.contains(") Z ")
        };
        while !gone() {
            assert!(std::time::Instant::now() < deadline, "the child survived");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    async fn secrets_are_not_passed_on() {
        let folder = tempfile::tempdir().unwrap();
        let done = run("env", folder.path()).await.unwrap();
        for line in done.output.lines() {
            let name = line.split('=').next().unwrap();
            assert!(PASSED_ON.contains(&name) || ["PWD", "SHLVL", "_", "OLDPWD"].contains(&name), "{name}");
        }
    }
}
