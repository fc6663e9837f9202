//! The dashboard in a real browser. The programs that drive the browser lie in `browser/`; here they get something to
//! look at: the demo's session, a run of workers as it happens, and a sidecar of their own.

use anyhow::{Context, Result};
use rozet_e2e::artifacts::{self, BROWSER_VARIABLE, SIDECAR_VARIABLE, repository, variable};
use rozet_e2e::by_workers::{self, Names};
use rozet_e2e::main_job::{DEFAULT_PROMPT, RunCommand, TASKS};
use rozet_e2e::process;
use rozet_e2e::rig::Rig;
use std::time::Duration;
use tokio::process::Command;

const DEADLINE: Duration = Duration::from_mins(3);
/// For the tests that look at every view.
const LONG_DEADLINE: Duration = Duration::from_mins(12);

/// A program of `browser/` as a test, with the browser.
fn node(tests: &[&str]) -> Result<Command> {
    let browser =
        variable(BROWSER_VARIABLE).with_context(|| format!("no browser: set {BROWSER_VARIABLE}"))?;
    let mut node = Command::new("node");
    // One after another: two browsers at once are slow for each other.
    node.args(["--test", "--test-concurrency=1"]).current_dir(repository()).env(BROWSER_VARIABLE, browser);
    node.args(tests.iter().map(|test| format!("tests/browser/{test}.test.js")));
    Ok(node)
}

#[tokio::test]
async fn the_session_is_shown_in_a_browser() -> Result<()> {
    let rig = Rig::new().await?;
    let sidecar = rig.sidecar().await?;
    let report = rig.main_job(&sidecar, DEFAULT_PROMPT).await?;
    assert_eq!(report.broken_promises, Vec::<String>::new());
    let screenshots = repository().join("target/screenshots");
    std::fs::create_dir_all(&screenshots)?;

    let mut node = node(&["dashboard"])?;
    node.env("ROZET_DASHBOARD_URL", &sidecar.info.url)
        .env("ROZET_DASHBOARD_URL_2", &sidecar.info.dashboard_url)
        .env("ROZET_DASHBOARD_SESSION", report.session_id.as_deref().unwrap_or_default())
        .env("ROZET_DASHBOARD_TASK", TASKS[0])
        .env("ROZET_SCREENSHOT_DIR", &screenshots);
    println!("{}", process::run(&mut node, DEADLINE).await?.success()?.stdout);
    sidecar.stop().await
}

#[tokio::test]
async fn workers_are_watched_in_a_browser() -> Result<()> {
    let rig = Rig::with(|script| *script = by_workers::script(&RunCommand::find(), Names::OpenCode)).await?;
    let rig = rig.with_variable("ROZET_AUTO_EXECUTE", "1");
    let sidecar = rig.sidecar().await?;
    let mut node = node(&["workers"])?;
    let over = rig.home.rozet().join("over");
    node.env("ROZET_DASHBOARD_URL", &sidecar.info.url)
        .env("ROZET_TOKEN", std::fs::read_to_string(rig.home.rozet().join("state/token"))?.trim())
        .env("ROZET_WHEN_OVER", &over);
    // What workers made is looked at before the page takes a part of it back.
    let work = async {
        let report = rig.by_workers(&sidecar).await?;
        std::fs::write(&over, "")?;
        anyhow::Ok(report)
    };
    let (watched, report) = tokio::join!(process::run(&mut node, DEADLINE), work);
    assert_eq!(report?.broken_promises, Vec::<String>::new());
    println!("{}", watched?.success()?.stdout);
    sidecar.stop().await
}

#[tokio::test]
async fn busy_days_bad_input_and_restarts_are_shown_in_a_browser() -> Result<()> {
    let mut node = node(&["busyDay", "steering", "badInput", "lifecycle"])?;
    node.env(SIDECAR_VARIABLE, artifacts::sidecar()?);
    println!("{}", process::run(&mut node, LONG_DEADLINE).await?.success()?.stdout);
    Ok(())
}
