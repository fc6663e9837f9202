//! Finds and kills everything that descends from this process. As its orphans' new parent (the "subreaper" of Linux)
//! this process loses no descendant, whatever sessions and groups they move to.

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, getpid, kill_process, wait};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Longest wait for killed processes to be gone.
const DEADLINE: Duration = Duration::from_secs(10);

/// Children that have ended, taken off the system's list.
pub(super) struct Reaped {
    pub(super) ended: Vec<(Pid, WaitStatus)>,
    /// Whether no child is left, and so no descendant.
    pub(super) none_left: bool,
}

/// Takes note of children that have ended; never waits.
pub(super) fn reap() -> Reaped {
    let mut ended = Vec::new();
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(child)) => ended.push(child),
            Ok(None) => return Reaped { ended, none_left: false },
            Err(Errno::INTR) => {}
            Err(_) => return Reaped { ended, none_left: true },
        }
    }
}

/// Kills every descendant until none is left; returns how many there were at first, and how many do not end.
pub(super) fn kill_all() -> (u32, u32) {
    let deadline = Instant::now() + DEADLINE;
    let mut first = None;
    loop {
        if reap().none_left {
            return (first.unwrap_or(0), 0);
        }
        let found = descendants();
        for process in &found {
            process.kill();
        }
        let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
        first.get_or_insert(count);
        if Instant::now() > deadline {
            return (first.unwrap_or(0), count);
        }
        // Killed processes are gone in well under this; polling nothing is a wait.
        let pause = rustix::event::Timespec { tv_sec: 0, tv_nsec: 500_000 };
        let _ = rustix::event::poll(&mut [], Some(&pause));
    }
}

/// A process as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    pid: Pid,
    parent: i32,
    /// Tells a process from a later one with the same number.
    #[cfg(target_os = "linux")]
    started: u64,
}

impl Process {
    #[cfg(target_os = "linux")]
    fn kill(&self) {
        use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};
        if self.parent == getpid().as_raw_nonzero().get() {
            // Our own child keeps its number until we take note of its end.
            let _ = kill_process(self.pid, Signal::KILL);
            return;
        }
        let Ok(handle) = pidfd_open(self.pid, PidfdFlags::empty()) else { return };
        if look(self.pid).is_some_and(|now| now.started == self.started) {
            let _ = pidfd_send_signal(&handle, Signal::KILL);
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn kill(&self) {
        let _ = kill_process(self.pid, Signal::KILL);
    }
}

/// How many processes descend from this one.
pub(super) fn count() -> usize {
    descendants().len()
}

fn descendants() -> Vec<Process> {
    let mut of_parent: BTreeMap<i32, Vec<Process>> = BTreeMap::new();
    for process in all() {
        of_parent.entry(process.parent).or_default().push(process);
    }
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut parents = vec![getpid().as_raw_nonzero().get()];
    while let Some(parent) = parents.pop() {
        if !seen.insert(parent) {
            continue;
        }
        for process in of_parent.remove(&parent).unwrap_or_default() {
            parents.push(process.pid.as_raw_nonzero().get());
            found.push(process);
        }
    }
    found
}

#[cfg(target_os = "linux")]
fn all() -> Vec<Process> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| look(Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?)).collect()
}

/// What the system says of one process now; its ended ones count until their parent takes note.
#[cfg(target_os = "linux")]
fn look(pid: Pid) -> Option<Process> {
    let text = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    // The name may have spaces and parentheses; the fields after it are numbered from 3.
    let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
    let number = |index: usize| fields.get(index - 3).copied();
    if number(3)? == "Z" {
        return None;
    }
    Some(Process { pid, parent: number(4)?.parse().ok()?, started: number(22)?.parse().ok()? })
}

/// The system has no list in its file tree: `ps` prints it. A process that has lost its parent is not found here.
#[cfg(not(target_os = "linux"))]
fn all() -> Vec<Process> {
    let printed = std::process::Command::new("/bin/ps").args(["-axo", "pid=,ppid="]).output();
    let text = printed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let line = |line: &str| {
        let mut numbers = line.split_whitespace();
        let (pid, parent) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
        Some(Process { pid: Pid::from_raw(pid)?, parent })
    };
    text.lines().filter_map(line).collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_from_its_line() {
        let own = look(getpid()).unwrap();
        assert_eq!(own.pid, getpid());
        assert_eq!(Some(own.parent), rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get()));
        assert_eq!(look(getpid()), Some(own));
    }

    #[test]
    fn descendants_are_found() {
        let mut child =
            std::process::Command::new("/bin/sh").args(["-c", "sleep 60 & wait"]).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        let of_child = || {
            let id = i32::try_from(child.id()).unwrap();
            descendants().iter().any(|process| process.parent == id)
        };
        while !of_child() {
            assert!(Instant::now() < deadline, "the grandchild was not found");
            std::thread::yield_now();
        }
        let grandchildren: Vec<_> =
            descendants().into_iter().filter(|process| process.parent == child.id().cast_signed()).collect();
        grandchildren.iter().for_each(Process::kill);
        child.wait().unwrap();
    }
}
