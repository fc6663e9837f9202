//! A terminal of a given size that a test can read and type into: tmux with a server of its own.

use crate::home::Home;
use crate::process;
use crate::wait::until;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// One tmux server with one window; it is killed when dropped, and all that runs in it.
#[derive(Debug)]
pub struct Terminal {
    socket: PathBuf,
}

impl Terminal {
    /// Opens a window of that size, in characters, and starts the program in it.
    ///
    /// # Errors
    /// When there is no tmux, or it does not start.
    pub async fn open(home: &Home, columns: u16, rows: u16, program: &Path) -> Result<Self> {
        let terminal = Self { socket: home.home().join("tmux") };
        let mut tmux = home.command(Path::new("tmux"));
        tmux.arg("-S").arg(&terminal.socket).args(["-f", "/dev/null", "new-session", "-d"]);
        tmux.args(["-x", &columns.to_string(), "-y", &rows.to_string()]).arg(program);
        tmux.env("TERM", "xterm-256color");
        process::run(&mut tmux, ANSWER_WITHIN).await?.success().context("tmux")?;
        Ok(terminal)
    }

    /// What is on the screen.
    ///
    /// # Errors
    /// When the program in the window has ended.
    pub async fn screen(&self) -> Result<String> {
        Ok(self.tmux(&["capture-pane", "-p"]).await?.stdout)
    }

    /// Types text, and then Enter.
    ///
    /// # Errors
    /// As [`Self::screen`].
    pub async fn enter(&self, text: &str) -> Result<()> {
        self.tmux(&["send-keys", "-l", text]).await?;
        self.wait_for(&[text], ANSWER_WITHIN).await?;
        self.tmux(&["send-keys", "Enter"]).await?;
        Ok(())
    }

    /// Waits until the screen shows all of the words.
    ///
    /// # Errors
    /// When it does not in time: shows the screen.
    pub async fn wait_for(&self, words: &[&str], deadline: Duration) -> Result<String> {
        until("the screen", deadline, async || {
            let screen = self.screen().await?;
            if words.iter().all(|word| screen.contains(word)) {
                return Ok(Some(screen));
            }
            bail!("{words:?} are not all in:\n{screen}")
        })
        .await
    }

    async fn tmux(&self, args: &[&str]) -> Result<process::Finished> {
        let mut tmux = Command::new("tmux");
        tmux.arg("-S").arg(&self.socket).args(args);
        process::run(&mut tmux, ANSWER_WITHIN).await?.success()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let mut tmux = std::process::Command::new("tmux");
        tmux.arg("-S").arg(&self.socket).arg("kill-server").stdout(Stdio::null()).stderr(Stdio::null());
        // A server that has ended by itself needs no killing.
        let _ = tmux.status();
    }
}
