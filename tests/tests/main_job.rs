//! The main job, end to end, in the real OpenCode.

use anyhow::Result;
use rozet_e2e::main_job::{ANSWER, DEFAULT_PROMPT, LEAKED, TASKS};
use rozet_e2e::rig::Rig;
use rozet_observability::plan::{CheckOutcome, PlanOrigin, TaskStatus};

#[tokio::test]
async fn one_prompt_is_planned_done_proved_and_cleaned() -> Result<()> {
    let rig = Rig::new().await?;
    let sidecar = rig.sidecar().await?;

    let report = rig.main_job(&sidecar, DEFAULT_PROMPT).await?;

    let story = serde_json::to_string_pretty(&report)?;
    assert_eq!(report.broken_promises, Vec::<String>::new(), "{story}");
    assert!(report.answer.contains(ANSWER), "{story}");
    let plan = report.plan.as_ref().expect("judged above");
    assert_eq!(plan.origin, PlanOrigin::Model, "{story}");
    assert_eq!(plan.tasks.iter().map(|task| task.description.as_str()).collect::<Vec<_>>(), TASKS);
    for task in &plan.tasks {
        assert_eq!(task.status, TaskStatus::Completed, "{story}");
        assert!(task.evidence.iter().all(|seen| seen.outcome == CheckOutcome::Passed), "{story}");
    }
    assert_eq!(report.hidden.reasoning_parts, 2, "{story}");
    assert_eq!(report.events.by_type["SessionStart"], 1, "{story}");
    assert_eq!(report.events.by_type["SessionEnd"], 1, "{story}");
    assert_eq!(report.events.by_type["TaskCompleted"], 2, "{story}");
    assert!(report.rozet_added_ms.is_some_and(|added| added > 0.0), "{story}");

    for request in rig.model.worker_requests() {
        assert_eq!(
            request.body["include_reasoning"], false,
            "the provider was not asked to hide its thinking"
        );
    }

    // Not only the export: no table of OpenCode's database has it, and neither has any event of ours.
    for table in ["part", "message", "event", "session"] {
        let column = if table == "session" { "title" } else { "data" };
        let statement = format!("select count(*) as found from {table} where {column} like '%{LEAKED}%'");
        let rows = rig.opencode().query(&statement).await?;
        assert_eq!(rows[0]["found"], 0, "{table}: {rows}");
    }
    let events = serde_json::to_string(&sidecar.client.events().await?)?;
    assert!(!events.contains(LEAKED));

    sidecar.stop().await
}
