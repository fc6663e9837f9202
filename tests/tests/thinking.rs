//! The model's thinking, as the person wants it: asked of each provider's own package, removed, or kept apart.
#![allow(clippy::indexing_slicing, reason = "a test that cannot go on should stop where it stands")]

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::http::{StatusCode, Uri};
use rozet_e2e::faults::{SAID, SHORT_TURN, short_turn};
use rozet_e2e::home::{Home, Planner};
use rozet_e2e::rig::Rig;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;

/// What the scripted model thinks.
const THOUGHT: &str = "A file first.";

#[tokio::test]
async fn removed_thinking_is_neither_stored_nor_sent_back() -> Result<()> {
    let rig = Rig::of(short_turn()).await?.with_variable("ROZET_THINKING", "remove");
    let sidecar = rig.sidecar().await?;

    let run = rig.opencode().run(SHORT_TURN, None).await?;

    assert_eq!(run.finished.code, Some(0), "{}", run.finished.stderr);
    ensure!(run.answer.contains(SAID));
    rig.model.verify()?;
    for request in rig.model.worker_requests() {
        ensure!(!request.history().contains(THOUGHT), "{}", request.history());
    }
    let stored = rig.opencode().export(&run.session_id.context("no session")?).await?.to_string();
    ensure!(!stored.contains(THOUGHT), "{stored}");
    let events = serde_json::to_string(&sidecar.client.events().await?)?;
    ensure!(!events.contains(THOUGHT));
    sidecar.stop().await
}

#[tokio::test]
async fn kept_thinking_is_in_the_events_and_nowhere_else() -> Result<()> {
    let rig = Rig::of(short_turn()).await?;
    let rig = rig.with_variable("ROZET_THINKING", "remove").with_variable("ROZET_KEEP_THINKING", "1");
    let sidecar = rig.sidecar().await?;

    let run = rig.opencode().run(SHORT_TURN, None).await?;

    let stored = rig.opencode().export(&run.session_id.context("no session")?).await?.to_string();
    ensure!(!stored.contains(THOUGHT), "{stored}");
    let events = sidecar.client.events().await?;
    let kept: Vec<&Value> = events.iter().filter_map(|stored| stored.event.payload.get("thinking")).collect();
    assert_eq!(kept, [&json!(THOUGHT)]);
    sidecar.stop().await
}

/// A server in every provider's place that refuses each request, and keeps what it was sent.
async fn provider() -> Result<(String, Arc<Mutex<Vec<(String, Value)>>>, JoinSet<()>)> {
    let seen: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
    let record = Arc::clone(&seen);
    let refuse = async move |uri: Uri, body: String| {
        let body = serde_json::from_str(&body).unwrap_or_default();
        record.lock().unwrap_or_else(PoisonError::into_inner).push((uri.path().to_owned(), body));
        (
            StatusCode::UNAUTHORIZED,
            axum::Json(json!({"error": {"type": "authentication_error", "message": "no"}})),
        )
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let mut server = JoinSet::new();
    server.spawn(async move {
        // Ends with the set that it runs in.
        let _ = axum::serve(listener, Router::new().fallback(refuse)).await;
    });
    Ok((url, seen, server))
}

#[tokio::test]
async fn every_providers_own_package_is_asked_in_its_own_words() -> Result<()> {
    let (url, seen, _server) = provider().await?;
    let rig = Rig::of(short_turn()).await?;
    let model = |id: &str| json!({id: {"name": id, "reasoning": true, "tool_call": true}});
    let config = json!({
        "plugin": [Home::plugin_entry(&rig.artifacts.plugin)],
        "autoupdate": false, "share": "disabled",
        "provider": {
            "openai": {"npm": "@ai-sdk/openai", "options": {"baseURL": format!("{url}/openai"), "apiKey": "k"},
                "models": model("gpt-5.2")},
            "anthropic": {"npm": "@ai-sdk/anthropic", "options": {"baseURL": format!("{url}/anthropic"), "apiKey": "k"},
                "models": model("claude-opus-4-7")},
            "google": {"npm": "@ai-sdk/google", "options": {"baseURL": format!("{url}/google"), "apiKey": "k"},
                "models": model("gemini-3-pro-preview")},
        },
    });
    std::fs::write(rig.home.config().join("opencode.json"), config.to_string())?;
    let home = rig.home.with_planner(Planner::Unset);
    let rig = Rig { home, ..rig };
    let opencode = rig.opencode();
    for (name, variant) in [
        ("openai/gpt-5.2", None),
        ("anthropic/claude-opus-4-7", Some("high")),
        ("google/gemini-3-pro-preview", None),
    ] {
        let mut command = opencode.command(["run", "--format", "json", "--model", name]);
        command.args(variant.into_iter().flat_map(|variant| ["--variant", variant]));
        // The provider refuses: only what it was asked matters.
        opencode.finish(command.args(["--", "hello"])).await?;
    }
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let sent = |path: &str, model: &str| {
        let of_model = |(at, body): &&(String, Value)| {
            at.starts_with(path) && (at.contains(model) || body["model"] == model)
        };
        let found = seen.iter().filter(of_model).map(|(_, body)| body).next_back();
        found.with_context(|| format!("{path} was not asked: {seen:#?}"))
    };
    let openai = sent("/openai", "gpt-5.2")?;
    ensure!(
        openai["reasoning"]["effort"].is_string() && openai["reasoning"]["summary"].is_null(),
        "{openai}"
    );
    assert_eq!(openai["include"], json!(["reasoning.encrypted_content"]));
    let anthropic = sent("/anthropic", "claude-opus-4-7")?;
    assert_eq!(anthropic["thinking"], json!({"type": "adaptive", "display": "omitted"}));
    let google = sent("/google", "gemini-3-pro-preview")?;
    assert_eq!(
        google["generationConfig"]["thinkingConfig"],
        json!({"includeThoughts": false, "thinkingLevel": "high"})
    );
    Ok(())
}
