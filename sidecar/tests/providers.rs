//! Each provider is asked in its own form: path, headers and body as its public API reference has them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod common;

use common::Home;
use common::provider::{Provider, Reply, Request, completion};
use serde_json::{Value, json};

const KEY: &str = "key-of-the-provider";
const PLAN: &str = r#"{"summary":"s","tasks":[{"id":"T1","description":"make a.py","files":["a.py"],"checks":[],"depends_on":[]}]}"#;

fn ok(body: &Value) -> Vec<Reply> {
    vec![Reply::status(200, &body.to_string())]
}

fn home(provider: &str, endpoint: &str) -> Home {
    Home::new()
        .set("ROZET_ORCHESTRATOR_PROVIDER", provider)
        .set("ROZET_ORCHESTRATOR_MODEL", "some-model")
        .set("ROZET_ORCHESTRATOR_ENDPOINT", endpoint)
        .set("ROZET_ORCHESTRATOR_API_KEY", KEY)
        .set("ROZET_ORCHESTRATOR_TIMEOUT_MS", "5000")
}

/// Plans once; returns the plan and what the provider saw.
async fn planned(name: &str, base: &str, answers: Vec<Reply>) -> (Value, Vec<Request>) {
    let provider = Provider::in_turn(answers).await;
    let home = home(name, &format!("{}{base}", provider.url));
    let sidecar = home.start();
    let plan = sidecar.plan("p1", &home.workspace(), "make a.py please").await;
    (plan, provider.seen())
}

#[tokio::test]
async fn those_that_speak_openais_form_get_it() {
    for (name, base) in [
        ("openai", "/v1"),
        ("openrouter", "/api/v1"),
        ("groq", "/openai/v1"),
        ("ollama", "/v1"),
        ("openai-compatible", "/v1/"),
    ] {
        let (plan, seen) = planned(name, base, ok(&completion(PLAN))).await;
        assert_eq!(
            (&plan["origin"], &plan["model"]),
            (&json!("model"), &json!(format!("{name}/some-model")))
        );
        assert_eq!(plan["usage"], json!({"input_tokens": 12, "output_tokens": 3}));
        let request = &seen[0];
        assert_eq!(request.path, format!("{}/chat/completions", base.trim_end_matches('/')));
        assert_eq!(request.header("authorization"), format!("Bearer {KEY}"));
        assert_eq!(request.body["model"], "some-model");
        assert_eq!(request.body["response_format"]["type"], "json_schema", "{name}");
        assert_eq!(request.body["messages"][0]["role"], "system");
        assert!(request.body["messages"][1]["content"].as_str().unwrap().contains("make a.py please"));
    }
}

#[tokio::test]
async fn anthropic_gets_its_own_form() {
    let answer = json!({"id": "m", "type": "message", "role": "assistant", "model": "some-model",
        "content": [{"type": "text", "text": PLAN}], "stop_reason": "end_turn",
        "usage": {"input_tokens": 12, "output_tokens": 3}});
    let (plan, seen) = planned("anthropic", "/v1", ok(&answer)).await;
    assert_eq!((&plan["origin"], &plan["usage"]["output_tokens"]), (&json!("model"), &json!(3)), "{plan}");
    let request = &seen[0];
    assert_eq!(request.path, "/v1/messages");
    assert_eq!(request.header("x-api-key"), KEY);
    assert!(!request.header("anthropic-version").is_empty());
    assert!(request.body["max_tokens"].as_u64().unwrap() > 0);
    assert!(request.body["system"].to_string().contains("JSON object"));
    let format = &request.body["output_config"]["format"];
    assert_eq!((&format["type"], &format["schema"]["required"][1]), (&json!("json_schema"), &json!("tasks")));
    assert_eq!(request.body["messages"][0]["role"], "user");
}

#[tokio::test]
async fn gemini_gets_its_own_form() {
    let answer = json!({"candidates": [{"content": {"role": "model", "parts": [{"text": PLAN}]},
            "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 12, "candidatesTokenCount": 3, "totalTokenCount": 15}});
    let (plan, seen) = planned("gemini", "/v1beta", ok(&answer)).await;
    assert_eq!((&plan["origin"], &plan["usage"]["output_tokens"]), (&json!("model"), &json!(3)), "{plan}");
    let request = &seen[0];
    assert_eq!(request.path, "/v1beta/models/some-model:generateContent");
    assert_eq!(request.header("x-goog-api-key"), KEY);
    assert!(request.body["systemInstruction"].to_string().contains("JSON object"), "{}", request.body);
    assert_eq!(request.body["generationConfig"]["responseMimeType"], "application/json", "{}", request.body);
    let schema = &request.body["generationConfig"]["responseJsonSchema"];
    assert_eq!(
        (&schema["type"], &schema["required"][1]),
        (&json!("object"), &json!("tasks")),
        "{}",
        request.body
    );
}

#[tokio::test]
async fn a_server_that_refuses_schemas_is_asked_without_one() {
    let refusal = Reply::status(400, r#"{"error": {"message": "response_format is not supported"}}"#);
    let (plan, seen) = planned("openai-compatible", "/v1", vec![refusal, Reply::says(PLAN)]).await;
    assert_eq!(plan["origin"], "model");
    assert!(seen[1].body.get("response_format").is_none_or(Value::is_null));
}

#[tokio::test]
async fn prose_is_asked_to_be_mended_once() {
    let prose = Reply::says("Of course! I would begin by thinking.");
    let (plan, seen) = planned("openai", "/v1", vec![prose.clone(), Reply::says(PLAN)]).await;
    assert_eq!((&plan["origin"], &plan["usage"]["input_tokens"]), (&json!("model"), &json!(24)));
    let messages = seen[1].body["messages"].as_array().unwrap();
    assert_eq!(messages[2]["role"], "assistant");
    assert!(messages[3]["content"].as_str().unwrap().contains("cannot be used"));
    let (plan, seen) = planned("openai", "/v1", vec![prose]).await;
    assert_eq!((&plan["origin"], seen.len()), (&json!("offline"), 2));
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_as_long_as_it_asks_and_no_longer_than_agreed() {
    let limited = |seconds| Reply::Whole(429, vec![("retry-after", seconds)], "{}".to_owned());
    let good = Reply::says(PLAN);
    let (plan, seen) = planned("openai", "/v1", vec![limited("0.2"), good.clone()]).await;
    assert_eq!((&plan["origin"], seen.len()), (&json!("model"), 2));
    assert!(plan["latency_ms"].as_u64().unwrap() >= 200);
    let (plan, seen) = planned("openai", "/v1", vec![limited("3600"), good]).await;
    assert_eq!((&plan["origin"], seen.len()), (&json!("offline"), 1));
    assert!(plan["reason"].as_str().unwrap().contains("429"));
}

#[tokio::test]
async fn without_a_key_nobody_is_asked() {
    let provider = Provider::in_turn(ok(&completion(PLAN))).await;
    let home = Home::new()
        .set("ROZET_ORCHESTRATOR_PROVIDER", "openai")
        .set("ROZET_ORCHESTRATOR_MODEL", "m")
        .set("ROZET_ORCHESTRATOR_ENDPOINT", &provider.url);
    let sidecar = home.start();
    let plan = sidecar.plan("p1", &home.workspace(), "make a.py").await;
    assert!(plan["reason"].as_str().unwrap().contains("no key for openai"), "{}", plan["reason"]);
    assert!(provider.seen().is_empty());
}
