//! `events --follow` and `logs -f`: what is added shows at once, also after the daemon was away.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod common;

use common::{DEADLINE, Home, Sidecar};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// A command that goes on printing; killed when the test ends.
struct Following {
    child: Child,
    lines: Receiver<String>,
}

impl Following {
    fn start(home: &Home, arguments: &[&str]) -> Self {
        let mut child = home.command(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (sender, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    fn next(&self) -> String {
        self.lines.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("nothing more was printed"))
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn post(sidecar: &Sidecar, kind: &str) {
    let body = json!({"source_app": "x", "session_id": "s", "hook_event_type": kind, "payload": {}});
    assert_eq!(sidecar.post("/events", &body).await.0, 200);
}

#[tokio::test]
async fn events_are_followed_across_a_restart_without_a_gap_or_a_double() {
    let home = Home::new();
    let sidecar = home.start();
    post(&sidecar, "Before").await;
    let following = Following::start(&home, &["events", "--follow", "--json"]);
    let kind = || serde_json::from_str::<Value>(&following.next()).unwrap()["hook_event_type"].clone();
    assert_eq!(kind(), "Before");
    post(&sidecar, "Live").await;
    assert_eq!(kind(), "Live");
    drop(sidecar);
    let sidecar = home.start();
    post(&sidecar, "AfterRestart").await;
    assert_eq!(kind(), "AfterRestart");
}

#[tokio::test]
async fn the_log_is_followed() {
    let home = Home::new();
    let sidecar = home.start();
    let following = Following::start(&home, &["logs", "-f", "-n", "1"]);
    assert!(following.next().contains("\"ready\""));
    sidecar.plan("p1", &home.workspace(), "create a.py").await;
    assert!(following.next().contains("\"planned\""));
}
