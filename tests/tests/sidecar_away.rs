//! Nothing is lost, and OpenCode does not care, when the sidecar is not there or dies.

use anyhow::Result;
use rozet_e2e::main_job::DEFAULT_PROMPT;
use rozet_e2e::rig::Rig;
use rozet_e2e::scripted_model::Gate;
use rozet_e2e::sidecar::{Client, Daemon};
use rozet_e2e::wait::until;
use rozet_observability::event::{StoredEvent, source};
use std::time::Duration;

const ARRIVE_WITHIN: Duration = Duration::from_secs(20);
/// What the plugin alone can say of the main job.
const BY_PLUGIN: [&str; 6] =
    ["SessionStart", "UserPromptSubmit", "ToolRequested", "ToolCompleted", "Stop", "SessionEnd"];

#[tokio::test]
async fn without_a_sidecar_opencode_works_and_the_events_arrive_at_the_next_up() -> Result<()> {
    let rig = Rig::new().await?;

    let run = rig.opencode().run(DEFAULT_PROMPT, None).await?;

    assert_eq!(run.finished.code, Some(0), "{}", run.finished.stderr);
    assert!(rig.home.workspace().join("hello.py").is_file());
    rig.model.verify()?;
    let daemon = Daemon::up(&rig.artifacts.sidecar, &rig.home).await?;
    let events = all_from_plugin(&daemon.client, &run.session_id.unwrap_or_default()).await?;
    assert_unbroken(&events);
    let spool = rig.home.rozet().join("state/spool");
    until("the spool to be emptied", ARRIVE_WITHIN, async || {
        let mut names =
            std::fs::read_dir(&spool)?.map(|entry| Ok(entry?.file_name())).collect::<Result<Vec<_>>>()?;
        // The running sidecar is a producer too.
        names.retain(|name| !name.to_string_lossy().starts_with(source::SIDECAR));
        anyhow::ensure!(names.is_empty(), "{names:?} are left");
        Ok(Some(()))
    })
    .await?;
    daemon.down().await
}

#[tokio::test]
async fn a_sidecar_killed_in_the_middle_costs_no_event() -> Result<()> {
    let gate = Gate::default();
    let rig = Rig::with(|script| script.worker[1].gate = Some(gate.clone())).await?;
    let sidecar = rig.sidecar().await?;
    let opencode = rig.opencode();

    let (run, killed) = tokio::join!(opencode.run(DEFAULT_PROMPT, None), async {
        gate.reached().await;
        let killed = sidecar.kill().await;
        gate.open();
        killed
    });

    killed?;
    let run = run?;
    assert_eq!(run.finished.code, Some(0), "{}", run.finished.stderr);
    let sidecar = rig.sidecar().await?;
    let events = all_from_plugin(&sidecar.client, &run.session_id.unwrap_or_default()).await?;
    assert_unbroken(&events);
    sidecar.stop().await
}

/// Waits for everything that the plugin has to say of a session.
async fn all_from_plugin(client: &Client, session_id: &str) -> Result<Vec<StoredEvent>> {
    until("the plugin's events", ARRIVE_WITHIN, async || {
        let mut events = client.events().await?;
        events.retain(|stored| {
            stored.event.source_app == source::PLUGIN && stored.event.session_id == session_id
        });
        let is_there = |kind: &&str| events.iter().any(|stored| stored.event.hook_event_type == **kind);
        let missing: Vec<&str> = BY_PLUGIN.iter().copied().filter(|kind| !is_there(kind)).collect();
        anyhow::ensure!(missing.is_empty(), "{missing:?} are missing");
        Ok(Some(events))
    })
    .await
}

/// One producer, every `seq` once, from 1 to the last.
fn assert_unbroken(events: &[StoredEvent]) {
    let mut seqs: Vec<u64> = events.iter().map(|stored| stored.event.seq).collect();
    seqs.sort_unstable();
    let whole: Vec<u64> = (1..=seqs.len() as u64).collect();
    assert_eq!(seqs, whole);
}
