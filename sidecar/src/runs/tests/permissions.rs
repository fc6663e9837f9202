use super::bench::{Bench, status, writes};
use super::obedient;
use crate::worker::Job;
use rozet_observability::plan::{TaskStatus, WaitsForKind};
use rozet_observability::run::RunStatus;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::Notify;

#[tokio::test]
async fn a_task_whose_worker_asks_is_blocked_until_the_answer_and_may_end_meanwhile() {
    let go_on = Arc::new(Notify::new());
    let told = Arc::clone(&go_on);
    let allowance = Arc::new(OnceLock::new());
    let seen = Arc::clone(&allowance);
    let bench = Bench::new(move |job: Job| {
        let told = Arc::clone(&told);
        seen.set(Arc::clone(&job.allowance)).unwrap();
        async move {
            job.overseer.opened("ses_worker");
            told.notified().await;
            obedient(job).await
        }
    });
    let run = bench.start(vec![writes("T1", "a", &[])]).await;
    bench.until(&run, |view| view.tasks[0].attempts.iter().any(|attempt| attempt.session_id.is_some())).await;
    let task = bench.coordinator.task_of_worker("ses_worker");
    assert_eq!(task, Some((run.plan_id.clone(), "T1".to_owned())));
    let waits = async |what: Option<&str>| {
        bench.coordinator.waits_for_permission(&run.plan_id, "T1", what.map(str::to_owned)).await
    };
    assert!(waits(Some("bash: make")).await);
    let view = bench.until(&run, |view| status(view, "T1") == TaskStatus::Blocked).await;
    let waits_for = view.tasks[0].waits_for.as_ref().unwrap();
    assert_eq!((waits_for.kind, waits_for.what.as_str()), (WaitsForKind::Permission, "bash: make"));
    assert_eq!(view.run.status, RunStatus::Running);
    // How long a person takes is not the worker's time.
    let allowance = allowance.get().unwrap();
    let left = allowance.left();
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(allowance.left(), left);
    assert!(waits(None).await);
    bench.until(&run, |view| status(view, "T1") == TaskStatus::Running && allowance.left() < left).await;
    assert!(waits(Some("bash: make")).await);
    go_on.notify_one();
    let view = bench.settled(&run).await;
    assert_eq!((view.run.status, status(&view, "T1")), (RunStatus::Completed, TaskStatus::Completed));
    assert!(!waits(Some("bash: make")).await);
    assert_eq!(status(&bench.settled(&run).await, "T1"), TaskStatus::Completed);
}
