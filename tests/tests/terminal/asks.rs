//! Permissions that agents of agents ask for.

use anyhow::Result;
use rozet_e2e::scene::{NARROW, Scene, WIDE};
use rozet_e2e::snapshot::compare;

#[tokio::test]
async fn an_ask_two_agents_deep_is_seen_and_answered_in_a_terminal() -> Result<()> {
    let scene = Scene::nested_ask(WIDE).await?;
    scene.drawn(&["general asks: bash touch leaf.txt", "/rozet-asks"]).await?;
    assert!(!scene.has_file("leaf.txt"), "the command ran without being allowed");

    // The child's own screen has neither prompt nor sidebar.
    scene.terminal.press(&["C-x"]).await?;
    scene.terminal.press(&["Down"]).await?;
    scene.drawn(&["! general asks: bash touch leaf.txt", "ctrl+p, Rozet: answer agents", "Parent"]).await?;
    scene.terminal.press(&["Up"]).await?;
    scene.drawn(&["Rozet plan", "/rozet-asks"]).await?;
    scene.resize(NARROW).await?;
    scene.drawn(&["general asks for bash · /rozet-asks"]).await?;
    scene.resize(WIDE).await?;
    scene.drawn(&["Rozet plan", "/rozet-asks"]).await?;

    scene.command("/rozet-asks").await?;
    compare(
        "terminal-ask",
        &scene.uncovered(&["general asks for bash", "Allow once", "leaf (@general subagent)"]).await?,
    )?;
    scene.terminal.press(&["Enter"]).await?;
    let screen = scene.drawn(&["All is done."]).await?;
    assert!(!screen.contains("! general"), "{screen}");
    assert!(scene.has_file("leaf.txt"), "{screen}");
    scene.end().await
}
