//! What the workers did, for people.

use super::report::Report;
use rozet_observability::plan::{CheckOutcome, TaskStatus};
use rozet_observability::run::TaskView;
use std::fmt::Write;

/// The report as text.
#[must_use]
pub fn summary(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write(report, &mut out);
    out
}

fn write(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(out, "\nPrompt     {}", report.prompt)?;
    let code =
        report.opencode_exit_code.map_or_else(|| "a signal".into(), |code| format!("exit code {code}"));
    writeln!(out, "OpenCode   {code} after {} ms", report.elapsed_ms)?;
    writeln!(out, "Answer     {}", report.answer.replace('\n', "\n           "))?;
    match &report.run {
        None => writeln!(out, "Run        none")?,
        Some(view) => {
            let (run, tokens) = (&view.run, view.run.usage.input_tokens + view.run.usage.output_tokens);
            let (status, worker) = (run.status.as_str(), run.worker.as_str());
            writeln!(
                out,
                "Run        {} {status}, {} at once, worker {worker}, {tokens} tokens",
                run.run_id, run.parallel
            )?;
            for task in &view.tasks {
                write_task(task, run.started_at, out)?;
            }
        }
    }
    if let Some((one, other)) = report.in_parallel() {
        writeln!(out, "Parallel   {one} and {other} were under way at once")?;
    }
    if let Some(view) = report.mended() {
        writeln!(out, "Mended     {} failed its first check and passed the second", view.task.task_id)?;
    }
    let events: Vec<String> = report.events.iter().map(|(name, count)| format!("{name} {count}")).collect();
    writeln!(out, "Events     {}", events.join(", "))?;
    writeln!(out, "Dashboard  {}", report.dashboard_url)?;
    writeln!(out, "Workspace  {}", report.workspace.display())?;
    for promise in &report.broken_promises {
        writeln!(out, "BROKEN     {promise}")?;
    }
    if !report.opencode_stderr.is_empty() {
        writeln!(out, "OpenCode said:\n{}", report.opencode_stderr)?;
    }
    Ok(())
}

fn write_task(view: &TaskView, run_began: i64, out: &mut String) -> std::fmt::Result {
    let mark = if view.task.status == TaskStatus::Completed { "✓" } else { "✗" };
    writeln!(out, "  {mark} {:<4} {}", view.task.task_id, view.task.description)?;
    for attempt in &view.attempts {
        let (began, ended) =
            (attempt.started_at - run_began, attempt.ended_at.unwrap_or_default() - run_began);
        writeln!(out, "           attempt {}: {began} to {ended} ms", attempt.number)?;
        if let Some(claim) = &attempt.claim {
            writeln!(out, "             claim: {}", claim.statement)?;
        }
        for seen in &attempt.evidence {
            let outcome = match seen.outcome {
                CheckOutcome::Passed => "passed",
                CheckOutcome::Failed => "failed",
                CheckOutcome::NotRun => "not run",
            };
            let detail = seen.detail.lines().next().unwrap_or_default();
            writeln!(out, "             {outcome}: {} ({detail})", seen.check.describe())?;
        }
        for change in &attempt.files {
            let what = if change.before.is_none() { "new" } else { "changed" };
            writeln!(out, "             file: {} ({what})", change.path)?;
        }
    }
    Ok(())
}
