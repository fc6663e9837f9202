//! Puts a task's files back to what they were, where nobody has changed them since.

use super::RunError;
use super::watch;
use rozet_observability::reading::{RestoreAction, RestoredFile};
use rozet_observability::run::{Attempt, FileState};
use rozet_observability::store::KeptFile;
use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Why nothing is put back, in words for a person.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Somebody has changed a file since.
    Changed(String),
    /// There is nothing that can be.
    Nothing(String),
}

impl From<Refusal> for RunError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Changed(why) | Refusal::Nothing(why) => Self::Refused(why),
        }
    }
}

/// One file to put back.
struct Step {
    kept: KeptFile,
    after: Option<FileState>,
}

/// Puts the files back, or, with `preview`, only tells what would be done. All or none. Blocking.
///
/// # Errors
/// When a file was changed since, cannot be restored, or there is nothing to undo; names the files.
pub(super) fn undo(
    root: &Path,
    attempts: &[Attempt],
    kept: Vec<KeptFile>,
    preview: bool,
) -> Result<Vec<RestoredFile>, Refusal> {
    let steps = steps(attempts, kept)?;
    let changed: Vec<&str> = steps
        .iter()
        .filter(|step| {
            watch::state_of(root, &step.kept.path).map(|state| state.sha256) != sha256(step.after.as_ref())
        })
        .map(|step| step.kept.path.as_str())
        .collect();
    if !changed.is_empty() {
        let what = changed.join(", ");
        return Err(Refusal::Changed(format!(
            "changed since by somebody else, so nothing was put back: {what}. Compare with `git diff` and decide by hand"
        )));
    }
    let told = steps.iter().map(|step| RestoredFile {
        path: step.kept.path.clone(),
        action: if step.kept.state.is_some() { RestoreAction::Restore } else { RestoreAction::Remove },
    });
    let told = told.collect();
    if !preview {
        for step in &steps {
            put_back(root, &step.kept).map_err(|error| {
                Refusal::Nothing(format!("{} cannot be put back: {error}", step.kept.path))
            })?;
        }
    }
    Ok(told)
}

fn sha256(state: Option<&FileState>) -> Option<String> {
    state.map(|state| state.sha256.clone())
}

/// What the task's first attempt found beside what its last one left.
fn steps(attempts: &[Attempt], kept: Vec<KeptFile>) -> Result<Vec<Step>, Refusal> {
    let mut last: BTreeMap<&str, Option<FileState>> = BTreeMap::new();
    for change in attempts.iter().flat_map(|attempt| &attempt.files) {
        last.insert(&change.path, change.after.clone());
    }
    if last.is_empty() {
        return Err(Refusal::Nothing("the task changed no files".into()));
    }
    let lost: Vec<&str> = last
        .keys()
        .filter(|path| {
            let file = kept.iter().find(|file| file.path == **path);
            !file.is_some_and(|file| file.state.is_none() || file.content.is_some())
        })
        .copied()
        .collect();
    if !lost.is_empty() {
        return Err(Refusal::Nothing(format!(
            "what these were before is not kept, as the task did not declare them or they are too large: {}",
            lost.join(", ")
        )));
    }
    let step = |file: KeptFile| {
        let after = last.get(file.path.as_str())?.clone();
        Some(Step { kept: file, after })
    };
    Ok(kept.into_iter().filter_map(step).collect())
}

fn put_back(root: &Path, file: &KeptFile) -> std::io::Result<()> {
    let full = root.join(&file.path);
    let (Some(state), Some(content)) = (&file.state, &file.content) else {
        return match std::fs::remove_file(&full) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    };
    let folder = full.parent().unwrap_or(root);
    std::fs::create_dir_all(folder)?;
    if !folder.canonicalize()?.starts_with(root) {
        return Err(std::io::Error::other("its folder leads out of the workspace"));
    }
    let fresh = folder.join(format!(".rozet-undo-{}", crate::identity::random_hex(6)?));
    let mut written = std::fs::OpenOptions::new().write(true).create_new(true).open(&fresh)?;
    let put = written
        .write_all(content)
        .and_then(|()| written.set_permissions(std::fs::Permissions::from_mode(state.mode)))
        .and_then(|()| written.sync_all())
        .and_then(|()| std::fs::rename(&fresh, &full));
    if put.is_err() {
        let _ = std::fs::remove_file(&fresh);
    }
    put
}
