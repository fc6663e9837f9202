use super::bench::{Bench, status, writes};
use super::obedient;
use crate::worker::{Job, Stopped};
use rozet_observability::plan::TaskStatus;
use rozet_observability::run::{AttemptOutcome, RunStatus};
use std::time::{Duration, Instant};

/// Works until it is told to end.
async fn endless(job: Job) -> Result<crate::worker::Report, Stopped> {
    job.cancel.cancelled().await;
    Err(Stopped::Cancelled)
}

#[tokio::test]
async fn a_cancelled_run_ends_at_once_and_leaves_nothing_behind() {
    let bench = Bench::new(endless);
    let run = bench.start(vec![writes("T1", "a", &[]), writes("T2", "b", &["T1"])]).await;
    bench.until(&run, |view| status(view, "T1") == TaskStatus::Running).await;
    let began = Instant::now();
    let cancelled = bench.coordinator.cancel(&run.run_id).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(cancelled.status, RunStatus::Cancelled);
    let view = bench.settled(&run).await;
    assert_eq!([status(&view, "T1"), status(&view, "T2")], [TaskStatus::Cancelled; 2]);
    assert_eq!(view.tasks[0].attempts[0].outcome, AttemptOutcome::Cancelled);
    assert_eq!(bench.store.leases(0).await.unwrap(), []);
    assert!(bench.coordinator.cancel(&run.run_id).await.unwrap_err().to_string().contains("is cancelled"));
}

#[tokio::test]
async fn a_worker_that_does_not_listen_is_dropped() {
    let bench = Bench::new(|_| std::future::pending());
    let run = bench.start(vec![writes("T1", "a", &[])]).await;
    bench.until(&run, |view| status(view, "T1") == TaskStatus::Running).await;
    bench.coordinator.cancel(&run.run_id).await.unwrap();
    let view = bench.settled(&run).await;
    assert_eq!((view.run.status, status(&view, "T1")), (RunStatus::Cancelled, TaskStatus::Cancelled));
    assert_eq!(view.tasks[0].attempts[0].outcome, AttemptOutcome::Cancelled);
}

#[tokio::test]
async fn a_paused_run_goes_on_where_it_was() {
    let bench = Bench::new(|job: Job| async move {
        if job.attempt == 1 && job.task.task_id == "T1" { endless(job).await } else { obedient(job).await }
    });
    let run = bench.start(vec![writes("T1", "a", &[]), writes("T2", "b", &["T1"])]).await;
    bench.until(&run, |view| status(view, "T1") == TaskStatus::Running).await;
    assert_eq!(bench.coordinator.pause(&run.run_id).await.unwrap().status, RunStatus::Paused);
    let paused = bench.settled(&run).await;
    assert_eq!(status(&paused, "T1"), TaskStatus::Ready);
    assert!(paused.tasks[0].waits_for.as_ref().unwrap().what.contains("paused"));
    assert!(bench.coordinator.pause(&run.run_id).await.is_err());
    bench.coordinator.resume(&run.run_id).await.unwrap();
    let view = bench.until(&run, |view| view.run.status == RunStatus::Completed).await;
    assert_eq!(view.tasks[0].attempts[0].outcome, AttemptOutcome::Interrupted);
}

#[tokio::test]
async fn one_task_is_cancelled_and_the_others_go_on() {
    let bench = Bench::new(|job: Job| async move {
        if job.task.task_id == "T1" { endless(job).await } else { obedient(job).await }
    });
    let tasks = vec![writes("T1", "a", &[]), writes("T2", "b", &["T1"]), writes("T3", "c", &[])];
    let run = bench.start(tasks).await;
    bench.until(&run, |view| status(view, "T3") == TaskStatus::Completed).await;
    bench.coordinator.cancel_task(&run.plan_id, "T1").await.unwrap();
    let view = bench.settled(&run).await;
    assert_eq!(view.run.status, RunStatus::Failed);
    assert_eq!(status(&view, "T1"), TaskStatus::Cancelled);
    assert!(view.tasks[1].waits_for.as_ref().unwrap().what.contains("T1, which is cancelled"));
}

#[tokio::test]
async fn what_only_a_person_can_judge_waits_for_them() {
    let bench = Bench::new(obedient);
    let mut manual = writes("T1", "a", &[]);
    manual.checks.push(rozet_observability::plan::Check::Manual { question: "is it nice?".into() });
    let run = bench.start(vec![manual, writes("T2", "b", &["T1"])]).await;
    let view = bench.settled(&run).await;
    assert_eq!((view.run.status, status(&view, "T1")), (RunStatus::Paused, TaskStatus::Blocked));
    assert!(view.run.reason.as_deref().unwrap().contains("is it nice?"));
    bench.coordinator.confirm_task(&run.plan_id, "T1").await.unwrap();
    let view = bench.until(&run, |view| view.run.status == RunStatus::Completed).await;
    assert!(view.tasks[0].task.evidence[1].detail.contains("confirmed by a person"));
    assert!(bench.coordinator.confirm_task(&run.plan_id, "T1").await.is_err());
}

#[tokio::test]
async fn a_stuck_worker_counts_as_a_failure_and_says_so() {
    let bench = Bench::new(|job: Job| async move {
        for _ in 0..50 {
            job.overseer.stepped("read_file {\"path\":\"a\"}", "nothing there")?;
        }
        obedient(job).await
    });
    let run = bench.start(vec![writes("T1", "a", &[])]).await;
    let view = bench.settled(&run).await;
    assert_eq!(view.run.status, RunStatus::Failed);
    assert_eq!(view.tasks[0].attempts.len(), 2);
    assert!(view.tasks[0].attempts[1].reason.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_run_pauses_when_the_opencode_that_it_began_in_is_gone() {
    let bench = Bench::new(|job: Job| async move {
        if job.attempt == 1 { endless(job).await } else { obedient(job).await }
    });
    let connected = bench.calls.connected("p.1", bench.workspace.to_str().unwrap());
    let run =
        bench.request(vec![writes("T1", "a", &[])], |request| request.producer = Some("p.1".into())).await;
    bench.until(&run, |view| status(view, "T1") == TaskStatus::Running).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(bench.coordinator.view(&run.run_id).await.unwrap().run.status, RunStatus::Running);
    drop(connected);
    let view = bench.settled(&run).await;
    assert_eq!(view.run.status, RunStatus::Paused);
    assert!(view.run.reason.as_deref().unwrap().contains("has ended"));
    // Resumed, it does not wait for the one that is gone.
    bench.coordinator.resume(&run.run_id).await.unwrap();
    let view = bench.until(&run, |view| view.run.status == RunStatus::Completed).await;
    assert_eq!(view.run.producer, None);
}

#[tokio::test]
async fn of_several_who_begin_a_plan_at_once_one_gets_it() {
    let bench = Bench::new(|_| std::future::pending());
    let first = bench.start(vec![writes("T1", "a", &[])]).await;
    bench.coordinator.cancel(&first.run_id).await.unwrap();
    let request = || rozet_observability::run::RunRequest {
        plan_id: Some(first.plan_id.clone()),
        worker: Some(rozet_observability::run::WorkerKind::Local),
        ..Default::default()
    };
    let begun = futures_util::future::join_all((0..8).map(|_| bench.coordinator.start(request()))).await;
    assert_eq!(begun.iter().filter(|begun| begun.is_ok()).count(), 1);
}

#[tokio::test]
async fn a_completed_task_is_not_tried_again() {
    let bench = Bench::new(obedient);
    let run = bench.start(vec![writes("T1", "a", &[])]).await;
    bench.settled(&run).await;
    let refused = bench.coordinator.retry_task(&run.plan_id, "T1").await.unwrap_err().to_string();
    assert!(refused.contains("T1 is completed"), "{refused}");
    assert_eq!(bench.settled(&run).await.run.status, RunStatus::Completed);
}
