//! `POST /events/{id}/respond` of the real binary: an answer reaches who asked, and nobody on another machine.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod common;

use common::{DEADLINE, Home, Sidecar};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

async fn ask(sidecar: &Sidecar, url: Option<&str>) -> Value {
    let mut asked = json!({"question": "sure?", "type": "choice", "choices": ["yes", "no"]});
    if let Some(url) = url {
        asked["responseWebSocketUrl"] = json!(url);
    }
    let body = json!({"source_app": "hooks", "session_id": "s", "hook_event_type": "PermissionRequest", "payload": {},
        "humanInTheLoop": asked});
    let (status, stored) = sidecar.post("/events", &body).await;
    assert_eq!((status, &stored["humanInTheLoopStatus"]), (200, &json!({"status": "pending"})));
    stored
}

async fn respond(sidecar: &Sidecar, event: &Value, answer: Value) -> (u16, Value) {
    sidecar.post(&format!("/events/{}/respond", event["id"]), &answer).await
}

#[tokio::test]
async fn an_answer_is_brought_to_who_asked_noted_and_shown() {
    let home = Home::new();
    let sidecar = home.start();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://localhost:{}/answer", listener.local_addr().unwrap().port());
    let asked = ask(&sidecar, Some(&url)).await;
    let connect = async |path: &str| {
        let url = sidecar.url(path).replace("http://", "ws://");
        tokio_tungstenite::connect_async(url).await.unwrap().0
    };
    let (mut known, mut own) = (connect("/stream").await, connect("/v1/stream").await);
    let mut next = async |own_form: bool| {
        let socket = if own_form { &mut own } else { &mut known };
        match timeout(DEADLINE, socket.next()).await.unwrap().unwrap().unwrap() {
            Message::Text(text) => serde_json::from_str::<Value>(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(next(false).await["data"][0]["humanInTheLoopStatus"]["status"], "pending");
    assert_eq!(next(true).await["type"], "ready");
    let secret = format!("ghp_{}", "a1B2".repeat(9));
    let listening = async {
        let (connection, _) = timeout(DEADLINE, listener.accept()).await.unwrap().unwrap();
        let mut socket = tokio_tungstenite::accept_async(connection).await.unwrap();
        let Some(Ok(Message::Text(text))) = timeout(DEADLINE, socket.next()).await.unwrap() else {
            panic!("no answer");
        };
        while let Some(Ok(_)) = socket.next().await {}
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let answer = json!({"choice": "yes", "response": secret, "hookEvent": asked, "respondedBy": "me"});
    let (heard, (status, event)) = tokio::join!(listening, respond(&sidecar, &asked, answer));
    assert_eq!(status, 200, "{event}");
    assert_eq!((&heard["choice"], &heard["response"]), (&json!("yes"), &json!(secret)));
    assert_eq!(heard["hookEvent"]["id"], asked["id"]);
    let noted = &event["humanInTheLoopStatus"];
    assert_eq!((&noted["status"], &noted["response"]["choice"]), (&json!("responded"), &json!("yes")));
    assert!(noted["respondedAt"].as_i64().unwrap() > 0 && noted["respondedAt"] == heard["respondedAt"]);
    assert!(!event.to_string().contains(&secret), "what is kept is redacted");
    let (shown, updated) = (next(false).await, next(true).await);
    assert_eq!((&shown["type"], &shown["data"]), (&json!("event"), &event));
    assert_eq!((&updated["type"], &updated["data"]), (&json!("updated"), &event));
    for path in ["/events/recent", "/v1/events"] {
        let read = sidecar.get(path).await;
        let events = if read.is_array() { &read } else { &read["events"] };
        let events = events.as_array().unwrap();
        assert!(events.contains(&event), "{path}");
        // That somebody answered is an event of its own.
        let act = events.iter().find(|one| one["payload"]["action"] == "respond").unwrap();
        assert_eq!((&act["payload"]["event_id"], &act["payload"]["by"]), (&event["event_id"], &json!("api")));
        assert!(!act.to_string().contains(&secret), "{path}");
    }
    drop(sidecar);
    let sidecar = home.start();
    assert_eq!(sidecar.get("/events/recent").await[0], event);
}

#[tokio::test]
async fn an_answer_leaves_this_machine_for_nobody() {
    let home = Home::new();
    let sidecar = home.start();
    for url in [
        "ws://192.0.2.1:80",
        "ws://evil.example:80",
        "http://127.0.0.1:80",
        "ws://localhost@evil.example",
        "?",
    ] {
        let asked = ask(&sidecar, Some(url)).await;
        let (status, answer) = respond(&sidecar, &asked, json!({"permission": true})).await;
        assert_eq!(status, 403, "{url}: {answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains("responseWebSocketUrl"), "{answer}");
        let events = sidecar.get("/v1/events?limit=1").await;
        assert_eq!(events["events"][0]["humanInTheLoopStatus"]["status"], "pending");
    }
}

#[tokio::test]
async fn an_answer_that_nobody_takes_can_be_given_again() {
    let home = Home::new();
    let sidecar = home.start();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let asked = ask(&sidecar, Some(&format!("ws://{address}"))).await;
    let (status, event) = respond(&sidecar, &asked, json!({"permission": false})).await;
    assert_eq!((status, &event["humanInTheLoopStatus"]["status"]), (200, &json!("error")));
    assert!(event["humanInTheLoopStatus"]["error"].as_str().unwrap().contains("listen"));
    // One that takes the connection and says nothing is not waited for beyond the deadline.
    let listener = TcpListener::bind(address).await.unwrap();
    let (status, event) = respond(&sidecar, &asked, json!({"permission": false})).await;
    assert_eq!((status, &event["humanInTheLoopStatus"]["status"]), (200, &json!("error")));
    drop(listener);
    let asked = ask(&sidecar, None).await;
    let (status, event) = respond(&sidecar, &asked, json!({"response": "ok"})).await;
    assert_eq!((status, &event["humanInTheLoopStatus"]["status"]), (200, &json!("responded")));
}

#[tokio::test]
async fn who_may_answer_and_what() {
    let home = Home::new();
    let sidecar = home.start();
    let asked = ask(&sidecar, None).await;
    let path = format!("/events/{}/respond", asked["id"]);
    let without =
        sidecar.http.post(sidecar.url(&path)).json(&json!({"permission": true})).send().await.unwrap();
    assert_eq!(without.status(), 401);
    for (answer, field) in [
        (json!({}), json!("response")),
        (json!({"response": null}), json!("response")),
        (json!({"response": 1}), json!("response")),
        (json!({"permission": "yes"}), json!("permission")),
        (json!({"choice": ["a"]}), json!("choice")),
        (json!([]), Value::Null),
        (json!("yes"), Value::Null),
    ] {
        let (status, body) = respond(&sidecar, &asked, answer.clone()).await;
        assert_eq!((status, &body["error"]["field"]), (400, &field), "{answer}");
    }
    let plain = json!({"source_app": "a", "session_id": "s", "hook_event_type": "T", "payload": {}});
    let (_, plain) = sidecar.post("/events", &plain).await;
    assert_eq!(respond(&sidecar, &plain, json!({"response": "x"})).await.0, 409);
    for (id, status) in [("999999", 404), ("-1", 404), ("none", 400), ("99999999999999999999", 400)] {
        let answer = json!({"response": "x"});
        assert_eq!(sidecar.post(&format!("/events/{id}/respond"), &answer).await.0, status, "{id}");
    }
    let read = sidecar.get("/v1/events").await;
    assert_eq!(read["events"][1]["humanInTheLoopStatus"]["status"], "pending");
}
