//! What a person sees in OpenCode's own interface.

use anyhow::Result;
use rozet_e2e::main_job::{ANSWER, DEFAULT_PROMPT, LEAKED, REASONED};
use rozet_e2e::rig::Rig;
use rozet_e2e::terminal::Terminal;
use std::time::Duration;

const COLUMNS: u16 = 180;
const ROWS: u16 = 50;
const START_WITHIN: Duration = Duration::from_mins(1);
const TURN_WITHIN: Duration = Duration::from_mins(1);

#[tokio::test]
async fn brand_and_plan_are_seen_in_a_terminal() -> Result<()> {
    let rig = Rig::new().await?;
    let sidecar = rig.sidecar().await?;
    let terminal = Terminal::open(&rig.home, COLUMNS, ROWS, &rig.artifacts.opencode).await?;

    terminal.wait_for(&["Rozet", &sidecar.info.url], START_WITHIN).await?;
    terminal.enter(DEFAULT_PROMPT).await?;
    let screen = terminal
        .wait_for(&["Rozet plan", "2/2", "T1 completed", "T2 completed", ANSWER], TURN_WITHIN)
        .await?;

    assert!(!screen.contains(LEAKED), "{screen}");
    assert!(!screen.contains(REASONED), "{screen}");
    drop(terminal);
    sidecar.stop().await
}
