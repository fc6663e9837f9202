//! The person decides what is planned: for one prompt, for a project, and until when.

use anyhow::{Context, Result};
use rozet_e2e::home::Home;
use rozet_e2e::main_job::DEFAULT_PROMPT;
use rozet_e2e::opencode_server::OpenCodeServer;
use rozet_e2e::rig::Rig;
use rozet_e2e::scripted_model::{PlannerScript, Role, Step};
use rozet_e2e::sidecar::Client;
use rozet_e2e::wait::until;
use rozet_observability::event::StoredEvent;
use serde_json::json;
use std::time::Duration;

const ARRIVES_WITHIN: Duration = Duration::from_secs(20);

/// The one event of that kind.
async fn only(client: &Client, kind: &str) -> Result<StoredEvent> {
    let found = until(kind, ARRIVES_WITHIN, async || {
        let mut events = client.events().await?;
        events.retain(|stored| stored.event.hook_event_type == kind);
        Ok((!events.is_empty()).then_some(events))
    })
    .await?;
    assert_eq!(found.len(), 1, "{found:?}");
    found.into_iter().next().context("no event")
}

#[tokio::test]
async fn a_project_can_switch_planning_off() -> Result<()> {
    let rig = Rig::new().await?;
    let entry = Home::plugin_entry(&rig.artifacts.plugin);
    let config = json!({"plugin": [[entry, {"plan": false}]]}).to_string();
    std::fs::write(rig.home.workspace().join("opencode.json"), config)?;
    let sidecar = rig.sidecar().await?;

    let run = rig.opencode().run(DEFAULT_PROMPT, None).await?;

    assert_eq!(run.finished.code, Some(0), "{}", run.finished.stderr);
    let skipped = only(&sidecar.client, "PlanSkipped").await?.event;
    assert_eq!(skipped.payload["reason"], "planning is switched off in the settings");
    assert!(sidecar.client.plans(&run.session_id.unwrap_or_default()).await?.is_empty());
    sidecar.stop().await
}

#[tokio::test]
async fn a_prompt_is_planned_when_the_person_asks_for_it() -> Result<()> {
    let rig = Rig::new().await?;
    let sidecar = rig.sidecar().await?;

    let opencode = rig.opencode();
    let mut command = opencode.command(["run", "--format", "json", "--command", "rozet-plan", "say hello"]);
    let run = opencode.finish(&mut command).await?;

    assert_eq!(run.finished.code, Some(0), "{}", run.finished.stderr);
    let requested = only(&sidecar.client, "PlanRequested").await?.event;
    assert_eq!(requested.payload["reason"], "asked for by the person");
    let plans = sidecar.client.plans(&run.session_id.unwrap_or_default()).await?;
    assert_eq!(plans.iter().map(|plan| plan.request.as_str()).collect::<Vec<_>>(), ["say hello"]);
    sidecar.stop().await
}

#[tokio::test]
async fn an_ended_turn_gives_its_plan_up() -> Result<()> {
    let rig = Rig::with(|script| script.planner = PlannerScript::Always(Step::hangs())).await?;
    let rig = rig.with_variable("ROZET_PLAN_WAIT_MS", "10000");
    let sidecar = rig.sidecar().await?;
    let server = OpenCodeServer::start(&rig.artifacts.opencode, &rig.home).await?;
    let session_id = server.session().await?;

    let (turn, ended) = tokio::join!(server.prompt(&session_id, DEFAULT_PROMPT), async {
        // The title is asked for when the turn has begun; OpenCode passes over an end that comes before.
        until("the turn to begin", ARRIVES_WITHIN, async || {
            let requests = rig.model.requests();
            let asked = |role| requests.iter().any(|request| request.role == role);
            Ok((asked(Role::Planner) && asked(Role::Title)).then_some(()))
        })
        .await?;
        server.abort(&session_id).await
    });

    ended?;
    turn?;
    let told = only(&sidecar.client, "Notification").await?.event;
    assert_eq!(told.payload["message"], "planning was cancelled");
    // Long before the planner's deadline: it was given up, not timed out.
    let log = rig.home.rozet().join("state/logs/sidecar.log");
    until("the sidecar to give the plan up", Duration::from_secs(5), async || {
        Ok(std::fs::read_to_string(&log)?.contains("planning was cancelled").then_some(()))
    })
    .await?;
    assert!(sidecar.client.plans(&session_id).await?.is_empty());
    sidecar.stop().await
}
