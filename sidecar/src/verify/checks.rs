//! Judges one check by looking for itself.

use crate::clock::now_ms;
use crate::tools::{CommandOutcome, ToolContext, run_command};
use rozet_observability::plan::{Check, CheckOutcome, Evidence};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;

/// Files up to this size, in bytes, are read and hashed.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// Bytes of a command's output that are kept: its end, where errors stand.
const KEPT_BYTES: usize = 4_000;

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

/// Judges `check` in the workspace of `context`; a command may take as long as `limit`.
pub(crate) async fn run(check: &Check, context: &ToolContext, limit: Duration) -> Evidence {
    let workspace = context.root.as_path();
    let began = Instant::now();
    let finding = match check {
        Check::Manual { .. } => Finding::new(CheckOutcome::NotRun, "only a person can judge this"),
        Check::FileUnchanged { .. } | Check::OnlyTouched { .. } => {
            Finding::new(CheckOutcome::NotRun, "nobody watched the files: this is judged in a run")
        }
        Check::Command { command } => command_exits_0(command, context, limit).await,
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

async fn command_exits_0(line: &str, context: &ToolContext, limit: Duration) -> Finding {
    match run_command(line, context, limit).await {
        Ok(done) => of_command(&done),
        Err(error) => Finding::new(CheckOutcome::NotRun, error.to_string()),
    }
}

fn of_command(done: &CommandOutcome) -> Finding {
    let outcome = if done.exit == Some(0) { CheckOutcome::Passed } else { CheckOutcome::Failed };
    match done.tail(KEPT_BYTES).trim() {
        "" => Finding::new(outcome, done.ending()),
        output => Finding::new(outcome, format!("{}; output: {output}", done.ending())),
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
    use crate::settings::SandboxMode;
    use crate::tools::{Host, ReadOnly, ToolError};
    use std::sync::Arc;
    use tokio_util::sync::CancellationToken;

    fn context(workspace: &Path, home: &Path) -> Result<ToolContext, ToolError> {
        let cancel = CancellationToken::new();
        ToolContext::new(
            workspace,
            Arc::new(ReadOnly),
            SandboxMode::Off,
            true,
            cancel,
            &Host::of_test(home, None),
        )
    }

    async fn evidence(check: &Check, workspace: &Path) -> Evidence {
        let home = tempfile::tempdir().unwrap();
        run(check, &context(workspace, home.path()).unwrap(), Duration::from_secs(60)).await
    }

    async fn outcome(check: Check, workspace: &Path) -> (CheckOutcome, String) {
        let evidence = evidence(&check, workspace).await;
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
        let evidence = evidence(&exists("a.py"), root).await;
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
        let (killed, detail) = outcome(command("kill -9 $$"), folder.path()).await;
        assert_eq!(killed, CheckOutcome::Failed);
        assert!(detail.contains("killed by a signal"), "{detail}");
    }

    #[tokio::test]
    async fn much_output_is_bounded_and_its_end_kept() {
        let folder = tempfile::tempdir().unwrap();
        let line = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; exit 1";
        let (_, detail) = outcome(Check::Command { command: line.into() }, folder.path()).await;
        assert!(detail.len() <= KEPT_BYTES + 100);
        assert!(detail.ends_with("line 19999"), "{detail}");
    }

    #[tokio::test]
    async fn a_workspace_that_is_gone_is_not_judged() {
        let folder = tempfile::tempdir().unwrap();
        let error = context(&folder.path().join("gone"), folder.path()).err().unwrap();
        assert!(error.to_string().contains("cannot be entered"), "{error}");
    }
}
