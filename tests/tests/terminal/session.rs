//! A session with a plan, and the dialogs over it.

use anyhow::Result;
use rozet_e2e::main_job::{ANSWER, DEFAULT_PROMPT, LEAKED, REASONED};
use rozet_e2e::scene::{NARROW, Scene, WIDE};
use rozet_e2e::snapshot::compare;
use rozet_e2e::wait::until;
use serde_json::Value;
use std::time::Duration;

const TOLD_WITHIN: Duration = Duration::from_secs(10);
const RUNNING: [&str; 3] = ["T1 completed", "T2 running", "T3 planned"];

#[tokio::test]
async fn a_plan_is_followed_to_its_end_and_thinking_is_out_of_sight_in_a_terminal() -> Result<()> {
    let scene = Scene::home(WIDE).await?;
    scene.prompt(DEFAULT_PROMPT).await?;
    let screen =
        scene.uncovered(&["Rozet plan 2/2", "T1 completed", "T2 completed", ANSWER, "hidden"]).await?;
    assert!(!screen.contains(LEAKED), "{screen}");
    assert!(!screen.contains(REASONED), "{screen}");
    compare("terminal-plan-done", &screen)?;
    scene.end().await
}

#[tokio::test]
async fn a_running_plan_stands_in_the_sidebar_with_its_dialogs_in_a_terminal() -> Result<()> {
    let scene = Scene::running_plan(WIDE).await?;
    compare(
        "terminal-plan-wide",
        &scene.uncovered(&[&RUNNING[..], &["workers: running", "planning"]].concat()).await?,
    )?;

    scene.command("/rozet-tasks").await?;
    compare("terminal-tasks", &scene.uncovered(&["Tasks · 1/3 proved"]).await?)?;
    scene.terminal.press(&["Down", "Enter"]).await?;
    compare("terminal-task", &scene.uncovered(&["T2 running ·", "Cancel"]).await?)?;
    scene.terminal.press(&["Escape"]).await?;
    scene.drawn(&["Rozet plan"]).await?;

    scene.command("/rozet").await?;
    compare("terminal-status", &scene.uncovered(&["Rozet 0.1.0", "delivery"]).await?)?;
    scene.terminal.press(&["Escape"]).await?;

    scene.resize(NARROW).await?;
    compare("terminal-plan-narrow", &scene.uncovered(&["Rozet 1/3 · T2 running"]).await?)?;
    scene.end().await
}

#[tokio::test]
async fn what_waits_for_a_person_says_so_and_is_marked_in_a_terminal() -> Result<()> {
    let scene = Scene::blocked(WIDE).await?;
    let words = ["T1 completed", "T2 blocked", "waits for you", "Is the greeting polite?"];
    compare("terminal-blocked-wide", &scene.uncovered(&words).await?)?;
    scene.resize(NARROW).await?;
    compare("terminal-blocked-narrow", &scene.uncovered(&["T2 waits for you"]).await?)?;
    scene.resize(WIDE).await?;
    scene.drawn(&words).await?;

    scene.command("/rozet-tasks").await?;
    scene.drawn(&["Tasks · 1/2 proved"]).await?;
    scene.terminal.press(&["Down", "Enter"]).await?;
    scene.drawn(&["T2 blocked ·", "Mark done"]).await?;
    scene.terminal.press(&["Enter"]).await?;
    scene.drawn(&["Rozet plan 2/2", "T2 completed"]).await?;

    let client = &scene.sidecar.as_ref().expect("the scene has a sidecar").client;
    let actions = until("the terminal's own events", TOLD_WITHIN, async || {
        let events = client.events().await?;
        let own = events.iter().filter(|stored| stored.event.source_app == "rozet-tui");
        let actions: Vec<String> = own
            .filter_map(|stored| stored.event.payload.get("action").and_then(Value::as_str))
            .map(str::to_owned)
            .collect();
        Ok((actions.len() == 3).then_some(actions))
    })
    .await?;
    assert_eq!(actions, ["opened", "command", "task_marked"]);
    scene.end().await
}
