//! `providers.yaml`.

use super::observability::Size;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Largest accepted file, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;
/// The sections; a project's file without any of them is another program's.
const SECTIONS: [&str; 7] =
    ["orchestrator", "workers", "credentials", "budget", "opencode", "observability", "permissions"];

/// Settings that are wrong, with what to do about it.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    /// The file is not what it should be.
    #[error("{}: {message}", path.display())]
    Wrong { path: PathBuf, message: String },
    /// A value makes no sense.
    #[error("{name}: {message}")]
    Value { name: String, message: String },
}

impl ConfigError {
    pub(super) fn value(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Value { name: name.into(), message: message.into() }
    }
}

/// The file, as written.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ProvidersFile {
    pub(crate) orchestrator: Option<ModelSection>,
    pub(crate) workers: Option<WorkersSection>,
    pub(crate) credentials: BTreeMap<String, Credential>,
    pub(crate) budget: Option<BudgetSection>,
    pub(crate) opencode: Option<OpenCodeSection>,
    pub(crate) observability: Option<ObservabilitySection>,
    pub(crate) permissions: Option<PermissionsSection>,
}

/// Who plans.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ModelSection {
    pub(crate) provider: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) endpoint: Option<String>,
    pub(crate) temperature: Option<f64>,
    /// Relative to the file that names it.
    pub(crate) system_prompt_path: Option<String>,
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) max_tasks: Option<u32>,
}

/// Who works, and within which limits. Words are read as text: what is wrong with them is said where they are
/// understood.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WorkersSection {
    pub(crate) provider: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) endpoint: Option<String>,
    pub(crate) temperature: Option<f64>,
    /// Wall time of one attempt at a task.
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) run_timeout_ms: Option<u64>,
    pub(crate) parallel: Option<u32>,
    pub(crate) max_attempts: Option<u32>,
    pub(crate) max_steps: Option<u32>,
    pub(crate) idle_steps: Option<u32>,
    /// `auto`, `required` or `off`.
    pub(crate) sandbox: Option<String>,
    pub(crate) network: Option<bool>,
    pub(crate) auto_execute: Option<bool>,
    /// `worker`, `replace` or `off`: which of OpenCode's agents get Rozet's tools; the plugin's options say it too.
    pub(crate) tools: Option<String>,
    /// `go_on` or `end`.
    pub(crate) when_opencode_ends: Option<String>,
}

/// The part of a section that names a model.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ModelNames {
    pub(super) provider: Option<String>,
    pub(super) model: Option<String>,
    pub(super) endpoint: Option<String>,
    pub(super) temperature: Option<f64>,
}

impl From<&ModelSection> for ModelNames {
    fn from(section: &ModelSection) -> Self {
        let ModelSection { provider, model, endpoint, temperature, .. } = section.clone();
        Self { provider, model, endpoint, temperature }
    }
}

impl From<&WorkersSection> for ModelNames {
    fn from(section: &WorkersSection) -> Self {
        let WorkersSection { provider, model, endpoint, temperature, .. } = section.clone();
        Self { provider, model, endpoint, temperature }
    }
}

/// One provider's key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Credential {
    pub(crate) api_key: Option<String>,
    /// Name of a variable that holds the key.
    pub(crate) api_key_env: Option<String>,
}

/// What may be spent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct BudgetSection {
    /// Tokens that planning may use in one session.
    pub(crate) planner_session_tokens: Option<u64>,
    /// US dollars that planning may cost in one session.
    pub(crate) planner_session_usd: Option<f64>,
    /// Tokens that all attempts at one task may use.
    pub(crate) task_tokens: Option<u64>,
    /// US dollars that all attempts at one task may cost.
    pub(crate) task_usd: Option<f64>,
    /// Tokens that a run may use, its planning included.
    pub(crate) run_tokens: Option<u64>,
    /// US dollars that a run may cost, its planning included.
    pub(crate) run_usd: Option<f64>,
    /// Tokens that all runs of a day may use.
    pub(crate) day_tokens: Option<u64>,
    /// US dollars that all runs of a day may cost.
    pub(crate) day_usd: Option<f64>,
    /// Prices over the built-in table, by `provider/model`.
    pub(crate) prices: BTreeMap<String, PriceSection>,
}

/// US dollars per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriceSection {
    pub(crate) input: f64,
    pub(crate) output: f64,
}

/// Which of OpenCode's models Rozet may use; each named as `provider/model`, or by the model's id alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OpenCodeSection {
    pub(crate) disabled_models: Vec<String>,
    pub(crate) allowed_models_only: bool,
    pub(crate) allowed_models: Vec<String>,
    /// The first of these that OpenCode has is asked when the session's own model may not be used.
    pub(crate) provider_priority: Vec<String>,
}

/// How long what agents ask for waits for a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PermissionsSection {
    pub(crate) deadline_ms: Option<u64>,
    /// `children` or `all`.
    pub(crate) deadline_for: Option<String>,
}

/// How events are kept. Words are read as text: what is wrong with them is said where they are understood.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ObservabilitySection {
    /// `process` or `power`.
    pub(crate) durability: Option<String>,
    pub(crate) retention_days: Option<u64>,
    pub(crate) max_bytes: Option<Size>,
    pub(crate) redact: RedactSection,
}

/// What is masked beyond what is masked anyway, and what is not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RedactSection {
    /// Names of variables whose values are masked.
    pub(crate) variables: Vec<String>,
    /// Kinds of secrets that stay as they are, by the word in their mark.
    pub(crate) keep: Vec<String>,
}

impl ProvidersFile {
    /// Reads the file; a missing or empty one sets nothing.
    ///
    /// # Errors
    /// Names the file, the line, and what was expected there.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, ConfigError> {
        let Some(text) = text(path)? else { return Ok(None) };
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(Some(Self::default()));
        }
        // The message of the parser may quote the file, which may hold keys: only its first line is kept,
        // which names the place and what was expected.
        serde_saphyr::from_str(&text).map(Some).map_err(|error| ConfigError::Wrong {
            path: path.to_owned(),
            message: first_line(&error.to_string()),
        })
    }

    /// Whether a file in a project is one of ours: other programs have a `providers.yaml` too.
    pub(super) fn is_ours(path: &Path) -> bool {
        let ours = |line: &str| {
            SECTIONS
                .iter()
                .any(|section| line.strip_prefix(section).is_some_and(|rest| rest.starts_with(':')))
        };
        text(path).is_ok_and(|text| text.is_some_and(|text| text.lines().any(ours)))
    }
}

fn text(path: &Path) -> Result<Option<String>, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
        Ok(metadata) if metadata.len() > MAX_BYTES => {
            let message = format!("larger than {MAX_BYTES} bytes: this is no settings file");
            return Err(ConfigError::Wrong { path: path.to_owned(), message });
        }
        Ok(_) => {}
    }
    std::fs::read_to_string(path).map(Some).map_err(unreadable)
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or("not valid YAML").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ProvidersFile, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("providers.yaml");
        std::fs::write(&path, text).unwrap();
        ProvidersFile::read(&path).map(Option::unwrap)
    }

    #[test]
    fn a_missing_or_empty_file_sets_nothing() {
        assert_eq!(ProvidersFile::read(Path::new("/nowhere/providers.yaml")).unwrap(), None);
        assert_eq!(read("# nothing yet\n").unwrap(), ProvidersFile::default());
    }

    #[test]
    fn every_section_is_read() {
        let file = read(
            "orchestrator:\n  provider: openai-compatible\n  temperature: 0.2\n  system_prompt_path: plan.md\n\
             workers:\n  provider: groq\n  model: m\n\
             credentials:\n  openai-compatible:\n    api_key_env: MY_KEY\n\
             budget:\n  planner_session_tokens: 9000\n  planner_session_usd: 0.25\n\
             \x20 prices:\n    groq/m: { input: 0.1, output: 1 }\n\
             opencode:\n  disabled_models: [a/b]\n  allowed_models_only: true\n  allowed_models: [c]\n\
             \x20 provider_priority: [openai, groq]\n",
        )
        .unwrap();
        assert_eq!(file.orchestrator.unwrap().temperature, Some(0.2));
        assert_eq!(file.workers.unwrap().model.as_deref(), Some("m"));
        assert_eq!(file.credentials["openai-compatible"].api_key_env.as_deref(), Some("MY_KEY"));
        let budget = file.budget.unwrap();
        assert_eq!((budget.planner_session_tokens, budget.planner_session_usd), (Some(9000), Some(0.25)));
        assert_eq!(budget.prices["groq/m"], PriceSection { input: 0.1, output: 1.0 });
        let opencode = file.opencode.unwrap();
        assert!(opencode.allowed_models_only && opencode.provider_priority == ["openai", "groq"]);
    }

    #[test]
    fn a_wrong_file_is_named_with_its_line_and_without_its_secrets() {
        for text in [
            "orchestrator:\n  provider: x\n  temperature: warm\n",
            "orchestrator:\n  provider: x\n  colour: red\n",
            "orchestrator:\n  provider: x\n bad indent: [\n",
        ] {
            let message = read(text).unwrap_err().to_string();
            assert!(message.contains("providers.yaml"), "{message}");
            assert!(message.contains("line 3"), "{message}");
        }
        let message = read("credentials:\n  x:\n    api_key: [sk-secret]\n").unwrap_err().to_string();
        assert!(!message.contains("sk-secret"), "{message}");
    }

    #[test]
    fn another_programs_file_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("providers.yaml");
        assert!(!ProvidersFile::is_ours(&path));
        for (text, ours) in
            [("aws:\n  budget: 1\n", false), ("# x\nbudget:\n  planner_session_usd: 1\n", true)]
        {
            std::fs::write(&path, text).unwrap();
            assert_eq!(ProvidersFile::is_ours(&path), ours, "{text}");
        }
    }
}
