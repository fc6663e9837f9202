//! One prompt that workers carry out, in the real OpenCode. The demo shows it and an end-to-end test asserts it, from the
//! same report.

mod report;
mod script;
mod summary;

pub use report::Report;
pub use script::{ANSWER, NEEDED, Names, PROMPT, TASKS, script};
pub use summary::summary;

use crate::main_job::Stage;
use crate::wait::until;
use anyhow::Result;
use std::time::{Duration, Instant};

/// After OpenCode has ended, the last events may still be on their way.
const SETTLED_WITHIN: Duration = Duration::from_secs(20);

/// Runs the prompt and reports what can be seen afterwards. A broken promise is part of the report, not an error.
///
/// # Errors
/// When OpenCode cannot be run at all, or the sidecar does not answer.
pub async fn run(stage: &Stage<'_>, prompt: &str, progress: &dyn Fn(&str)) -> Result<Report> {
    let start = Instant::now();
    progress("opencode run, with workers");
    let ran = stage.opencode.run(prompt, stage.model_name).await?;
    let elapsed = start.elapsed();
    let mut report = Report::new(prompt, stage, &ran, elapsed);
    let Some(session_id) = ran.session_id else { return Ok(report.judged()) };
    progress("waiting for the last events");
    // Whatever is missing after the wait shows in the report.
    let _ = until("the session's end", SETTLED_WITHIN, async || {
        let ended = stage.sidecar.events().await?.iter().any(|stored| {
            stored.event.session_id == session_id && stored.event.hook_event_type == "SessionEnd"
        });
        Ok(ended.then_some(()))
    })
    .await;
    let runs = stage.sidecar.runs().await?;
    if let Some(run) = runs.into_iter().find(|run| run.session_id == session_id) {
        report.run = Some(stage.sidecar.run(&run.run_id).await?);
    }
    report.add_events(&stage.sidecar.events().await?);
    if let Some(model) = stage.model {
        report.add_model(model);
    }
    Ok(report.judged())
}
