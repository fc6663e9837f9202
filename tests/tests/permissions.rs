//! What agents ask for, at any depth, in the real OpenCode: seen and answered from outside, and denied when nobody answers.
#![allow(clippy::indexing_slicing, reason = "a test that cannot go on should stop where it stands")]

use anyhow::{Context, Result, ensure};
use rozet_e2e::opencode_server::OpenCodeServer;
use rozet_e2e::rig::Rig;
use rozet_e2e::scripted_model::{Delta, PlannerScript, Script, Step};
use rozet_e2e::wait::until;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const WITHIN: Duration = Duration::from_secs(20);

/// A model that wants to touch a file, and says so afterwards.
fn script() -> Script {
    let touch = json!({"command": "touch leaf.txt", "description": "Makes a leaf"});
    Script {
        title: "A leaf".into(),
        planner: PlannerScript::Unexpected,
        worker: vec![
            Step::says([Delta::tool("call_touch", "bash", touch)]),
            Step::says([Delta::text("That was all.")]),
        ],
        by_prompt: BTreeMap::new(),
        tasks: BTreeMap::new(),
    }
}

/// An OpenCode in which commands are asked for.
async fn stage(deadline_ms: &str) -> Result<(Rig, OpenCodeServer)> {
    let rig = Rig::of(script()).await?.with_variable("ROZET_PERMISSION_DEADLINE_MS", deadline_ms);
    let config = json!({"permission": {"bash": "ask"}}).to_string();
    std::fs::write(rig.home.workspace().join("opencode.json"), config)?;
    let server = OpenCodeServer::start(&rig.artifacts.opencode, &rig.home).await?;
    Ok((rig, server))
}

/// What waits for an answer, by the command line.
async fn waiting(rig: &Rig) -> Result<Vec<Value>> {
    let listed: Value = serde_json::from_str(&rig.rozet(&["permissions", "--json"]).await?)?;
    Ok(listed.as_array().context("no list of asks")?.clone())
}

#[tokio::test]
async fn a_grandchild_asks_and_is_answered_from_the_command_line() -> Result<()> {
    let (rig, server) = stage("600000").await?;
    let sidecar = rig.sidecar().await?;
    let root = server.session().await?;
    let child = server.child(&root, "child").await?;
    let grandchild = server.child(&child, "grandchild").await?;

    let (turn, answered) = tokio::join!(server.prompt(&grandchild, "say hello"), async {
        let ask = until("the ask", WITHIN, async || Ok(waiting(&rig).await?.pop())).await?;
        assert_eq!(ask["session_id"], grandchild.as_str());
        assert_eq!(ask["root_session_id"], root.as_str());
        assert_eq!((&ask["permission"], &ask["command"]), (&json!("bash"), &json!("touch leaf.txt")));
        ensure!(ask["expires_at"].is_number(), "{ask}");
        let id = ask["ask_id"].as_str().context("no id")?.to_owned();
        rig.rozet(&["permissions", "allow", &id]).await
    });

    answered?;
    turn?;
    assert_eq!(server.tool_states(&grandchild).await?[0]["status"], "completed");
    ensure!(rig.home.workspace().join("leaf.txt").is_file());
    ensure!(waiting(&rig).await?.is_empty());
    // The act itself is an event, and so is the answer that OpenCode took.
    let events = sidecar.client.events().await?;
    let kinds: Vec<&str> =
        events.iter().filter_map(|stored| stored.event.payload.get("kind")?.as_str()).collect();
    ensure!(kinds.contains(&"permission_answered"), "{kinds:?}");
    sidecar.stop().await
}

#[tokio::test]
async fn a_childs_ask_that_nobody_answers_is_denied_with_the_reason() -> Result<()> {
    let (rig, server) = stage("1500").await?;
    let sidecar = rig.sidecar().await?;
    let root = server.session().await?;
    let child = server.child(&root, "child").await?;

    server.prompt(&child, "say hello").await?;

    let state = server.tool_states(&child).await?.remove(0);
    assert_eq!(state["status"], "error");
    ensure!(state["error"].as_str().unwrap_or_default().contains("nobody answered within"), "{state}");
    ensure!(!rig.home.workspace().join("leaf.txt").exists());
    let listed: Value = serde_json::from_str(&rig.rozet(&["permissions", "--all", "--json"]).await?)?;
    assert_eq!(listed[0]["state"], "expired");
    sidecar.stop().await
}

#[tokio::test]
async fn an_answer_in_opencode_itself_settles_the_ask() -> Result<()> {
    let (rig, server) = stage("600000").await?;
    let sidecar = rig.sidecar().await?;
    let session = server.session().await?;

    let (turn, answered) = tokio::join!(server.prompt(&session, "say hello"), async {
        let ask = until("the ask", WITHIN, async || Ok(waiting(&rig).await?.pop())).await?;
        ensure!(ask["expires_at"].is_null(), "a session of the person's own waits for the person: {ask}");
        let id = ask["ask_id"].as_str().context("no id")?.to_owned();
        server.answer_permission(&id, "reject").await
    });

    answered?;
    turn?;
    until("the ask to be settled", WITHIN, async || Ok(waiting(&rig).await?.is_empty().then_some(())))
        .await?;
    let listed: Value = serde_json::from_str(&rig.rozet(&["permissions", "--all", "--json"]).await?)?;
    assert_eq!(listed[0]["state"], "denied");
    sidecar.stop().await
}
