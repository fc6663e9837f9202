//! Whether a task is done: its checks, run by the sidecar after the worker has had its say.

use super::watch;
use crate::clock::now_ms;
use crate::tools::ToolContext;
use crate::verify;
use rozet_observability::plan::{Check, CheckOutcome, Evidence, Task};
use rozet_observability::run::FileChange;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// Longest run of one command that judges a task: whole test suites are among them.
pub(super) const COMMAND_TIMEOUT: Duration = Duration::from_secs(600);

/// What is known of the workspace when a task is judged.
pub(super) struct Seen<'a> {
    pub(super) root: &'a Path,
    /// The hashes of files that checks name, from before the attempt.
    pub(super) before: &'a BTreeMap<String, Option<String>>,
    /// What the attempt changed; none when nobody watched.
    pub(super) changes: Option<&'a [FileChange]>,
    /// Where and within which limits commands run.
    pub(super) tools: &'a ToolContext,
}

/// Runs every check of the task, one after the other.
pub(super) async fn evidence(task: &Task, seen: &Seen<'_>) -> Vec<Evidence> {
    let mut evidence = Vec::with_capacity(task.checks.len());
    for check in &task.checks {
        evidence.push(match check {
            Check::FileUnchanged { path } => unchanged(check, path, seen),
            Check::OnlyTouched { paths } => only_touched(check, paths, task, seen),
            Check::Command { .. }
            | Check::FileExists { .. }
            | Check::FileContains { .. }
            | Check::Manual { .. } => verify::check(check, seen.tools, COMMAND_TIMEOUT).await,
        });
    }
    evidence
}

fn unchanged(check: &Check, path: &str, seen: &Seen<'_>) -> Evidence {
    let now = watch::state_of(seen.root, path).map(|state| state.sha256);
    let (outcome, detail) = match seen.before.get(path) {
        None => (CheckOutcome::NotRun, format!("nobody looked at {path} before the work began")),
        Some(before) if *before == now => (CheckOutcome::Passed, format!("{path} is what it was")),
        Some(_) => (CheckOutcome::Failed, format!("{path} was changed")),
    };
    found(check, outcome, detail, now)
}

fn only_touched(check: &Check, paths: &[String], task: &Task, seen: &Seen<'_>) -> Evidence {
    let Some(changes) = seen.changes else {
        return found(check, CheckOutcome::NotRun, "nobody watched the workspace".into(), None);
    };
    let stray: Vec<&str> = changes
        .iter()
        .map(|change| change.path.as_str())
        .filter(|path| !watch::is_declared(paths, path) && !watch::is_declared(&task.files, path))
        .collect();
    match stray.as_slice() {
        [] => {
            found(check, CheckOutcome::Passed, format!("{} files changed, all expected", changes.len()), None)
        }
        stray => found(check, CheckOutcome::Failed, format!("also changed: {}", stray.join(", ")), None),
    }
}

fn found(check: &Check, outcome: CheckOutcome, detail: String, sha256: Option<String>) -> Evidence {
    Evidence { check: check.clone(), outcome, detail, observed_at: now_ms(), duration_ms: 0, sha256 }
}

/// What a worker is told of an attempt that failed.
pub(super) fn feedback(reason: Option<&str>, evidence: &[Evidence], drift: &[String]) -> String {
    let mut lines: Vec<String> = reason.map(|reason| format!("It ended: {reason}")).into_iter().collect();
    for seen in evidence {
        let outcome = match seen.outcome {
            CheckOutcome::Passed => "passed",
            CheckOutcome::Failed => "failed",
            CheckOutcome::NotRun => "was not judged",
        };
        lines.push(format!("Check {} {outcome}: {}", seen.check.describe(), seen.detail));
    }
    if !drift.is_empty() {
        lines.push(format!("Files were changed that the task does not name: {}", drift.join(", ")));
    }
    lines.join("\n")
}
