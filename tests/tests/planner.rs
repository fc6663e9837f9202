//! Whatever the planner's model does, there is a usable plan and a stated reason.

use anyhow::Result;
use rozet_e2e::main_job::{DEFAULT_PROMPT, RunCommand};
use rozet_e2e::rig::Rig;
use rozet_e2e::scripted_model::{Delta, PlannerScript, Step};
use rozet_observability::plan::{Plan, PlanOrigin};

async fn plan_with(answer: Step) -> Result<Plan> {
    let rig = Rig::with(|script| script.planner = PlannerScript::Always(answer)).await?;
    let rig = rig.with_variable("ROZET_ORCHESTRATOR_TIMEOUT_MS", "700");
    let sidecar = rig.sidecar().await?;
    let plan = serde_json::from_str(&rig.rozet(&["plan", DEFAULT_PROMPT, "--json"]).await?)?;
    sidecar.stop().await?;
    Ok(plan)
}

#[tokio::test]
async fn every_failure_of_the_model_ends_in_a_plan_and_a_reason() -> Result<()> {
    let prose = Step::says([Delta::text("Certainly! First I would think about it.")]);
    for (answer, reason) in [
        (Step::refuses(401, "no such key: scripted-key"), "key"),
        (Step::refuses(503, "overloaded"), "503"),
        (prose, "prose"),
        (Step::hangs(), "in time"),
    ] {
        let plan = plan_with(answer).await?;
        assert_eq!(plan.origin, PlanOrigin::Offline);
        assert!(!plan.tasks.is_empty(), "{plan:?}");
        let stated = plan.reason.unwrap_or_default();
        assert!(stated.contains(reason), "expected `{reason}` in `{stated}`");
        assert!(!stated.contains("scripted-key"), "a key in `{stated}`");
    }
    Ok(())
}

#[tokio::test]
async fn a_refused_key_does_not_keep_opencode_from_its_work() -> Result<()> {
    let rig = Rig::with(|script| script.planner = PlannerScript::Always(Step::refuses(401, "no"))).await?;
    let sidecar = rig.sidecar().await?;

    let run = RunCommand::find();
    let prompt = format!("create hello.py that prints a greeting, then run `{}`", run.as_str());
    let report = rig.main_job(&sidecar, &prompt).await?;

    let story = serde_json::to_string_pretty(&report)?;
    assert_eq!(report.broken_promises, Vec::<String>::new(), "{story}");
    let plan = report.plan.as_ref().expect("judged above");
    assert_eq!(plan.origin, PlanOrigin::Offline, "{story}");
    assert!(plan.reason.as_ref().is_some_and(|reason| reason.contains("key")), "{story}");
    sidecar.stop().await
}
