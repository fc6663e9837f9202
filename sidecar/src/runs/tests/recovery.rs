use super::bench::{Bench, done, status, write, writes};
use super::obedient;
use crate::worker::Job;
use rozet_observability::plan::TaskStatus;
use rozet_observability::run::{AttemptOutcome, RunStatus};

/// A run that was cut off with T1 completed, T2 done but not judged, T3 begun.
async fn cut_off() -> (tempfile::TempDir, rozet_observability::run::Run) {
    let bench = Bench::new(|job: Job| async move {
        match job.task.task_id.as_str() {
            "T1" => obedient(job).await,
            id => {
                if id == "T2" {
                    write(&job.tools.root, &job.task);
                }
                std::future::pending().await
            }
        }
    });
    let tasks = vec![writes("T1", "a", &[]), writes("T2", "b", &["T1"]), writes("T3", "c", &["T1"])];
    let run = bench.start(tasks).await;
    bench
        .until(&run, |view| {
            [status(view, "T2"), status(view, "T3")] == [TaskStatus::Running; 2]
                && !bench.read("b").is_empty()
        })
        .await;
    // Copied while it is under way: what a kill would leave.
    let left = tempfile::tempdir().unwrap();
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .arg(format!("{}/.", bench.home.path().display()))
        .arg(left.path())
        .status();
    assert!(copied.unwrap().success());
    drop(bench.stop().await);
    // The plan names the workspace by its first place.
    (left, run)
}

#[tokio::test]
async fn what_is_proved_after_a_crash_is_kept_and_the_rest_is_done_anew() {
    let (home, run) = cut_off().await;
    // The workspace of the run is where it was; only the home moved.
    let workspace = std::path::Path::new(&run.directory);
    std::fs::create_dir_all(workspace).unwrap();
    std::fs::write(workspace.join("a"), "done by T1").unwrap();
    std::fs::write(workspace.join("b"), "done by T2").unwrap();
    let bench = Bench::in_home(home, |job: Job| async move {
        assert_eq!(job.task.task_id, "T3", "only T3 is left to do");
        write(&job.tools.root, &job.task);
        Ok(done("at last"))
    });
    assert_ne!(bench.store.leases(0).await.unwrap(), []);
    bench.coordinator.recover().await;
    let view = bench.settled(&run).await;
    assert_eq!(view.run.status, RunStatus::Completed);
    let numbers: Vec<usize> = view.tasks.iter().map(|view| view.attempts.len()).collect();
    assert_eq!(numbers, [1, 1, 2]);
    assert_eq!(view.tasks[1].attempts[0].outcome, AttemptOutcome::Passed);
    assert!(view.tasks[1].attempts[0].reason.as_deref().unwrap().contains("sidecar ended"));
    assert_eq!(view.tasks[2].attempts[0].outcome, AttemptOutcome::Interrupted);
    assert_eq!(bench.store.leases(0).await.unwrap(), []);
    std::fs::remove_dir_all(workspace).unwrap();
}

#[tokio::test]
async fn a_daemon_that_stops_leaves_a_run_that_the_next_one_finishes() {
    let bench = Bench::new(|job: Job| async move {
        if job.attempt == 1 {
            job.cancel.cancelled().await;
            return Err(crate::worker::Stopped::Cancelled);
        }
        obedient(job).await
    });
    let run = bench.start(vec![writes("T1", "a", &[])]).await;
    bench.until(&run, |view| status(view, "T1") == TaskStatus::Running).await;
    let home = bench.stop().await;
    let bench = Bench::in_home(home, obedient);
    bench.coordinator.recover().await;
    assert_eq!(bench.settled(&run).await.run.status, RunStatus::Completed);
}

#[tokio::test]
async fn another_branch_than_before_is_no_place_to_go_on() {
    let bench = Bench::new(|_| std::future::pending());
    std::fs::create_dir(bench.workspace.join(".git")).unwrap();
    let head = bench.workspace.join(".git/HEAD");
    std::fs::write(&head, "ref: refs/heads/main\n").unwrap();
    let run = bench.start(vec![writes("T1", "a", &[])]).await;
    bench.until(&run, |view| status(view, "T1") == TaskStatus::Running).await;
    bench.coordinator.pause(&run.run_id).await.unwrap();
    std::fs::write(&head, "ref: refs/heads/other\n").unwrap();
    let refused = bench.coordinator.resume(&run.run_id).await.unwrap_err().to_string();
    assert!(refused.contains("on other") && refused.contains("began on main"), "{refused}");
    let view = bench.settled(&run).await;
    assert_eq!(view.run.status, RunStatus::Paused);
}
