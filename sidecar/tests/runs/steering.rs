//! Pausing, resuming, cancelling, retrying and confirming: each takes effect at once and leaves no process.

use crate::bench::{begin, home, home_with, nothing_left, of, settled, status, task, until};
use crate::common::processes::{mark, running};
use crate::http::diligent;
use crate::model::{Answer, Model};
use rozet_observability::plan::{TaskStatus, WaitsForKind};
use rozet_observability::run::{AttemptOutcome, RunStatus};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What a person notices as at once.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Runs for ever until told otherwise, then writes the file.
async fn slow(mark: &str, quick: &Arc<AtomicBool>) -> Model {
    let (line, quick) = (format!("(setsid sleep {mark} &); sleep {mark}"), Arc::clone(quick));
    Model::start(move |asked| match (quick.load(Ordering::SeqCst), asked.step) {
        (false, _) => Answer::runs(&line),
        (true, 0) => Answer::runs(&format!("echo done > {}.txt", asked.task)),
        (true, _) => Answer::says("written"),
    })
    .await
}

#[tokio::test]
async fn a_pause_ends_what_is_under_way_and_resuming_does_it_anew() {
    let (mark, quick) = (mark(64), Arc::default());
    let home = home(&slow(&mark, &quick).await);
    let sidecar = home.start();
    let run = begin(&sidecar, &home, &[task("T1", &["T1.txt"], &[]), task("T2", &["T2.txt"], &["T1"])]).await;
    until(&sidecar, &run, "the command to run", |_| running(&mark) >= 2).await;
    let asked = Instant::now();
    let (code, paused) = sidecar.post(&format!("/v1/runs/{}/pause", run.run_id), &json!({})).await;
    assert_eq!((code, &paused["status"]), (200, &json!("paused")), "{paused}");
    assert!(asked.elapsed() < AT_ONCE, "{:?}", asked.elapsed());
    assert_eq!(running(&mark), 0);
    nothing_left(&home, Some(sidecar.info.pid)).await;
    quick.store(true, Ordering::SeqCst);
    assert_eq!(sidecar.post(&format!("/v1/runs/{}/resume", run.run_id), &json!({})).await.0, 200);
    let view = settled(&sidecar, &run).await;
    assert_eq!(view.run.status, RunStatus::Completed, "{view:#?}");
    let outcomes: Vec<_> = view.tasks[0].attempts.iter().map(|attempt| attempt.outcome).collect();
    assert_eq!(outcomes, [AttemptOutcome::Interrupted, AttemptOutcome::Passed]);
}

#[tokio::test]
async fn a_cancelled_run_can_be_tried_again() {
    let (mark, quick) = (mark(65), Arc::default());
    let home = home(&slow(&mark, &quick).await);
    let sidecar = home.start();
    let run = begin(&sidecar, &home, &[task("T1", &["T1.txt"], &[])]).await;
    until(&sidecar, &run, "the command to run", |_| running(&mark) >= 2).await;
    let asked = Instant::now();
    let (code, cancelled) = sidecar.post(&format!("/v1/runs/{}/cancel", run.run_id), &json!({})).await;
    assert_eq!((code, &cancelled["status"]), (200, &json!("cancelled")), "{cancelled}");
    assert!(asked.elapsed() < AT_ONCE, "{:?}", asked.elapsed());
    assert_eq!(running(&mark), 0);
    nothing_left(&home, Some(sidecar.info.pid)).await;
    quick.store(true, Ordering::SeqCst);
    assert_eq!(sidecar.post(&format!("/v1/runs/{}/retry", run.run_id), &json!({})).await.0, 200);
    assert_eq!(settled(&sidecar, &run).await.run.status, RunStatus::Completed);
}

#[tokio::test]
async fn one_task_is_cancelled_while_others_go_on_and_is_tried_again() {
    let (mark, quick) = (mark(66), Arc::default());
    let slow = slow(&mark, &quick).await;
    let home = home(&slow);
    let sidecar = home.start();
    let tasks =
        [task("T1", &["T1.txt"], &[]), task("T2", &["T2.txt"], &[]), task("T3", &["T3.txt"], &["T1"])];
    let run = begin(&sidecar, &home, &tasks).await;
    until(&sidecar, &run, "both commands to run", |_| running(&mark) >= 4).await;
    let path = |action: &str| format!("/v1/tasks/{}/T1/{action}", run.plan_id);
    let asked = Instant::now();
    assert_eq!(sidecar.post(&path("cancel"), &json!({})).await.0, 200);
    let view = until(&sidecar, &run, "T1's end", |view| status(view, "T3") == TaskStatus::Blocked).await;
    assert!(asked.elapsed() < AT_ONCE, "{:?}", asked.elapsed());
    assert_eq!((status(&view, "T1"), status(&view, "T2")), (TaskStatus::Cancelled, TaskStatus::Running));
    assert_eq!(running(&mark), 2);
    quick.store(true, Ordering::SeqCst);
    let asked = Instant::now();
    assert_eq!(sidecar.post(&path("retry"), &json!({})).await.0, 200);
    until(&sidecar, &run, "T3's end", |view| status(view, "T3") == TaskStatus::Completed).await;
    assert!(asked.elapsed() < 5 * AT_ONCE, "{:?}", asked.elapsed());
    assert_eq!(sidecar.post(&format!("/v1/runs/{}/cancel", run.run_id), &json!({})).await.0, 200);
    assert_eq!(running(&mark), 0);
}

#[tokio::test]
async fn what_only_a_person_can_judge_waits_for_one() {
    let home = home_with(&diligent().await, "workers:\n  parallel: 2\n");
    let sidecar = home.start();
    let mut judged = task("T1", &["T1.txt"], &[]);
    judged["checks"].as_array_mut().unwrap().push(json!({"type": "manual", "question": "is it pretty?"}));
    let run = begin(&sidecar, &home, &[judged, task("T2", &["T2.txt"], &["T1"])]).await;
    let view = settled(&sidecar, &run).await;
    assert_eq!((view.run.status, status(&view, "T1")), (RunStatus::Paused, TaskStatus::Blocked));
    assert_eq!(of(&view, "T1").waits_for.as_ref().unwrap().kind, WaitsForKind::Human);
    let asked = Instant::now();
    let (code, task) = sidecar.post(&format!("/v1/tasks/{}/T1/confirm", run.plan_id), &json!({})).await;
    assert_eq!((code, &task["task"]["status"]), (200, &json!("completed")), "{task}");
    assert!(asked.elapsed() < AT_ONCE, "{:?}", asked.elapsed());
    let view = settled(&sidecar, &run).await;
    assert_eq!((view.run.status, status(&view, "T2")), (RunStatus::Completed, TaskStatus::Completed));
}
