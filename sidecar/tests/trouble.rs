//! The event store in trouble: whoever brings an event is told to come again, nothing that was acknowledged is lost, and
//! it goes on by itself once the trouble is over.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod common;

use common::{DEADLINE, Home, Sidecar, text};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::time::Instant;

/// An event of the known form.
fn known(text: &str) -> Value {
    json!({"source_app": "hooks", "session_id": "s", "hook_event_type": "Stop", "payload": {"text": text}})
}

/// Posts an event; its id, or the refusal with the pause that it asks for.
async fn post(sidecar: &Sidecar, text: &str) -> Result<i64, (u16, Option<String>, Value)> {
    let answer = sidecar.http.post(sidecar.url("/events")).json(&known(text)).send().await.unwrap();
    let status = answer.status().as_u16();
    let pause = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    let body: Value = answer.json().await.unwrap();
    if status == 200 { Ok(body["id"].as_i64().unwrap()) } else { Err((status, pause, body)) }
}

async fn until_stored(sidecar: &Sidecar) -> i64 {
    let began = Instant::now();
    loop {
        match post(sidecar, "again").await {
            Ok(id) => return id,
            Err(refusal) => assert!(began.elapsed() < DEADLINE, "{refusal:?}"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

async fn texts(sidecar: &Sidecar) -> usize {
    sidecar.get("/events/recent?limit=1000").await.as_array().unwrap().len()
}

#[tokio::test]
async fn a_locked_database_is_said_to_be_and_waited_for() {
    let home = Home::new();
    let sidecar = home.start();
    post(&sidecar, "before").await.unwrap();
    let other = Connection::open(home.path("rozet/data/rozet.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (status, pause, body) = post(&sidecar, "meanwhile").await.unwrap_err();
    assert_eq!((status, pause.as_deref()), (503, Some("1")), "{body}");
    assert!(body.to_string().contains("another program has locked the database"), "{body}");
    assert_eq!(texts(&sidecar).await, 1, "readers are not held up");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(until_stored(&sidecar).await, 2);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_said_to_be_and_costs_nothing_that_was_acknowledged() {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let home = Home::new();
    // No file may grow beyond this: to the store it is as if the disk were full. Programs are told by an error, not by a
    // signal.
    let sidecar = home.start_by_shell("trap '' XFSZ; ulimit -S -f 2048; exec \"$0\" \"$@\"");
    let long = "x".repeat(1_500);
    let mut stored = 0;
    let began = Instant::now();
    let (status, pause, body) = loop {
        assert!(began.elapsed() < DEADLINE, "{stored} events did not fill it");
        match post(&sidecar, &long).await {
            Ok(_) => stored += 1,
            Err(refusal) => break refusal,
        }
    };
    assert_eq!((status, pause.as_deref()), (503, Some("1")), "{body}");
    assert!(body.to_string().contains("the disk is full"), "{body}");
    assert!(stored > 20, "{stored} events filled it");
    assert_eq!(texts(&sidecar).await, stored.min(1_000), "what was acknowledged is there, and nothing else");
    let pid = Pid::from_raw(sidecar.info.pid.cast_signed()).unwrap();
    prlimit(Some(pid), Resource::Fsize, Rlimit { current: None, maximum: None }).unwrap();
    until_stored(&sidecar).await;
}

#[tokio::test]
async fn a_newer_programs_database_is_not_touched() {
    let home = Home::new();
    drop(home.start());
    let path = home.path("rozet/data/rozet.db");
    let database = Connection::open(&path).unwrap();
    database
        .execute_batch(
            "PRAGMA wal_checkpoint(TRUNCATE); UPDATE meta SET value = 'rozet-sidecar 9.1.0' WHERE key = 'made_by';
             PRAGMA user_version = 99; PRAGMA journal_mode = DELETE;",
        )
        .unwrap();
    drop(database);
    let before = std::fs::read(&path).unwrap();
    let output = home.run(&["up", "--foreground", "--port", "0", "--dashboard-port", "0"]);
    let said = text(&output.stderr);
    assert!(
        !output.status.success() && said.contains("rozet-sidecar 9.1.0") && said.contains("schema 99"),
        "{said}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_damaged_database_is_set_aside_and_its_readable_part_goes_on() {
    let home = Home::new();
    let sidecar = home.start();
    for number in 0..300 {
        post(&sidecar, &format!("{number} {}", "y".repeat(1_000))).await.unwrap();
    }
    // Whoever asks has them counted: the counts are in the database that is damaged next.
    assert_eq!(sidecar.get("/v1/health").await["store"]["events"], 300);
    drop(sidecar);
    let path = home.path("rozet/data/rozet.db");
    Connection::open(&path).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 4_096 * 4_096;
    bytes[middle..middle + 3 * 4_096].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();
    let sidecar = home.start();
    let left = texts(&sidecar).await;
    assert!((200..300).contains(&left), "{left} of 300 events");
    let kept = sidecar.get("/v1/health").await["store"]["set_aside"].as_str().unwrap().to_owned();
    assert!(std::path::Path::new(&kept).exists());
    assert_eq!(post(&sidecar, "after").await.unwrap(), 301, "ids go on");
    let counted = sidecar.get("/v1/health").await["store"]["events"].as_u64().unwrap();
    assert_eq!(counted, left as u64 + 1, "what was saved is counted once");
}
