//! What agents ask for, in the real binary: listed, answered from the API and the command line over both ways to OpenCode,
//! denied at the deadline, and given up with its session or its OpenCode. What stands for OpenCode here takes answers as
//! 1.18.33 does; the real one is in the end-to-end tests.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod common;

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::{Json, Router};
use common::link::{PRODUCER, carry};
use common::{DEADLINE, Home, Sidecar, event, text};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What stands for OpenCode: the answers that it got. It knows no ask whose id ends in `gone`.
#[derive(Clone, Default)]
struct Fake(Arc<Mutex<Vec<(String, Value)>>>);

impl Fake {
    async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(handle).with_state(self.clone());
        #[expect(clippy::disallowed_methods, reason = "the test's runtime ends with the test")]
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        url
    }

    fn answers(&self) -> Vec<(String, Value)> {
        self.0.lock().unwrap().clone()
    }
}

async fn handle(State(fake): State<Fake>, uri: Uri, body: axum::body::Bytes) -> (StatusCode, Json<Value>) {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    fake.0.lock().unwrap().push((uri.path().to_owned(), body));
    if uri.path().contains("gone/") {
        return (StatusCode::NOT_FOUND, Json(json!({"_tag": "PermissionNotFoundError"})));
    }
    (StatusCode::OK, Json(json!(true)))
}

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// An event of the plugin, of now.
fn told(seq: u64, session: &str, kind: &str, payload: Value) -> Value {
    let mut event = event(PRODUCER, seq, kind, payload);
    event["session_id"] = json!(session);
    event["timestamp"] = json!(now_ms());
    event
}

/// A child session asks for a command.
fn asked(seq: u64, id: &str) -> Value {
    told(
        seq,
        "ses_child",
        "PermissionRequest",
        json!({"ask_id": id, "kind": "permission", "permission": "bash",
        "patterns": ["rm *"], "title": "Run rm -r build", "command": "rm -r build", "root_session_id": "ses_root",
        "agent": "general", "call_id": "call_1"}),
    )
}

async fn emit(sidecar: &Sidecar, events: &[Value]) {
    sidecar.emit(PRODUCER, events).await;
}

/// Waits until an ask is as wanted.
async fn until(sidecar: &Sidecar, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let all = sidecar.get("/v1/asks?state=all").await;
        let found = all["asks"].as_array().unwrap().iter().find(|ask| ask["ask_id"] == id).cloned();
        if let Some(ask) = found.filter(|ask| wanted(ask)) {
            return ask;
        }
        assert!(Instant::now() < deadline, "{id} did not become as wanted: {all:#}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn answer(sidecar: &Sidecar, id: &str, body: Value) -> (u16, Value) {
    let request =
        sidecar.http.post(sidecar.url(&format!("/v1/asks/{id}/answer"))).bearer_auth(&sidecar.token);
    let response = request.header("X-Rozet-By", "dashboard").json(&body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn an_answer_reaches_opencode_over_both_ways_and_is_an_event() {
    for over_http in [true, false] {
        let (fake, home) = (Fake::default(), Home::new());
        let opencode = fake.serve().await;
        let home = if over_http { home.set("ROZET_OPEN_CODE_BASE_URL", &opencode) } else { home };
        let sidecar = home.start();
        if !over_http {
            carry(&sidecar, &opencode, &home.workspace()).await;
        }
        emit(&sidecar, &[asked(1, "per_a"), asked(2, "per_b")]).await;
        let waiting = sidecar.get("/v1/asks?session=ses_root").await;
        assert_eq!(waiting["asks"].as_array().unwrap().len(), 2);
        let ask = &waiting["asks"][0];
        assert_eq!(
            (&ask["ask_id"], &ask["state"], &ask["command"]),
            (&json!("per_a"), &json!("waiting"), &json!("rm -r build"))
        );
        let waits = ask["expires_at"].as_i64().unwrap() - ask["asked_at"].as_i64().unwrap();
        assert_eq!(waits, 600_000, "a child session's ask expires");
        let (status, ask) = answer(&sidecar, "per_a", json!({"answer": "always"})).await;
        assert_eq!(
            (status, &ask["state"], &ask["answered_by"]),
            (200, &json!("allowed"), &json!("dashboard")),
            "{ask}"
        );
        let refused = json!({"answer": "reject", "message": "use trash"});
        assert_eq!(answer(&sidecar, "per_b", refused.clone()).await.1["state"], "denied");
        let wanted = vec![
            ("/permission/per_a/reply".to_owned(), json!({"reply": "always"})),
            ("/permission/per_b/reply".to_owned(), json!({"reply": "reject", "message": "use trash"})),
        ];
        assert_eq!(fake.answers(), wanted);
        let (status, error) = answer(&sidecar, "per_a", refused).await;
        assert_eq!((status, &error["error"]["message"]), (409, &json!("it is allowed already by dashboard")));
        let events = sidecar.get("/v1/events?type=Notification&session=ses_child").await;
        let payload = &events["events"][1]["payload"];
        assert_eq!(
            (&payload["action"], &payload["by"]),
            (&json!("answer_ask"), &json!("dashboard")),
            "{events}"
        );
        assert_eq!(sidecar.get("/v1/asks").await["asks"], json!([]));
    }
}

#[tokio::test]
async fn questions_are_answered_and_declined() {
    let (fake, home) = (Fake::default(), Home::new());
    let home = home.set("ROZET_OPEN_CODE_BASE_URL", &fake.serve().await);
    let sidecar = home.start();
    let questions = json!([{"question": "Which?", "header": "h", "options": [{"label": "a"}, {"label": "b"}], "multiple": true},
        {"question": "Why?", "options": []}]);
    let question = |seq, id: &str| {
        told(
            seq,
            "ses_root",
            "PermissionRequest",
            json!({"ask_id": id, "kind": "question", "questions": questions}),
        )
    };
    emit(&sidecar, &[question(1, "que_a"), question(2, "que_b")]).await;
    let asks = sidecar.get("/v1/asks").await;
    assert_eq!((&asks["asks"][0]["title"], &asks["asks"][0]["expires_at"]), (&json!("Which?"), &Value::Null));
    for (body, field) in [
        (json!({"answer": "once"}), "answers"),
        (json!({"answers": [["a"]]}), "answers"),
        (json!({"answers": [["a"], ["x", "y"]]}), "answers"),
    ] {
        let (status, error) = answer(&sidecar, "que_a", body).await;
        assert_eq!((status, &error["error"]["field"]), (400, &json!(field)), "{error}");
    }
    let (_, ask) = answer(&sidecar, "que_a", json!({"answers": [["a", "b"], ["because"]]})).await;
    assert_eq!((&ask["state"], &ask["answer"]), (&json!("answered"), &json!("a, b; because")), "{ask}");
    let (_, ask) = answer(&sidecar, "que_b", json!({"answer": "reject"})).await;
    assert_eq!(ask["state"], "denied");
    let wanted = vec![
        ("/question/que_a/reply".to_owned(), json!({"answers": [["a", "b"], ["because"]]})),
        ("/question/que_b/reject".to_owned(), Value::Null),
    ];
    assert_eq!(fake.answers(), wanted);
}

#[tokio::test]
async fn what_nobody_answers_is_denied_at_the_deadline_and_a_root_session_waits() {
    let (fake, home) = (Fake::default(), Home::new());
    let home =
        home.set("ROZET_OPEN_CODE_BASE_URL", &fake.serve().await).set("ROZET_PERMISSION_DEADLINE_MS", "1000");
    let sidecar = home.start();
    let of_root =
        told(2, "ses_root", "PermissionRequest", json!({"ask_id": "per_root", "permission": "edit"}));
    // The workspace's settings are looked at once a session has one.
    let start = told(1, "ses_root", "SessionStart", json!({"directory": home.workspace()}));
    let child = told(3, "ses_child", "SessionStart", json!({"parent_id": "ses_root"}));
    emit(&sidecar, &[start, of_root, child, asked(4, "per_child")]).await;
    let ask = until(&sidecar, "per_child", |ask| ask["state"] == "expired").await;
    assert_eq!((&ask["answered_by"], &ask["answer"]), (&json!("sidecar"), &json!("reject")));
    assert!(ask["reason"].as_str().unwrap().contains("nobody answered within 1 s"), "{ask}");
    let answers = fake.answers();
    let [(path, body)] = answers.as_slice() else { panic!("one answer: {answers:?}") };
    assert_eq!((path.as_str(), &body["reply"]), ("/permission/per_child/reply", &json!("reject")));
    assert!(body["message"].as_str().unwrap().contains("say that you need it"));
    assert_eq!(sidecar.get("/v1/asks").await["asks"][0]["ask_id"], "per_root");
}

#[tokio::test]
async fn an_ask_is_settled_by_whoever_answers_in_opencode_and_given_up_with_its_session() {
    let (fake, home) = (Fake::default(), Home::new());
    let home = home.set("ROZET_OPEN_CODE_BASE_URL", &fake.serve().await);
    let sidecar = home.start();
    emit(&sidecar, &[asked(1, "per_a"), asked(2, "per_b"), asked(3, "per_gone")]).await;
    let said = json!({"kind": "permission_answered", "ask_id": "per_a", "answer": "once", "by": "tui"});
    emit(&sidecar, &[told(4, "ses_child", "Notification", said)]).await;
    let ask = until(&sidecar, "per_a", |ask| ask["state"] == "allowed").await;
    assert_eq!(ask["answered_by"], "tui");
    let (status, error) = answer(&sidecar, "per_gone", json!({"answer": "once"})).await;
    assert_eq!(status, 409, "{error}");
    assert_eq!(until(&sidecar, "per_gone", |_| true).await["state"], "gone");
    emit(&sidecar, &[told(5, "ses_child", "SessionEnd", json!({}))]).await;
    assert_eq!(until(&sidecar, "per_b", |ask| ask["state"] != "waiting").await["state"], "gone");
    assert_eq!(answer(&sidecar, "nothing", json!({"answer": "once"})).await.0, 404);
}

#[tokio::test]
async fn an_opencode_that_goes_away_takes_its_asks_with_it_and_one_that_cannot_be_reached_does_not() {
    let (fake, home) = (Fake::default(), Home::new().set("ROZET_OPEN_CODE_BASE_URL", "http://127.0.0.1:9"));
    let sidecar = home.start();
    emit(&sidecar, &[asked(1, "per_a")]).await;
    let (status, error) = answer(&sidecar, "per_a", json!({"answer": "once"})).await;
    assert_eq!((status, &error["error"]["code"]), (502, &json!("opencode_unreachable")), "{error}");
    assert_eq!(until(&sidecar, "per_a", |_| true).await["state"], "waiting");
    let link = carry(&sidecar, &fake.serve().await, &home.workspace()).await;
    let (status, ask) = answer(&sidecar, "per_a", json!({"answer": "once"})).await;
    assert_eq!((status, &ask["state"]), (200, &json!("allowed")), "{ask}");
    emit(&sidecar, &[asked(2, "per_b")]).await;
    until(&sidecar, "per_b", |ask| ask["state"] == "waiting").await;
    link.abort();
    let ask = until(&sidecar, "per_b", |ask| ask["state"] != "waiting").await;
    assert_eq!(
        (&ask["state"], &ask["reason"]),
        (&json!("gone"), &json!("the OpenCode that asked has ended"))
    );
}

#[tokio::test]
async fn asks_are_known_again_after_a_restart() {
    let (fake, home) = (Fake::default(), Home::new());
    let home = home.set("ROZET_OPEN_CODE_BASE_URL", &fake.serve().await);
    let sidecar = home.start();
    emit(
        &sidecar,
        &[
            asked(1, "per_a"),
            asked(2, "per_b"),
            told(3, "ses_other", "PermissionRequest", json!({"ask_id": "per_c"})),
        ],
    )
    .await;
    emit(&sidecar, &[told(4, "ses_other", "Stop", json!({}))]).await;
    answer(&sidecar, "per_a", json!({"answer": "once"})).await;
    // Nobody can make one up.
    let forged = json!({"source_app": "x", "session_id": "s", "hook_event_type": "PermissionRequest", "payload": {"ask_id": "per_x"}});
    assert_eq!(sidecar.post("/events", &forged).await.0, 200);
    drop(sidecar);
    let sidecar = home.start();
    let all = sidecar.get("/v1/asks?state=all").await;
    let told: Vec<_> = all["asks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|ask| (ask["ask_id"].as_str().unwrap(), ask["state"].as_str().unwrap()))
        .collect();
    assert_eq!(told[0], ("per_b", "waiting"));
    assert!(
        told.contains(&("per_a", "allowed")) && told.contains(&("per_c", "gone")) && told.len() == 3,
        "{told:?}"
    );
    assert_eq!(until(&sidecar, "per_a", |_| true).await["answered_by"], "dashboard");
}

#[tokio::test]
async fn the_task_whose_session_asks_is_blocked_until_it_is_answered() {
    let (fake, home) = (Fake::default(), Home::new());
    let home = home
        .set("ROZET_OPEN_CODE_BASE_URL", &fake.serve().await)
        .set("ROZET_ORCHESTRATOR_PROVIDER", "offline");
    let sidecar = home.start();
    sidecar.plan("p1", &home.workspace(), "create a.py, then run it").await;
    let child = told(1, "ses_below", "SessionStart", json!({"parent_id": "s1"}));
    let asked = told(
        2,
        "ses_below",
        "PermissionRequest",
        json!({"request_id": "per_a", "permission": "bash", "patterns": ["make"]}),
    );
    emit(&sidecar, &[child, asked]).await;
    assert_eq!(until(&sidecar, "per_a", |_| true).await["task_id"], Value::Null);
    // That the task was begun is heard later than what its session asks.
    let began = json!({"plan_id": "p1", "task_id": "T1"});
    emit(&sidecar, &[told(3, "s1", "TaskStarted", began)]).await;
    let task = sidecar.wait_for_task("p1", 0, "blocked").await;
    assert_eq!(task["waits_for"], json!({"kind": "permission", "what": "bash: make"}));
    let ask = until(&sidecar, "per_a", |_| true).await;
    assert_eq!(
        (&ask["plan_id"], &ask["task_id"], &ask["root_session_id"]),
        (&json!("p1"), &json!("T1"), &json!("s1"))
    );
    answer(&sidecar, "per_a", json!({"answer": "once"})).await;
    sidecar.wait_for_task("p1", 0, "running").await;
}

// The command line is waited for while what stands for OpenCode answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_lists_and_answers() {
    let (fake, home) = (Fake::default(), Home::new());
    let home = home.set("ROZET_OPEN_CODE_BASE_URL", &fake.serve().await);
    let sidecar = home.start();
    assert_eq!(home.print(&["permissions"]).trim(), "nobody asks for anything");
    let question = told(
        3,
        "ses_child",
        "PermissionRequest",
        json!({"ask_id": "que_1", "kind": "question",
        "questions": [{"question": "Which?", "options": [{"label": "a"}, {"label": "b"}]}]}),
    );
    emit(&sidecar, &[asked(1, "per_aa"), asked(2, "per_ab"), question]).await;
    assert!(home.print(&["status"]).contains("3 wait for an answer"));
    let listed = home.print(&["permissions"]);
    for part in ["per_aa", "Run rm -r build", "general in ses_child", "denied in", "Which? [a | b]"] {
        assert!(listed.contains(part), "{part}: {listed}");
    }
    let ambiguous = home.run(&["permissions", "allow", "per_a"]);
    assert!(!ambiguous.status.success() && text(&ambiguous.stderr).contains("give more of the id"));
    assert!(text(&home.run(&["permissions", "allow", "x"]).stderr).contains("there is no ask x"));
    assert!(home.print(&["permissions", "allow", "per_aa", "--always"]).contains("per_aa is allowed"));
    assert!(home.print(&["permissions", "deny", "per_ab", "--message", "no"]).contains("per_ab is denied"));
    let answered = home.print(&["permissions", "answer", "que", "b", "--json"]);
    let answered: Value = serde_json::from_str(&answered).unwrap();
    assert_eq!((&answered["answered_by"], &answered["answer"]), (&json!("cli"), &json!("b")));
    assert!(home.print(&["permissions", "--all"]).contains("allowed by cli"));
    assert!(
        text(&home.run(&["permissions", "deny", "per_ab"]).stderr).contains("it is denied already by cli")
    );
}

#[tokio::test]
async fn the_dashboards_address_carries_the_token_and_the_token_can_be_tried() {
    let home = Home::new();
    let refused = home.run(&["dashboard", "--print"]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("rozet-sidecar up"));
    let sidecar = home.start();
    let printed = home.print(&["dashboard", "--print"]);
    assert_eq!(printed.trim(), format!("{}/#token={}", sidecar.info.url, sidecar.token));
    let status = async |token: &str| {
        sidecar.http.get(sidecar.url("/v1/token")).bearer_auth(token).send().await.unwrap().status().as_u16()
    };
    assert_eq!((status(&sidecar.token).await, status("wrong").await), (204, 401));
}
