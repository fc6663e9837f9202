//! A home of its own for OpenCode and Rozet, so that a test neither sees nor touches the person's.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::process::Command;

use crate::artifacts::variable;
use crate::scripted_model::{PLANNER_MODEL, WORKER_MODEL};

/// The version of OpenCode that everything is tested against.
pub const OPENCODE_VERSION: &str = "1.18.33";
/// The id of the scripted model's provider in OpenCode's configuration. Servers of that name are known to
/// take `include_reasoning`, so that the core asks for it.
pub const PROVIDER: &str = "scripted-vllm";

/// Where the sidecar's planner finds its model.
#[derive(Debug, Clone)]
pub enum Planner {
    /// At an OpenAI-compatible endpoint, without trailing slash, such as `http://127.0.0.1:1/v1`.
    Model(String),
    /// The harness says nothing: OpenCode's own model plans where it is linked, else the built-in planner.
    Unset,
}

/// Folders and environment of one isolated person.
#[derive(Debug)]
pub struct Home {
    root: PathBuf,
    planner: Planner,
    extra: Vec<(OsString, OsString)>,
    _temporary: Option<TempDir>,
}

impl Home {
    /// Makes a home that vanishes with this value.
    ///
    /// # Errors
    /// When the folders cannot be made.
    pub fn temporary() -> Result<Self> {
        Self::temporary_for(OPENCODE_VERSION)
    }

    /// The same for another version of OpenCode.
    ///
    /// # Errors
    /// As [`Self::temporary`].
    pub fn temporary_for(opencode: &str) -> Result<Self> {
        let temporary = tempfile::Builder::new().prefix("rozet-e2e-").tempdir()?;
        let root = temporary.path().canonicalize()?;
        Self { root, planner: Planner::Unset, extra: vec![], _temporary: Some(temporary) }.furnished(opencode)
    }

    /// Makes a home in a folder that stays.
    ///
    /// # Errors
    /// When the folders cannot be made.
    pub fn at(root: &Path) -> Result<Self> {
        fs::create_dir_all(root)?;
        let root = root.canonicalize()?;
        Self { root, planner: Planner::Unset, extra: vec![], _temporary: None }.furnished(OPENCODE_VERSION)
    }

    fn furnished(self, opencode: &str) -> Result<Self> {
        for folder in [self.config(), self.workspace().join(".opencode")] {
            settle_plugins(&folder, opencode)?;
        }
        Ok(self)
    }

    /// A further workspace of this person.
    ///
    /// # Errors
    /// When its folders cannot be made.
    pub fn another_workspace(&self, name: &str) -> Result<PathBuf> {
        let workspace = self.root.join(name);
        settle_plugins(&workspace.join(".opencode"), OPENCODE_VERSION)?;
        Ok(workspace)
    }

    /// Says where the sidecar's planner finds its model.
    #[must_use]
    pub fn with_planner(mut self, planner: Planner) -> Self {
        self.planner = planner;
        self
    }

    /// Adds a variable to the environment of everything that runs in this home.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }

    /// Adds the plugin to the person's own OpenCode configuration, for what runs in this home only. The
    /// package cache is the home's, because OpenCode never looks again at what it has once cached.
    #[must_use]
    pub fn with_own_plugin(self, entry: &str) -> Self {
        let config = json!({"plugin": [entry]}).to_string();
        let cache = self.home().join(".cache");
        self.with_variable("OPENCODE_CONFIG_CONTENT", &config)
            .with_variable("XDG_CACHE_HOME", &cache.to_string_lossy())
    }

    /// The folder that the session works in.
    #[must_use]
    pub fn workspace(&self) -> PathBuf {
        self.root.join("workspace")
    }

    /// What `HOME` says.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// What `ROZET_HOME` says.
    #[must_use]
    pub fn rozet(&self) -> PathBuf {
        self.root.join("rozet")
    }

    /// OpenCode's global config folder.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.home().join(".config/opencode")
    }

    /// Writes OpenCode's configuration: the scripted provider at `endpoint` (without trailing slash) and,
    /// when given, the plugin's entry.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn configure_opencode(&self, endpoint: &str, plugin: Option<&str>) -> Result<()> {
        let mut config = json!({
            "$schema": "https://opencode.ai/config.json",
            "model": format!("{PROVIDER}/{WORKER_MODEL}"),
            "small_model": format!("{PROVIDER}/{WORKER_MODEL}"),
            "autoupdate": false,
            "share": "disabled",
            "provider": {PROVIDER: {
                "npm": "@ai-sdk/openai-compatible",
                "name": "Scripted",
                "options": {"baseURL": endpoint, "apiKey": "scripted-key"},
                "models": {WORKER_MODEL: {
                    "name": "Scripted worker", "reasoning": true, "tool_call": true,
                    "limit": {"context": 100_000, "output": 8_000}
                }}
            }}
        });
        if let (Some(entry), Some(config)) = (plugin, config.as_object_mut()) {
            config.insert("plugin".into(), json!([entry]));
        }
        write_json(&self.config().join("opencode.json"), &config)
    }

    /// Writes the configuration of OpenCode's interface, with the plugin in an unpacked package. A packed
    /// one does not do: OpenCode caches it under its entry's text, and loads no interface plugin from a path
    /// with a colon (1.18.33).
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn configure_tui(&self, package: &Path) -> Result<()> {
        let entry = format!("file://{}", package.display());
        write_json(&self.config().join("tui.json"), &json!({"plugin": [entry]}))
    }

    /// Puts a file where the folder of the spools was: who has opened a spool keeps it, nobody opens one any more.
    ///
    /// # Errors
    /// When no sidecar has made the folder.
    pub fn take_the_spool_away(&self) -> Result<()> {
        let spool = self.rozet().join("state/spool");
        std::fs::rename(&spool, spool.with_extension("before")).context("no spool")?;
        std::fs::write(&spool, "").context("cannot write in the spool's place")
    }

    /// The plugin's entry for a packed package.
    #[must_use]
    pub fn plugin_entry(tarball: &Path) -> String {
        format!("rozet-opencode@file:{}", tarball.display())
    }

    /// A command in the workspace that sees this home and nothing of the person's environment but `PATH`.
    #[must_use]
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.workspace());
        for name in ["PATH", "LANG", "TMPDIR"] {
            if let Some(value) = variable(name) {
                command.env(name, value);
            }
        }
        let home = self.home();
        command
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("XDG_DATA_HOME", home.join(".local/share"))
            .env("XDG_STATE_HOME", home.join(".local/state"))
            .env("XDG_CACHE_HOME", home.join(".cache"))
            // A registry that nobody answers for: what is tested must not need one.
            .env("npm_config_registry", "http://127.0.0.1:9/")
            .env("OPENCODE_DISABLE_AUTOUPDATE", "1")
            .env("OPENCODE_DISABLE_MODELS_FETCH", "1");
        self.rozet_environment(&mut command);
        command
    }

    /// A command in the workspace with the person's own environment and Rozet's folders here.
    #[must_use]
    pub fn own_command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // OpenCode believes `PWD` before it asks the system where it is.
        command.current_dir(self.workspace()).env("PWD", self.workspace());
        self.rozet_environment(&mut command);
        command
    }

    fn rozet_environment(&self, command: &mut Command) {
        command.env("ROZET_HOME", self.rozet());
        if let Planner::Model(endpoint) = &self.planner {
            command
                .env("ROZET_ORCHESTRATOR_PROVIDER", "openai-compatible")
                .env("ROZET_ORCHESTRATOR_ENDPOINT", format!("{endpoint}/"))
                .env("ROZET_ORCHESTRATOR_MODEL", PLANNER_MODEL)
                .env("ROZET_ORCHESTRATOR_API_KEY", "scripted-key");
        }
        for (name, value) in &self.extra {
            command.env(name, value);
        }
    }
}

/// Makes a config folder in which OpenCode has nothing to install: it installs its plugin library into every such folder at
/// start-up and waits for it, unless a lockfile there says that this has been done.
fn settle_plugins(folder: &Path, opencode: &str) -> Result<()> {
    fs::create_dir_all(folder.join("node_modules"))?;
    let lock = json!({"packages": {"": {"dependencies": {"@opencode-ai/plugin": opencode}}}});
    write_json(&folder.join("package-lock.json"), &lock)
}

fn write_json(path: &Path, value: &Value) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, serde_json::to_vec_pretty(value)?)
        .with_context(|| format!("cannot write {}", path.display()))
}
