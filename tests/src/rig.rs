//! What most tests begin with: a home, a scripted model, and OpenCode configured with the packed plugin.

use crate::artifacts::{self, Artifacts};
use crate::by_workers;
use crate::home::{Home, Planner};
use crate::main_job::{self, Report, RunCommand, Stage};
use crate::opencode::OpenCode;
use crate::scripted_model::{Script, ScriptedModel};
use crate::sidecar::{self, Sidecar};
use anyhow::Result;
use std::path::Path;

/// Everything but the sidecar, which each test starts when it wants to.
#[derive(Debug)]
pub struct Rig {
    /// What was built.
    pub artifacts: Artifacts,
    /// The isolated person.
    pub home: Home,
    /// The model.
    pub model: ScriptedModel,
}

impl Rig {
    /// The main job's script, unchanged.
    ///
    /// # Errors
    /// When something has not been built, or a port or folder cannot be had.
    pub async fn new() -> Result<Self> {
        Self::with(|_| {}).await
    }

    /// The main job's script with changes.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub async fn with(change: impl FnOnce(&mut Script)) -> Result<Self> {
        Self::made(Artifacts::find()?, Home::temporary()?, change).await
    }

    /// The main job's script in an earlier version of OpenCode.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub async fn in_version(version: &str) -> Result<Self> {
        let opencode = artifacts::earlier_opencode(version)?;
        let artifacts = Artifacts { opencode, ..Artifacts::find()? };
        Self::made(artifacts, Home::temporary_for(version)?, |_| {}).await
    }

    /// Another script.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub async fn of(script: Script) -> Result<Self> {
        Self::with(|whole| *whole = script).await
    }

    /// Another script, on things that were built elsewhere.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub async fn with_artifacts(artifacts: Artifacts, script: Script) -> Result<Self> {
        Self::made(artifacts, Home::temporary()?, |whole| *whole = script).await
    }

    async fn made(artifacts: Artifacts, home: Home, change: impl FnOnce(&mut Script)) -> Result<Self> {
        let mut script = main_job::script(&home.workspace(), &RunCommand::find());
        change(&mut script);
        let model = ScriptedModel::start(script).await?;
        home.configure_opencode(model.endpoint(), Some(&Home::plugin_entry(&artifacts.plugin)))?;
        home.configure_tui(&artifacts.unpacked)?;
        let home = home.with_planner(Planner::Model(model.endpoint().to_owned()));
        Ok(Self { artifacts, home, model })
    }

    /// Takes the sidecar's own model away: what plans then is OpenCode's.
    #[must_use]
    pub fn without_planner(mut self) -> Self {
        self.home = self.home.with_planner(Planner::Unset);
        self
    }

    /// Sets a variable for everything that runs in the home.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.home = self.home.with_variable(name, value);
        self
    }

    /// Starts the sidecar.
    ///
    /// # Errors
    /// When it does not become healthy.
    pub async fn sidecar(&self) -> Result<Sidecar> {
        Sidecar::start(&self.artifacts.sidecar, &self.home).await
    }

    /// Runs the main job with a prompt, everything scripted.
    ///
    /// # Errors
    /// As [`main_job::run`].
    pub async fn main_job(&self, sidecar: &Sidecar, prompt: &str) -> Result<Report> {
        let opencode = self.opencode();
        main_job::run(&self.stage(&opencode, sidecar, &self.home.workspace()), prompt, &|_| {}).await
    }

    /// Runs the workers' prompt, everything scripted.
    ///
    /// # Errors
    /// As [`by_workers::run`].
    pub async fn by_workers(&self, sidecar: &Sidecar) -> Result<by_workers::Report> {
        let opencode = self.opencode();
        let workspace = self.home.workspace();
        by_workers::run(&self.stage(&opencode, sidecar, &workspace), by_workers::PROMPT, &|_| {}).await
    }

    fn stage<'a>(
        &'a self,
        opencode: &'a OpenCode<'a>,
        sidecar: &'a Sidecar,
        workspace: &'a Path,
    ) -> Stage<'a> {
        Stage {
            opencode,
            sidecar: &sidecar.client,
            dashboard_url: &sidecar.info.dashboard_url,
            workspace,
            model: Some(&self.model),
            model_name: None,
        }
    }

    /// Runs a command of `rozet-sidecar` that must succeed, and returns what it printed.
    ///
    /// # Errors
    /// When it fails.
    pub async fn rozet(&self, args: &[&str]) -> Result<String> {
        Ok(sidecar::command(&self.artifacts.sidecar, &self.home, args).await?.success()?.stdout)
    }

    /// OpenCode in this home.
    #[must_use]
    pub fn opencode(&self) -> OpenCode<'_> {
        OpenCode::isolated(&self.artifacts.opencode, &self.home)
    }
}
