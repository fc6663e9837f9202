//! `opencode serve` succeeds whatever becomes of Rozet: with packages that are broken, each in a directory of its own, with
//! a sidecar that lies in ever new ways to one process, with one that dies and comes back slow, and without a spool.
#![allow(clippy::indexing_slicing, reason = "a test that cannot go on should stop where it stands")]

use anyhow::{Context, Result, ensure};
use rozet_e2e::faults::{Broken, INPUTS, Liar, Lie, SAID, SHORT_TURN, notices, short_turn};
use rozet_e2e::opencode_server::OpenCodeServer;
use rozet_e2e::rig::Rig;
use rozet_e2e::scripted_model::Gate;
use rozet_e2e::wait::until;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

const TOLD_WITHIN: Duration = Duration::from_secs(10);
const ARRIVES_WITHIN: Duration = Duration::from_mins(1);

/// A whole turn in a directory, with nothing of the person's lost.
async fn holds(server: &OpenCodeServer, directory: &Path, fault: &str) -> Result<()> {
    let server = server.visit(directory);
    let session = server.session().await?;
    server.prompt(&session, SHORT_TURN).await?;
    let parts = server.parts(&session).await?;
    let text = |part: &Value| part["text"].as_str().unwrap_or_default().to_owned();
    ensure!(parts.iter().any(|part| text(part) == SHORT_TURN), "{fault}: the prompt was changed: {parts:#?}");
    ensure!(parts.iter().any(|part| text(part) == SAID), "{fault}: no answer: {parts:#?}");
    let done = parts.iter().filter(|part| part["state"]["status"] == "completed").count();
    ensure!(done == 2, "{fault}: {done} tools completed: {parts:#?}");
    ensure!(directory.join("done.txt").is_file(), "{fault}: the tool did not run");
    Ok(())
}

/// The notices, once there is one: OpenCode writes its log in its own time.
async fn told(rig: &Rig) -> Result<Vec<String>> {
    until("a notice", TOLD_WITHIN, async || {
        let told = notices(&rig.home)?;
        Ok((!told.is_empty()).then_some(told))
    })
    .await
}

#[tokio::test]
async fn with_packages_that_are_broken() -> Result<()> {
    let rig = Rig::of(short_turn()).await?;
    rig.home.configure_opencode(rig.model.endpoint(), None)?;
    let sidecar = rig.sidecar().await?;
    let server = OpenCodeServer::start(&rig.artifacts.opencode, &rig.home).await?;
    let broken = [
        Broken::TrapAlways,
        Broken::Nonsense,
        Broken::NoWasm,
        Broken::HalfWasm,
        Broken::NoGlue,
        Broken::HalfCode,
        Broken::NoCode,
        Broken::Twice,
    ];
    for broken in INPUTS.map(Broken::Trap).into_iter().chain(broken) {
        let before = notices(&rig.home)?.len();
        let directory = broken.workspace(&rig.home, &rig.artifacts.unpacked)?;
        holds(&server, &directory, &format!("{broken:?}")).await?;
        let words = match broken {
            Broken::Trap(_) | Broken::TrapAlways | Broken::Nonsense => "degraded: a part of it broke down",
            Broken::NoWasm | Broken::HalfWasm | Broken::NoGlue => "Rozet is off: ",
            Broken::Twice => "Rozet is loaded twice",
            // What is not there can say nothing; OpenCode's own log does.
            Broken::HalfCode | Broken::NoCode => continue,
        };
        // OpenCode writes its log in its own time.
        let told = until("a notice", TOLD_WITHIN, async || {
            let told = notices(&rig.home)?.split_off(before);
            Ok((!told.is_empty()).then_some(told))
        })
        .await?;
        ensure!(told.len() == 1 && told[0].contains(words), "{broken:?}: {told:#?}");
    }
    rig.model.verify()?;
    sidecar.stop().await
}

#[tokio::test]
async fn with_a_sidecar_that_lies_in_ever_new_ways() -> Result<()> {
    let rig = Rig::of(short_turn()).await?;
    let liar = Liar::start(&rig.home, Lie::Silent).await?;
    let server = OpenCodeServer::start(&rig.artifacts.opencode, &rig.home).await?;
    let workspace = rig.home.workspace();
    for lie in Lie::ALONE {
        liar.turn_to(lie);
        holds(&server, &workspace, &format!("{lie:?}")).await?;
        std::fs::remove_file(workspace.join("done.txt"))?;
    }
    rig.model.verify()?;
    let told = notices(&rig.home)?;
    // Degraded from the first lie on, whatever follows.
    ensure!(told.iter().filter(|notice| notice.contains("degraded")).count() == 1, "{told:#?}");
    Ok(())
}

#[tokio::test]
async fn with_a_sidecar_that_dies_in_the_middle_and_comes_back_slow() -> Result<()> {
    let gate = Gate::default();
    let mut script = short_turn();
    script.worker[1].gate = Some(gate.clone());
    let rig = Rig::of(script).await?;
    let sidecar = rig.sidecar().await?;
    let server = OpenCodeServer::start(&rig.artifacts.opencode, &rig.home).await?;
    let workspace = rig.home.workspace();
    let (held, killed) = tokio::join!(holds(&server, &workspace, "killed"), async {
        gate.reached().await;
        let killed = sidecar.kill().await;
        gate.open();
        killed
    });
    killed?;
    held?;
    told(&rig).await.context("killed")?;
    std::fs::remove_file(workspace.join("done.txt"))?;

    let sidecar = rig.sidecar().await?;
    let port = sidecar.info.url.rsplit(':').next().and_then(|port| port.parse().ok()).context("no port")?;
    let _liar = Liar::start(&rig.home, Lie::Slow(port)).await?;
    holds(&server, &workspace, "slow").await?;
    rig.model.verify()?;
    // The events of both are there, those from between the two sidecars among them.
    until("both turns to be stored", ARRIVES_WITHIN, async || {
        let events = sidecar.client.events().await?;
        let stops = events.iter().filter(|stored| stored.event.hook_event_type == "Stop").count();
        Ok((stops == 2).then_some(()))
    })
    .await?;
    let told = notices(&rig.home)?;
    ensure!(told.len() == 1 && told[0].contains("degraded"), "{told:#?}");
    sidecar.stop().await
}

#[tokio::test]
async fn with_a_spool_that_cannot_be_written() -> Result<()> {
    let rig = Rig::of(short_turn()).await?;
    let sidecar = rig.sidecar().await?;
    let server = OpenCodeServer::start(&rig.artifacts.opencode, &rig.home).await?;
    rig.home.take_the_spool_away()?;
    holds(&server, &rig.home.workspace(), "spool").await?;
    rig.model.verify()?;
    let told = told(&rig).await?;
    ensure!(told.len() == 1 && told[0].contains("cannot write"), "{told:#?}");
    // From memory they arrive all the same.
    until("the turn to be stored", ARRIVES_WITHIN, async || {
        let events = sidecar.client.events().await?;
        Ok(events.iter().any(|stored| stored.event.hook_event_type == "Stop").then_some(()))
    })
    .await?;
    sidecar.stop().await
}
