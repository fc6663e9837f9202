//! Budgets: what a model says it used is counted, and when it is too much the work stops.

use crate::bench::{carried_out, database, home_with, number, of, plan, settled, status, task, until};
use crate::model::{Answer, Gate, Model};
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

#[tokio::test]
async fn more_budget_lets_a_run_go_on_and_less_ends_what_is_under_way() {
    let model = Model::start(|asked| {
        let answer = match asked.step {
            0..6 => Answer::runs(&format!("echo {} >> a.txt", asked.step)),
            6 => Answer::runs("echo done >> a.txt"),
            _ => Answer::says("written"),
        };
        Answer::Using(500, 100, Box::new(answer))
    })
    .await;
    let home = home_with(&model, &format!("{PRICES}  task_usd: 100\n"));
    let sidecar = home.start();
    let plan = plan(&home, &[task("T1", &["a.txt"], &[])]);
    let body = json!({"plan": plan, "budget_usd": 2, "parallel": 1});
    let run: Run = serde_json::from_value(sidecar.post("/v1/runs", &body).await.1).unwrap();
    assert_eq!(settled(&sidecar, &run).await.run.status, RunStatus::Paused);
    let path = format!("/v1/runs/{}/budget", run.run_id);
    for (wrong, code) in [(json!({}), 400), (json!({"budget_usd": -1}), 400), (json!({"usd": 1}), 400)] {
        assert_eq!(sidecar.post(&path, &wrong).await.0, code, "{wrong}");
    }
    // As long as there is not enough, it stays where it is.
    sidecar.post(&path, &json!({"budget_usd": 2.1})).await;
    let view = settled(&sidecar, &run).await;
    assert_eq!(view.run.status, RunStatus::Paused, "{view:#?}");
    let (code, changed) = sidecar.post(&path, &json!({"budget_usd": 50, "budget_tokens": 1_000_000})).await;
    assert_eq!(
        (code, &changed["limits"]["run_usd"], &changed["status"]),
        (200, &json!(50.0), &json!("running"))
    );
    let view = settled(&sidecar, &run).await;
    assert_eq!(view.run.status, RunStatus::Completed, "{view:#?}");
    assert_eq!(sidecar.post(&path, &json!({"budget_usd": 60})).await.0, 409);
    let events = sidecar.get("/v1/events?type=Notification").await;
    assert!(events.to_string().contains("\"action\":\"change_budget\""), "{events}");
    drop(sidecar);
    let database = database(&home);
    assert_eq!(number(&database, "SELECT count(*) FROM attempts WHERE tokens <> 0 OR cost_usd <> 0"), 0);
}

#[tokio::test]
async fn an_attempt_that_is_under_way_is_measured_by_the_new_budget() {
    let gate = Gate::new();
    let passed = gate.clone();
    let model = Model::thinking(move |asked| {
        let passed = passed.clone();
        async move {
            if asked.step == 1 {
                passed.passed().await;
            }
            let answer = match asked.step {
                0..4 => Answer::runs(&format!("echo {} >> a.txt", asked.step)),
                4 => Answer::runs("echo done >> a.txt"),
                _ => Answer::says("written"),
            };
            Answer::Using(500, 100, Box::new(answer))
        }
    })
    .await;
    let home = home_with(&model, &format!("{PRICES}  task_usd: 100\n"));
    let sidecar = home.start();
    // Half of it is the share of one of two that may work at once: without more, the second turn would be one too many.
    let body = json!({"plan": plan(&home, &[task("T1", &["a.txt"], &[])]), "budget_usd": 2, "parallel": 2});
    let run: Run = serde_json::from_value(sidecar.post("/v1/runs", &body).await.1).unwrap();
    until(&sidecar, &run, "the second question", |_| model.seen().len() == 2).await;
    let path = format!("/v1/runs/{}/budget", run.run_id);
    assert_eq!(sidecar.post(&path, &json!({"budget_usd": 40})).await.0, 200);
    gate.open();
    let view = settled(&sidecar, &run).await;
    assert_eq!((view.run.status, view.tasks[0].attempts.len()), (RunStatus::Completed, 1), "{view:#?}");
    drop(sidecar);
    let database = database(&home);
    assert_eq!(number(&database, "SELECT count(*) FROM attempts WHERE tokens <> 0 OR cost_usd <> 0"), 0);
    assert_eq!(
        number(&database, &format!("SELECT tokens FROM spend WHERE scope = 'run {}'", run.run_id)),
        3_600
    );
}

#[tokio::test]
async fn a_smaller_budget_ends_an_attempt_that_has_used_more() {
    let gate = Gate::new();
    let passed = gate.clone();
    let model = Model::thinking(move |asked| {
        let passed = passed.clone();
        async move {
            if asked.step == 2 {
                passed.passed().await;
            }
            Answer::Using(500, 100, Box::new(Answer::runs(&format!("echo {} >> a.txt", asked.step))))
        }
    })
    .await;
    let home = home_with(&model, &format!("{PRICES}  task_usd: 100\n"));
    let sidecar = home.start();
    let body = json!({"plan": plan(&home, &[task("T1", &["a.txt"], &[])]), "budget_usd": 50, "parallel": 1});
    let run: Run = serde_json::from_value(sidecar.post("/v1/runs", &body).await.1).unwrap();
    until(&sidecar, &run, "the third question", |_| model.seen().len() == 3).await;
    let path = format!("/v1/runs/{}/budget", run.run_id);
    assert_eq!(sidecar.post(&path, &json!({"budget_usd": 1})).await.0, 200);
    let view = settled(&sidecar, &run).await;
    gate.open();
    let waits = of(&view, "T1").waits_for.as_ref().unwrap();
    assert_eq!((view.run.status, waits.kind), (RunStatus::Paused, WaitsForKind::Budget), "{view:#?}");
    assert!(waits.what.contains("of $1.00"), "{waits:?}");
}
