//! Sidecars that lie, or die in the middle: the person's turn goes on, and one notice says so.

use anyhow::{Result, ensure};
use rozet_e2e::faults::{Broken, Liar, Lie, SAID, short_turn};
use rozet_e2e::rig::Rig;
use rozet_e2e::scene::{Scene, WIDE};
use rozet_e2e::scripted_model::{Delta, Gate, Step};
use rozet_e2e::wait::until;
use std::time::Duration;

const WITHIN: Duration = Duration::from_mins(1);
const PROMPT: &str = "create done.txt with one line, then read it back";
/// A toast stays for 8 s.
const GONE_WITHIN: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_sidecar_that_lies_costs_one_notice_in_a_terminal() -> Result<()> {
    let mut script = short_turn();
    for number in 0..Lie::ALONE.len() {
        let answer = Step::says([Delta::text(&format!("Part {number} is done."))]);
        script.by_prompt.insert(format!("create part {number}.txt"), vec![answer]);
    }
    let rig = Rig::of(script).await?;
    let liar = Liar::start(&rig.home, Lie::Errors).await?;
    let scene = Scene::beside(rig, None, Gate::default(), WIDE).await?;
    for (number, lie) in
        [Lie::Errors].into_iter().chain(Lie::ALONE.into_iter().filter(|lie| *lie != Lie::Errors)).enumerate()
    {
        liar.turn_to(lie);
        let prompt = format!("create part {number}.txt, then read it, then delete it");
        let answer = format!("Part {number} is done.");
        if number == 0 {
            scene.prompt(&prompt).await?;
            scene.terminal.wait_for(&["Rozet is degraded", "rozet-sidecar"], WITHIN).await?;
        } else {
            scene.terminal.enter(&prompt).await?;
        }
        scene.terminal.wait_for(&[&answer], WITHIN).await?;
        if number == 0 {
            until("the notice to go", GONE_WITHIN, async || {
                Ok((!scene.terminal.screen().await?.contains("Rozet is degraded")).then_some(()))
            })
            .await?;
        } else {
            ensure!(!scene.terminal.screen().await?.contains("Rozet is degraded"), "{lie:?}: told again");
        }
    }
    scene.rig.model.verify()?;
    scene.end().await
}

#[tokio::test]
async fn a_sidecar_that_dies_in_the_middle_costs_no_turn_in_a_terminal() -> Result<()> {
    let gate = Gate::default();
    let mut script = short_turn();
    let second = script.worker.remove(1).behind(&gate);
    script.worker.insert(1, second);
    let rig = Rig::of(script).await?;
    let sidecar = rig.sidecar().await?;
    let mut scene = Scene::beside(rig, Some(sidecar), gate, WIDE).await?;
    scene.prompt(PROMPT).await?;
    scene.gate.reached().await;
    if let Some(sidecar) = scene.sidecar.take() {
        sidecar.kill().await?;
    }
    scene.gate.open();
    scene.terminal.wait_for(&[SAID, "sidecar not running"], WITHIN).await?;
    ensure!(scene.has_file("done.txt"));
    scene.rig.model.verify()?;
    scene.end().await
}

#[tokio::test]
async fn a_package_whose_core_breaks_down_costs_one_notice_in_a_terminal() -> Result<()> {
    let rig = Rig::of(short_turn()).await?;
    for entry in Broken::TrapAlways.packages(&rig.home, &rig.artifacts.unpacked)? {
        rig.home.configure_opencode(rig.model.endpoint(), Some(&entry))?;
    }
    let scene = Scene::of(rig, WIDE).await?;
    says_and_works(scene, "Rozet is degraded").await
}

#[tokio::test]
async fn a_spool_that_cannot_be_written_costs_one_notice_in_a_terminal() -> Result<()> {
    let scene = Scene::of(Rig::of(short_turn()).await?, WIDE).await?;
    scene.rig.home.take_the_spool_away()?;
    says_and_works(scene, "Rozet cannot write").await
}

/// A turn with its tools, beside a notice.
async fn says_and_works(scene: Scene, notice: &str) -> Result<()> {
    scene.prompt(PROMPT).await?;
    scene.terminal.wait_for(&[notice], WITHIN).await?;
    scene.terminal.wait_for(&[SAID], WITHIN).await?;
    ensure!(scene.has_file("done.txt"));
    scene.rig.model.verify()?;
    scene.end().await
}
