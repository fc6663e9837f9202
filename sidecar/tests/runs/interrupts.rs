//! Ctrl-C while a run is followed: once cancels it, twice leaves at once.

use crate::bench::{home, met, nothing_left, task};
use crate::common::processes::{mark, running};
use crate::common::{Home, text};
use crate::model::{Answer, Model};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::process::{Child, Stdio};

fn begin(home: &Home) -> Child {
    let path = home.path("plan.json");
    let plan = json!({"summary": "one", "tasks": [task("T1", &["a.txt"], &[])]});
    std::fs::write(&path, plan.to_string()).unwrap();
    let mut command = home.command(&["run", "--plan", path.to_str().unwrap(), "--yes"]);
    command.current_dir(home.workspace()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn interrupt(child: &Child) {
    let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
}

async fn ended(child: Child) -> std::process::Output {
    tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap()
}

#[tokio::test]
async fn once_cancels_the_run_and_leaves_nothing_running() {
    let mark = mark(61);
    let line = format!("(setsid sleep {mark} &); sleep {mark}");
    let model = Model::start(move |_| Answer::runs(&line)).await;
    let home = home(&model);
    let sidecar = home.start();
    let child = begin(&home);
    met("the command to run", || running(&mark) >= 2).await;
    interrupt(&child);
    let output = ended(child).await;
    assert_eq!(output.status.code(), Some(130), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).contains("cancelled"), "{}", text(&output.stdout));
    assert_eq!(running(&mark), 0);
    nothing_left(&home, Some(sidecar.info.pid)).await;
    let runs = sidecar.get("/v1/runs").await;
    assert_eq!(runs["runs"][0]["status"], "cancelled");
}

#[tokio::test]
async fn a_second_one_leaves_at_once() {
    let model = Model::start(|_| Answer::Never).await;
    let home = home(&model);
    let mut sidecar = home.start();
    let child = begin(&home);
    met("the worker to ask", || model.asked_for("T1") == 1).await;
    // A daemon that does not answer: only leaving is left.
    let daemon = Pid::from_raw(sidecar.info.pid.try_into().unwrap()).unwrap();
    kill_process(daemon, Signal::STOP).unwrap();
    interrupt(&child);
    let seen = std::time::Instant::now();
    // Signals that come while the first is not yet taken in are one.
    let mut child = child;
    let code = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status.code(),
            None => interrupt(&child),
        }
        assert!(seen.elapsed() < crate::common::DEADLINE, "it does not leave");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(code, Some(130));
    kill_process(daemon, Signal::CONT).unwrap();
    sidecar.child.kill().unwrap();
}
