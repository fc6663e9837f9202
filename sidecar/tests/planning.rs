//! Plans of the real binary: by a model, without one, and what becomes of their tasks.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod common;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use common::{Home, event};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// What the provider was sent.
type Seen = Arc<Mutex<Vec<(Option<String>, Value)>>>;

/// A provider that always answers the same.
async fn provider(status: u16, body: String) -> (String, Seen) {
    let seen = Seen::default();
    let record = Arc::clone(&seen);
    let handler = async move |headers: HeaderMap, request: Bytes| {
        let key = headers.get("authorization").and_then(|value| value.to_str().ok()).map(str::to_owned);
        record.lock().unwrap().push((key, serde_json::from_slice(&request).unwrap()));
        (StatusCode::from_u16(status).unwrap(), [("content-type", "application/json")], body)
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    #[expect(clippy::disallowed_methods, reason = "the test's runtime ends with the test")]
    tokio::spawn(async move {
        axum::serve(listener, Router::new().route("/v1/chat/completions", post(handler))).await.unwrap();
    });
    (url, seen)
}

/// An answer of OpenAI's chat completions.
fn completion(content: &str) -> String {
    json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
        "usage": {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150}})
    .to_string()
}

fn home_with_model(endpoint: &str) -> Home {
    Home::new()
        .set("ROZET_ORCHESTRATOR_PROVIDER", "openai-compatible")
        .set("ROZET_ORCHESTRATOR_MODEL", "scripted")
        .set("ROZET_ORCHESTRATOR_ENDPOINT", endpoint)
        .set("ROZET_ORCHESTRATOR_API_KEY", "test-key-of-the-planner")
        .set("ROZET_ORCHESTRATOR_TIMEOUT_MS", "3000")
}

const REPLY: &str = r#"{"summary":"a greeting","tasks":[
    {"id":"1","description":"write hello.py","files":["hello.py"],"depends_on":[],
     "checks":[{"type":"file_exists","path":"hello.py"},{"type":"file_contains","path":"hello.py","text":"print"}]},
    {"id":"2","description":"run it","files":[],"depends_on":["1"],
     "checks":[{"type":"command","command":"test -s hello.py"}]}]}"#;

#[tokio::test]
async fn a_model_is_asked_with_the_schema_and_its_plan_is_taken() {
    let (endpoint, seen) = provider(200, completion(REPLY)).await;
    let home = home_with_model(&endpoint);
    let sidecar = home.start();
    std::fs::create_dir(home.workspace().join(".opencode")).unwrap();
    let plan = sidecar.plan("p1", &home.workspace(), "create a greeting").await;
    assert_eq!((&plan["origin"], &plan["model"]), (&json!("model"), &json!("openai-compatible/scripted")));
    assert_eq!(plan["usage"], json!({"input_tokens": 120, "output_tokens": 30}));
    assert_eq!(plan["tasks"][1]["depends_on"], json!(["T1"]));
    {
        let seen = seen.lock().unwrap();
        let (key, body) = &seen[0];
        assert_eq!(key.as_deref(), Some("Bearer test-key-of-the-planner"));
        assert_eq!(body["model"], "scripted");
        assert_eq!(body["response_format"]["type"], "json_schema");
        assert!(body["messages"][1]["content"].as_str().unwrap().contains("create a greeting"));
    }
    let planned = sidecar.get("/events/recent").await;
    let kinds: Vec<&Value> =
        planned.as_array().unwrap().iter().map(|event| &event["hook_event_type"]).collect();
    assert_eq!(kinds, ["TaskPlanned", "TaskPlanned"]);
    let log = std::fs::read_to_string(home.workspace().join(".opencode/logs/rozet-bridge.log")).unwrap();
    assert!(log.contains("p1") && !log.contains("greeting"), "{log}");
}

#[tokio::test]
async fn every_failure_of_the_model_ends_in_a_plan_and_a_reason() {
    for (status, body, reason) in [
        (401, r#"{"error":{"message":"bad key test-key-of-the-planner"}}"#.to_owned(), "HTTP 401"),
        (404, "{}".to_owned(), "HTTP 404"),
        (500, "<html>oops</html>".to_owned(), "HTTP 500"),
        (200, completion("I would rather talk about it."), "prose"),
        (200, completion(""), ""),
        (200, "<html>a login page</html>".to_owned(), ""),
        (200, completion(r#"{"summary":"none","tasks":[]}"#), "no tasks"),
    ] {
        let (endpoint, _) = provider(status, body).await;
        let home = home_with_model(&endpoint);
        let sidecar = home.start();
        let plan = sidecar.plan("p1", &home.workspace(), "create a.py, then run it").await;
        assert_eq!(plan["origin"], "offline", "{status}");
        assert!(plan["reason"].as_str().unwrap().contains(reason), "{status}: {}", plan["reason"]);
        assert_eq!(plan["tasks"].as_array().unwrap().len(), 2);
        let log = std::fs::read_to_string(home.state("logs/sidecar.log")).unwrap();
        assert!(!log.contains("test-key-of-the-planner") && !log.contains("a.py"), "{log}");
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_or_never_answers_is_not_waited_for() {
    let deaf = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (deaf_port, gone_port) = (deaf.local_addr().unwrap().port(), gone.local_addr().unwrap().port());
    drop(gone);
    for (port, reason) in [(deaf_port, "in time"), (gone_port, "cannot be reached")] {
        let home = home_with_model(&format!("http://127.0.0.1:{port}/v1"));
        let sidecar = home.start();
        let plan = sidecar.plan("p1", &home.workspace(), "create a.py").await;
        assert!(plan["reason"].as_str().unwrap().contains(reason), "{}", plan["reason"]);
    }
}

#[tokio::test]
async fn the_link_carries_the_plan_and_every_change_of_its_tasks() {
    let home = Home::new();
    let sidecar = home.start();
    let workspace = home.workspace();
    let link = sidecar.http.get(sidecar.url("/v1/link?producer=test")).bearer_auth(&sidecar.token);
    let mut frames = Frames::new(link.send().await.unwrap());
    assert_eq!(frames.next().await["type"], "hello");
    sidecar.plan("p1", &workspace, "create a.py").await;
    let plan = frames.next().await;
    assert_eq!((&plan["type"], &plan["plan"]["plan_id"]), (&json!("plan"), &json!("p1")));
    std::fs::write(workspace.join("a.py"), "x").unwrap();
    claim(&sidecar, 1, "p1", "T1").await;
    let states = [frames.next().await, frames.next().await].map(|frame| frame["task"]["status"].clone());
    assert_eq!(states, ["verifying", "completed"]);
    let late = sidecar.http.get(sidecar.url("/v1/link?session_id=s1")).bearer_auth(&sidecar.token);
    let mut late = Frames::new(late.send().await.unwrap());
    late.next().await;
    assert_eq!(late.next().await["plan"]["tasks"][0]["status"], "completed");
}

#[tokio::test]
async fn a_claim_is_checked_and_the_checks_decide() {
    let (endpoint, _) = provider(200, completion(REPLY)).await;
    let home = home_with_model(&endpoint);
    let sidecar = home.start();
    let workspace = home.workspace();
    sidecar.plan("p1", &workspace, "create a greeting").await;

    std::fs::write(workspace.join("hello.py"), "nothing").unwrap();
    claim(&sidecar, 1, "p1", "T1").await;
    let failed = sidecar.wait_for_task("p1", 0, "failed").await;
    assert_eq!(failed["claim"]["statement"], "wrote it");
    assert_eq!(failed["evidence"][0]["outcome"], "passed");
    assert_eq!(failed["evidence"][1]["outcome"], "failed");

    std::fs::write(workspace.join("hello.py"), "print('hello')").unwrap();
    claim(&sidecar, 2, "p1", "T1").await;
    let done = sidecar.wait_for_task("p1", 0, "completed").await;
    assert_eq!(done["evidence"][1]["sha256"].as_str().unwrap().len(), 64);
    sidecar.wait_for_task("p1", 1, "ready").await;

    // The command was never run by OpenCode, so the person was never asked.
    claim(&sidecar, 3, "p1", "T2").await;
    let blocked = sidecar.wait_for_task("p1", 1, "blocked").await;
    assert_eq!(blocked["waits_for"]["kind"], "human");
    assert_eq!(blocked["evidence"][0]["outcome"], "not_run");

    let ran = json!({"tool": "bash", "args": {"command": " test -s hello.py "}});
    sidecar.emit(PRODUCER, &[event(PRODUCER, 4, "ToolCompleted", ran)]).await;
    claim(&sidecar, 5, "p1", "T2").await;
    sidecar.wait_for_task("p1", 1, "completed").await;

    let all = sidecar.get("/events/recent").await;
    let verdicts: Vec<&str> = all
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["source_app"] == "rozet-sidecar")
        .filter_map(|event| event["hook_event_type"].as_str())
        .filter(|kind| *kind != "TaskPlanned")
        .collect();
    assert_eq!(verdicts, ["TaskFailed", "TaskCompleted", "TaskBlocked", "TaskCompleted"]);
}

#[tokio::test]
async fn a_newer_plan_ends_what_is_open_of_the_older_one() {
    let home = Home::new();
    let sidecar = home.start();
    let workspace = home.workspace();
    std::fs::write(workspace.join("a.py"), "x").unwrap();
    sidecar.plan("p1", &workspace, "create a.py, then create b.py").await;
    claim(&sidecar, 1, "p1", "T1").await;
    sidecar.wait_for_task("p1", 0, "completed").await;

    sidecar.plan("p2", &workspace, "create c.py").await;

    sidecar.wait_for_task("p1", 1, "cancelled").await;
    sidecar.wait_for_task("p1", 0, "completed").await;
    sidecar.wait_for_task("p2", 0, "ready").await;
    let told = sidecar.wait_for_event("Notification").await;
    assert_eq!(told["payload"]["kind"], "superseded");
    assert_eq!(told["payload"]["task_ids"], json!(["T2"]));
    assert_eq!(told["payload"]["by_plan_id"], "p2");
}

#[tokio::test]
async fn a_model_that_cannot_go_on_blocks_its_task_until_it_can() {
    let home = Home::new();
    let sidecar = home.start();
    let workspace = home.workspace();
    sidecar.plan("p1", &workspace, "create a.py").await;
    let about = |kind: &str, seq: u64| {
        event(
            PRODUCER,
            seq,
            kind,
            json!({"plan_id": "p1", "task_id": "T1", "by": "rozet_task", "reason": "no key"}),
        )
    };
    sidecar.emit(PRODUCER, &[about("TaskBlocked", 1)]).await;
    let blocked = sidecar.wait_for_task("p1", 0, "blocked").await;
    assert_eq!(blocked["waits_for"], json!({"kind": "human", "what": "no key"}));
    sidecar.emit(PRODUCER, &[about("TaskStarted", 2)]).await;
    let running = sidecar.wait_for_task("p1", 0, "running").await;
    assert_eq!(running["waits_for"], Value::Null);
}

#[tokio::test]
async fn a_secret_that_the_model_repeats_is_in_no_part_of_the_plan() {
    let secret = format!("ghp_{}", "a1B2".repeat(9));
    let reply = json!({"summary": format!("use {secret}"), "tasks": [{"id": "1",
        "description": format!("log in with {secret}"), "files": ["a.py"], "depends_on": [], "checks": [
            {"type": "command", "command": format!("login {secret}")},
            {"type": "file_contains", "path": "a.py", "text": secret},
            {"type": "file_exists", "path": "a.py"}]}]});
    let (endpoint, _) = provider(200, completion(&reply.to_string())).await;
    let home = home_with_model(&endpoint);
    let sidecar = home.start();
    let plan = sidecar.plan("p1", &home.workspace(), &format!("log in with {secret}")).await;
    assert!(!plan.to_string().contains(&secret), "{plan}");
    let kinds: Vec<&Value> =
        plan["tasks"][0]["checks"].as_array().unwrap().iter().map(|check| &check["type"]).collect();
    assert_eq!(kinds, ["manual", "manual", "file_exists"]);
    assert!(!sidecar.get("/events/recent").await.to_string().contains(&secret));
}

#[tokio::test]
async fn nobody_else_can_claim() {
    let home = Home::new();
    let sidecar = home.start();
    let workspace = home.workspace();
    sidecar.plan("p1", &workspace, "create a.py").await;
    std::fs::write(workspace.join("a.py"), "x").unwrap();
    // Without a token, in the known form.
    let body = json!({"source_app": "rozet-opencode", "session_id": "s1", "hook_event_type": "TaskClaimed",
        "payload": {"plan_id": "p1", "task_id": "T1", "by": "x", "statement": "x"}, "producer": "p", "seq": 1});
    assert_eq!(sidecar.post("/events", &body).await.0, 200);
    // From another session.
    let mut foreign = event(
        "q.1.a",
        1,
        "TaskClaimed",
        json!({"plan_id": "p1", "task_id": "T1", "by": "x", "statement": "x"}),
    );
    foreign["session_id"] = json!("another");
    sidecar.emit("q.1.a", &[foreign]).await;
    // Reports are acted on in order: once this one shows, the others have been passed over.
    let started = event(PRODUCER, 1, "TaskStarted", json!({"plan_id": "p1", "task_id": "T1", "by": "write"}));
    sidecar.emit(PRODUCER, &[started]).await;
    let task = sidecar.wait_for_task("p1", 0, "running").await;
    assert_eq!(task["claim"], Value::Null);
}

#[tokio::test]
async fn wrong_requests_are_refused_by_field() {
    let home = Home::new();
    let sidecar = home.start();
    let good =
        json!({"plan_id": "p", "session_id": "s", "directory": "/", "text": "do it", "gate_reason": "r"});
    for (field, value) in [
        ("plan_id", json!("")),
        ("session_id", json!("x".repeat(300))),
        ("directory", json!("relative")),
        ("text", json!("  ")),
        ("text", json!("x".repeat(300_000))),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        let (status, answer) = sidecar.post("/v1/plans", &bad).await;
        assert_eq!((status, &answer["error"]["field"]), (400, &json!(field)));
    }
}

const PRODUCER: &str = "rozet-opencode.1.aa";

async fn claim(sidecar: &common::Sidecar, seq: u64, plan_id: &str, task_id: &str) {
    let payload = json!({"plan_id": plan_id, "task_id": task_id, "by": "write", "statement": "wrote it"});
    sidecar.emit(PRODUCER, &[event(PRODUCER, seq, "TaskClaimed", payload)]).await;
}

/// Reads the frames of a link.
struct Frames {
    bytes: std::pin::Pin<Box<dyn futures_util::Stream<Item = reqwest::Result<axum::body::Bytes>>>>,
    buffer: String,
}

impl Frames {
    fn new(response: reqwest::Response) -> Self {
        assert_eq!(response.status(), 200);
        Self { bytes: Box::pin(response.bytes_stream()), buffer: String::new() }
    }

    async fn next(&mut self) -> Value {
        loop {
            if let Some((frame, rest)) = self.buffer.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.buffer = rest;
                if let Some(data) = frame.strip_prefix("data: ") {
                    return serde_json::from_str(data).unwrap();
                }
                continue;
            }
            let chunk =
                tokio::time::timeout(common::DEADLINE, self.bytes.next()).await.unwrap().unwrap().unwrap();
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

#[tokio::test]
async fn a_crash_between_claim_and_verdict_is_made_good_at_the_next_start() {
    let home = Home::new();
    let workspace = home.workspace();
    {
        let mut sidecar = home.start();
        sidecar.plan("p1", &workspace, "create a.py").await;
        std::fs::write(workspace.join("a.py"), "x").unwrap();
        claim(&sidecar, 1, "p1", "T1").await;
        sidecar.child.kill().unwrap();
        sidecar.child.wait().unwrap();
    }
    let sidecar = home.start();
    let task = sidecar.wait_for_task("p1", 0, "completed").await;
    assert_eq!(task["evidence"][0]["outcome"], "passed");
}
