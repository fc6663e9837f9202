//! The planning log that a person finds in the workspace: `.opencode/logs/rozet-bridge.log`. It says what
//! was planned when, never the prompt. The folder `.opencode` is not made for it: OpenCode takes one for a
//! configuration folder and installs packages into it at its next start, which takes half a minute. Without
//! one, the daemon's own log alone tells of plans.

use std::io::Write;
use std::path::{Path, PathBuf};

/// The log starts anew beyond this size, in bytes; the old one is kept once.
const MAX_BYTES: u64 = 1024 * 1024;

/// The log of one workspace.
pub(super) struct WorkspaceLog {
    path: Option<PathBuf>,
}

impl WorkspaceLog {
    /// The log of that workspace; none where there is no `.opencode`.
    pub(super) fn of(directory: &str) -> Self {
        let folder = Path::new(directory).join(".opencode");
        let path = folder.is_dir().then(|| folder.join("logs/rozet-bridge.log"));
        Self { path }
    }

    /// Appends one line. A log that cannot be written must not stop a plan.
    pub(super) fn note(&self, line: &str) {
        if let Some(path) = &self.path
            && let Err(error) = append(path, line)
        {
            tracing::warn!(%error, path = %path.display(), "the workspace's planning log cannot be written");
        }
    }
}

fn append(path: &Path, line: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent()
        && !folder.is_dir()
    {
        std::fs::create_dir_all(folder)?;
        // A log is nothing to commit.
        std::fs::write(folder.join(".gitignore"), "*\n")?;
    }
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.len() > MAX_BYTES) {
        std::fs::rename(path, path.with_extension("log.1"))?;
    }
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    let line = line.replace(['\n', '\r'], " ");
    file.write_all(format!("{} {line}\n", crate::clock::now_ms()).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_appended_and_the_log_is_bounded() {
        let workspace = tempfile::tempdir().unwrap();
        WorkspaceLog::of(workspace.path().to_str().unwrap()).note("no folder is made for it");
        assert!(!workspace.path().join(".opencode").exists());
        std::fs::create_dir(workspace.path().join(".opencode")).unwrap();
        let log = WorkspaceLog::of(workspace.path().to_str().unwrap());
        log.note("one\ntwo");
        let path = workspace.path().join(".opencode/logs/rozet-bridge.log");
        assert!(std::fs::read_to_string(&path).unwrap().ends_with(" one two\n"));
        assert_eq!(std::fs::read_to_string(path.with_file_name(".gitignore")).unwrap(), "*\n");
        std::fs::write(&path, vec![b'x'; 1024 * 1024 + 1]).unwrap();
        log.note("fresh");
        assert!(std::fs::metadata(&path).unwrap().len() < 100);
    }
}
