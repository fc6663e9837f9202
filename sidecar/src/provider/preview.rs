//! What would be sent, without sending it: the provider's client writes its request to a listener of our own.

use super::{Model, Question, Remote};
use crate::opencode::{Hidden, PLANNING_PATHS};
use crate::settings::{Choice, RemoteModel};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use rozet_observability::link::PlanRequest;
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex, PoisonError};

/// Headers that say nothing of the question.
const OF_THE_CONNECTION: [&str; 4] = ["host", "accept", "content-length", "user-agent"];
/// Headers that carry keys.
const SECRET: [&str; 3] = ["authorization", "x-api-key", "x-goog-api-key"];

type Caught = Arc<Mutex<Option<Value>>>;

/// The request as this choice would send it.
pub(crate) async fn preview(choice: &Choice, request: &PlanRequest, question: Question) -> Value {
    match choice {
        Choice::Offline => json!({"provider": "offline", "request": null}),
        Choice::OpenCode(settings) | Choice::Unset(settings) => {
            let model = settings.model.clone().or_else(|| request.session_model.clone());
            let text: Vec<String> = question.turns.into_iter().map(|(_, text)| text).collect();
            json!({
                "provider": "opencode",
                "model": model.as_deref().unwrap_or("OpenCode's default"),
                "request": {
                    "method": "POST",
                    "url": PLANNING_PATHS,
                    "body": Hidden::message(model.as_deref(), &question.system, &text.join("\n\n")),
                },
            })
        }
        Choice::Remote(model) => json!({
            "provider": model.provider.name(),
            "model": model.model,
            "request": caught(model, question).await,
        }),
    }
}

async fn caught(model: &RemoteModel, question: Question) -> Value {
    match catch(model, question).await {
        Ok(request) => request,
        Err(message) => json!({"error": message}),
    }
}

async fn catch(model: &RemoteModel, question: Question) -> Result<Value, String> {
    let endpoint = reqwest::Url::parse(&model.endpoint).map_err(|error| error.to_string())?;
    let listener =
        tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let found = Caught::default();
    let router = axum::Router::new().fallback(note).with_state(Arc::clone(&found));
    let server = async move { axum::serve(listener, router).await };
    let here = RemoteModel {
        endpoint: format!("http://{address}{}", endpoint.path()),
        // Never the real one: it stays where it is.
        api_key: Some("key".into()),
        key_withheld: false,
        ..model.clone()
    };
    let remote = Remote::new(here)?;
    tokio::select! {
        _ = server => {}
        _ = remote.ask(question) => {}
    }
    let request = found.lock().unwrap_or_else(PoisonError::into_inner).take();
    let mut request = request.ok_or("the request cannot be shown")?;
    if let Some(path) = request.get("url").and_then(Value::as_str)
        && let Ok(url) = endpoint.join(path)
        && let Some(fields) = request.as_object_mut()
    {
        fields.insert("url".into(), json!(url.as_str()));
    }
    Ok(request)
}

async fn note(
    State(found): State<Caught>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let mut shown = Map::new();
    for (name, value) in &headers {
        if OF_THE_CONNECTION.contains(&name.as_str()) {
            continue;
        }
        let value = if SECRET.contains(&name.as_str()) { "****" } else { value.to_str().unwrap_or_default() };
        shown.insert(name.as_str().to_owned(), json!(value));
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let request = json!({"method": method.as_str(), "url": uri.to_string(), "headers": shown, "body": body});
    *found.lock().unwrap_or_else(PoisonError::into_inner) = Some(request);
    // A refusal that no client tries again.
    StatusCode::IM_A_TEAPOT
}
