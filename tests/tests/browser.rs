//! The dashboard, with a real session, in a real browser. The program that drives the browser lies in
//! `browser/`; here it gets something to look at.

use anyhow::{Context, Result};
use rozet_e2e::artifacts::{BROWSER_VARIABLE, repository, variable};
use rozet_e2e::main_job::{DEFAULT_PROMPT, TASKS};
use rozet_e2e::process;
use rozet_e2e::rig::Rig;
use std::time::Duration;
use tokio::process::Command;

const DEADLINE: Duration = Duration::from_mins(3);

#[tokio::test]
async fn the_session_is_shown_in_a_browser() -> Result<()> {
    let browser =
        variable(BROWSER_VARIABLE).with_context(|| format!("no browser: set {BROWSER_VARIABLE}"))?;
    let rig = Rig::new().await?;
    let sidecar = rig.sidecar().await?;
    let report = rig.main_job(&sidecar, DEFAULT_PROMPT).await?;
    assert_eq!(report.broken_promises, Vec::<String>::new());
    let screenshots = repository().join("target/screenshots");
    std::fs::create_dir_all(&screenshots)?;

    let mut node = Command::new("node");
    node.args(["--test", "tests/browser/dashboard.test.js"])
        .current_dir(repository())
        .env(BROWSER_VARIABLE, browser)
        .env("ROZET_DASHBOARD_URL", &sidecar.info.url)
        .env("ROZET_DASHBOARD_URL_2", &sidecar.info.dashboard_url)
        .env("ROZET_DASHBOARD_SESSION", report.session_id.as_deref().unwrap_or_default())
        .env("ROZET_DASHBOARD_TASK", TASKS[0])
        .env("ROZET_SCREENSHOT_DIR", &screenshots);
    let finished = process::run(&mut node, DEADLINE).await?.success()?;

    println!("{}", finished.stdout);
    sidecar.stop().await
}
