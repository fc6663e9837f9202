//! The real sidecar, in a home of its own and on free ports.

mod client;
mod daemon;

pub use client::Client;
pub use daemon::Daemon;

use crate::home::Home;
use crate::process::{self, Finished};
use crate::wait::until;
use anyhow::{Context, Result, bail};
use rozet_observability::link::SidecarInfo;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::Child;

const HEALTHY_WITHIN: Duration = Duration::from_secs(15);
const STOPPED_WITHIN: Duration = Duration::from_secs(15);
const COMMAND_WITHIN: Duration = Duration::from_secs(30);

/// A sidecar that runs in the foreground as a child; dropped, it is killed.
#[derive(Debug)]
pub struct Sidecar {
    /// What it says of itself.
    pub info: SidecarInfo,
    /// Reads from it.
    pub client: Client,
    /// From exec to the first healthy answer.
    pub healthy_after: Duration,
    child: Child,
}

impl Sidecar {
    /// Starts `rozet-sidecar up --foreground` on free ports and waits until it is healthy.
    ///
    /// # Errors
    /// When it ends or does not become healthy in time: the error has what it printed.
    pub async fn start(binary: &Path, home: &Home) -> Result<Self> {
        let output = home.rozet().with_extension("output");
        let log = File::create(&output).with_context(|| format!("cannot write {}", output.display()))?;
        let mut command = home.command(binary);
        command
            .args(["up", "--foreground", "--port", "0", "--dashboard-port", "0"])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let start = Instant::now();
        // In our own process group, so that whoever interrupts a test by hand reaches it too.
        let mut child = command.kill_on_drop(true).spawn().context("cannot start the sidecar")?;
        let pid = child.id().context("the sidecar ended at once")?;
        let info_file = info_file(home);
        let healthy = until("the sidecar to be healthy", HEALTHY_WITHIN, async || {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(Err(status)));
            }
            let Some(info) = read_info(&info_file)?.filter(|info| info.pid == pid) else { return Ok(None) };
            Client::new(&info.url).health().await?;
            Ok(Some(Ok(info)))
        })
        .await;
        let printed = || process::tail(&fs::read_to_string(&output).unwrap_or_default()).to_owned();
        match healthy {
            Ok(Ok(info)) => {
                Ok(Self { client: Client::new(&info.url), healthy_after: start.elapsed(), info, child })
            }
            Ok(Err(status)) => bail!("the sidecar ended with {status}: {}", printed()),
            Err(error) => Err(error.context(printed())),
        }
    }

    /// Kills it the hard way and waits until it is gone.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub async fn kill(mut self) -> Result<()> {
        self.child.kill().await.context("cannot kill the sidecar")
    }

    /// Asks it to end with SIGTERM and waits for it.
    ///
    /// # Errors
    /// When it ends with another code than 0, or not in time.
    pub async fn stop(mut self) -> Result<()> {
        if let Some(pid) = self.child.id().and_then(|pid| Pid::from_raw(pid.cast_signed())) {
            kill_process(pid, Signal::TERM).context("cannot signal the sidecar")?;
        }
        let status = tokio::time::timeout(STOPPED_WITHIN, self.child.wait())
            .await
            .with_context(|| format!("the sidecar did not end within {STOPPED_WITHIN:?} of SIGTERM"))??;
        if !status.success() {
            bail!("the sidecar ended with {status} after SIGTERM");
        }
        Ok(())
    }
}

/// Where a running sidecar says how to reach it.
#[must_use]
pub fn info_file(home: &Home) -> PathBuf {
    home.rozet().join("state/sidecar.json")
}

/// Reads what a running sidecar says of itself; none when there is no such file.
///
/// # Errors
/// When the file is there and not what it should be.
pub fn read_info(path: &Path) -> Result<Option<SidecarInfo>> {
    match fs::read(path) {
        Ok(text) => {
            Ok(Some(serde_json::from_slice(&text).with_context(|| format!("{} is broken", path.display()))?))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Runs one command of `rozet-sidecar` to its end; any exit code is fine here.
///
/// # Errors
/// When it cannot be started or does not end.
pub async fn command(binary: &Path, home: &Home, args: &[&str]) -> Result<Finished> {
    process::run(home.command(binary).args(args), COMMAND_WITHIN).await
}
