//! Without a sidecar.

use anyhow::Result;
use rozet_e2e::main_job::{ANSWER, DEFAULT_PROMPT};
use rozet_e2e::scene::{Scene, WIDE};
use rozet_e2e::snapshot::compare;

#[tokio::test]
async fn a_sidecar_that_is_away_costs_a_line_in_a_terminal() -> Result<()> {
    let scene = Scene::away(WIDE).await?;
    compare("terminal-away-home", &scene.uncovered(&["sidecar not running"]).await?)?;

    scene.prompt(DEFAULT_PROMPT).await?;
    // The one notice comes and goes.
    scene.drawn(&["Rozet is degraded", "rozet-sidecar up"]).await?;
    let words = ["Rozet plan · sidecar not running", ANSWER, "Build · Scripted worker ·"];
    let screen = scene.uncovered(&words).await?;
    compare("terminal-away-session", &screen)?;

    scene.command("/rozet").await?;
    compare("terminal-away-status", &scene.uncovered(&["not running: start it with"]).await?)?;
    scene.end().await
}
