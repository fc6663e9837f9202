//! `providers.yaml`.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Largest accepted file, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// Settings that are wrong, with what to do about it.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    /// The file is not what it should be.
    #[error("{}: {message}", path.display())]
    Wrong { path: PathBuf, message: String },
    /// A variable has a value that makes no sense.
    #[error("{name}: {message}")]
    Variable { name: &'static str, message: String },
}

/// The file, as written.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ProvidersFile {
    pub(crate) orchestrator: OrchestratorSection,
    pub(crate) credentials: BTreeMap<String, Credential>,
}

/// The planner's part.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OrchestratorSection {
    pub(crate) provider: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) endpoint: Option<String>,
    pub(crate) temperature: Option<f64>,
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) max_tasks: Option<u32>,
}

/// One provider's key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Credential {
    pub(crate) api_key: Option<String>,
    /// Name of a variable that holds the key.
    pub(crate) api_key_env: Option<String>,
}

impl ProvidersFile {
    /// Reads the file; a missing or empty one sets nothing.
    ///
    /// # Errors
    /// Names the file, the line, and what was expected there.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
        let wrong = |message| ConfigError::Wrong { path: path.to_owned(), message };
        match std::fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(error)),
            Ok(metadata) if metadata.len() > MAX_BYTES => {
                return Err(wrong(format!("larger than {MAX_BYTES} bytes: this is no settings file")));
            }
            Ok(_) => {}
        }
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(Self::default());
        }
        // The message of the parser may quote the file, which may hold keys: only its first line is kept,
        // which names the place and what was expected.
        serde_saphyr::from_str(&text).map_err(|error| wrong(first_line(&error.to_string())))
    }
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
        ProvidersFile::read(&path)
    }

    #[test]
    fn a_missing_or_empty_file_sets_nothing() {
        assert_eq!(
            ProvidersFile::read(Path::new("/nowhere/providers.yaml")).unwrap(),
            ProvidersFile::default()
        );
        assert_eq!(read("# nothing yet\n").unwrap(), ProvidersFile::default());
    }

    #[test]
    fn values_are_read() {
        let file = read(
            "orchestrator:\n  provider: openai-compatible\n  temperature: 0.2\n\
             credentials:\n  openai-compatible:\n    api_key_env: MY_KEY\n",
        )
        .unwrap();
        assert_eq!(file.orchestrator.temperature, Some(0.2));
        assert_eq!(file.credentials["openai-compatible"].api_key_env.as_deref(), Some("MY_KEY"));
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
}
