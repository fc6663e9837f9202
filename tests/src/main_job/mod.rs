//! The main job: one prompt, all the way through. The demo shows it and the first end-to-end test asserts
//! it, from the same report.

mod report;
mod script;
mod summary;

pub use report::{Events, Hidden, PlanReport, Report, TaskReport};
pub use script::{
    ANSWER, DEFAULT_PROMPT, LEAKED, LEAKED_BLOCKS, REASONED, RunCommand, TASKS, plan_json, script,
};
pub use summary::summary;

use crate::opencode::OpenCode;
use crate::scripted_model::ScriptedModel;
use crate::sidecar::Client;
use crate::wait::until;
use anyhow::Result;
use std::path::Path;
use std::time::{Duration, Instant};

/// After OpenCode has ended, the sidecar may still be running checks.
const SETTLED_WITHIN: Duration = Duration::from_secs(10);

/// What the main job needs: everything real, and the model.
#[derive(Debug)]
pub struct Stage<'a> {
    /// OpenCode, configured and with the plugin in its configuration.
    pub opencode: &'a OpenCode<'a>,
    /// The running sidecar.
    pub sidecar: &'a Client,
    /// Where the dashboard answers.
    pub dashboard_url: &'a str,
    /// The workspace that OpenCode works in.
    pub workspace: &'a Path,
    /// The scripted model, unless a real one does the work.
    pub model: Option<&'a ScriptedModel>,
    /// The real model as `provider/model`.
    pub model_name: Option<&'a str>,
}

/// Runs the prompt and reports what can be seen afterwards. A broken promise is part of the report, not
/// an error.
///
/// # Errors
/// When OpenCode cannot be run at all, or the sidecar does not answer.
pub async fn run(stage: &Stage<'_>, prompt: &str, progress: &dyn Fn(&str)) -> Result<Report> {
    let start = Instant::now();
    progress("opencode run");
    let run = stage.opencode.run(prompt, stage.model_name).await?;
    let elapsed = start.elapsed();
    let mut report = Report::new(prompt, stage.dashboard_url, stage.workspace, &run, elapsed);
    let Some(session_id) = run.session_id else {
        return Ok(report.judged(stage.model.is_some()));
    };
    progress("waiting for the last events");
    // Whatever is missing after the wait shows in the report.
    let _ = until("the session's end", SETTLED_WITHIN, async || {
        let ended = stage.sidecar.events().await?.iter().any(|stored| {
            stored.event.session_id == session_id && stored.event.hook_event_type == "SessionEnd"
        });
        let plans = stage.sidecar.plans(&session_id).await?;
        let decided = plans.iter().flat_map(|plan| &plan.tasks).all(|task| report::is_decided(task.status));
        Ok((ended && decided).then_some(()))
    })
    .await;
    progress("reading what was stored");
    report.add_plan(stage.sidecar.plans(&session_id).await?.into_iter().next());
    report.add_events(&stage.sidecar.events().await?);
    report.add_stored(&stage.opencode.export(&session_id).await?);
    if let Some(model) = stage.model {
        report.add_model(model);
    }
    Ok(report.judged(stage.model.is_some()))
}
