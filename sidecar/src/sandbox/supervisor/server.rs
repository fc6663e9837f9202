//! A program that the daemon needs beside itself: neither confined nor limited, but gone when the daemon is.

use super::protocol::{Ended, Report, Server};
use super::{processes, say};
use rustix::process::{Pid, Signal, kill_process_group};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Between two looks when nothing is heard: orphans that have ended are taken note of.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Runs it with this process's own folder and environment, until it ends or the standard input does.
pub(super) fn keep(server: &Server) -> Report {
    if let Err(report) = super::adopt_orphans() {
        return report;
    }
    let mut command = Command::new(&server.program);
    command.args(&server.arguments).stdin(Stdio::null()).stdout(Stdio::null()).process_group(0);
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Report::Missing,
        Err(error) => return Report::Failed { message: error.to_string() },
    };
    let Some(child) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
        return Report::Failed { message: "the program has no process number".to_owned() };
    };
    say(&Report::Started { group: child.as_raw_nonzero().get() });
    let handle = super::end_of(child);
    let mut ended = Ended::default();
    loop {
        if let Some((_, status)) = processes::reap().ended.iter().find(|(pid, _)| *pid == child) {
            (ended.exit, ended.signal) = (status.exit_status(), status.terminating_signal());
            break;
        }
        if super::wait_for_change(handle.as_ref(), LOOK_EVERY) {
            break;
        }
    }
    let _ = kill_process_group(child, Signal::KILL);
    (ended.left_running, ended.unkillable) = processes::kill_all();
    Report::Ended(ended)
}
