//! A run at its end, claims beside evidence.

use crate::cli::{Context, output};
use crate::spend;
use rozet_observability::plan::CheckOutcome;
use rozet_observability::run::{RunStatus, RunView, TaskView};

/// Prints the run, task by task.
pub(in crate::cli) fn print(context: &mut Context, view: &RunView) {
    let run = &view.run;
    let title = context.out.bold(&output::plain(&view.summary));
    context.out.line(&title);
    let reason = run.reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
    let ended = if run.status.is_over() { run.since } else { crate::clock::now_ms() };
    let seconds = u32::try_from(ended.saturating_sub(run.started_at)).unwrap_or_default();
    context.out.line(&output::plain(&format!(
        "{} {}{reason}: {} of {} tasks completed in {:.1} s by worker {}{}",
        run.run_id,
        run.status.as_str(),
        view.tasks.iter().filter(|view| view.task.status.as_str() == "completed").count(),
        view.tasks.len(),
        f64::from(seconds) / 1_000.0,
        run.worker.as_str(),
        spend::told(&run.usage),
    )));
    for task in &view.tasks {
        print_task(context, task);
    }
    let hint = match run.status {
        RunStatus::Paused => Some(format!("\nGo on with `rozet-sidecar resume {}`", run.run_id)),
        RunStatus::Failed | RunStatus::Cancelled => {
            Some(format!("\nTry again with `rozet-sidecar retry {} [TASK]`", run.run_id))
        }
        RunStatus::Running | RunStatus::Completed => None,
    };
    if let Some(hint) = hint {
        context.out.line(&hint);
    }
}

fn print_task(context: &mut Context, view: &TaskView) {
    let task = &view.task;
    let id = context.out.bold(&task.task_id);
    let attempts = match view.attempts.len() {
        0 | 1 => String::new(),
        count => format!(", {count} attempts"),
    };
    context.out.line(&format!(
        "\n{id} {}{attempts}: {}",
        task.status.as_str(),
        output::plain(&task.description)
    ));
    let mut line = |text: String| {
        context.out.line(&output::plain(&text));
    };
    if let Some(waits_for) = &view.waits_for {
        line(format!("   waits for: {}", waits_for.what));
    }
    let Some(last) = view.attempts.last() else { return };
    for earlier in view.attempts.iter().rev().skip(1).rev() {
        let reason = earlier.reason.as_deref().unwrap_or("it was ended");
        line(format!("   attempt {}: {reason}", earlier.number));
    }
    if let Some(reason) = &last.reason {
        line(format!("   attempt {}: {reason}", last.number));
    }
    if let Some(claim) = &last.claim {
        line(format!("   claim: {}", claim.statement));
    }
    for seen in &last.evidence {
        let outcome = match seen.outcome {
            CheckOutcome::Passed => "passed",
            CheckOutcome::Failed => "FAILED",
            CheckOutcome::NotRun => "not judged",
        };
        line(format!("   evidence: {} {outcome}: {}", seen.check.describe(), seen.detail));
    }
    for change in &last.files {
        let what = match (&change.before, &change.after) {
            (None, Some(_)) if !last.drift.contains(&change.path) || change.restorable => "new",
            (Some(_), None) => "removed",
            _ => "changed",
        };
        let stray = if last.drift.contains(&change.path) { ", not declared" } else { "" };
        line(format!("   file: {} ({what}{stray})", change.path));
    }
    if last.sandboxed == Some(false) {
        line("   its commands ran without a sandbox: see `rozet-sidecar doctor`".into());
    }
}
