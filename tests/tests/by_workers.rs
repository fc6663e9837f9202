//! Plans that workers carry out in the real OpenCode.

use anyhow::Result;
use rozet_e2e::by_workers::{self, Names, PROMPT};
use rozet_e2e::main_job::{RunCommand, Stage};
use rozet_e2e::rig::Rig;

#[tokio::test]
async fn workers_in_opencode_run_carry_the_plan_out_and_prove_it() -> Result<()> {
    let rig = Rig::with(|script| *script = by_workers::script(&RunCommand::find(), Names::OpenCode)).await?;
    let rig = rig.with_variable("ROZET_AUTO_EXECUTE", "1");
    let sidecar = rig.sidecar().await?;
    let stage = Stage {
        opencode: &rig.opencode(),
        sidecar: &sidecar.client,
        dashboard_url: &sidecar.info.dashboard_url,
        workspace: &rig.home.workspace(),
        model: Some(&rig.model),
        model_name: None,
    };

    let report = by_workers::run(&stage, PROMPT, &|_| {}).await?;

    let story = serde_json::to_string_pretty(&report)?;
    assert_eq!(report.broken_promises, Vec::<String>::new(), "{story}");
    assert!(report.answer.starts_with(by_workers::ANSWER), "{story}");
    sidecar.stop().await
}
