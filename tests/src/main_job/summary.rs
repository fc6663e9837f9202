//! The report for a person.

use super::Report;
use rozet_observability::plan::{CheckOutcome, TaskStatus};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Prints the report as text, a few screens' lines at most.
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
    writeln!(out, "OpenCode   {code} after {:.1} s", seconds(report.elapsed_ms))?;
    if !report.answer.is_empty() {
        writeln!(out, "Answer     {}", report.answer.replace('\n', "\n           "))?;
    }
    write_plan(report, out)?;
    writeln!(out, "Events     {} stored", report.events.total)?;
    writeln!(out, "           by type   {}", counts(&report.events.by_type))?;
    writeln!(out, "           by source {}", counts(&report.events.by_source))?;
    let hidden = report.hidden;
    writeln!(
        out,
        "Hidden     {} characters of reasoning, {} leaked blocks ({} characters); stored anyway: {}",
        hidden.reasoning_chars,
        hidden.leaked_blocks,
        hidden.leaked_chars,
        if report.stored_think_text { "SOME" } else { "none" }
    )?;
    if let Some(added) = report.rozet_added_ms {
        let wait = report.plan_wait_ms.unwrap_or_default();
        writeln!(out, "Rozet      added {added:.1} ms in OpenCode, and waited {wait:.0} ms for the plan")?;
    }
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

fn write_plan(report: &Report, out: &mut String) -> std::fmt::Result {
    let Some(plan) = &report.plan else { return writeln!(out, "Plan       none") };
    write!(out, "Plan       {} ({}", plan.summary, plan.origin.as_str())?;
    if let Some(model) = &plan.model {
        write!(out, ", {model}")?;
    }
    writeln!(out, ", {} ms)", plan.latency_ms)?;
    if let Some(reason) = &plan.reason {
        writeln!(out, "           because {reason}")?;
    }
    for task in &plan.tasks {
        let mark = match task.status {
            TaskStatus::Completed => "✓",
            TaskStatus::Failed | TaskStatus::Cancelled => "✗",
            TaskStatus::Blocked => "!",
            TaskStatus::Planned | TaskStatus::Ready | TaskStatus::Running | TaskStatus::Verifying => "·",
        };
        writeln!(out, "  {mark} {:<4} {:<10} {}", task.task_id, task.status.as_str(), task.description)?;
        if let Some(waits) = &task.waits_for {
            writeln!(out, "           waits for {waits}")?;
        }
        for seen in &task.evidence {
            let outcome = match seen.outcome {
                CheckOutcome::Passed => "passed",
                CheckOutcome::Failed => "failed",
                CheckOutcome::NotRun => "not run",
            };
            let detail = seen.detail.lines().next().unwrap_or_default();
            writeln!(out, "           {outcome}: {} ({detail})", seen.check.describe())?;
        }
    }
    Ok(())
}

fn counts(counts: &BTreeMap<String, usize>) -> String {
    let words: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
    words.join(", ")
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1_000.0
}
