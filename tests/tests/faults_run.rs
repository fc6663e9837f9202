//! `opencode run` succeeds whatever becomes of Rozet, and says so once and quietly.
#![allow(clippy::indexing_slicing, reason = "a test that cannot go on should stop where it stands")]

use anyhow::{Context, Result, ensure};
use rozet_e2e::faults::{Broken, Liar, Lie, SAID, SHORT_TURN, notices, short_turn};
use rozet_e2e::opencode::Run;
use rozet_e2e::process;
use rozet_e2e::rig::Rig;
use rozet_e2e::scripted_model::Gate;
use rozet_e2e::wait::until;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// A turn takes some seconds on a busy machine. What is looked for here is a hang; what Rozet costs is a bench's business.
const WITHIN: Duration = Duration::from_mins(1);
/// From the start of OpenCode to the notice.
const TOLD_WITHIN: Duration = Duration::from_secs(30);

/// A whole turn with nothing of the person's lost and nothing on the screen that is not the model's.
async fn holds(rig: &Rig, run: &Run, fault: &str) -> Result<()> {
    ensure!(run.finished.code == Some(0), "{fault}: {}", run.finished.stderr);
    ensure!(run.answer.contains(SAID), "{fault}: {}", run.answer);
    ensure!(run.finished.elapsed < WITHIN, "{fault}: {:?}", run.finished.elapsed);
    let seen = run.finished.stderr.to_lowercase();
    ensure!(!seen.contains("rozet") && !seen.contains("error"), "{fault}: {}", run.finished.stderr);
    ensure!(rig.home.workspace().join("done.txt").is_file(), "{fault}: the tool did not run");
    rig.model.verify()?;
    let session = run.session_id.as_deref().context("no session")?;
    let stored = rig.opencode().export(session).await?;
    let parts: Vec<&Value> = stored["messages"]
        .as_array()
        .context("no messages")?
        .iter()
        .filter_map(|message| message["parts"].as_array())
        .flatten()
        .collect();
    let text = |part: &Value| part["text"].as_str().unwrap_or_default().to_owned();
    // `opencode run` puts quotes around what it is given.
    let asked = SHORT_TURN.replace('"', "\\\"");
    ensure!(
        parts.iter().any(|part| text(part).contains(&asked)),
        "{fault}: the prompt was changed: {stored}"
    );
    let done = parts.iter().filter(|part| part["state"]["status"] == "completed").count();
    ensure!(done == 2, "{fault}: {done} tools completed");
    Ok(())
}

/// A short turn in a home of its own, and what its last answer waits for.
async fn gated() -> Result<(Rig, Gate)> {
    let gate = Gate::default();
    let mut script = short_turn();
    script.worker[2].gate = Some(gate.clone());
    Ok((Rig::of(script).await?, gate))
}

/// Holds a turn's last answer back until a notice is in OpenCode's log: OpenCode ends without writing the last of it down.
async fn held_until_told(rig: &Rig, gate: &Gate, run: impl Future<Output = Result<Run>>) -> Result<Run> {
    let (run, told) = tokio::join!(run, async {
        let told = until("a notice", TOLD_WITHIN, async || {
            Ok(Some(()).filter(|()| notices(&rig.home).is_ok_and(|told| !told.is_empty())))
        });
        let told = told.await;
        gate.open();
        told
    });
    told?;
    run
}

/// Exactly one notice, which says what is degraded and what to do.
fn told_once(rig: &Rig, fault: &str, words: &[&str]) -> Result<()> {
    let told = notices(&rig.home)?;
    ensure!(told.len() == 1, "{fault}: {told:#?}");
    ensure!(words.iter().all(|word| told[0].contains(word)), "{fault}: {told:?}");
    Ok(())
}

#[tokio::test]
async fn without_a_sidecar() -> Result<()> {
    let (rig, gate) = gated().await?;
    let run = held_until_told(&rig, &gate, rig.opencode().run(SHORT_TURN, None)).await?;
    holds(&rig, &run, "absent").await?;
    told_once(&rig, "absent", &["degraded", "rozet-sidecar up"])
}

#[tokio::test]
async fn with_a_sidecar_killed_in_the_middle() -> Result<()> {
    let gate = Gate::default();
    let mut script = short_turn();
    script.worker[1].gate = Some(gate.clone());
    let rig = Rig::of(script).await?;
    let sidecar = rig.sidecar().await?;
    let opencode = rig.opencode();
    let (run, killed) = tokio::join!(opencode.run(SHORT_TURN, None), async {
        gate.reached().await;
        let killed = sidecar.kill().await;
        gate.open();
        killed
    });
    killed?;
    holds(&rig, &run?, "killed").await
}

#[tokio::test]
async fn with_a_sidecar_that_lies() -> Result<()> {
    for lie in Lie::ALONE {
        let (rig, gate) = gated().await?;
        let _liar = Liar::start(&rig.home, lie).await?;
        let opencode = rig.opencode();
        let run = opencode.run(SHORT_TURN, None);
        let run = if lie == Lie::Silent {
            // It takes longer than a short turn until one who says nothing is given up.
            gate.open();
            run.await
        } else {
            held_until_told(&rig, &gate, run).await
        };
        let fault = format!("{lie:?}");
        let run = run.context(fault.clone())?;
        holds(&rig, &run, &fault).await?;
        match lie {
            Lie::Silent => ensure!(notices(&rig.home)?.len() <= 1),
            Lie::OtherProtocol => told_once(&rig, &fault, &["99.0.0", "rozet-sidecar restart"])?,
            _ => told_once(&rig, &fault, &["degraded", "rozet-sidecar status"])?,
        }
    }
    Ok(())
}

#[tokio::test]
async fn with_packages_that_are_broken() -> Result<()> {
    for broken in [Broken::TrapAlways, Broken::NoWasm, Broken::HalfCode] {
        let (rig, gate) = gated().await?;
        for entry in broken.packages(&rig.home, &rig.artifacts.unpacked)? {
            rig.home.configure_opencode(rig.model.endpoint(), Some(&entry))?;
        }
        let sidecar = rig.sidecar().await?;
        let fault = format!("{broken:?}");
        let opencode = rig.opencode();
        let run = opencode.run(SHORT_TURN, None);
        let run = if broken == Broken::HalfCode {
            // Half a program can say nothing.
            gate.open();
            run.await
        } else {
            held_until_told(&rig, &gate, run).await
        };
        holds(&rig, &run.context(fault.clone())?, &fault).await?;
        match broken {
            Broken::TrapAlways => told_once(&rig, &fault, &["degraded", "start OpenCode anew"])?,
            Broken::NoWasm => told_once(&rig, &fault, &["Rozet is off", "Install rozet-opencode anew"])?,
            _ => {}
        }
        sidecar.stop().await?;
    }
    Ok(())
}

#[tokio::test]
async fn with_a_sidecar_that_is_slow() -> Result<()> {
    let rig = Rig::of(short_turn()).await?;
    let sidecar = rig.sidecar().await?;
    let port = sidecar.info.url.rsplit(':').next().and_then(|port| port.parse().ok()).context("no port")?;
    let liar = Liar::start(&rig.home, Lie::Slow(port)).await?;
    let run = rig.opencode().run(SHORT_TURN, None).await?;
    holds(&rig, &run, "slow").await?;
    ensure!(notices(&rig.home)?.len() <= 1);
    drop(liar);
    drop(sidecar);
    Ok(())
}

/// A folder for the spool that no event fits in: the way a full disk, or one that cannot be written, looks to the plugin.
async fn with_a_spool_that_is(fault: &str, mount: &str) -> Result<()> {
    let (rig, gate) = gated().await?;
    let sidecar = rig.sidecar().await?;
    let spool = rig.home.rozet().join("state/spool");
    std::fs::create_dir_all(&spool)?;
    let opencode = rig.opencode();
    // In a namespace of its own, where only this process sees the mount.
    let mounted = |script: String| {
        let mut command = rig.home.command(Path::new("unshare"));
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]).arg(&spool);
        command
    };
    let mut trial = mounted(format!("mount -t tmpfs {mount}"));
    let may_mount = process::run(&mut trial, WITHIN).await.is_ok_and(|trial| trial.code == Some(0));
    let bare = opencode.command(["run", "--format", "json", "--", SHORT_TURN]);
    let mut command = if may_mount {
        let mut command = mounted(format!("mount -t tmpfs {mount} && exec \"$@\""));
        command.arg(bare.as_std().get_program()).args(bare.as_std().get_args());
        command
    } else {
        // Where nobody may mount, a file in the folder's place refuses every write too.
        rig.home.take_the_spool_away()?;
        bare
    };
    let run = held_until_told(&rig, &gate, opencode.finish(&mut command)).await?;
    holds(&rig, &run, fault).await?;
    told_once(&rig, fault, &["cannot write", "spool", "in memory"])?;
    // From memory they arrive all the same.
    let events = sidecar.client.events().await?;
    ensure!(events.iter().any(|stored| stored.event.hook_event_type == "Stop"), "{fault}: {}", events.len());
    sidecar.stop().await
}

#[tokio::test]
async fn with_a_full_disk_under_the_spool() -> Result<()> {
    with_a_spool_that_is("full", "-o size=4k none \"$0\" && head -c 4096 /dev/zero > \"$0/other\"").await
}

#[tokio::test]
async fn with_a_disk_under_the_spool_that_cannot_be_written() -> Result<()> {
    with_a_spool_that_is("read-only", "-o ro none \"$0\"").await
}
