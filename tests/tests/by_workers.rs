//! Plans that workers carry out in the real OpenCode.

use anyhow::{Context, Result};
use rozet_e2e::by_workers::{self, Names, PROMPT};
use rozet_e2e::main_job::RunCommand;
use rozet_e2e::opencode_server::OpenCodeServer;
use rozet_e2e::process::{Group, with_environment};
use rozet_e2e::rig::Rig;
use rozet_e2e::scripted_model::{Delta, Gate, Script, Step, WORKER_MODEL};
use rozet_e2e::sidecar::Sidecar;
use rozet_e2e::wait::until;
use rozet_observability::plan::TaskStatus;
use rozet_observability::run::{RunStatus, RunView};
use serde_json::Value;
use std::process::Stdio;
use std::time::Duration;

const SETTLES_WITHIN: Duration = Duration::from_secs(30);
/// An OpenCode of the sidecar's own takes its time to start.
const STARTS_WITHIN: Duration = Duration::from_secs(120);

#[tokio::test]
async fn workers_in_opencode_run_carry_the_plan_out_and_prove_it() -> Result<()> {
    let rig = Rig::with(|script| *script = by_workers::script(&RunCommand::find(), Names::OpenCode)).await?;
    let rig = rig.with_variable("ROZET_AUTO_EXECUTE", "1");
    let sidecar = rig.sidecar().await?;

    let report = rig.by_workers(&sidecar).await?;

    let story = serde_json::to_string_pretty(&report)?;
    assert_eq!(report.broken_promises, Vec::<String>::new(), "{story}");
    assert!(report.answer.starts_with(by_workers::ANSWER), "{story}");
    sidecar.stop().await
}

/// The workers' script with every first answer of T1 and T2 behind a gate.
fn held(gate: &Gate) -> Script {
    let mut script = by_workers::script(&RunCommand::find(), Names::OpenCode);
    for id in ["T1", "T2"] {
        for steps in script.tasks.get_mut(id).into_iter().flatten() {
            if let Some(first) = steps.first_mut() {
                *first = first.clone().behind(gate);
            }
        }
    }
    script
}

async fn newest_run(sidecar: &Sidecar) -> Result<RunView> {
    let runs = sidecar.client.runs().await?;
    let run = runs.first().context("there is no run")?;
    sidecar.client.run(&run.run_id).await
}

async fn run_is(sidecar: &Sidecar, wanted: RunStatus) -> Result<RunView> {
    until(&format!("the run to be {}", wanted.as_str()), SETTLES_WITHIN, async || {
        let view = newest_run(sidecar).await?;
        Ok((view.run.status == wanted).then_some(view))
    })
    .await
}

#[tokio::test]
async fn who_interrupts_the_wait_ends_the_run_and_its_workers() -> Result<()> {
    let gate = Gate::default();
    let rig = Rig::with(|script| *script = held(&gate)).await?.with_variable("ROZET_AUTO_EXECUTE", "1");
    let sidecar = rig.sidecar().await?;
    let server = OpenCodeServer::start(&rig.artifacts.opencode, &rig.home).await?;
    let session_id = server.session().await?;

    let interrupted = async {
        gate.reached().await;
        until("the main model to wait", SETTLES_WITHIN, async || {
            let states = server.tool_states(&session_id).await?;
            Ok(states.iter().any(|state| state["status"] == "running").then_some(()))
        })
        .await?;
        server.abort(&session_id).await
    };
    let (prompted, interrupted) = tokio::join!(server.prompt(&session_id, PROMPT), interrupted);
    interrupted?;
    // Whatever OpenCode answers to a prompt that was interrupted.
    drop(prompted);

    let view = run_is(&sidecar, RunStatus::Cancelled).await?;
    for task in &view.tasks {
        assert_eq!(task.task.status, TaskStatus::Cancelled, "{task:?}");
    }
    let statuses: Value = server.get("/session/status").await?;
    let busy =
        statuses.as_object().context("no statuses")?.values().filter(|status| status["type"] != "idle");
    assert_eq!(busy.count(), 0, "{statuses}");
    sidecar.stop().await
}

#[tokio::test]
async fn a_model_that_does_not_wait_gets_the_result_with_the_next_prompt() -> Result<()> {
    let rig = Rig::with(|script| {
        *script = by_workers::script(&RunCommand::find(), Names::OpenCode);
        script.worker = vec![Step::says([Delta::text("They are at it.")])];
    })
    .await?
    .with_variable("ROZET_AUTO_EXECUTE", "1");
    let sidecar = rig.sidecar().await?;
    let server = OpenCodeServer::start(&rig.artifacts.opencode, &rig.home).await?;
    let session_id = server.session().await?;

    server.prompt(&session_id, PROMPT).await?;
    run_is(&sidecar, RunStatus::Completed).await?;
    server.prompt(&session_id, "thanks!").await?;

    let requests = rig.model.worker_requests();
    let system = requests.last().context("no request")?.system();
    assert!(system.contains("Rozet's workers have ended"), "{system}");
    assert!(system.contains("NOTES.md contains") && system.contains("passed"), "{system}");
    rig.model.verify()?;
    sidecar.stop().await
}

#[tokio::test]
async fn an_opencode_that_is_killed_leaves_a_run_that_can_be_resumed_without_it() -> Result<()> {
    let gate = Gate::default();
    let rig = Rig::with(|script| *script = held(&gate)).await?.with_variable("ROZET_AUTO_EXECUTE", "1");
    let opencode = rig.artifacts.opencode.to_string_lossy().into_owned();
    let rig = rig.with_variable("ROZET_OPENCODE_BIN", &opencode);
    let sidecar = rig.sidecar().await?;

    let opencode = rig.opencode();
    let mut command = opencode.command(["run", PROMPT]);
    let (group, mut child) = Group::spawn(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
    gate.reached().await;
    drop(group);
    child.wait().await?;
    let paused = run_is(&sidecar, RunStatus::Paused).await?;
    assert!(paused.run.reason.as_deref().is_some_and(|reason| reason.contains("OpenCode")), "{paused:?}");
    assert!(paused.tasks.iter().all(|task| task.task.status != TaskStatus::Failed), "{paused:?}");

    // Resumed, the sidecar starts an OpenCode of its own, and ends it with itself.
    gate.open();
    rig.rozet(&["resume", "latest"]).await?;
    let view = until("the run to be completed", STARTS_WITHIN, async || {
        let view = newest_run(&sidecar).await?;
        Ok((view.run.status != RunStatus::Running).then_some(view))
    })
    .await?;
    assert_eq!(view.run.status, RunStatus::Completed, "{view:?}");
    sidecar.stop().await?;
    until("the sidecar's OpenCode to be gone", SETTLES_WITHIN, async || {
        let home = rig.home.home().to_string_lossy().into_owned();
        Ok(with_environment("HOME", &home, "serve")?.is_empty().then_some(()))
    })
    .await
}

#[tokio::test]
async fn rozets_own_loop_carries_the_plan_out_where_that_is_wished() -> Result<()> {
    let rig = Rig::with(|script| *script = by_workers::script(&RunCommand::find(), Names::Local)).await?;
    let endpoint = rig.model.endpoint().to_owned();
    let rig = rig
        .with_variable("ROZET_AUTO_EXECUTE", "1")
        .with_variable("ROZET_USE_OPEN_CODE_TOOLS", "0")
        .with_variable("ROZET_WORKERS_PROVIDER", "openai-compatible")
        .with_variable("ROZET_WORKERS_ENDPOINT", &endpoint)
        .with_variable("ROZET_WORKERS_MODEL", WORKER_MODEL);
    let sidecar = rig.sidecar().await?;

    let report = rig.by_workers(&sidecar).await?;

    let story = serde_json::to_string_pretty(&report)?;
    // All that workers in OpenCode do, but for OpenCode's sessions.
    let without_sessions = [
        "not so: workers are OpenCode's sessions",
        "not so: every attempt has a session of its own",
        "no SubagentStart event is stored",
    ];
    assert_eq!(report.broken_promises, without_sessions, "{story}");
    sidecar.stop().await
}
