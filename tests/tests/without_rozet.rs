//! The control: what OpenCode does without Rozet. If this changes, the other tests prove nothing.

use anyhow::Result;
use rozet_e2e::artifacts;
use rozet_e2e::home::Home;
use rozet_e2e::main_job::{self, ANSWER, DEFAULT_PROMPT, LEAKED, REASONED, RunCommand};
use rozet_e2e::opencode::OpenCode;
use rozet_e2e::scripted_model::ScriptedModel;

#[tokio::test]
async fn leaked_thinking_is_stored_and_sent_back() -> Result<()> {
    let home = Home::temporary()?;
    let model = ScriptedModel::start(main_job::script(&home.workspace(), &RunCommand::find())).await?;
    home.configure_opencode(model.endpoint(), None)?;
    let binary = artifacts::opencode()?;
    let opencode = OpenCode::isolated(&binary, &home);

    let run = opencode.run(DEFAULT_PROMPT, None).await?;

    assert_eq!(run.finished.code, Some(0), "{}", run.finished.stderr);
    model.verify()?;
    assert!(home.workspace().join("hello.py").is_file());
    assert!(run.answer.contains(ANSWER), "{}", run.answer);
    let steps = model.worker_requests();
    assert_eq!(steps.len(), 3);
    assert!(steps[2].history().contains(LEAKED));
    assert!(steps[2].history().contains(REASONED));
    let stored = opencode.export(&run.session_id.unwrap_or_default()).await?.to_string();
    assert!(stored.contains(LEAKED));
    Ok(())
}
