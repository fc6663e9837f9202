//! The OpenCode that is started when none is running.

use crate::bench::{met, nothing_left, plan, task};
use crate::common::Home;
use crate::common::processes::{mark, running};
use rustix::fs::{Mode, chmod};
use serde_json::json;

#[tokio::test]
async fn ends_with_all_that_it_started_when_the_daemon_is_killed() {
    let mark = mark(68);
    let home = Home::new();
    let program = home.path("opencode");
    let script = format!(
        "#!/bin/sh\necho \"$OPENCODE_SERVER_PASSWORD $*\" > \"$HOME/started\"\n\
         (setsid sh -c 'setsid sleep {mark} & exec sleep {mark}' &)\nsleep {mark}\n"
    );
    std::fs::write(&program, script).unwrap();
    chmod(&program, Mode::from_raw_mode(0o755)).unwrap();
    let home = home.set("ROZET_OPENCODE_BIN", program.to_str().unwrap());
    let sidecar = home.start();
    let body = json!({"plan": plan(&home, &[task("T1", &["a.txt"], &[])]), "worker": "opencode"});
    let (status, run) = sidecar.post("/v1/runs", &body).await;
    assert_eq!(status, 201, "{run}");
    met("it to run", || running(&mark) >= 3).await;
    let started = std::fs::read_to_string(home.path("started")).unwrap();
    let (password, arguments) = started.split_once(' ').unwrap();
    assert!(arguments.starts_with("serve --hostname 127.0.0.1 --port "), "{arguments}");
    assert_eq!((password.len(), running(password)), (48, 0));
    // What dropping it does is a kill.
    drop(sidecar);
    met("all of it to be gone", || running(&mark) == 0).await;
    nothing_left(&home, None).await;
}
