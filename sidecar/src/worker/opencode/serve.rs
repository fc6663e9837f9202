//! An OpenCode of our own: `opencode serve`, started when no other one can be reached, and stopped when nobody needs it.

use crate::identity::random_hex;
use crate::opencode::{Call, CallError, Carrier, way_to_own};
use crate::provider::ProviderError;
use crate::sandbox::supervisor::{Report as SupervisorReport, Server as Watched};
use crate::tools::Host;
use crate::worker::Stopped;
use rozet_observability::link::CallMethod;
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::HashMap;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A first start migrates a database, and may try to install packages.
const READY_WITHIN: Duration = Duration::from_secs(90);
/// Longest wait for one answer: what it is asked while it starts is answered never (seen with 1.18.33).
const ASK: Duration = Duration::from_secs(3);
/// Between two looks whether it is ready.
const AGAIN: Duration = Duration::from_millis(100);
/// How long it stays when nobody uses it.
const LINGER: Duration = Duration::from_secs(30);
/// Bytes of its password before it is written in hex.
const PASSWORD_BYTES: usize = 24;
/// Bytes of what it prints that are kept: the end, where errors stand.
const KEPT_BYTES: usize = 2_000;
/// Wait for what an ended server printed.
const DRAIN: Duration = Duration::from_millis(500);
/// Longest quotation of it, in characters.
const QUOTED_CHARS: usize = 300;

/// The servers, one for each folder in which one is needed.
pub(super) struct Servers(Arc<Inner>);

struct Inner {
    program: String,
    host: Arc<Host>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
    linger: Duration,
    slots: Mutex<HashMap<String, Arc<Slot>>>,
}

#[derive(Default)]
struct Slot {
    users: AtomicUsize,
    server: tokio::sync::Mutex<Option<Arc<Server>>>,
}

struct Server {
    carrier: Arc<dyn Carrier>,
    _group: Group,
    /// Its supervisor; the end of its input is the end of everything that the server started.
    child: Mutex<Child>,
}

/// Kills the server's group when it is no longer needed.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Nobody left in the group is what is wanted.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// The right to use a server; it stays while anybody has one.
pub(super) struct Lease {
    inner: Arc<Inner>,
    slot: Arc<Slot>,
    directory: String,
    server: Option<Arc<Server>>,
}

impl Servers {
    /// Nothing is started. Without a name, the program is `opencode` as the `PATH` finds it.
    pub(super) fn new(
        program: Option<&str>,
        host: Arc<Host>,
        tasks: TaskTracker,
        shutdown: CancellationToken,
    ) -> Self {
        Self::lingering(program, host, tasks, shutdown, LINGER)
    }

    fn lingering(
        program: Option<&str>,
        host: Arc<Host>,
        tasks: TaskTracker,
        shutdown: CancellationToken,
        linger: Duration,
    ) -> Self {
        let program = program.unwrap_or("opencode").to_owned();
        Self(Arc::new(Inner { program, host, tasks, shutdown, linger, slots: Mutex::default() }))
    }

    /// A server that works in this folder, started when there is none.
    ///
    /// # Errors
    /// When there is no such program, or it does not get ready.
    pub(super) async fn lease(&self, directory: &str) -> Result<Lease, Stopped> {
        let inner = &self.0;
        let slot = {
            let mut slots = inner.slots();
            let slot = Arc::clone(slots.entry(directory.to_owned()).or_default());
            slot.users.fetch_add(1, Ordering::SeqCst);
            slot
        };
        // From here on the user is counted off when the wait is given up.
        let mut lease =
            Lease { inner: Arc::clone(inner), slot, directory: directory.to_owned(), server: None };
        let slot = Arc::clone(&lease.slot);
        let mut running = slot.server.lock().await;
        let server = match running.take().filter(|server| server.is_alive()) {
            Some(server) => server,
            None => Arc::new(inner.start(directory).await?),
        };
        *running = Some(Arc::clone(&server));
        lease.server = Some(server);
        Ok(lease)
    }
}

impl Inner {
    fn slots(&self) -> MutexGuard<'_, HashMap<String, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn start(&self, directory: &str) -> Result<Server, Stopped> {
        let failed = |why: String| Stopped::NeedsPerson(format!("OpenCode could not be started: {why}"));
        let password = random_hex(PASSWORD_BYTES).map_err(|error| failed(error.to_string()))?;
        let port = free_port().map_err(|error| failed(format!("no port is free: {error}")))?;
        let carrier = way_to_own(&format!("http://127.0.0.1:{port}"), &password, directory)
            .map_err(|error| failed(error.to_string()))?;
        let wanted = Watched {
            program: self.program.clone(),
            arguments: ["serve", "--hostname", "127.0.0.1", "--port", &port.to_string()]
                .map(str::to_owned)
                .into(),
        };
        let (program, arguments) = self.host.supervisor();
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(directory)
            .env("OPENCODE_SERVER_USERNAME", "opencode")
            .env("OPENCODE_SERVER_PASSWORD", &password);
        let (mut child, group) = spawn_supervised(command, &wanted).await?;
        let printed = Arc::new(Mutex::new(Vec::new()));
        let reader = child
            .stderr
            .take()
            .map(|stderr| self.tasks.spawn(keep_end(stderr, Arc::clone(&printed), self.shutdown.clone())));
        let server = Server { carrier, _group: group, child: Mutex::new(child) };
        if let Err(why) = server.ready().await {
            drop(server);
            if let Some(reader) = reader {
                // What it said last may still be on its way.
                let _ = tokio::time::timeout(DRAIN, reader).await;
            }
            return Err(failed(match last_line(&printed) {
                line if line.is_empty() => why,
                line => format!("{why}; it printed: {line}"),
            }));
        }
        tracing::info!(directory, port, "an OpenCode was started for workers");
        Ok(server)
    }
}

/// Starts a program under a supervisor, which ends it when this process is gone, however that came about.
async fn spawn_supervised(mut supervisor: Command, wanted: &Watched) -> Result<(Child, Group), Stopped> {
    let failed =
        |error: std::io::Error| Stopped::NeedsPerson(format!("OpenCode could not be started: {error}"));
    supervisor.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = supervisor.spawn().map_err(failed)?;
    let mut line = serde_json::to_vec(wanted).map_err(|error| failed(error.into()))?;
    line.push(b'\n');
    if let Some(stdin) = child.stdin.as_mut() {
        stdin.write_all(&line).await.map_err(failed)?;
    }
    let Some(stdout) = child.stdout.take() else { return Err(failed(std::io::ErrorKind::BrokenPipe.into())) };
    let mut reports = BufReader::new(stdout).lines();
    while let Some(line) = reports.next_line().await.map_err(failed)? {
        match serde_json::from_str(&line) {
            Ok(SupervisorReport::Started { group }) => {
                // Kept, as its last report is a matter of one line: with no reader it would be an error.
                child.stdout = Some(reports.into_inner().into_inner());
                return Ok((child, Group(Pid::from_raw(group))));
            }
            // Somebody without the program is somebody without OpenCode.
            Ok(SupervisorReport::Missing) => return Err(ProviderError::NoOpenCode.into()),
            Ok(SupervisorReport::Failed { message }) => return Err(failed(std::io::Error::other(message))),
            Ok(SupervisorReport::Ended(_)) | Err(_) => {}
        }
    }
    Err(failed(std::io::ErrorKind::UnexpectedEof.into()))
}

impl Server {
    /// Waits until it answers; the error says in words why it does not.
    async fn ready(&self) -> Result<(), String> {
        let deadline = Instant::now() + READY_WITHIN;
        let seconds = READY_WITHIN.as_secs();
        while Instant::now() < deadline {
            if !self.is_alive() {
                return Err("it ended".to_owned());
            }
            let path = "/session/status".to_owned();
            let call = Call { method: CallMethod::Get, path, body: None, timeout: ASK };
            match self.carrier.call(call).await {
                Ok(reply) if reply.status == 200 => return Ok(()),
                Ok(reply) if reply.status == 401 => {
                    return Err("another program answers at its port".to_owned());
                }
                Ok(_)
                | Err(
                    CallError::Unreachable | CallError::TimedOut | CallError::Ended | CallError::Nonsense,
                ) => {}
            }
            tokio::time::sleep(AGAIN).await;
        }
        Err(format!("it was not ready within {seconds} s"))
    }

    fn is_alive(&self) -> bool {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(child.try_wait(), Ok(None))
    }
}

impl Lease {
    /// The way to the server.
    pub(super) fn carrier(&self) -> Result<Arc<dyn Carrier>, Stopped> {
        let server = self.server.as_ref().ok_or(ProviderError::NoOpenCode)?;
        Ok(Arc::clone(&server.carrier))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.server = None;
        if self.slot.users.fetch_sub(1, Ordering::SeqCst) > 1 {
            return;
        }
        let (inner, slot, directory) =
            (Arc::clone(&self.inner), Arc::clone(&self.slot), std::mem::take(&mut self.directory));
        self.inner.tasks.spawn(async move {
            tokio::select! {
                () = tokio::time::sleep(inner.linger) => {}
                () = inner.shutdown.cancelled() => {}
            }
            let mut running = slot.server.lock().await;
            let mut slots = inner.slots();
            // Whoever comes later counts itself in under the same lock.
            if slot.users.load(Ordering::SeqCst) == 0 {
                if slots.get(&directory).is_some_and(|known| Arc::ptr_eq(known, &slot)) {
                    slots.remove(&directory);
                }
                *running = None;
            }
        });
    }
}

/// A port that is free now; OpenCode takes its usual one when it is told 0.
fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn last_line(printed: &Mutex<Vec<u8>>) -> String {
    let printed = printed.lock().unwrap_or_else(PoisonError::into_inner);
    let text = String::from_utf8_lossy(&printed);
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    last.trim().chars().take(QUOTED_CHARS).collect()
}

/// Reads what it prints, so that it never waits for a reader, and keeps the end.
async fn keep_end(mut stream: ChildStderr, kept: Arc<Mutex<Vec<u8>>>, shutdown: CancellationToken) {
    let mut buffer = [0_u8; 4_096];
    let reading = async {
        while let Ok(count) = stream.read(&mut buffer).await {
            if count == 0 {
                return;
            }
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.extend_from_slice(buffer.get(..count).unwrap_or_default());
            let excess = kept.len().saturating_sub(KEPT_BYTES);
            kept.drain(..excess);
        }
    };
    shutdown.run_until_cancelled(reading).await;
}

#[cfg(test)]
mod tests;
