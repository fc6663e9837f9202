//! Planning through the person's own OpenCode model, over both ways to it: plain HTTP, and the link of a plugin. What
//! stands for OpenCode here answers as its REST API does; the real one is in the end-to-end tests.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod common;

use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::{Json, Router};
use common::link::carry;
use common::{DEADLINE, Home, Sidecar};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const PLAN: &str = r#"{"summary":"s","tasks":[{"id":"T1","description":"make a.py","files":["a.py"],"checks":[],"depends_on":[]}]}"#;

/// What stands for OpenCode.
#[derive(Clone, Default)]
struct Fake(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    calls: Vec<(String, String, Value)>,
    /// The model's answer; none never answers.
    answer: Option<Value>,
    /// Whether it knows the planner's agent.
    plain: bool,
}

impl Fake {
    fn answering(answer: Value) -> Self {
        let fake = Self::default();
        fake.0.lock().unwrap().answer = Some(answer);
        fake
    }

    async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(handle).with_state(self.clone());
        #[expect(clippy::disallowed_methods, reason = "the test's runtime ends with the test")]
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        url
    }

    fn calls(&self) -> Vec<(String, String, Value)> {
        self.0.lock().unwrap().calls.clone()
    }

    async fn wait_for(&self, method: &str, path: &str) {
        let deadline = Instant::now() + DEADLINE;
        while !self.calls().iter().any(|(m, p, _)| m == method && p == path) {
            assert!(Instant::now() < deadline, "no {method} {path}: {:?}", self.calls());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn handle(
    State(fake): State<Fake>,
    method: Method,
    uri: Uri,
    body: axum::body::Bytes,
) -> (StatusCode, Json<Value>) {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let path = uri.path().to_owned();
    fake.0.lock().unwrap().calls.push((method.to_string(), path.clone(), body.clone()));
    let (answer, plain) = {
        let told = fake.0.lock().unwrap();
        (told.answer.clone(), told.plain)
    };
    match (method.as_str(), path.as_str()) {
        ("GET", "/config/providers") => {
            let providers = json!({"providers": [{"id": "p", "models": {"m": {}}}], "default": {"p": "m"}});
            (StatusCode::OK, Json(providers))
        }
        ("POST", "/session") if body["parentID"] == "ses_unknown" => (StatusCode::NOT_FOUND, Json(json!({}))),
        ("POST", "/session") => (StatusCode::OK, Json(json!({"id": "ses_hidden"}))),
        ("POST", "/session/ses_hidden/message") if plain && body["agent"] == "rozet-planner" => {
            (StatusCode::BAD_REQUEST, Json(json!({})))
        }
        ("POST", "/session/ses_hidden/message") => match answer {
            Some(answer) => (StatusCode::OK, Json(answer)),
            None => std::future::pending().await,
        },
        _ => (StatusCode::OK, Json(json!(true))),
    }
}

fn says(text: &str) -> Value {
    json!({"info": {"cost": 0.25, "tokens": {"input": 70, "output": 20, "reasoning": 5, "cache": {"read": 30, "write": 0}}},
        "parts": [{"type": "reasoning", "text": "hm"}, {"type": "text", "text": text}]})
}

/// Both ways, each with a sidecar of its own.
async fn both_ways(fake: impl Fn() -> Fake) -> Vec<(Home, Sidecar, Fake)> {
    let mut ways = Vec::new();
    for over_http in [true, false] {
        let fake = fake();
        let opencode = fake.serve().await;
        let home = Home::new().set("ROZET_ORCHESTRATOR_TIMEOUT_MS", "3000");
        let home = if over_http { home.set("ROZET_OPEN_CODE_BASE_URL", &opencode) } else { home };
        let sidecar = home.start();
        if !over_http {
            carry(&sidecar, &opencode, &home.workspace()).await;
        }
        ways.push((home, sidecar, fake));
    }
    ways
}

async fn ask(sidecar: &Sidecar, plan_id: &str, workspace: &Path, change: impl FnOnce(&mut Value)) {
    let mut request = json!({"plan_id": plan_id, "session_id": "ses_1", "directory": workspace,
        "text": "create a.py, then run it", "gate_reason": "a test", "session_model": "own/model",
        "producer": "rozet-opencode.1.aa"});
    change(&mut request);
    assert_eq!(sidecar.post("/v1/plans", &request).await.0, 202);
}

#[tokio::test]
async fn with_nothing_configured_the_sessions_own_model_plans_in_a_hidden_session() {
    for (home, sidecar, fake) in both_ways(|| Fake::answering(says(PLAN))).await {
        ask(&sidecar, "p1", &home.workspace(), |_| {}).await;
        let plan = sidecar.wait_for_plan("p1", |_| true).await;
        assert_eq!(
            (&plan["origin"], &plan["model"]),
            (&json!("model"), &json!("opencode/own/model")),
            "{plan}"
        );
        assert_eq!(plan["usage"], json!({"input_tokens": 100, "output_tokens": 25, "cost_usd": 0.25}));
        fake.wait_for("DELETE", "/session/ses_hidden").await;
        let calls = fake.calls();
        let [(_, create, session), (_, message, asked), (_, _, _)] = calls.as_slice() else {
            panic!("{calls:?}")
        };
        assert_eq!((create.as_str(), message.as_str()), ("/session", "/session/ses_hidden/message"));
        assert_eq!(
            (&session["parentID"], &session["permission"][0]["action"]),
            (&json!("ses_1"), &json!("deny"))
        );
        assert!(session["title"].as_str().unwrap().starts_with("Rozet planning"));
        assert_eq!(asked["model"], json!({"providerID": "own", "modelID": "model"}));
        assert_eq!((&asked["tools"]["*"], &asked["agent"]), (&json!(false), &json!("rozet-planner")));
        assert!(asked["system"].as_str().unwrap().starts_with("You split one request"));
        assert!(asked["parts"][0]["text"].as_str().unwrap().contains("create a.py, then run it"));
    }
}

#[tokio::test]
async fn prose_is_mended_and_what_opencode_says_is_the_reason() {
    for (home, sidecar, fake) in both_ways(|| Fake::answering(says("I would think first."))).await {
        ask(&sidecar, "p1", &home.workspace(), |_| {}).await;
        let plan = sidecar.wait_for_plan("p1", |_| true).await;
        assert!(plan["reason"].as_str().unwrap().contains("prose"), "{plan}");
        let asked: Vec<Value> = fake
            .calls()
            .into_iter()
            .filter(|(_, path, _)| path.ends_with("/message"))
            .map(|call| call.2)
            .collect();
        assert_eq!(asked.len(), 2);
        assert!(asked[1]["parts"][0]["text"].as_str().unwrap().contains("I would think first."));
        let limited = json!({"info": {"error": {"name": "ProviderAuthError", "data": {}}}, "parts": []});
        fake.0.lock().unwrap().answer = Some(limited);
        ask(&sidecar, "p2", &home.workspace(), |_| {}).await;
        let plan = sidecar.wait_for_plan("p2", |_| true).await;
        assert!(plan["reason"].as_str().unwrap().contains("refused the key"), "{plan}");
        assert_eq!(plan["tasks"].as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn an_opencode_that_knows_neither_parent_nor_agent_plans_all_the_same() {
    for (home, sidecar, fake) in both_ways(|| Fake::answering(says(PLAN))).await {
        fake.0.lock().unwrap().plain = true;
        ask(&sidecar, "p1", &home.workspace(), |request| {
            request["session_id"] = json!("ses_unknown");
            request["session_model"] = Value::Null;
        })
        .await;
        let plan = sidecar.wait_for_plan("p1", |_| true).await;
        assert_eq!((&plan["origin"], &plan["model"]), (&json!("model"), &json!("opencode")), "{plan}");
        let last = fake.calls().into_iter().rfind(|(_, path, _)| path.ends_with("/message")).unwrap().2;
        assert_eq!((&last["agent"], &last["model"]), (&Value::Null, &Value::Null));
    }
}

#[tokio::test]
async fn a_model_that_the_settings_forbid_is_replaced_by_one_that_they_allow() {
    for (home, sidecar, fake) in both_ways(|| Fake::answering(says(PLAN))).await {
        std::fs::write(
            home.workspace().join("providers.yaml"),
            "opencode:\n  disabled_models: [own/model]\n",
        )
        .unwrap();
        ask(&sidecar, "p1", &home.workspace(), |_| {}).await;
        assert_eq!(sidecar.wait_for_plan("p1", |_| true).await["model"], "opencode/p/m");
        std::fs::write(
            home.workspace().join("providers.yaml"),
            "opencode:\n  allowed_models_only: true\n  allowed_models: [nobody/has-it]\n",
        )
        .unwrap();
        ask(&sidecar, "p2", &home.workspace(), |_| {}).await;
        let plan = sidecar.wait_for_plan("p2", |_| true).await;
        assert!(plan["reason"].as_str().unwrap().contains("allows"), "{plan}");
        assert_eq!(fake.calls().iter().filter(|(_, path, _)| path.ends_with("/message")).count(), 1);
    }
}

#[tokio::test]
async fn a_silent_model_is_given_up_and_its_session_is_ended() {
    for (home, sidecar, fake) in both_ways(Fake::default).await {
        ask(&sidecar, "p1", &home.workspace(), |_| {}).await;
        let plan = sidecar.wait_for_plan("p1", |_| true).await;
        assert!(plan["reason"].as_str().unwrap().contains("in time"), "{plan}");
        assert!(plan["latency_ms"].as_u64().unwrap() < 4_500);
        fake.wait_for("POST", "/session/ses_hidden/abort").await;
        fake.wait_for("DELETE", "/session/ses_hidden").await;
    }
}

#[tokio::test]
async fn a_cancelled_plan_is_not_made_and_its_session_is_ended() {
    for (home, sidecar, fake) in both_ways(Fake::default).await {
        ask(&sidecar, "p1", &home.workspace(), |_| {}).await;
        fake.wait_for("POST", "/session/ses_hidden/message").await;
        let cancelled = sidecar.post("/v1/plans/p1/cancel", &json!({})).await;
        assert_eq!(cancelled, (200, json!({"plan_id": "p1", "cancelled": true})));
        fake.wait_for("POST", "/session/ses_hidden/abort").await;
        fake.wait_for("DELETE", "/session/ses_hidden").await;
        assert_eq!(sidecar.post("/v1/plans/p1/cancel", &json!({})).await.1["cancelled"], false);
        assert_eq!(sidecar.http.get(sidecar.url("/v1/plans/p1")).send().await.unwrap().status(), 404);
    }
}

#[tokio::test]
async fn a_newer_prompt_ends_the_older_plan() {
    for (home, sidecar, fake) in both_ways(Fake::default).await {
        ask(&sidecar, "p1", &home.workspace(), |_| {}).await;
        fake.wait_for("POST", "/session/ses_hidden/message").await;
        fake.0.lock().unwrap().answer = Some(says(PLAN));
        ask(&sidecar, "p2", &home.workspace(), |request| request["text"] = json!("create b.py")).await;
        assert_eq!(sidecar.wait_for_plan("p2", |_| true).await["origin"], "model");
        fake.wait_for("POST", "/session/ses_hidden/abort").await;
        assert_eq!(sidecar.http.get(sidecar.url("/v1/plans/p1")).send().await.unwrap().status(), 404);
    }
}

#[tokio::test]
async fn without_any_opencode_the_built_in_planner_plans_and_says_so() {
    let home = Home::new();
    let sidecar = home.start();
    ask(&sidecar, "p1", &home.workspace(), |_| {}).await;
    let plan = sidecar.wait_for_plan("p1", |_| true).await;
    assert!(plan["reason"].as_str().unwrap().contains("no OpenCode is connected"), "{plan}");
    // Whoever wants OpenCode and nothing else hears that it is not there.
    let home = Home::new()
        .set("ROZET_ORCHESTRATOR_PROVIDER", "opencode")
        .set("ROZET_OPEN_CODE_BASE_URL", "http://127.0.0.1:9");
    let sidecar = home.start();
    ask(&sidecar, "p1", &home.workspace(), |_| {}).await;
    let plan = sidecar.wait_for_plan("p1", |_| true).await;
    assert!(plan["reason"].as_str().unwrap().contains("ROZET_OPEN_CODE_BASE_URL"), "{plan}");
}
