//! The servers that are measured: the sidecar, and one of the known form.

use super::wire::{Connection, Server};
use crate::home::Home;
use crate::process::Group;
use crate::sidecar::Sidecar;
use crate::wait::until;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

const LISTENING_WITHIN: Duration = Duration::from_secs(20);
/// A server that has used no processor for this long has nothing to do any more.
const QUIET: Duration = Duration::from_millis(200);
const QUIET_WITHIN: Duration = Duration::from_mins(2);

/// How much a server promises of what it has acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// It survives the death of any process.
    Process,
    /// It survives power loss too.
    Power,
}

/// A home that the sidecar keeps `durability` in.
pub(super) fn home(durability: Durability) -> Result<Home> {
    let home = Home::temporary()?;
    if durability == Durability::Power {
        let config = home.rozet().join("config");
        std::fs::create_dir_all(&config)?;
        std::fs::write(config.join("providers.yaml"), "observability:\n  durability: power\n")?;
    }
    Ok(home)
}

/// How to speak to a sidecar of this home.
pub(super) fn server(sidecar: &Sidecar, home: &Home) -> Result<Server> {
    let token = std::fs::read_to_string(home.rozet().join("state/token"))?;
    Server::at(&sidecar.info.url, Some(token.trim().to_owned()))
}

/// A server of the known form on Bun.
pub(super) struct KnownForm {
    pub(super) server: Server,
    pub(super) pid: u32,
    _group: Group,
    _child: Child,
}

#[derive(Deserialize)]
struct Listening {
    port: u16,
}

impl KnownForm {
    pub(super) async fn start(
        bun: &Path,
        scripts: &Path,
        home: &Home,
        durability: Durability,
    ) -> Result<Self> {
        let mut command = home.command(bun);
        command.arg(scripts.join("known_form.mjs")).arg(home.workspace().join("known_form.db"));
        command.arg(if durability == Durability::Power { "FULL" } else { "NORMAL" });
        let (group, mut child) = Group::spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
        let pid = child.id().context("the server of the known form ended at once")?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let line = tokio::time::timeout(LISTENING_WITHIN, lines.next_line()).await??;
        let Listening { port } = serde_json::from_str(&line.context("the server of the known form ended")?)?;
        let server = Server::at(&format!("http://127.0.0.1:{port}"), None)?;
        Ok(Self { server, pid, _group: group, _child: child })
    }
}

/// Waits until a process has nothing to do, so that what it does behind its answers is not another's loss.
pub(super) async fn quiet(pid: u32) -> Result<()> {
    let mut last = (used(pid), Instant::now());
    until("a server to have nothing to do", QUIET_WITHIN, async || {
        let now = used(pid);
        if now != last.0 {
            last = (now, Instant::now());
        }
        Ok((last.1.elapsed() >= QUIET).then_some(()))
    })
    .await
}

/// What a process has used of the processor so far, in the system's ticks; always the same where the system does not tell.
fn used(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name, in brackets, may have spaces.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}

/// Resident memory of a process in megabytes: now, and the most that it has ever had.
pub(super) fn resident(pid: u32) -> Result<(f64, f64)> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))
        .with_context(|| format!("no memory of process {pid}"))?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<f64>().ok().map(|kilobytes| kilobytes * 1024.0 / 1e6)
    };
    match (field("VmRSS:"), field("VmHWM:")) {
        (Some(now), Some(most)) => Ok((now, most)),
        _ => bail!("no memory of process {pid}"),
    }
}

/// What `GET path` answers; none when there is no such path.
pub(super) async fn get(server: &Server, path: &str) -> Result<Option<serde_json::Value>> {
    let mut connection = Connection::open(server).await?;
    let answer = connection.exchange(&server.get(path)).await?;
    match answer.status {
        200 => Ok(Some(serde_json::from_slice(answer.body)?)),
        // A path may be there for writing alone.
        404 | 405 => Ok(None),
        status => bail!("GET {path}: status {status}: {}", String::from_utf8_lossy(answer.body)),
    }
}
