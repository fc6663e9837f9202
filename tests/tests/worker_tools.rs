//! Who has which of Rozet's tools in the real OpenCode, and what comes of them.

use anyhow::{Context, Result};
use rozet_e2e::opencode_server::OpenCodeServer;
use rozet_e2e::rig::Rig;
use rozet_e2e::scripted_model::{Delta, Step};
use rozet_e2e::stand_in::StandIn;
use rozet_e2e::wait::until;
use serde_json::{Value, json};
use std::time::Duration;

const SETTLES_WITHIN: Duration = Duration::from_secs(20);
const SIX: [&str; 6] =
    ["rozet_edit", "rozet_list", "rozet_read", "rozet_search", "rozet_shell", "rozet_write"];

/// A rig whose model makes these steps in each turn.
async fn rig(steps: Vec<Step>) -> Result<Rig> {
    Rig::with(|script| script.worker = steps).await
}

fn says(text: &str) -> Step {
    Step::says([Delta::text(text)])
}

fn calls(tool: &str, arguments: Value) -> Step {
    Step::says([Delta::tool("call_1", tool, arguments)])
}

/// The tools that an agent's model is offered: their names, in order, with those arguments that it must give.
async fn offered(rig: &Rig, server: &OpenCodeServer, agent: &str) -> Result<Vec<(String, Vec<String>)>> {
    let before = rig.model.worker_requests().len();
    let session_id = server.session().await?;
    server.prompt_agent(&session_id, "hello", agent).await?;
    let requests = rig.model.worker_requests();
    let request = requests.get(before).with_context(|| format!("{agent}'s model was not asked"))?;
    let tools = request.body.get("tools").and_then(Value::as_array).context("no tools")?;
    let mut tools: Vec<(String, Vec<String>)> = tools
        .iter()
        .filter_map(|tool| {
            let name = tool.pointer("/function/name")?.as_str()?.to_owned();
            let required = tool.pointer("/function/parameters/required").and_then(Value::as_array);
            let required = required.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
            Some((name, required.collect()))
        })
        .collect();
    tools.sort_unstable();
    Ok(tools)
}

fn names(tools: &[(String, Vec<String>)]) -> Vec<&str> {
    tools.iter().map(|(name, _)| name.as_str()).collect()
}

fn ours(tools: &[(String, Vec<String>)]) -> Vec<&str> {
    names(tools).into_iter().filter(|name| name.starts_with("rozet_")).collect()
}

#[tokio::test]
async fn only_the_worker_has_the_workers_tools() -> Result<()> {
    let rig = rig(vec![says("hello")]).await?;
    let _sidecar = StandIn::start(&rig.home).await?;
    let server = OpenCodeServer::start(&rig.artifacts.opencode, &rig.home).await?;

    let worker = offered(&rig, &server, "rozet-worker").await?;
    assert_eq!(names(&worker), SIX);
    // What OpenCode makes of arguments that may be left out.
    assert_eq!(worker[1], ("rozet_list".into(), vec![]));
    assert_eq!(worker[2], ("rozet_read".into(), vec!["path".into()]));
    for agent in ["build", "plan", "general"] {
        let tools = offered(&rig, &server, agent).await?;
        assert_eq!(ours(&tools), ["rozet_status", "rozet_task", "rozet_wait"], "{agent}");
        assert!(names(&tools).contains(&"read"), "{agent}");
    }
    Ok(())
}

#[tokio::test]
async fn who_wants_no_plans_and_no_workers_pays_for_no_tools() -> Result<()> {
    let rig = rig(vec![says("hello")])
        .await?
        .with_variable("ROZET_PLAN", "0")
        .with_variable("ROZET_AUTO_EXECUTE", "0")
        .with_variable("ROZET_TOOLS", "off");
    let server = OpenCodeServer::start(&rig.artifacts.opencode, &rig.home).await?;

    assert!(ours(&offered(&rig, &server, "build").await?).is_empty());
    let worker = offered(&rig, &server, "rozet-worker").await?;
    assert!(ours(&worker).is_empty());
    for name in ["bash", "edit", "read", "write"] {
        assert!(names(&worker).contains(&name), "{name}");
    }
    for name in ["question", "task", "todowrite"] {
        assert!(!names(&worker).contains(&name), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn the_tools_take_the_place_of_opencodes_own_and_keep_to_its_rules() -> Result<()> {
    let write = json!({"filePath": "a.txt", "content": "x"});
    let rig = rig(vec![calls("write", write), says("done")]).await?.with_variable("ROZET_TOOLS", "replace");
    let sidecar = StandIn::start(&rig.home).await?;
    let server = OpenCodeServer::start(&rig.artifacts.opencode, &rig.home).await?;

    let worker = offered(&rig, &server, "rozet-worker").await?;
    assert_eq!(names(&worker), ["bash", "edit", "grep", "list", "read", "write"]);
    assert_eq!(sidecar.seen("POST /v1/tools/write_file").len(), 1);
    // OpenCode's planning agent may not write, whoever's tool it is.
    let session_id = server.session().await?;
    server.prompt_agent(&session_id, "hello", "plan").await?;
    let states = server.tool_states(&session_id).await?;
    assert_eq!(states[0]["status"], "error", "{states:?}");
    assert_eq!(sidecar.seen("POST /v1/tools/write_file").len(), 1);
    let session_id = server.session().await?;
    server.prompt_agent(&session_id, "hello", "build").await?;
    assert_eq!(server.tool_states(&session_id).await?[0]["output"], "by the stand-in");
    Ok(())
}

#[tokio::test]
async fn what_a_worker_does_is_told_as_its_parents_child() -> Result<()> {
    let rig = rig(vec![calls("rozet_shell", json!({"command": "true"})), says("done")]).await?;
    let sidecar = StandIn::start(&rig.home).await?;
    let server = OpenCodeServer::start(&rig.artifacts.opencode, &rig.home).await?;
    let parent_id = server.session().await?;

    let child_id = server.child(&parent_id, "Rozet task T1: run it").await?;
    server.prompt_agent(&child_id, "do T1", "rozet-worker").await?;

    let posted = sidecar.seen("POST /v1/tools/execute_bash");
    assert_eq!(posted.len(), 1);
    let body = &posted[0].body;
    assert_eq!((&body["session_id"], &body["arguments"]), (&json!(child_id), &json!({"command": "true"})));
    assert_eq!(body["directory"], json!(rig.home.workspace()));
    until("the child's end to be told", SETTLES_WITHIN, async || {
        Ok((!sidecar.events(&parent_id, "SubagentStop").is_empty()).then_some(()))
    })
    .await?;
    assert_eq!(sidecar.events(&parent_id, "SubagentStart")[0]["child_session_id"], json!(child_id));
    assert_eq!(sidecar.events(&child_id, "ToolCompleted")[0]["tool"], "rozet_shell");
    assert_eq!(sidecar.events(&child_id, "PlanSkipped")[0]["reason"], "a child session");
    Ok(())
}

#[tokio::test]
async fn who_ends_the_wait_ends_the_run() -> Result<()> {
    let rig = rig(vec![calls("rozet_wait", json!({})), says("done")]).await?;
    let sidecar = StandIn::start(&rig.home).await?;
    let server = OpenCodeServer::start(&rig.artifacts.opencode, &rig.home).await?;
    let session_id = server.session().await?;

    let (turn, ended) = tokio::join!(server.prompt(&session_id, "hello"), async {
        until("the wait to be seen", SETTLES_WITHIN, async || {
            let states = server.tool_states(&session_id).await?;
            Ok(states.iter().any(|state| state["title"] == "0 of 1 done").then_some(()))
        })
        .await?;
        assert!(sidecar.seen("POST /v1/runs").is_empty());
        server.abort(&session_id).await
    });

    ended?;
    turn?;
    until("the run to be cancelled", SETTLES_WITHIN, async || {
        Ok((!sidecar.seen("POST /v1/runs/run-1/cancel").is_empty()).then_some(()))
    })
    .await?;
    assert_eq!(server.tool_states(&session_id).await?[0]["status"], "error");
    Ok(())
}

#[tokio::test]
async fn without_a_sidecar_the_wait_says_so_and_the_turn_goes_on() -> Result<()> {
    let rig = rig(vec![calls("rozet_wait", json!({})), says("done")]).await?;
    let server = OpenCodeServer::start(&rig.artifacts.opencode, &rig.home).await?;
    let session_id = server.session().await?;

    server.prompt(&session_id, "hello").await?;

    let states = server.tool_states(&session_id).await?;
    assert_eq!(
        states[0]["error"],
        "The Rozet sidecar is not running. The person can start it with `rozet-sidecar up`."
    );
    assert_eq!(rig.model.worker_requests().len(), 2);
    Ok(())
}
