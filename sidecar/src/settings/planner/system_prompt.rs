//! Instructions for the planner's model in place of the built-in ones.

use super::{ConfigError, Layers};
use crate::settings::source::{Scope, Set, Source};
use std::path::{Path, PathBuf};

/// Longest instructions, in bytes: they are paid for with every plan.
const MAX_BYTES: u64 = 16 * 1024;

/// The person's own instructions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SystemPrompt {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

pub(super) fn read(layers: &Layers) -> Result<Option<Set<SystemPrompt>>, ConfigError> {
    let set = layers
        .variable("ROZET_ORCHESTRATOR_SYSTEM_PROMPT")
        .or_else(|| layers.in_files(|file| file.orchestrator.as_ref()?.system_prompt_path.clone()));
    let Some(Set { value, source }) = set else { return Ok(None) };
    let wrong = |message: String| ConfigError::value("orchestrator.system_prompt_path", message);
    // A path in a file is relative to the file's folder.
    let folder = match &source {
        Source::EnvFile { path, .. } | Source::File { path, .. } => path.parent(),
        Source::Flag(_) | Source::Variable(_) | Source::Default => None,
    };
    let path = folder.map_or_else(|| PathBuf::from(&value), |folder| folder.join(&value));
    let real = path
        .canonicalize()
        .map_err(|error| wrong(format!("{} cannot be read: {error} ({source})", path.display())))?;
    if source.scope() == Scope::Project && !is_inside(&real, layers.workspace.as_deref()) {
        let message =
            format!("{} lies outside of the project, whose file names it ({source})", path.display());
        return Err(wrong(message));
    }
    let length = std::fs::metadata(&real).map_or(u64::MAX, |metadata| metadata.len());
    if length > MAX_BYTES {
        return Err(wrong(format!("{} is larger than {MAX_BYTES} bytes ({source})", path.display())));
    }
    let text = std::fs::read_to_string(&real)
        .map_err(|error| wrong(format!("{} cannot be read: {error} ({source})", path.display())))?;
    if text.trim().is_empty() {
        return Err(wrong(format!("{} is empty ({source})", path.display())));
    }
    Ok(Some(Set::new(SystemPrompt { path, text: text.trim().to_owned() }, source)))
}

fn is_inside(path: &Path, workspace: Option<&Path>) -> bool {
    let root = workspace.and_then(|workspace| workspace.canonicalize().ok());
    root.is_some_and(|root| path.starts_with(root))
}
