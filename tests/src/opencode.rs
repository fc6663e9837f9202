//! The real OpenCode, run to its end.

use crate::home::Home;
use crate::process::{self, Finished};
use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;

/// A prompt takes some seconds; beyond this OpenCode hangs.
const RUN_DEADLINE: Duration = Duration::from_mins(2);
const QUERY_DEADLINE: Duration = Duration::from_secs(30);

/// OpenCode in one home.
#[derive(Debug)]
pub struct OpenCode<'home> {
    binary: PathBuf,
    home: &'home Home,
    isolated: bool,
}

/// What `opencode run` left behind.
#[derive(Debug)]
pub struct Run {
    /// The process.
    pub finished: Finished,
    /// The session that it worked in, when it came that far.
    pub session_id: Option<String>,
    /// What it printed as text, without tool calls.
    pub answer: String,
}

/// One line of `opencode run --format json`.
#[derive(Deserialize)]
struct Line {
    #[serde(rename = "sessionID")]
    session_id: String,
    part: Option<Part>,
}

#[derive(Deserialize)]
struct Part {
    r#type: String,
    text: Option<String>,
}

impl<'home> OpenCode<'home> {
    /// OpenCode that sees nothing but the home.
    #[must_use]
    pub fn isolated(binary: &Path, home: &'home Home) -> Self {
        Self { binary: binary.to_owned(), home, isolated: true }
    }

    /// OpenCode with the person's own configuration, working in the home's workspace.
    #[must_use]
    pub fn own(binary: &Path, home: &'home Home) -> Self {
        Self { binary: binary.to_owned(), home, isolated: false }
    }

    /// A command line in this home, not yet run.
    pub fn command<'args>(&self, args: impl IntoIterator<Item = &'args str>) -> Command {
        let mut command =
            if self.isolated { self.home.command(&self.binary) } else { self.home.own_command(&self.binary) };
        command.args(args);
        command
    }

    /// Runs one prompt in a new session.
    ///
    /// # Errors
    /// When OpenCode cannot be started or does not end; another exit code than 0 is no error here.
    pub async fn run(&self, prompt: &str, model: Option<&str>) -> Result<Run> {
        let mut command = self.command(["run", "--format", "json"]);
        if let Some(model) = model {
            command.args(["--model", model]);
        }
        self.finish(command.arg("--").arg(prompt)).await
    }

    /// Runs a command made by [`Self::command`] that prints JSON lines.
    ///
    /// # Errors
    /// When OpenCode cannot be started or does not end.
    pub async fn finish(&self, command: &mut Command) -> Result<Run> {
        let finished = process::run(command, RUN_DEADLINE).await?;
        let lines: Vec<Line> =
            finished.stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let session_id = lines.first().map(|line| line.session_id.clone());
        let texts: Vec<String> = lines
            .into_iter()
            .filter_map(|line| line.part)
            .filter(|part| part.r#type == "text")
            .filter_map(|part| part.text)
            .collect();
        Ok(Run { finished, session_id, answer: texts.join("\n") })
    }

    /// Adds the plugin to the global configuration, the way a person does.
    ///
    /// # Errors
    /// When OpenCode cannot fetch or accept the package.
    pub async fn install_plugin(&self, entry: &str) -> Result<()> {
        let mut command = self.command(["plugin", "--global", entry]);
        process::run(&mut command, RUN_DEADLINE).await?.success().context("opencode plugin")?;
        Ok(())
    }

    /// Everything that OpenCode stored of a session, as it exports it.
    ///
    /// # Errors
    /// When OpenCode does not know the session.
    pub async fn export(&self, session_id: &str) -> Result<Value> {
        let mut command = self.command(["export", session_id]);
        let finished =
            process::run(&mut command, QUERY_DEADLINE).await?.success().context("opencode export")?;
        serde_json::from_str(&finished.stdout).context("what opencode exported is not JSON")
    }

    /// Rows of OpenCode's own database.
    ///
    /// # Errors
    /// When the statement is refused.
    pub async fn query(&self, statement: &str) -> Result<Value> {
        let mut command = self.command(["db", "--format", "json", statement]);
        let finished = process::run(&mut command, QUERY_DEADLINE).await?.success().context("opencode db")?;
        serde_json::from_str(&finished.stdout).context("what opencode db printed is not JSON")
    }
}
