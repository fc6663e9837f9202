//! The HTTP API of the real binary: who may ask, and what becomes of events.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod common;

use common::{Home, event};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

#[tokio::test]
async fn only_this_machine_and_our_own_pages_may_ask() {
    let home = Home::new();
    let sidecar = home.start();
    let status = async |path: &str, header: &str, value: &str| {
        sidecar.http.get(sidecar.url(path)).header(header, value).send().await.unwrap().status().as_u16()
    };
    let own = sidecar.info.url.clone();
    let own_dashboard = sidecar.info.dashboard_url.replace("127.0.0.1", "localhost");
    for path in ["/events/recent", "/health", "/v1/sessions", "/"] {
        assert_eq!(status(path, "origin", &own).await, 200, "{path}");
        assert_eq!(status(path, "origin", &own_dashboard).await, 200, "{path}");
        assert_eq!(status(path, "origin", "http://evil.example").await, 403, "{path}");
        assert_eq!(status(path, "origin", "null").await, 403, "{path}");
        assert_eq!(status(path, "host", "evil.example").await, 403, "{path}");
        assert_eq!(status(path, "host", "127.0.0.1.evil.example:4000").await, 403, "{path}");
    }
}

#[tokio::test]
async fn a_foreign_page_cannot_open_the_stream() {
    let home = Home::new();
    let sidecar = home.start();
    let connect = async |origin: Option<&str>| {
        let mut request = sidecar.url("/stream").replace("http://", "ws://").into_client_request().unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        tokio_tungstenite::connect_async(request).await.is_ok()
    };
    assert!(connect(None).await);
    assert!(connect(Some(&sidecar.info.url)).await);
    assert!(!connect(Some("http://evil.example")).await);
}

#[tokio::test]
async fn acting_needs_the_token() {
    let home = Home::new();
    let sidecar = home.start();
    for token in ["", "Bearer ", "Bearer 0000", "Basic abc", &sidecar.token] {
        for (method, path) in [("POST", "/v1/events"), ("POST", "/v1/plans"), ("GET", "/v1/link")] {
            let method: reqwest::Method = method.parse().unwrap();
            let request = sidecar.http.request(method, sidecar.url(path)).header("authorization", token);
            let answer = request.body("{}").send().await.unwrap();
            assert_eq!(answer.status(), 401, "{path} with {token:?}");
        }
    }
}

#[tokio::test]
async fn a_malformed_event_is_named_and_a_good_one_comes_back_with_its_id() {
    let home = Home::new();
    let sidecar = home.start();
    let good = json!({"source_app": "hooks", "session_id": "s", "hook_event_type": "PreToolUse",
        "payload": {"tool": "Bash"}, "humanInTheLoop": {"question": "sure?"}});
    let (status, stored) = sidecar.post("/events", &good).await;
    assert_eq!(status, 200);
    assert!(stored["id"].as_i64().unwrap() > 0);
    assert_eq!(stored["humanInTheLoop"], json!({"question": "sure?"}));
    for field in ["source_app", "session_id", "hook_event_type", "payload"] {
        let mut bad = good.clone();
        bad.as_object_mut().unwrap().remove(field);
        let (status, answer) = sidecar.post("/events", &bad).await;
        assert_eq!((status, &answer["error"]["field"]), (400, &json!(field)));
    }
    let raw = async |body: Vec<u8>| {
        let answer = sidecar.http.post(sidecar.url("/events")).body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, answer) = raw(b"{\"source_app\": \"secret-value\"".to_vec()).await;
    assert_eq!(status, 400);
    assert!(answer.contains("line 1") && !answer.contains("secret-value"), "{answer}");
    assert_eq!(raw(b"{\"payload\":{\"x\":\"\xff\xfe\"}}".to_vec()).await.0, 400);
    assert_eq!(status_of_announced_body(&sidecar, 9 * 1024 * 1024).await, "413");
    let recent = sidecar.get("/events/recent").await;
    assert_eq!(recent.as_array().unwrap().len(), 1);
}

/// Announces a body without sending it: the refusal must not wait for it.
async fn status_of_announced_body(sidecar: &common::Sidecar, bytes: usize) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = sidecar.info.url.trim_start_matches("http://");
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!("POST /events HTTP/1.1\r\nHost: {address}\r\nContent-Length: {bytes}\r\n\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0_u8; 12];
    tokio::time::timeout(common::DEADLINE, socket.read_exact(&mut answer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer[9..]).into_owned()
}

#[tokio::test]
async fn of_a_batch_the_good_events_are_kept_and_replays_are_harmless() {
    let home = Home::new();
    let sidecar = home.start();
    let producer = "rozet-opencode.1.aa";
    let mut bad = event(producer, 2, "Stop", json!({}));
    bad["payload"] = json!("text");
    let events =
        [event(producer, 1, "SessionStart", json!({})), bad, event(producer, 4, "SessionEnd", json!({}))];
    let ack = sidecar.emit(producer, &events).await;
    assert_eq!(ack["acked_seq"], 4);
    assert_eq!(ack["stored"], 2);
    assert_eq!(
        ack["rejected"],
        json!([{"index": 1, "field": "payload", "message": "expected a JSON object, got text"}])
    );
    let again = sidecar.emit(producer, &[events[0].clone(), events[2].clone()]).await;
    assert_eq!((&again["stored"], &again["duplicates"]), (&json!(0), &json!(2)));
    let health = sidecar.get("/v1/health").await;
    let figures = &health["producers"][0];
    assert_eq!(figures["missing"], 1, "{figures}");
    assert_eq!(figures["rejected"], 1, "{figures}");
    assert_eq!(health["store"]["events"], 2);
    let sessions = sidecar.get("/v1/sessions").await;
    assert_eq!(sessions["sessions"][0]["state"], "ended");
}

#[tokio::test]
async fn secrets_are_redacted_before_they_are_stored() {
    let home = Home::new()
        .set("ROZET_ORCHESTRATOR_PROVIDER", "openai-compatible")
        .set("ROZET_ORCHESTRATOR_MODEL", "m")
        .set("ROZET_ORCHESTRATOR_ENDPOINT", "http://127.0.0.1:9/v1/")
        .set("ROZET_ORCHESTRATOR_API_KEY", "my-plain-configured-key");
    let sidecar = home.start();
    let told = format!("{} and my-plain-configured-key and ghp_{}", sidecar.token, "a1B2".repeat(9));
    let body =
        json!({"source_app": "x", "session_id": "s", "hook_event_type": "T", "payload": {"text": told}});
    let (_, stored) = sidecar.post("/events", &body).await;
    let text = stored.to_string();
    assert!(
        !text.contains(&sidecar.token) && !text.contains("configured-key") && !text.contains("ghp_"),
        "{text}"
    );
    let database = std::fs::read(home.path("rozet/data/rozet.db-wal")).unwrap();
    let needle = b"my-plain-configured-key";
    assert!(!database.windows(needle.len()).any(|window| window == needle));
}

#[tokio::test]
async fn the_stream_begins_with_what_is_there_and_goes_on_live() {
    let home = Home::new();
    let sidecar = home.start();
    let post = async |kind: &str| {
        let body = json!({"source_app": "x", "session_id": "s", "hook_event_type": kind, "payload": {}});
        assert_eq!(sidecar.post("/events", &body).await.0, 200);
    };
    post("First").await;
    let url = sidecar.url("/stream").replace("http://", "ws://");
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let mut next = async || match socket.next().await.unwrap().unwrap() {
        Message::Text(text) => serde_json::from_str::<Value>(&text).unwrap(),
        other => panic!("{other:?}"),
    };
    let initial = next().await;
    assert_eq!(
        (&initial["type"], &initial["data"][0]["hook_event_type"]),
        (&json!("initial"), &json!("First"))
    );
    for kind in ["Second", "Third"] {
        post(kind).await;
        let live = next().await;
        assert_eq!((&live["type"], &live["data"]["hook_event_type"]), (&json!("event"), &json!(kind)));
    }
    let options = sidecar.get("/events/filter-options").await;
    assert_eq!(options["hook_event_types"], json!(["First", "Second", "Third"]));
}

#[tokio::test]
async fn unknown_addresses_and_methods_get_plain_errors() {
    let home = Home::new();
    let sidecar = home.start();
    let get = async |path: &str| sidecar.http.get(sidecar.url(path)).send().await.unwrap();
    for path in ["/v1/nothing", "/assets/none.js", "/none.js", "/v1/plans/none"] {
        let answer = get(path).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert!(answer.json::<Value>().await.unwrap()["error"]["message"].is_string());
    }
    assert_eq!(sidecar.http.delete(sidecar.url("/events")).send().await.unwrap().status(), 405);
    assert_eq!(get("/events/recent?limit=many").await.status(), 400);
    assert_eq!(get("/stream").await.status(), 400);
}
