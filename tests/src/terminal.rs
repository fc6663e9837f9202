//! A terminal of a given size that a test can read and type into: tmux with a server of its own.

use crate::home::Home;
use crate::process;
use crate::wait::until;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::Command;

const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// A screen that is drawn does not change for so long.
const DRAWN: Duration = Duration::from_millis(400);
const LOOKS_AGAIN: Duration = Duration::from_millis(50);

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
        // Without the second, OpenCode's theme comes in the nearest of 256 colours.
        tmux.env("TERM", "xterm-256color").env("COLORTERM", "truecolor");
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

    /// What is on the screen, with its colours, blanks at the ends of lines included.
    ///
    /// # Errors
    /// As [`Self::screen`].
    pub async fn coloured(&self) -> Result<String> {
        Ok(self.tmux(&["capture-pane", "-e", "-N", "-p"]).await?.stdout)
    }

    /// Presses keys by tmux's names of them, such as `Escape`, `Down` or `C-p`.
    ///
    /// # Errors
    /// As [`Self::screen`].
    pub async fn press(&self, keys: &[&str]) -> Result<()> {
        self.tmux(&[&["send-keys"], keys].concat()).await?;
        Ok(())
    }

    /// Gives the window another size, in characters.
    ///
    /// # Errors
    /// As [`Self::screen`].
    pub async fn resize(&self, columns: u16, rows: u16) -> Result<()> {
        self.tmux(&["resize-window", "-x", &columns.to_string(), "-y", &rows.to_string()]).await?;
        Ok(())
    }

    /// Types text, and then Enter.
    ///
    /// # Errors
    /// As [`Self::screen`].
    pub async fn enter(&self, text: &str) -> Result<()> {
        self.write(text).await?;
        // A long text is broken between words.
        let last = text.rsplit(' ').next().unwrap_or(text);
        self.wait_for(&[last], ANSWER_WITHIN).await?;
        self.press(&["Enter"]).await
    }

    /// Types text.
    ///
    /// # Errors
    /// As [`Self::screen`].
    pub async fn write(&self, text: &str) -> Result<()> {
        self.tmux(&["send-keys", "-l", text]).await?;
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

    /// Waits until the screen shows all of the words, and then until it changes no more but for what `calm` makes the same.
    ///
    /// # Errors
    /// When it does not in time: shows the screen.
    pub async fn drawn(
        &self,
        words: &[&str],
        deadline: Duration,
        calm: impl Fn(&str) -> String,
    ) -> Result<String> {
        let mut screen = self.wait_for(words, deadline).await?;
        let (start, mut since) = (Instant::now(), Instant::now());
        while since.elapsed() < DRAWN {
            if start.elapsed() > deadline {
                bail!("the screen does not come to rest:\n{screen}");
            }
            tokio::time::sleep(LOOKS_AGAIN).await;
            let now = self.screen().await?;
            if calm(&now) != calm(&screen) {
                since = Instant::now();
            }
            screen = now;
        }
        Ok(screen)
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
