//! Budgets: what a model says it used is counted, and when it is too much the work stops.

use crate::bench::{carried_out, database, home_with, number, of, plan, settled, status, task};
use crate::model::{Answer, Model};
use rozet_observability::plan::{TaskStatus, WaitsForKind};
use rozet_observability::run::{Run, RunStatus};
use serde_json::json;

/// A dollar for a thousand tokens, so that numbers stay small.
const PRICES: &str = "budget:\n  prices:\n    openai-compatible/scripted: { input: 1000, output: 1000 }\n";

#[tokio::test]
async fn a_run_that_costs_more_than_it_may_stops_and_waits_for_budget() {
    let model = Model::start(|asked| {
        let answer = Answer::runs(&format!("echo {} >> a.txt", asked.step));
        Answer::Using(500, 100, Box::new(answer))
    })
    .await;
    let home = home_with(&model, &format!("{PRICES}  task_usd: 100\n"));
    let sidecar = home.start();
    let plan = plan(&home, &[task("T1", &["a.txt"], &[]), task("T2", &["b.txt"], &["T1"])]);
    let body = json!({"plan": plan, "budget_usd": 3, "parallel": 1});
    let (code, run) = sidecar.post("/v1/runs", &body).await;
    assert_eq!(code, 201, "{run}");
    let run: Run = serde_json::from_value(run).unwrap();
    let view = settled(&sidecar, &run).await;
    assert_eq!((view.run.status, status(&view, "T1")), (RunStatus::Paused, TaskStatus::Blocked), "{view:#?}");
    let waits = of(&view, "T1").waits_for.as_ref().unwrap();
    assert_eq!(waits.kind, WaitsForKind::Budget, "{waits:?}");
    assert!(waits.what.contains("of $3.00"), "{waits:?}");
    // 0.6 dollars a turn: the sixth goes over, and no other is asked for.
    assert_eq!(model.seen().len(), 6);
    let usage = view.run.usage;
    assert!((usage.cost_usd.unwrap() - 3.6).abs() < 1e-6, "{usage:?}");
    // Nothing is left: going on begins nothing.
    assert_eq!(sidecar.post(&format!("/v1/runs/{}/resume", run.run_id), &json!({})).await.0, 200);
    let view = settled(&sidecar, &run).await;
    assert_eq!((view.run.status, model.seen().len()), (RunStatus::Paused, 6));
    drop(sidecar);
    let database = database(&home);
    let spent = format!("SELECT tokens FROM spend WHERE scope = 'run {}'", run.run_id);
    assert_eq!(number(&database, &spent), 3_600);
    assert_eq!(number(&database, "SELECT count(*) FROM attempts WHERE tokens <> 0 OR cost_usd <> 0"), 0);
}

#[tokio::test]
async fn a_task_has_a_budget_of_its_own() {
    let model = Model::start(|asked| {
        let answer = Answer::runs(&format!("echo {} >> a.txt", asked.step));
        Answer::Using(900, 100, Box::new(answer))
    })
    .await;
    let home = home_with(&model, "budget:\n  task_tokens: 2500\n");
    let sidecar = home.start();
    let view = carried_out(&sidecar, &home, &[task("T1", &["a.txt"], &[])]).await;
    assert_eq!(of(&view, "T1").waits_for.as_ref().unwrap().kind, WaitsForKind::Budget, "{view:#?}");
    assert_eq!(model.seen().len(), 3);
}
