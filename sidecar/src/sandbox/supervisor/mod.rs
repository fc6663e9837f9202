//! The process between the sidecar and a command: it confines the command, watches it, and leaves nothing of it
//! running, also when the sidecar itself is killed.
//!
//! It is this same program, started as `rozet-sidecar supervise`. Its standard input brings the request and then
//! stays open: its end means that the sidecar wants the command gone, or is gone itself.

mod processes;
mod protocol;
mod server;
mod start;

pub(crate) use protocol::{Ended, Killed, Report, Request, Server};
#[cfg(test)]
pub(crate) use tests::ARGUMENTS as TEST_ARGUMENTS;

use protocol::{MAX_REQUEST_BYTES, Wanted};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Resource, Rlimit, Signal, WaitStatus, getrlimit, kill_process_group, setrlimit};
use std::io::{BufRead, BufReader, Read, Write};
use std::time::{Duration, Instant};

/// Most processes that a command may have at once.
const MAX_PROCESSES: usize = 512;
/// Most processes and threads of the person, this command's and all others, while it may start more; root has no such
/// limit.
const MAX_OF_PERSON: u64 = 16_384;
/// Largest file that a command may write, in bytes.
const MAX_FILE_BYTES: u64 = 1024 * 1024 * 1024;
/// Space that a command must leave on the disk of its workspace, in bytes.
const MIN_FREE_BYTES: u64 = 256 * 1024 * 1024;
/// Between two looks at how many processes there are and how full the disk is.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Runs one request from standard input to its end.
pub(crate) fn run() {
    let report = match read_request() {
        Ok(Wanted::Command(request)) => supervise(&request),
        Ok(Wanted::Server(server)) => server::keep(&server),
        Err(message) => Report::Failed { message },
    };
    say(&report);
}

/// The sidecar may be gone: nobody is left to be told then.
fn say(report: &Report) {
    let Ok(mut line) = serde_json::to_vec(report) else { return };
    line.push(b'\n');
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(&line).and_then(|()| stdout.flush());
}

fn read_request() -> Result<Wanted, String> {
    let mut line = Vec::new();
    let mut stdin = BufReader::with_capacity(64 * 1024, std::io::stdin().lock()).take(MAX_REQUEST_BYTES);
    stdin.read_until(b'\n', &mut line).map_err(|error| format!("the request cannot be read: {error}"))?;
    serde_json::from_slice(&line).map_err(|_| "the request is not of the expected form".to_owned())
}

/// Makes this process the new parent of whatever its descendants leave.
fn adopt_orphans() -> Result<(), Report> {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_child_subreaper(Some(rustix::process::getpid())) {
        return Err(Report::Failed { message: format!("this process cannot adopt orphans: {error}") });
    }
    Ok(())
}

fn supervise(request: &Request) -> Report {
    if let Err(report) = adopt_orphans() {
        return report;
    }
    limit(Resource::Fsize, MAX_FILE_BYTES);
    limit(Resource::Core, 0);
    limit(Resource::Nproc, MAX_OF_PERSON);
    let confined = request.mechanism != super::Mechanism::None;
    let guarded = confined.then(|| super::guarded::Snapshot::take(&request.policy.workspace));
    let child = match start::start(request) {
        Ok(child) => child,
        Err(message) => return Report::Failed { message },
    };
    say(&Report::Started { group: child.as_raw_nonzero().get() });
    let mut ended = watch(request, child);
    // On systems where orphans are not adopted the group still holds most of them.
    let _ = kill_process_group(child, Signal::KILL);
    let (left, unkillable) = processes::kill_all();
    if ended.killed.is_none() {
        ended.left_running = left;
    }
    ended.unkillable = unkillable;
    ended.restored = guarded.map(|snapshot| snapshot.restore()).unwrap_or_default();
    Report::Ended(ended)
}

fn limit(resource: Resource, most: u64) {
    let most = getrlimit(resource).maximum.map_or(most, |maximum| maximum.min(most));
    // A system without this limit runs the command without it.
    let _ = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
}

/// Waits until the command ends or is to be killed.
fn watch(request: &Request, child: Pid) -> Ended {
    let now = Instant::now();
    let deadline = now.checked_add(Duration::from_millis(request.timeout_ms)).unwrap_or(now);
    let roomy = free_bytes(request).is_some_and(|free| free > MIN_FREE_BYTES);
    let handle = end_of(child);
    let killed = |why| Ended { killed: Some(why), ..Ended::default() };
    let mut next_look = now + LOOK_EVERY;
    loop {
        if let Some((_, status)) = processes::reap().ended.iter().find(|(pid, _)| *pid == child) {
            return of_status(*status, request);
        }
        let now = Instant::now();
        if now >= deadline {
            return killed(Killed::TimedOut);
        }
        if now >= next_look {
            if processes::count() > MAX_PROCESSES {
                return killed(Killed::TooManyProcesses);
            }
            if roomy && free_bytes(request).is_some_and(|free| free < MIN_FREE_BYTES) {
                return killed(Killed::DiskFull);
            }
            next_look = now + LOOK_EVERY;
        }
        if wait_for_change(handle.as_ref(), deadline.min(next_look).saturating_duration_since(now)) {
            return killed(Killed::Cancelled);
        }
    }
}

#[cfg(target_os = "linux")]
fn end_of(child: Pid) -> Option<std::os::fd::OwnedFd> {
    rustix::process::pidfd_open(child, rustix::process::PidfdFlags::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
fn end_of(_: Pid) -> Option<std::os::fd::OwnedFd> {
    None
}

/// Waits for the command's end, the sidecar's, or the time; true when the sidecar's input has ended.
fn wait_for_change(handle: Option<&std::os::fd::OwnedFd>, time: Duration) -> bool {
    // Where an end cannot be waited for it is looked for often.
    let time = if handle.is_some() { time } else { time.min(Duration::from_millis(5)) };
    let stdin = std::io::stdin();
    let mut polled = vec![PollFd::new(&stdin, PollFlags::IN | PollFlags::HUP)];
    polled.extend(handle.map(|handle| PollFd::new(handle, PollFlags::IN)));
    let timeout = Timespec::try_from(time + Duration::from_micros(100)).ok();
    let _ = poll(&mut polled, timeout.as_ref());
    if polled.first().is_none_or(|stdin| stdin.revents().is_empty()) {
        return false;
    }
    let mut ignored = [0_u8; 256];
    !matches!(rustix::io::read(std::io::stdin(), &mut ignored), Ok(1..) | Err(rustix::io::Errno::INTR))
}

fn free_bytes(request: &Request) -> Option<u64> {
    let disk = rustix::fs::statvfs(&request.policy.workspace).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn of_status(status: WaitStatus, request: &Request) -> Ended {
    let mut ended =
        Ended { exit: status.exit_status(), signal: status.terminating_signal(), ..Ended::default() };
    if let Some(signal) = ended.signal {
        ended.exit = Some(128 + signal);
    }
    // Bubblewrap and shells pass a signal on as an exit code.
    if request.mechanism == super::Mechanism::Bwrap && ended.signal.is_none() {
        ended.signal = ended.exit.map(|exit| exit - 128).filter(|signal| (1..=64).contains(signal));
    }
    ended
}

/// Stands in for the program in tests of this crate: the test program itself is started with this test's name.
#[cfg(test)]
mod tests {
    /// What starts this crate's test program as a supervisor.
    pub(crate) const ARGUMENTS: [&str; 4] =
        ["sandbox::supervisor::tests::stands_in_for_the_program", "--exact", "--nocapture", "supervise"];

    #[test]
    fn stands_in_for_the_program() {
        if std::env::args().any(|argument| argument == "supervise") {
            super::run();
        }
    }
}
