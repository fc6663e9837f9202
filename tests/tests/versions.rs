//! Earlier versions of OpenCode: a short turn in each, with all that the newest is promised.
#![allow(clippy::indexing_slicing, reason = "a test that cannot go on should stop where it stands")]

use anyhow::{Context, Result};
use rozet_e2e::main_job::DEFAULT_PROMPT;
use rozet_e2e::rig::Rig;
use rozet_observability::plan::TaskStatus;

async fn does_the_main_job(version: &str) -> Result<()> {
    let rig = Rig::in_version(version).await?;
    let sidecar = rig.sidecar().await?;

    let report = rig.main_job(&sidecar, DEFAULT_PROMPT).await?;

    let story = serde_json::to_string_pretty(&report)?;
    assert_eq!(report.broken_promises, Vec::<String>::new(), "{version}: {story}");
    let plan = report.plan.context("no plan")?;
    assert!(plan.tasks.iter().all(|task| task.status == TaskStatus::Completed), "{version}: {story}");
    let events = sidecar.client.events().await?;
    let stopped = events.iter().find(|stored| stored.event.hook_event_type == "Stop").context("no end")?;
    assert_eq!(stopped.event.payload["opencode_version"], version);
    let degraded =
        events.iter().find(|stored| stored.event.payload.get("kind").is_some_and(|kind| kind == "degraded"));
    assert_eq!(degraded.map(|stored| &stored.event.payload), None);
    sidecar.stop().await
}

#[tokio::test]
async fn opencode_1_15_does_the_main_job() -> Result<()> {
    does_the_main_job("1.15.13").await
}

#[tokio::test]
async fn opencode_1_17_does_the_main_job() -> Result<()> {
    does_the_main_job("1.17.19").await
}
