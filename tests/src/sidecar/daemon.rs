//! The real sidecar as a person starts it: detached.

use super::{Client, command, info_file, read_info};
use crate::home::Home;
use crate::process;
use anyhow::{Context, Result, bail};
use rozet_observability::link::SidecarInfo;
use std::path::{Path, PathBuf};

/// A detached sidecar; dropped, it is killed.
#[derive(Debug)]
pub struct Daemon<'home> {
    /// What it says of itself.
    pub info: SidecarInfo,
    /// Reads from it.
    pub client: Client,
    binary: PathBuf,
    home: &'home Home,
}

impl<'home> Daemon<'home> {
    /// Runs `rozet-sidecar up` on free ports.
    ///
    /// # Errors
    /// When it fails, or succeeds and nothing answers.
    pub async fn up(binary: &Path, home: &'home Home) -> Result<Self> {
        let args = ["up", "--port", "0", "--dashboard-port", "0"];
        command(binary, home, &args).await?.success().context("rozet-sidecar up")?;
        let Some(info) = read_info(&info_file(home))? else { bail!("a sidecar that is up says nowhere so") };
        let daemon = Self { client: Client::new(&info.url), info, binary: binary.to_owned(), home };
        daemon.client.health().await?;
        Ok(daemon)
    }

    /// Runs `rozet-sidecar down`.
    ///
    /// # Errors
    /// When it fails, or succeeds and the sidecar is still there.
    pub async fn down(self) -> Result<()> {
        command(&self.binary, self.home, &["down"]).await?.success().context("rozet-sidecar down")?;
        if process::is_alive(self.info.pid) && self.client.health().await.is_ok() {
            bail!("`down` succeeded and the sidecar still answers");
        }
        if let Some(info) = read_info(&info_file(self.home))? {
            bail!("`down` succeeded and {} still speaks of {}", info_file(self.home).display(), info.url);
        }
        Ok(())
    }
}

impl Drop for Daemon<'_> {
    fn drop(&mut self) {
        // When it has ended already the id is free: a test is over long before ids come round again.
        process::kill(self.info.pid);
    }
}
