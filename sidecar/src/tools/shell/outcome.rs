//! How a command went, in the words of whom it is for.

use super::capture::Captured;
use crate::sandbox::Mechanism;
use crate::sandbox::supervisor::{Ended, Killed};
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

/// How a command went.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CommandOutcome {
    /// As a shell says it, 128 and the number for a signal; none when it was killed from here.
    pub(crate) exit: Option<i32>,
    pub(crate) signal: Option<i32>,
    /// Why it was killed from here.
    pub(crate) killed: Option<Killed>,
    pub(crate) duration: Duration,
    /// Whether it was confined.
    pub(crate) sandboxed: bool,
    pub(crate) mechanism: Mechanism,
    /// Bytes that it printed.
    pub(crate) bytes: u64,
    /// All that it printed, up to 16 MiB, when that is more than is shown.
    pub(crate) file: Option<PathBuf>,
    /// Processes that were still running when it ended.
    pub(crate) left_running: u32,
    /// Guarded files that were put back.
    pub(crate) restored: Vec<String>,
    unkillable: u32,
    head: String,
    tail: String,
    left_out: u64,
    not_in_file: u64,
    timeout: Duration,
}

impl CommandOutcome {
    pub(super) fn new(
        ended: Ended,
        captured: Captured,
        mechanism: Mechanism,
        duration: Duration,
        timeout: Duration,
    ) -> Self {
        Self {
            exit: ended.exit,
            signal: ended.signal,
            killed: ended.killed,
            duration,
            sandboxed: mechanism != Mechanism::None,
            mechanism,
            bytes: captured.bytes,
            file: captured.file,
            left_running: ended.left_running,
            restored: ended.restored,
            unkillable: ended.unkillable,
            head: captured.head,
            tail: captured.tail,
            left_out: captured.left_out,
            not_in_file: captured.not_in_file,
            timeout,
        }
    }

    /// The end of what it printed, at most so many bytes.
    pub(crate) fn tail(&self, bytes: usize) -> &str {
        let text = if self.left_out > 0 { &self.tail } else { &self.head };
        let mut from = text.len().saturating_sub(bytes);
        while !text.is_char_boundary(from) {
            from += 1;
        }
        text.get(from..).unwrap_or_default()
    }

    /// How it ended, in a few words.
    pub(crate) fn ending(&self) -> String {
        match (self.killed, self.exit, self.signal) {
            (Some(Killed::TimedOut), ..) => format!("killed after {}", seconds(self.timeout)),
            (Some(Killed::Cancelled), ..) => "killed: cancelled".to_owned(),
            (Some(Killed::TooManyProcesses), ..) => "killed: it started more than 512 processes".to_owned(),
            (Some(Killed::DiskFull), ..) => "killed: it left less than 256 MiB of the disk free".to_owned(),
            (None, _, Some(signal)) => format!("killed by a signal: {}", name(signal)),
            (None, Some(exit), None) => format!("exit code {exit}"),
            (None, None, None) => "ended in an unknown way".to_owned(),
        }
    }

    /// What it printed and how it ended; bounded.
    pub(super) fn for_model(&self) -> String {
        let mut text = self.head.clone();
        if self.left_out > 0 {
            let _ = write!(text, "\n[… {} bytes left out", self.left_out);
            match (&self.file, self.not_in_file) {
                (Some(file), 0) => {
                    let _ = write!(text, "; everything is in {}", file.display());
                }
                (Some(file), dropped) => {
                    let _ = write!(text, "; all but the last {dropped} bytes is in {}", file.display());
                }
                (None, _) => text.push_str(", they are not kept"),
            }
            text.push_str(" …]\n");
            text.push_str(&self.tail);
        }
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        let mut notes = vec![format!("{} in {}", self.ending(), seconds(self.duration))];
        if self.left_running > 0 {
            notes.push(format!("{} processes that it left running were killed", self.left_running));
        }
        if self.unkillable > 0 {
            notes.push(format!("{} of its processes do not end though they were killed", self.unkillable));
        }
        if !self.restored.is_empty() {
            let names: Vec<&str> = self.restored.iter().map(String::as_str).take(5).collect();
            notes.push(format!("{} may not be changed and was put back", names.join(", ")));
        }
        if !self.sandboxed {
            notes.push("it did not run in a sandbox".to_owned());
        }
        let _ = write!(text, "[{}]", notes.join("; "));
        text
    }
}

fn seconds(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

fn name(signal: i32) -> String {
    let known = match signal {
        2 => "SIGINT",
        6 => "SIGABRT",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        25 if cfg!(target_os = "linux") => "SIGXFSZ, a file grew over 1 GiB",
        _ => return signal.to_string(),
    };
    format!("{signal} ({known})")
}
