//! Planning through the person's own OpenCode model, in the real OpenCode: over the link in `opencode run`, over HTTP
//! with `opencode serve`.

use anyhow::{Result, bail};
use rozet_e2e::main_job::{DEFAULT_PROMPT, TASKS};
use rozet_e2e::opencode_server::OpenCodeServer;
use rozet_e2e::rig::Rig;
use rozet_e2e::scripted_model::Role;
use rozet_e2e::wait::until;
use rozet_observability::plan::{Plan, PlanOrigin};
use std::time::Duration;

const MODEL: &str = "opencode/scripted-vllm/scripted-worker";
const SETTLES_WITHIN: Duration = Duration::from_secs(20);

/// What the planner's model was sent: our words and the request, no tools, nothing of OpenCode's own.
fn assert_asked_once(rig: &Rig, stripped: bool) -> Result<()> {
    let asked: Vec<_> =
        rig.model.requests().into_iter().filter(|request| request.role == Role::Planner).collect();
    let [asked] = asked.as_slice() else { bail!("one question expected, not {}", asked.len()) };
    let body = asked.body.to_string();
    assert!(body.contains(DEFAULT_PROMPT), "{body}");
    let tools = asked.body.get("tools").and_then(|tools| tools.as_array()).map_or(0, Vec::len);
    assert_eq!(tools, 0, "{body}");
    if stripped {
        assert!(asked.system().starts_with("You split one request"), "{}", asked.system());
    }
    Ok(())
}

#[tokio::test]
async fn over_the_link_in_opencode_run() -> Result<()> {
    let rig = Rig::new().await?.without_planner().with_variable("ROZET_PLAN_WAIT_MS", "10000");
    let sidecar = rig.sidecar().await?;

    let report = rig.main_job(&sidecar, DEFAULT_PROMPT).await?;

    let story = serde_json::to_string_pretty(&report)?;
    assert_eq!(report.broken_promises, Vec::<String>::new(), "{story}");
    let plan = report.plan.as_ref().expect("judged above");
    assert_eq!((plan.origin, plan.model.as_deref()), (PlanOrigin::Model, Some(MODEL)), "{story}");
    assert_asked_once(&rig, true)?;
    // Nobody sees the session in which the plan was made: no event tells of it, and it is removed.
    let session_id = report.session_id.unwrap_or_default();
    for stored in sidecar.client.events().await? {
        assert_eq!(stored.event.session_id, session_id, "{stored:?}");
    }
    assert_eq!(report.events.by_type.get("SubagentStart"), None, "{story}");
    let statement = "select count(*) as found from session where title like 'Rozet planning%'";
    assert_eq!(rig.opencode().query(statement).await?[0]["found"], 0);
    sidecar.stop().await
}

#[tokio::test]
async fn over_http_with_opencode_serve_and_the_plugin_in_it() -> Result<()> {
    let rig = Rig::new().await?.without_planner();
    let server = OpenCodeServer::start(&rig.artifacts.opencode, &rig.home).await?;
    let rig = rig.with_variable("ROZET_OPEN_CODE_BASE_URL", &server.url);
    let sidecar = rig.sidecar().await?;

    let session_id = server.session().await?;
    server.prompt(&session_id, DEFAULT_PROMPT).await?;

    let plan = until("the plan", SETTLES_WITHIN, async || {
        Ok(sidecar.client.plans(&session_id).await?.into_iter().next())
    })
    .await?;
    assert_eq!((plan.origin, plan.model.as_deref()), (PlanOrigin::Model, Some(MODEL)), "{plan:?}");
    assert!(plan.usage.input_tokens > 0, "{plan:?}");
    assert_asked_once(&rig, true)?;
    until("the planning session to be removed", SETTLES_WITHIN, async || {
        let left = server.titles().await?.into_iter().any(|title| title.starts_with("Rozet planning"));
        Ok((!left).then_some(()))
    })
    .await?;
    sidecar.stop().await
}

#[tokio::test]
async fn over_http_from_the_command_line_with_an_opencode_without_the_plugin() -> Result<()> {
    let rig = Rig::new().await?.without_planner();
    rig.home.configure_opencode(rig.model.endpoint(), None)?;
    let server = OpenCodeServer::start(&rig.artifacts.opencode, &rig.home).await?;
    let rig = rig.with_variable("ROZET_OPEN_CODE_BASE_URL", &server.url);
    let sidecar = rig.sidecar().await?;

    let plan: Plan = serde_json::from_str(&rig.rozet(&["plan", DEFAULT_PROMPT, "--json"]).await?)?;

    assert_eq!((plan.origin, plan.model.as_deref()), (PlanOrigin::Model, Some(MODEL)), "{plan:?}");
    assert_eq!(plan.tasks.iter().map(|task| task.description.as_str()).collect::<Vec<_>>(), TASKS);
    assert_asked_once(&rig, false)?;
    until("the planning session to be removed", SETTLES_WITHIN, async || {
        Ok(server.titles().await?.is_empty().then_some(()))
    })
    .await?;
    sidecar.stop().await
}
