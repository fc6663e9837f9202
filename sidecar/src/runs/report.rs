//! What is told of a run: one line for a person, the whole for a model, a note for the session's system prompt.

use super::live::State;
use crate::spend;
use rozet_observability::plan::{CheckOutcome, Task, TaskStatus};
use rozet_observability::run::{Attempt, FileChange, RunNotice, RunProgress, RunStatus};
use std::fmt::Write;

/// Longest report, in bytes.
const MAX_REPORT_BYTES: usize = 16 * 1024;
/// Longest text of one claim, detail or reason in a report, in characters.
const MAX_TEXT_CHARS: usize = 400;

/// Where the run stands, for those who wait for it.
pub(super) fn progress(state: &State) -> RunProgress {
    let done = is_settled(state.run.status);
    RunProgress {
        run_id: Some(state.run.run_id.clone()),
        plan_id: Some(state.run.plan_id.clone()),
        status: Some(state.run.status),
        title: title(state),
        report: report(state),
        done,
    }
}

/// Nothing more happens by itself.
const fn is_settled(status: RunStatus) -> bool {
    matches!(status, RunStatus::Completed | RunStatus::Failed | RunStatus::Cancelled | RunStatus::Paused)
}

/// One line, such as `2 of 5 done, T3 edit_file src/a.rs`.
pub(super) fn title(state: &State) -> String {
    let tasks = &state.plan.tasks;
    let count = |status| tasks.iter().filter(|task| task.status == status).count();
    let mut line = format!("{} of {} done", count(TaskStatus::Completed), tasks.len());
    for (status, word) in [
        (TaskStatus::Failed, "failed"),
        (TaskStatus::Blocked, "blocked"),
        (TaskStatus::Cancelled, "cancelled"),
    ] {
        if count(status) > 0 {
            let _ = write!(line, ", {} {word}", count(status));
        }
    }
    if state.run.status != RunStatus::Running {
        let _ = write!(line, ", {}", state.run.status.as_str());
        return line;
    }
    for task in tasks {
        let doing = state.activity.get(&task.task_id).map(String::as_str);
        match (task.status, doing) {
            (TaskStatus::Running, Some(doing)) => drop(write!(line, ", {} {doing}", task.task_id)),
            (TaskStatus::Running, None) => drop(write!(line, ", {} running", task.task_id)),
            (TaskStatus::Verifying, _) => drop(write!(line, ", {} verifying", task.task_id)),
            _ => {}
        }
    }
    shortened(&line, 160)
}

/// Where each task stands, what was claimed beside what was seen.
pub(super) fn report(state: &State) -> String {
    let run = &state.run;
    let mut out = format!("Run {} is {}", run.run_id, run.status.as_str());
    if let Some(reason) = &run.reason {
        let _ = write!(out, ": {reason}");
    }
    let _ = writeln!(out, ". {}{}", title(state), spend::told(&run.usage));
    for task in &state.plan.tasks {
        let attempts = state.attempts.get(&task.task_id).map_or(&[][..], Vec::as_slice);
        task_lines(&mut out, task, attempts);
    }
    bounded(out)
}

fn task_lines(out: &mut String, task: &Task, attempts: &[Attempt]) {
    let _ = writeln!(out, "{} {}: {}", task.task_id, task.status.as_str(), shortened(&task.description, 200));
    if let Some(waits_for) = &task.waits_for {
        let _ = writeln!(out, "  waits for: {}", shortened(&waits_for.what, MAX_TEXT_CHARS));
    }
    for attempt in attempts {
        if let Some(reason) = attempt.reason.as_deref().filter(|_| attempt.ended_at.is_some()) {
            let _ = writeln!(out, "  attempt {}: {}", attempt.number, shortened(reason, MAX_TEXT_CHARS));
        }
    }
    let Some(last) = attempts.last() else { return };
    if let Some(claim) = &last.claim {
        let _ = writeln!(out, "  claim: {}", shortened(&claim.statement, MAX_TEXT_CHARS));
    }
    for seen in &last.evidence {
        let outcome = match seen.outcome {
            CheckOutcome::Passed => "passed",
            CheckOutcome::Failed => "FAILED",
            CheckOutcome::NotRun => "not judged",
        };
        let detail = shortened(&seen.detail, MAX_TEXT_CHARS);
        let _ = writeln!(out, "  evidence: {} {outcome} ({detail})", shortened(&seen.check.describe(), 200));
    }
    if !last.files.is_empty() {
        let files: Vec<String> = last.files.iter().take(20).map(file).collect();
        let _ = writeln!(out, "  files: {}", files.join(", "));
    }
    if !last.drift.is_empty() {
        let _ = writeln!(out, "  not declared: {}", shortened(&last.drift.join(", "), MAX_TEXT_CHARS));
    }
    if last.sandboxed == Some(false) {
        let _ = writeln!(out, "  its commands ran without a sandbox");
    }
}

fn file(change: &FileChange) -> String {
    let what = match (&change.before, &change.after) {
        (None, Some(_)) => "new",
        (Some(_), None) => "removed",
        _ => "changed",
    };
    format!("{} ({what})", change.path)
}

/// What the session's plugin is told.
pub(super) fn notice(state: &State) -> RunNotice {
    let run = &state.run;
    // What the model is to do about it, the plugin says.
    let note = if run.status == RunStatus::Running { outline(state) } else { report(state) };
    let toast = is_settled(run.status).then(|| format!("Rozet: {}", title(state)));
    RunNotice {
        run_id: run.run_id.clone(),
        plan_id: run.plan_id.clone(),
        session_id: run.session_id.clone(),
        status: run.status,
        note,
        toast,
    }
}

fn outline(state: &State) -> String {
    let mut out = String::new();
    for task in &state.plan.tasks {
        let _ = writeln!(
            out,
            "- {} {}: {}",
            task.task_id,
            task.status.as_str(),
            shortened(&task.description, 160)
        );
    }
    bounded(out)
}

/// The text's beginning, on one line.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let kept: String = line.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}

fn bounded(mut text: String) -> String {
    if text.len() > MAX_REPORT_BYTES {
        let end = text.floor_char_boundary(MAX_REPORT_BYTES);
        text.truncate(end);
        text.push_str("\n(the rest is left out; `rozet-sidecar show` has it)\n");
    }
    text
}
