//! A language model that follows a script: an OpenAI-compatible server on a port of its own, which records
//! every request, so that tests can also assert what was sent to it. A request that the script does not
//! know is answered with status 500 and kept as a failure.

mod completion;
mod record;
mod script;

pub use record::{Recorded, Role};
pub use script::{Delta, Gate, PlannerScript, Reply, Script, Step};

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;

/// The model's id for OpenCode.
pub const WORKER_MODEL: &str = "scripted-worker";
/// The model's id for the sidecar's planner.
pub const PLANNER_MODEL: &str = "scripted-planner";

/// A running server; it stops when dropped.
#[derive(Debug)]
pub struct ScriptedModel {
    endpoint: String,
    shared: Arc<Shared>,
    _server: JoinSet<()>,
}

#[derive(Debug)]
struct Shared {
    script: Script,
    requests: Mutex<Vec<Recorded>>,
}

impl ScriptedModel {
    /// Starts the server on a free port of the loopback interface.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(script: Script) -> Result<Self> {
        let listener =
            tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.context("no port for the model")?;
        let endpoint = format!("http://{}/v1", listener.local_addr()?);
        let shared = Arc::new(Shared { script, requests: Mutex::default() });
        let router = Router::new()
            .route("/v1/chat/completions", post(chat))
            .route("/v1/models", get(models))
            .with_state(Arc::clone(&shared));
        let mut server = JoinSet::new();
        server.spawn(async move {
            // Ends with the set that it runs in; an error here shows as a refused connection.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { endpoint, shared, _server: server })
    }

    /// The base address, without trailing slash, such as `http://127.0.0.1:40001/v1`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Every request so far, in order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The requests of OpenCode's working agent, one per step.
    #[must_use]
    pub fn worker_requests(&self) -> Vec<Recorded> {
        self.requests().into_iter().filter(|request| matches!(request.role, Role::Worker { .. })).collect()
    }

    /// The requests of those who carry out a task, one per step.
    #[must_use]
    pub fn task_requests(&self, wanted: &str) -> Vec<Recorded> {
        let is_wanted =
            |request: &Recorded| matches!(&request.role, Role::Task { task_id, .. } if task_id == wanted);
        self.requests().into_iter().filter(is_wanted).collect()
    }

    /// Insists that every request was one that the script knows.
    ///
    /// # Errors
    /// Names what was unexpected.
    pub fn verify(&self) -> Result<()> {
        let unexpected: Vec<String> = self
            .requests()
            .into_iter()
            .filter_map(|request| match request.role {
                Role::Unexpected { why } => Some(why),
                Role::Title | Role::Summary | Role::Planner | Role::Worker { .. } | Role::Task { .. } => None,
            })
            .collect();
        if !unexpected.is_empty() {
            bail!("the scripted model was asked what its script does not know: {}", unexpected.join("; "));
        }
        Ok(())
    }
}

async fn models() -> Response {
    let data: Vec<Value> =
        [WORKER_MODEL, PLANNER_MODEL].iter().map(|id| json!({"id": id, "object": "model"})).collect();
    axum::Json(json!({"object": "list", "data": data})).into_response()
}

async fn chat(State(shared): State<Arc<Shared>>, body: String) -> Response {
    let body = match serde_json::from_str::<Value>(&body) {
        Ok(body) => body,
        Err(error) => {
            return completion::failure(StatusCode::BAD_REQUEST, &format!("the body is not JSON: {error}"));
        }
    };
    let mut recorded = Recorded::new(body);
    let reply = shared.script.answer(&recorded);
    if let Err(why) = &reply {
        recorded.role = Role::Unexpected { why: why.clone() };
    }
    let streamed = recorded.is_streamed();
    let model = recorded.model().to_owned();
    shared.requests.lock().unwrap_or_else(PoisonError::into_inner).push(recorded);
    match reply {
        Err(why) => completion::failure(StatusCode::INTERNAL_SERVER_ERROR, &why),
        Ok(step) => {
            if let Some(gate) = &step.gate {
                gate.pass().await;
            }
            match &step.reply {
                Reply::Says(deltas) if streamed => completion::stream(&model, deltas),
                Reply::Says(deltas) => completion::whole(&model, deltas),
                Reply::Refuses { status, message } => completion::failure(
                    StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                    message,
                ),
                Reply::Hangs => std::future::pending().await,
            }
        }
    }
}
