//! A stand-in for the sidecar: it keeps what the plugin sends, and says of a run only what a test needs it to say.

use crate::home::Home;
use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rozet_observability::PROTOCOL_VERSION;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;
use tokio_stream::StreamExt;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Method and path, such as `POST /v1/runs`.
    pub what: String,
    /// The body; null when there was none.
    pub body: Value,
}

/// A running stand-in; it ends with this value.
#[derive(Debug)]
pub struct StandIn {
    seen: Arc<Mutex<Vec<Seen>>>,
    _server: JoinSet<()>,
}

impl StandIn {
    /// Starts it, to be found where the real sidecar of this home would be.
    ///
    /// # Errors
    /// When no port can be bound, or a file cannot be written.
    pub async fn start(home: &Home) -> Result<Self> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.context("no port")?;
        let url = format!("http://{}", listener.local_addr()?);
        let seen = Arc::new(Mutex::default());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&seen));
        let mut server = JoinSet::new();
        server.spawn(async move {
            // Ends with the set that it runs in; an error here shows as a refused connection.
            let _ = axum::serve(listener, router).await;
        });
        let state = home.rozet().join("state");
        fs::create_dir_all(&state)?;
        fs::write(state.join("token"), "stand-in")?;
        let info = json!({"status": "ok", "name": "rozet-sidecar", "version": VERSION, "protocol": PROTOCOL_VERSION,
            "pid": std::process::id(), "url": url, "dashboard_url": url, "started_at": 0});
        fs::write(state.join("sidecar.json"), info.to_string())?;
        Ok(Self { seen, _server: server })
    }

    /// The requests whose method and path begin like this, the first one first.
    #[must_use]
    pub fn seen(&self, beginning: &str) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().filter(|seen| seen.what.starts_with(beginning)).cloned().collect()
    }

    /// What it heard of this kind in a session: the payloads of its events.
    #[must_use]
    pub fn events(&self, session_id: &str, kind: &str) -> Vec<Value> {
        let batches = self.seen("POST /v1/events");
        let is =
            |event: &Value, field: &str, value: &str| event.get(field).and_then(Value::as_str) == Some(value);
        batches
            .iter()
            .flat_map(|batch| events_of(&batch.body))
            .filter(|event| is(event, "session_id", session_id) && is(event, "hook_event_type", kind))
            .filter_map(|event| event.get("payload").cloned())
            .collect()
    }
}

async fn answer(
    State(seen): State<Arc<Mutex<Vec<Seen>>>>,
    method: Method,
    uri: Uri,
    body: String,
) -> Response {
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let path = uri.path().to_owned();
    let reply = reply(&method, &path, &body);
    let what = format!("{method} {path}");
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(Seen { what, body });
    reply
}

fn reply(method: &Method, path: &str, body: &Value) -> Response {
    match (method.as_str(), path) {
        ("POST", "/v1/events") => {
            let events = events_of(body);
            let acked = events.iter().filter_map(|event| event.get("seq")?.as_u64()).max();
            said(&json!({"producer": body.get("producer"), "acked_seq": acked, "stored": events.len(),
                "duplicates": 0, "rejected": []}))
        }
        ("GET", "/v1/link") => {
            told(&json!({"type": "hello", "version": VERSION, "protocol": PROTOCOL_VERSION}))
        }
        ("GET", path) if path.ends_with("/run/progress") => told(&json!({"run_id": "run-1",
            "status": "running", "title": "0 of 1 done", "report": "T1 running", "done": false})),
        ("POST", path) if path.ends_with("/cancel") => said(&json!({})),
        ("POST", path) if path.starts_with("/v1/tools/") => {
            said(&json!({"output": "by the stand-in", "title": path, "metadata": {}}))
        }
        _ => {
            let error = json!({"error": {"code": "not_found", "message": "the stand-in does not know this"}});
            (StatusCode::NOT_FOUND, axum::Json(error)).into_response()
        }
    }
}

fn events_of(batch: &Value) -> &[Value] {
    batch.get("events").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn said(value: &Value) -> Response {
    axum::Json(value).into_response()
}

/// One server-sent event, and then silence.
fn told(value: &Value) -> Response {
    let first = Ok::<_, Infallible>(format!("data: {value}\n\n"));
    let body = Body::from_stream(tokio_stream::once(first).chain(tokio_stream::pending()));
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}
