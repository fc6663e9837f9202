//! Judges one check by looking for itself.

use super::command;
use crate::clock::now_ms;
use rozet_observability::plan::{Check, CheckOutcome, Evidence};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use tokio::time::Instant;

/// Files up to this size, in bytes, are read and hashed.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// What one check found, before it is dated.
struct Finding {
    outcome: CheckOutcome,
    detail: String,
    sha256: Option<String>,
}

impl Finding {
    fn new(outcome: CheckOutcome, detail: impl Into<String>) -> Self {
        Self { outcome, detail: detail.into(), sha256: None }
    }
}

/// Judges `check` in `workspace`.
pub(super) async fn run(check: &Check, workspace: &Path) -> Evidence {
    let began = Instant::now();
    let finding = match check {
        Check::Manual { .. } => Finding::new(CheckOutcome::NotRun, "only a person can judge this"),
        Check::FileUnchanged { .. } | Check::OnlyTouched { .. } => {
            Finding::new(CheckOutcome::NotRun, "nobody watched the files: this is judged in a run")
        }
        Check::Command { command } => command_exits_0(command, workspace).await,
        Check::FileExists { path } => look(path, workspace, None).await,
        Check::FileContains { path, text } => look(path, workspace, Some(text.clone())).await,
    };
    Evidence {
        check: check.clone(),
        outcome: finding.outcome,
        detail: finding.detail,
        observed_at: now_ms(),
        duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        sha256: finding.sha256,
    }
}

/// The evidence of a check that was not allowed to run.
pub(super) fn not_run(check: &Check, why: &str) -> Evidence {
    Evidence {
        check: check.clone(),
        outcome: CheckOutcome::NotRun,
        detail: why.to_owned(),
        observed_at: now_ms(),
        duration_ms: 0,
        sha256: None,
    }
}

async fn command_exits_0(line: &str, workspace: &Path) -> Finding {
    match command::run(line, workspace).await {
        Ok(done) if done.exit == Some(0) => Finding::new(CheckOutcome::Passed, done.describe()),
        Ok(done) => Finding::new(CheckOutcome::Failed, done.describe()),
        Err(error) => {
            Finding::new(CheckOutcome::NotRun, format!("the command could not be started: {error}"))
        }
    }
}

async fn look(path: &str, workspace: &Path, text: Option<String>) -> Finding {
    let (path, workspace) = (path.to_owned(), workspace.to_owned());
    tokio::task::spawn_blocking(move || look_at_file(&path, &workspace, text.as_deref()))
        .await
        .unwrap_or_else(|_| Finding::new(CheckOutcome::NotRun, "the file could not be looked at"))
}

fn look_at_file(path: &str, workspace: &Path, text: Option<&str>) -> Finding {
    let real = match resolve(path, workspace) {
        Ok(real) => real,
        Err(finding) => return finding,
    };
    let metadata = match std::fs::metadata(&real) {
        Ok(metadata) => metadata,
        Err(error) => {
            return Finding::new(CheckOutcome::NotRun, format!("{path} cannot be looked at: {error}"));
        }
    };
    if metadata.is_dir() {
        return match text {
            None => Finding::new(CheckOutcome::Passed, format!("{path} is a folder")),
            Some(_) => Finding::new(CheckOutcome::Failed, format!("{path} is a folder, not a file")),
        };
    }
    if !metadata.is_file() || metadata.len() > MAX_FILE_BYTES {
        return match text {
            None => Finding::new(CheckOutcome::Passed, format!("{path} exists")),
            Some(_) => Finding::new(CheckOutcome::NotRun, format!("{path} is not a file of up to 64 MiB")),
        };
    }
    let bytes = match std::fs::read(&real) {
        Ok(bytes) => bytes,
        Err(error) => return Finding::new(CheckOutcome::NotRun, format!("{path} cannot be read: {error}")),
    };
    let sha256 = Some(hex(&Sha256::digest(&bytes)));
    let size = format!("{path}, {} bytes", bytes.len());
    let (outcome, detail) = match text {
        None => (CheckOutcome::Passed, size),
        Some(text) if contains(&bytes, text.as_bytes()) => {
            (CheckOutcome::Passed, format!("{size}, has the text"))
        }
        Some(_) => (CheckOutcome::Failed, format!("{size}, does not have the text")),
    };
    Finding { outcome, detail, sha256 }
}

/// The real path, if it lies inside the workspace.
fn resolve(path: &str, workspace: &Path) -> Result<PathBuf, Finding> {
    let root = workspace.canonicalize().map_err(|error| {
        Finding::new(CheckOutcome::NotRun, format!("the workspace cannot be entered: {error}"))
    })?;
    match root.join(path).canonicalize() {
        Ok(real) if real.starts_with(&root) => Ok(real),
        Ok(_) => Err(Finding::new(CheckOutcome::Failed, format!("{path} leads out of the workspace"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Finding::new(CheckOutcome::Failed, format!("{path} does not exist")))
        }
        Err(error) => Err(Finding::new(CheckOutcome::NotRun, format!("{path} cannot be looked at: {error}"))),
    }
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    text.is_empty() || bytes.windows(text.len()).any(|window| window == text)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn outcome(check: Check, workspace: &Path) -> (CheckOutcome, String) {
        let evidence = run(&check, workspace).await;
        (evidence.outcome, evidence.detail)
    }

    fn exists(path: &str) -> Check {
        Check::FileExists { path: path.into() }
    }

    fn has(path: &str, text: &str) -> Check {
        Check::FileContains { path: path.into(), text: text.into() }
    }

    #[tokio::test]
    async fn files_are_looked_at_and_hashed() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::write(root.join("a.py"), "print('hi')\n").unwrap();
        std::os::unix::fs::symlink("/etc/hostname", root.join("out")).unwrap();
        for (check, wanted) in [
            (exists("a.py"), CheckOutcome::Passed),
            (exists("b.py"), CheckOutcome::Failed),
            (exists("out"), CheckOutcome::Failed),
            (exists("../"), CheckOutcome::Failed),
            (has("a.py", "print"), CheckOutcome::Passed),
            (has("a.py", "prunt"), CheckOutcome::Failed),
            (has(".", "x"), CheckOutcome::Failed),
            (Check::Manual { question: "nice?".into() }, CheckOutcome::NotRun),
        ] {
            let described = check.describe();
            assert_eq!(outcome(check, root).await.0, wanted, "{described}");
        }
        let evidence = run(&exists("a.py"), root).await;
        assert_eq!(
            evidence.sha256.as_deref(),
            Some("caf026f25d7140209f98072605307a438914b9ce6f3c14b23d15d9667241de52")
        );
    }

    #[tokio::test]
    async fn commands_are_judged_by_their_exit_code() {
        let folder = tempfile::tempdir().unwrap();
        let command = |line: &str| Check::Command { command: line.into() };
        assert_eq!(outcome(command("true"), folder.path()).await.0, CheckOutcome::Passed);
        let (failed, detail) = outcome(command("echo why; exit 3"), folder.path()).await;
        assert_eq!(failed, CheckOutcome::Failed);
        assert!(detail.contains("exit code 3") && detail.contains("why"), "{detail}");
        let gone = folder.path().join("gone");
        assert_eq!(outcome(command("true"), &gone).await.0, CheckOutcome::NotRun);
    }
}
