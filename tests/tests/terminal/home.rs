//! The home screen.

use anyhow::Result;
use rozet_e2e::scene::{NARROW, Scene, WIDE};
use rozet_e2e::snapshot::compare;

#[tokio::test]
async fn home_shows_the_brand_in_a_terminal() -> Result<()> {
    let scene = Scene::home(WIDE).await?;
    compare("terminal-home-wide", &scene.uncovered(&["live view"]).await?)?;
    scene.resize(NARROW).await?;
    compare("terminal-home-narrow", &scene.uncovered(&["live view"]).await?)?;
    scene.end().await
}
