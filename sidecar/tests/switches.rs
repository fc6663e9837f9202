//! What a person may set of events: off, elsewhere too, masked more or less, and safe from power loss.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod common;

use common::{DEADLINE, Home, Sidecar, event};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const PRODUCER: &str = "rozet-opencode.1.ab";
/// Nobody else's, as in `Home::start`.
const UP_ON: [&str; 5] = ["up", "--foreground", "--dashboard-port", "0", "--port"];

/// Waits until `/path` answers as wanted.
async fn until(sidecar: &Sidecar, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let answer = sidecar.get(path).await;
        if wanted(&answer) {
            return answer;
        }
        assert!(began.elapsed() < DEADLINE, "{path} did not become as wanted: {answer:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn prompts(events: &Value) -> Vec<u64> {
    events.as_array().unwrap().iter().filter_map(|event| event["payload"]["n"].as_u64()).collect()
}

async fn emit(sidecar: &Sidecar, numbers: std::ops::Range<u64>) {
    let events: Vec<Value> =
        numbers.map(|n| event(PRODUCER, n, "Notification", json!({"n": n, "message": "m"}))).collect();
    sidecar.emit(PRODUCER, &events).await;
}

fn port_of(sidecar: &Sidecar) -> String {
    sidecar.info.url.rsplit(':').next().unwrap().to_owned()
}

#[tokio::test]
async fn stored_events_are_handed_on_in_order_across_the_deaths_of_both() {
    let (theirs, ours) = (Home::new(), Home::new());
    let other = theirs.start();
    let (url, port) = (other.info.url.clone(), port_of(&other));
    let ours = ours.set("ROZET_OBSERVABILITY_URL", &url);
    let sidecar = ours.start();
    emit(&sidecar, 1..21).await;
    let seen = until(&other, "/events/recent?limit=1000", |events| prompts(events).len() == 20).await;
    assert_eq!(prompts(&seen), (1..21).collect::<Vec<_>>());
    assert_eq!(seen[0]["forwarded_from"], format!("{PRODUCER}.1"));
    assert_eq!(seen[0]["hook_event_type"], "Notification");
    // The other dies: nobody here waits for it, and what comes meanwhile is handed on later.
    drop(other);
    emit(&sidecar, 21..41).await;
    until(&sidecar, "/v1/health", |health| health["forwarded"]["problem"].is_string()).await;
    // So does this one: how far it had come is in the store.
    drop(sidecar);
    let sidecar = ours.start();
    emit(&sidecar, 41..61).await;
    let mut command = theirs.command(&UP_ON);
    command.arg(&port);
    let other = theirs.start_by(command);
    let seen = until(&other, "/events/recent?limit=1000", |events| prompts(events).contains(&60)).await;
    let mut numbers = prompts(&seen);
    numbers.dedup();
    assert_eq!(numbers, (1..61).collect::<Vec<_>>());
    let health = until(&sidecar, "/v1/health", |health| health["forwarded"]["problem"].is_null()).await;
    assert_eq!(health["forwarded"]["refused"], 0);
    assert!(ours.print(&["status"]).contains(&format!("events to {url}")));
}

#[tokio::test]
async fn a_sidecar_does_not_hand_events_to_itself() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    let home = Home::new().set("ROZET_OBSERVABILITY_URL", &format!("http://localhost:{port}/events"));
    let mut command = home.command(&UP_ON);
    command.arg(&port);
    let sidecar = home.start_by(command);
    emit(&sidecar, 1..6).await;
    let said = |health: &Value| health["forwarded"]["problem"].as_str().unwrap_or_default().to_owned();
    until(&sidecar, "/v1/health", |health| said(health).contains("leads back to this sidecar")).await;
    assert_eq!(prompts(&sidecar.get("/events/recent").await), [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn two_that_name_each_other_come_to_an_end() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    let first = Home::new().set("ROZET_OBSERVABILITY_URL", &format!("http://127.0.0.1:{port}"));
    let one = first.start();
    let second = Home::new().set("ROZET_OBSERVABILITY_URL", &one.info.url);
    let mut command = second.command(&UP_ON);
    command.arg(&port);
    let other = second.start_by(command);
    emit(&one, 1..4).await;
    until(&other, "/events/recent", |events| prompts(events).len() == 3).await;
    // One of the other's own goes the other way, behind what came from there.
    emit(&other, 4..5).await;
    let seen = until(&one, "/events/recent", |events| prompts(events).contains(&4)).await;
    assert_eq!(prompts(&seen), [1, 2, 3, 4]);
}

#[tokio::test]
async fn switched_off_nothing_is_stored_and_tasks_are_followed_all_the_same() {
    let home =
        Home::new().set("ROZET_OBSERVABILITY_ENABLED", "0").set("ROZET_ORCHESTRATOR_PROVIDER", "offline");
    let workspace = home.workspace();
    let sidecar = home.start();
    sidecar.plan("plan-1", &workspace, "Create hello.py that greets and then write a test for it").await;
    let started = json!({"plan_id": "plan-1", "task_id": "T1"});
    let ack = sidecar.emit(PRODUCER, &[event(PRODUCER, 1, "TaskStarted", started)]).await;
    assert_eq!((&ack["acked_seq"], &ack["stored"]), (&json!(1), &json!(0)));
    sidecar.wait_for_task("plan-1", 0, "running").await;
    let known = json!({"source_app": "hooks", "session_id": "s", "hook_event_type": "Stop", "payload": {}});
    assert_eq!(sidecar.post("/events", &known).await.0, 200);
    assert_eq!(sidecar.get("/events/recent").await, json!([]));
    assert_eq!(sidecar.get("/v1/health").await["off"], true);
    assert!(home.print(&["status"]).contains("switched off"));
}

#[tokio::test]
async fn what_is_masked_can_be_widened_and_narrowed() {
    let home =
        Home::new().set("MY_PASSPHRASE", "correct horse battery").set("CI_DEPLOY_TOKEN", "abc123def456ghi");
    let config = home.path("rozet/config");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(
        config.join("providers.yaml"),
        "observability:\n  durability: power\n  retention_days: 7\n  max_bytes: 64MiB\n\
         \x20 redact: { variables: [MY_PASSPHRASE], keep: [url-password] }\n",
    )
    .unwrap();
    let sidecar = home.start();
    let text =
        "correct horse battery, abc123def456ghi, https://me:hunter22@host.example/ and AKIAIOSFODNN7EXAMPLE";
    let known = json!({"source_app": "hooks", "session_id": "s", "hook_event_type": "Stop", "payload": {"text": text}});
    let (_, stored) = sidecar.post("/events", &known).await;
    assert_eq!(
        stored["payload"]["text"],
        "[redacted:known], [redacted:known], https://me:hunter22@host.example/ and [redacted:api-key]"
    );
    let store = &sidecar.get("/v1/health").await["store"];
    assert_eq!(store["durability"], "power");
    assert_eq!((&store["max_age_days"], &store["max_bytes"]), (&json!(7), &json!(64 << 20)));
}
