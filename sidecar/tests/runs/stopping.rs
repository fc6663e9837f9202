//! A daemon that is told to end in the middle of a run.

use crate::bench::{begin, home, nothing_left, settled, task, until};
use crate::common::processes::{mark, running};
use crate::model::{Answer, Model};
use rozet_observability::run::{AttemptOutcome, RunStatus};
use rustix::process::{Pid, Signal, kill_process};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[tokio::test]
async fn leaves_no_process_and_the_next_one_finishes_the_run() {
    let (mark, second) = (mark(63), Arc::new(AtomicBool::new(false)));
    let (line, is_second) = (format!("(setsid sleep {mark} &); sleep {mark}"), Arc::clone(&second));
    let model = Model::start(move |asked| match (is_second.load(Ordering::SeqCst), asked.step) {
        (false, _) => Answer::runs(&line),
        (true, 0) => Answer::runs(&format!("echo done > {}.txt", asked.task)),
        (true, _) => Answer::says("written"),
    })
    .await;
    let home = home(&model);
    let mut sidecar = home.start();
    let tasks =
        [task("T1", &["T1.txt"], &[]), task("T2", &["T2.txt"], &[]), task("T3", &["T3.txt"], &["T1", "T2"])];
    let run = begin(&sidecar, &home, &tasks).await;
    until(&sidecar, &run, "both commands to run", |_| running(&mark) >= 4).await;
    let asked = Instant::now();
    kill_process(Pid::from_raw(sidecar.info.pid.try_into().unwrap()).unwrap(), Signal::TERM).unwrap();
    let status = tokio::task::spawn_blocking(move || sidecar.child.wait().unwrap()).await.unwrap();
    assert!(
        status.success() && asked.elapsed() < Duration::from_secs(5),
        "{status} after {:?}",
        asked.elapsed()
    );
    assert_eq!(running(&mark), 0);
    nothing_left(&home, None).await;
    second.store(true, Ordering::SeqCst);
    let sidecar = home.start();
    let view = settled(&sidecar, &run).await;
    assert_eq!(view.run.status, RunStatus::Completed, "{view:#?}");
    assert_eq!(view.tasks[0].attempts[0].outcome, AttemptOutcome::Interrupted);
    assert_eq!(view.tasks[2].attempts.len(), 1);
}
