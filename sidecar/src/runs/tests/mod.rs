mod bench;
mod endings;
mod permissions;
mod recovery;
mod undoing;

use crate::provider::ProviderError;
use crate::worker::{Job, Stopped};
use bench::{Bench, done, status, write, writes};
use rozet_observability::plan::{TaskStatus, Usage, WaitsForKind};
use rozet_observability::run::{AttemptOutcome, RunStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

async fn obedient(job: Job) -> Result<crate::worker::Report, Stopped> {
    job.tools.leases.write(&job.task.files[0]).await.unwrap();
    write(&job.tools.root, &job.task);
    Ok(done("written"))
}

#[tokio::test]
async fn tasks_are_done_in_the_order_of_their_dependencies_and_proved() {
    let bench = Bench::new(obedient);
    let tasks = vec![
        writes("T4", "d", &["T2", "T3"]),
        writes("T2", "b", &["T1"]),
        writes("T3", "c", &["T1"]),
        writes("T1", "a", &[]),
    ];
    let run = bench.start(tasks).await;
    let view = bench.settled(&run).await;
    assert_eq!((view.run.status, view.run.reason), (RunStatus::Completed, None));
    let order: Vec<String> = bench.begun().into_iter().map(|(id, ..)| id).collect();
    assert_eq!((order[0].as_str(), order[3].as_str()), ("T1", "T4"));
    for view in &view.tasks {
        let [attempt] = view.attempts.as_slice() else { panic!("one attempt: {view:?}") };
        assert_eq!(attempt.outcome, AttemptOutcome::Passed);
        assert_eq!(attempt.claim.as_ref().unwrap().statement, "written");
        assert!(attempt.evidence[0].detail.contains("has the text"));
        let [file] = attempt.files.as_slice() else { panic!("one file: {attempt:?}") };
        assert!(file.before.is_none() && file.after.is_some() && file.restorable);
        assert!(attempt.drift.is_empty());
    }
    assert_eq!(bench.store.leases(0).await.unwrap(), []);
}

#[tokio::test]
async fn as_many_tasks_as_allowed_run_at_once() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let peak = Arc::clone(&most);
    let bench = Bench::new(move |job| {
        let (now, most) = (Arc::clone(&now), Arc::clone(&most));
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(30)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            obedient(job).await
        }
    });
    let tasks = (0..9).map(|number| writes(&format!("T{number}"), &format!("f{number}"), &[])).collect();
    let run = bench.request(tasks, |request| request.parallel = Some(3)).await;
    let view = bench.until(&run, |view| {
        view.tasks.iter().any(|view| view.task.status == TaskStatus::Ready && view.waits_for.is_some())
    });
    let view = view.await;
    let waiting = view.tasks.iter().find(|view| view.task.status == TaskStatus::Ready).unwrap();
    let waits_for = waiting.waits_for.as_ref().unwrap();
    assert!(waits_for.kind == WaitsForKind::Task && waits_for.what.contains("free worker"), "{waits_for:?}");
    assert_eq!(bench.settled(&run).await.run.status, RunStatus::Completed);
    assert_eq!(peak.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_failed_attempt_is_tried_again_with_what_was_seen() {
    let bench = Bench::new(|job: Job| async move {
        if job.attempt == 1 {
            std::fs::write(job.tools.root.join("a"), "half").unwrap();
            return Ok(done("I am sure that it is fine"));
        }
        obedient(job).await
    });
    let run = bench.start(vec![writes("T1", "a", &[])]).await;
    let view = bench.settled(&run).await;
    assert_eq!(view.run.status, RunStatus::Completed);
    let begun = bench.begun();
    assert_eq!(begun.len(), 2);
    let feedback = begun[1].2.as_deref().unwrap();
    assert!(feedback.contains("a contains `done`") && feedback.contains("failed"), "{feedback}");
    let outcomes: Vec<_> = view.tasks[0].attempts.iter().map(|attempt| attempt.outcome).collect();
    assert_eq!(outcomes, [AttemptOutcome::Failed, AttemptOutcome::Passed]);
}

#[tokio::test]
async fn a_task_that_keeps_failing_blocks_only_what_depends_on_it() {
    let bench = Bench::new(|job: Job| async move {
        if job.task.task_id == "T1" {
            return Ok(done("done, honestly"));
        }
        obedient(job).await
    });
    let tasks = vec![
        writes("T1", "a", &[]),
        writes("T2", "b", &["T1"]),
        writes("T3", "c", &["T2"]),
        writes("T4", "d", &[]),
    ];
    let run = bench.start(tasks).await;
    let view = bench.settled(&run).await;
    assert_eq!(view.run.status, RunStatus::Failed);
    assert!(view.run.reason.as_deref().unwrap().contains("T1"));
    let states = ["T1", "T2", "T3", "T4"].map(|id| status(&view, id));
    use TaskStatus::{Blocked, Completed, Failed};
    assert_eq!(states, [Failed, Blocked, Blocked, Completed]);
    for blocked in &view.tasks[1..3] {
        assert!(blocked.waits_for.as_ref().unwrap().what.contains("T1"), "{blocked:?}");
    }
    let claimed = &view.tasks[0].attempts[1];
    assert_eq!(claimed.outcome, AttemptOutcome::Failed);
    assert!(claimed.reason.as_deref().unwrap().contains("a contains `done` failed"));
    // What failed, and what waited for it, may be tried again.
    std::fs::write(bench.workspace.join("a"), "done by a person").unwrap();
    bench.coordinator.retry_task(&run.plan_id, "T1").await.unwrap();
    assert_eq!(bench.settled(&run).await.run.status, RunStatus::Completed);
}

#[tokio::test]
async fn two_tasks_that_want_one_file_take_turns() {
    let inside = Arc::new(AtomicUsize::new(0));
    let bench = Bench::new(move |job: Job| {
        let inside = Arc::clone(&inside);
        async move {
            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two at one file");
            tokio::time::sleep(Duration::from_millis(60)).await;
            inside.fetch_sub(1, Ordering::SeqCst);
            obedient(job).await
        }
    });
    let run = bench.start(vec![writes("T1", "a", &[]), writes("T2", "a", &[])]).await;
    let waiting = bench.until(&run, |view| status(view, "T2") == TaskStatus::Blocked).await;
    let waits_for = waiting.tasks[1].waits_for.clone().unwrap();
    assert_eq!(waits_for.kind, WaitsForKind::Lock);
    assert!(waits_for.what.contains("a, which T1 of run-"), "{waits_for:?}");
    assert_eq!(bench.settled(&run).await.run.status, RunStatus::Completed);
}

#[tokio::test]
async fn a_worker_may_not_write_what_another_holds() {
    let bench = Bench::new(|job: Job| async move {
        if job.task.task_id == "T1" {
            tokio::time::sleep(Duration::from_millis(150)).await;
            return obedient(job).await;
        }
        let refused = job.tools.leases.write("a").await.unwrap_err().to_string();
        assert!(refused.contains("T1 of run-"), "{refused}");
        obedient(job).await
    });
    let run = bench.start(vec![writes("T1", "a", &[]), writes("T2", "b", &[])]).await;
    assert_eq!(bench.settled(&run).await.run.status, RunStatus::Completed);
}

#[tokio::test]
async fn what_a_task_did_not_declare_is_reported_and_fails_its_check() {
    let bench = Bench::new(|job: Job| async move {
        std::fs::write(job.tools.root.join("stray"), "x").unwrap();
        obedient(job).await
    });
    let mut strict = writes("T2", "b", &["T1"]);
    strict.checks.push(rozet_observability::plan::Check::OnlyTouched { paths: vec![] });
    let run = bench.start(vec![writes("T1", "a", &[]), strict]).await;
    let view = bench.settled(&run).await;
    assert_eq!(view.tasks[0].attempts[0].drift, ["stray"]);
    assert_eq!(status(&view, "T1"), TaskStatus::Completed);
    assert_eq!(status(&view, "T2"), TaskStatus::Failed);
    assert!(view.tasks[1].attempts[0].reason.as_deref().unwrap().contains("also changed: stray"));
}

#[tokio::test]
async fn a_rate_limit_is_waited_out_and_costs_no_attempt() {
    let bench = Bench::new(|job: Job| async move {
        if job.attempt == 1 {
            let retry_after = Some(Duration::from_millis(50));
            return Err(Stopped::Provider(ProviderError::RateLimited { retry_after }));
        }
        obedient(job).await
    });
    let run = bench.start(vec![writes("T1", "a", &[]), writes("T2", "b", &[])]).await;
    let view = bench.settled(&run).await;
    assert_eq!(view.run.status, RunStatus::Completed);
    assert_eq!(view.tasks[0].attempts[0].outcome, AttemptOutcome::Interrupted);
}

#[tokio::test]
async fn what_every_task_would_meet_pauses_the_run() {
    let refused = || Err(Stopped::Provider(ProviderError::Unauthorized(401)));
    let bench = Bench::new(move |_| std::future::ready(refused()));
    let run = bench.start(vec![writes("T1", "a", &[]), writes("T2", "b", &[])]).await;
    let view = bench.settled(&run).await;
    assert_eq!(view.run.status, RunStatus::Paused);
    assert!(view.run.reason.as_deref().unwrap().contains("refused the key"), "{:?}", view.run.reason);
}

#[tokio::test]
async fn the_budget_ends_an_attempt_and_begins_no_other() {
    let bench = Bench::new(|job: Job| async move {
        let usage = Usage { input_tokens: 10, output_tokens: 10, cost_usd: Some(0.4), cost_estimated: false };
        job.overseer.spent(usage, Some("p/m"))?;
        obedient(job).await
    });
    let tasks = vec![writes("T1", "a", &[]), writes("T2", "b", &["T1"])];
    let change = |request: &mut rozet_observability::run::RunRequest| {
        request.budget_usd = Some(0.5);
        request.parallel = Some(1);
    };
    let run = bench.request(tasks, change).await;
    let view = bench.settled(&run).await;
    assert_eq!(status(&view, "T1"), TaskStatus::Completed);
    assert_eq!(view.run.status, RunStatus::Paused);
    let waits_for = view.tasks[1].waits_for.clone().unwrap();
    assert_eq!(waits_for.kind, WaitsForKind::Budget);
    assert!((view.run.usage.cost_usd.unwrap() - 0.8).abs() < 1e-9, "{:?}", view.run.usage);
}

#[tokio::test]
async fn what_a_task_beside_has_written_and_finished_is_not_this_ones_doing() {
    let bench = Bench::new(|job: Job| async move {
        if job.task.task_id == "T1" {
            // Goes on until T2 is proved and its lease is given up.
            let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
            while !job.tools.root.join("b").exists() && tokio::time::Instant::now() < deadline {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        obedient(job).await
    });
    let run = bench.start(vec![writes("T1", "a", &[]), writes("T2", "b", &[])]).await;
    let view = bench.settled(&run).await;
    assert!(view.tasks[1].attempts[0].ended_at < view.tasks[0].attempts[0].ended_at);
    let paths: Vec<_> = view.tasks[0].attempts[0].files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!((paths, view.tasks[0].attempts[0].drift.len()), (vec!["a"], 0));
}

#[tokio::test]
async fn whether_checks_were_confined_is_told_of_the_task() {
    let bench = Bench::new(obedient);
    let mut commanded = writes("T1", "a", &[]);
    commanded.checks = vec![rozet_observability::plan::Check::Command { command: "grep -q done a".into() }];
    let run = bench.start(vec![commanded, writes("T2", "b", &[])]).await;
    let view = bench.settled(&run).await;
    assert_eq!(view.run.status, RunStatus::Completed);
    assert_eq!(view.tasks[0].attempts[0].sandboxed, Some(crate::sandbox::status().enforced));
    assert_eq!(view.tasks[1].attempts[0].sandboxed, None);
}
