//! Reading events, sessions and figures over HTTP from the real binary, with good input and bad.
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

/// The ids of a page, and what comes next.
async fn page(sidecar: &Sidecar, query: &str) -> (Vec<i64>, Value) {
    let page = sidecar.get(&format!("/v1/events?{query}")).await;
    let ids = page["events"].as_array().unwrap().iter().map(|event| event["id"].as_i64().unwrap()).collect();
    (ids, page["next"].clone())
}

async fn status(sidecar: &Sidecar, path: &str) -> (u16, Value) {
    let answer = sidecar.http.get(sidecar.url(path)).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

async fn fill(sidecar: &Sidecar) {
    let mut events = Vec::new();
    for seq in 1..=30_u64 {
        let kind = if seq % 3 == 0 { "Stop" } else { "ToolCompleted" };
        let mut payload = json!({"message": format!("word{seq} \u{e9}t\u{e9}")});
        if kind == "ToolCompleted" {
            payload["tool"] = json!("bash");
            payload["call_id"] = json!(format!("c{seq}"));
        }
        let mut event = event("p.1.a", seq, kind, payload);
        event["session_id"] = json!(format!("s{}", seq % 2));
        event["timestamp"] = json!(seq * 1_000);
        events.push(event);
    }
    sidecar.emit("p.1.a", &events).await;
}

#[tokio::test]
async fn pages_of_events_by_every_filter() {
    let home = Home::new();
    let sidecar = home.start();
    fill(&sidecar).await;
    assert_eq!(page(&sidecar, "limit=3").await, (vec![30, 29, 28], json!(28)));
    assert_eq!(page(&sidecar, "limit=3&before=28").await, (vec![27, 26, 25], json!(25)));
    assert_eq!(page(&sidecar, "after=27").await, (vec![28, 29, 30], Value::Null));
    assert_eq!(page(&sidecar, "after=27&order=newest").await, (vec![30, 29, 28], Value::Null));
    assert_eq!(page(&sidecar, "order=oldest&limit=2").await, (vec![1, 2], json!(2)));
    assert_eq!(page(&sidecar, "type=Stop&session=s0").await.0, [30, 24, 18, 12, 6]);
    assert_eq!(page(&sidecar, "type=Stop&type=ToolCompleted&after=28").await.0, [29, 30]);
    assert_eq!(page(&sidecar, "tool=bash&from=5000&to=8000").await.0, [8, 7, 5]);
    assert_eq!(page(&sidecar, "source=rozet-opencode&limit=1").await.0, [30]);
    for none in [
        "type=Nonsense",
        "session=%00",
        "source=x",
        "tool=x",
        "task=T9",
        "subtree=x",
        "from=99999999999999999",
    ] {
        assert_eq!(page(&sidecar, none).await, (vec![], Value::Null), "{none}");
    }
    let deadline = Instant::now() + DEADLINE;
    while page(&sidecar, "text=word30").await.0 != [30] {
        assert!(Instant::now() < deadline, "what was stored was not found");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(page(&sidecar, "text=%22word7+ete%22").await.0, [7]);
    assert_eq!(page(&sidecar, "text=word1*&type=Stop").await.0, [18, 15, 12]);
    for nothing in
        ["text=%22", "text=AND", "text=*", "text=%FF%FE", "text=%ED%A0%80", "text=NEAR(a+b", "text=word1%00"]
    {
        assert_eq!(status(&sidecar, &format!("/v1/events?{nothing}")).await.0, 200, "{nothing}");
    }
}

#[tokio::test]
async fn what_is_wrong_in_a_query_is_named() {
    let home = Home::new();
    let sidecar = home.start();
    let many = "session=x&".repeat(51);
    let long = format!("text={}", "x".repeat(1_025));
    for (query, field) in [
        ("before=x", "before"),
        ("before=-1", "before"),
        ("before=", "before"),
        ("after=1.5", "after"),
        ("after=99999999999999999999999", "after"),
        ("after=1&after=2", "after"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=-3", "limit"),
        ("limit=many", "limit"),
        ("order=random", "order"),
        ("from=yesterday", "from"),
        ("to=1e3", "to"),
        ("typ=Stop", "typ"),
        ("session=", "session"),
        (many.as_str(), "session"),
        (long.as_str(), "text"),
    ] {
        let (status, answer) = status(&sidecar, &format!("/v1/events?{query}")).await;
        assert_eq!((status, &answer["error"]["field"]), (400, &json!(field)), "{query}");
    }
    for (path, field) in [
        ("/v1/sessions?state=sleeping", "state"),
        ("/v1/sessions?roots=maybe", "roots"),
        ("/v1/sessions?limit=501", "limit"),
        ("/v1/sessions?order=newest", "order"),
        ("/v1/sessions/s/at?time=noon", "time"),
    ] {
        let (status, answer) = status(&sidecar, path).await;
        assert_eq!((status, &answer["error"]["field"]), (400, &json!(field)), "{path}");
    }
    // A megabyte of query is refused before it is read.
    let huge = format!("/v1/events?text={}", "x".repeat(1_000_000));
    let answer = raw(&sidecar, &huge).await;
    assert!(["414", "431"].contains(&answer.as_str()), "{answer}");
    assert_eq!(status(&sidecar, "/v1/events").await.0, 200);
}

/// The status of a request that no client library would send.
async fn raw(sidecar: &Sidecar, path: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = sidecar.info.url.trim_start_matches("http://");
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    // It may answer and close before it has everything.
    let _ = socket.write_all(head.as_bytes()).await;
    let mut answer = [0_u8; 12];
    tokio::time::timeout(DEADLINE, socket.read_exact(&mut answer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer[9..]).into_owned()
}

#[tokio::test]
async fn a_session_is_shown_as_it_is_and_as_it_was() {
    let home = Home::new();
    let sidecar = home.start();
    let plan = sidecar.plan("P1", &home.workspace(), "Write a file notes.txt that says hello").await;
    let producer = "rozet-opencode.1.aa";
    let mut started = event(producer, 1, "ToolRequested", json!({"tool": "bash", "call_id": "c1"}));
    started["timestamp"] = json!(1_000);
    let mut ended = event(producer, 2, "ToolCompleted", json!({"tool": "bash", "call_id": "c1"}));
    ended["timestamp"] = json!(2_000);
    let mut stop = event(
        producer,
        3,
        "Stop",
        json!({"usage": {"input_tokens": 9, "output_tokens": 1, "cost_usd": 0.5}}),
    );
    stop["timestamp"] = json!(3_000);
    sidecar.emit(producer, &[started, ended, stop]).await;
    let view = sidecar.get("/v1/sessions/s1").await;
    assert_eq!(view["session"]["session_id"], "s1");
    assert_eq!(view["plans"][0]["plan_id"], plan["plan_id"]);
    assert_eq!(view["usage"]["own"]["input_tokens"], 9);
    assert_eq!(view["spans"][0]["outcome"], "completed");
    let at = async |time: i64| sidecar.get(&format!("/v1/sessions/s1/at?time={time}")).await;
    assert_eq!(at(1_500).await["running"][0]["tool"], "bash");
    assert_eq!(at(1_500).await["usage"]["input_tokens"], 0);
    assert_eq!(at(2_500).await["running"], json!([]));
    assert_eq!(
        at(i64::MAX).await["tasks"].as_array().unwrap().len(),
        plan["tasks"].as_array().unwrap().len()
    );
    assert_eq!(at(i64::MIN).await["events"], 0);
    for path in ["/v1/sessions/none", "/v1/sessions/none/at", "/v1/sessions/%FF", "/v1/sessions/%00"] {
        let (status, _) = status(&sidecar, path).await;
        assert!(status == 404 || status == 400, "{path}: {status}");
    }
    let sessions = sidecar.get("/v1/sessions?text=nothing").await;
    assert_eq!(sessions["sessions"], json!([]));
    let stats = sidecar.get("/v1/stats").await;
    assert!(stats["events"].as_i64().unwrap() >= 3 && stats["bytes"].as_i64().unwrap() > 0, "{stats}");
}

#[tokio::test]
async fn what_is_imported_is_stored_once_and_what_is_bad_is_named() {
    let home = Home::new();
    let sidecar = home.start();
    fill(&sidecar).await;
    let exported = sidecar.get("/v1/events?order=oldest").await["events"].clone();
    let (status, answer) = sidecar.post("/v1/events/import", &json!({"events": exported})).await;
    assert_eq!((status, answer), (200, json!({"stored": 0, "duplicates": 30, "rejected": []})));
    let other = Home::new();
    let other = other.start();
    let mut events = exported.as_array().unwrap().clone();
    events.insert(1, json!({"source_app": "a", "session_id": "s", "hook_event_type": "T", "payload": "text", "timestamp": 1}));
    events.push(json!({"source_app": "a", "session_id": "s", "hook_event_type": "T", "payload": {}}));
    let (_, answer) = other.post("/v1/events/import", &json!({"events": events})).await;
    assert_eq!((&answer["stored"], &answer["duplicates"]), (&json!(30), &json!(0)));
    let named: Vec<_> =
        answer["rejected"].as_array().unwrap().iter().map(|bad| (&bad["index"], &bad["field"])).collect();
    assert_eq!(named, [(&json!(1), &json!("payload")), (&json!(31), &json!("timestamp"))]);
    assert_eq!(page(&other, "type=Stop&session=s0").await.0, [30, 24, 18, 12, 6].map(|id: i64| id));
    let health = other.get("/v1/health").await;
    assert_eq!(health["producers"][0]["producer"], "import.p.1.a");
    let without =
        other.http.post(other.url("/v1/events/import")).body("{\"events\":[]}").send().await.unwrap();
    assert_eq!(without.status(), 401);
    for bad in ["", "[]", "{}", "{\"events\":1}", "{\"events\":[{\"payload\":{\"x\":\"\\ud800\"}}]}"] {
        let request = other.http.post(other.url("/v1/events/import")).bearer_auth(&other.token);
        assert_eq!(request.body(bad).send().await.unwrap().status(), 400, "{bad}");
    }
}

#[tokio::test]
async fn only_our_own_pages_may_read_from_another_port() {
    let home = Home::new();
    let sidecar = home.start();
    let ask = async |method: reqwest::Method, path: &str, origin: &str| {
        let request = sidecar.http.request(method, sidecar.url(path)).header("origin", origin);
        request.header("access-control-request-method", "POST").send().await.unwrap()
    };
    let own = sidecar.info.dashboard_url.replace("127.0.0.1", "localhost");
    for path in ["/events", "/v1/events", "/events/1/respond", "/nothing"] {
        let allowed = ask(reqwest::Method::OPTIONS, path, &own).await;
        assert_eq!(allowed.status(), 204, "{path}");
        assert_eq!(allowed.headers()["access-control-allow-origin"], own.as_str());
        assert!(
            allowed.headers()["access-control-allow-headers"].to_str().unwrap().contains("Authorization")
        );
        for foreign in ["http://evil.example", "null", "http://localhost:1", "*"] {
            let refused = ask(reqwest::Method::OPTIONS, path, foreign).await;
            assert_eq!(refused.status(), 403, "{path} {foreign}");
            assert!(!refused.headers().keys().any(|name| name.as_str().starts_with("access-control")));
        }
    }
    let read = ask(reqwest::Method::GET, "/events/recent", &own).await;
    assert_eq!(
        (read.status().as_u16(), &read.headers()["access-control-allow-origin"]),
        (200, &own.parse().unwrap())
    );
    let plain = sidecar.http.get(sidecar.url("/events/recent")).send().await.unwrap();
    assert!(!plain.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn the_known_form_is_answered_as_its_clients_expect() {
    let home = Home::new();
    let sidecar = home.start();
    let body = json!({"source_app": "app", "session_id": "abc", "hook_event_type": "PreToolUse",
        "payload": {"tool_name": "Bash", "tool_input": {"command": "ls"}}, "chat": [{"role": "user"}], "summary": "Lists",
        "timestamp": 1_700_000_000_000_i64, "model_name": "m", "tags": ["a"], "notes": null});
    let (status, stored) = sidecar.post("/events", &body).await;
    assert_eq!((status, &stored["id"]), (200, &json!(1)));
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(&stored[name], value, "{name}");
    }
    assert!(stored.get("humanInTheLoopStatus").is_none());
    let recent = sidecar.get("/events/recent?limit=1").await;
    assert_eq!(recent, json!([stored]));
    assert_eq!(page(&sidecar, "tool=Bash").await.0, [1]);
    let options = sidecar.get("/events/filter-options").await;
    assert_eq!(
        options,
        json!({"source_apps": ["app"], "session_ids": ["abc"], "hook_event_types": ["PreToolUse"]})
    );
    for (field, value) in [("payload", json!(null)), ("source_app", json!("")), ("session_id", json!(null))] {
        let mut bad = body.clone();
        bad[field] = value;
        assert_eq!(sidecar.post("/events", &bad).await.0, 400, "{field}");
    }
}
