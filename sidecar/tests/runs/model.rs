//! A model that follows a test's script: an OpenAI-compatible provider on a port of its own.

use crate::asked::Asked;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::post;
use futures_util::stream;
use serde_json::{Value, json};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// What one answer uses, sent and received, unless the script says more.
pub(crate) const TOKENS: (u64, u64) = (100, 20);

/// What the model answers.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// These words: of a worker, its claim.
    Says(String),
    /// These tools, called with these arguments.
    Calls(Vec<(&'static str, Value)>),
    /// The same, with the tokens that it used.
    Using(u64, u64, Box<Self>),
    /// Status, headers besides the usual ones, body.
    Whole(u16, Vec<(&'static str, &'static str)>, String),
    /// The connection ends in the middle.
    Cut,
    /// Nothing, ever.
    Never,
}

impl Answer {
    pub(crate) fn says(words: &str) -> Self {
        Self::Says(words.to_owned())
    }

    pub(crate) fn calls(tool: &'static str, arguments: Value) -> Self {
        Self::Calls(vec![(tool, arguments)])
    }

    pub(crate) fn runs(command: &str) -> Self {
        Self::calls("execute_bash", json!({"command": command}))
    }

    pub(crate) fn writes(path: &str, content: &str) -> Self {
        Self::calls("write_file", json!({"path": path, "content": content}))
    }
}

type Pending<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Script = dyn Fn(Asked) -> Pending<Answer> + Send + Sync;

/// The provider; it serves as long as the test's runtime.
#[derive(Clone)]
pub(crate) struct Model {
    pub(crate) endpoint: String,
    seen: Arc<Mutex<Vec<Asked>>>,
}

#[derive(Clone)]
struct Shared {
    script: Arc<Script>,
    seen: Arc<Mutex<Vec<Asked>>>,
}

impl Model {
    /// Answers each request as the script says.
    pub(crate) async fn start(script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        Self::thinking(move |asked| std::future::ready(script(&asked))).await
    }

    /// The same, where an answer may wait for something.
    pub(crate) async fn thinking<F>(script: impl Fn(Asked) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Script> = Arc::new(move |asked| Box::pin(script(asked)));
        let shared = Shared { script, seen: Arc::clone(&seen) };
        let router = Router::new().route("/v1/chat/completions", post(answer)).with_state(shared);
        #[expect(clippy::disallowed_methods, reason = "the test's runtime ends with the test")]
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { endpoint, seen }
    }

    /// Every request so far.
    pub(crate) fn seen(&self) -> Vec<Asked> {
        self.seen.lock().unwrap().clone()
    }

    /// How often this task's workers have asked.
    pub(crate) fn asked_for(&self, task: &str) -> usize {
        self.seen().iter().filter(|asked| asked.task == task).count()
    }
}

async fn answer(State(shared): State<Shared>, body: Bytes) -> Response {
    let asked = Asked::of(serde_json::from_slice(&body).unwrap());
    shared.seen.lock().unwrap().push(asked.clone());
    response((shared.script)(asked.clone()).await, asked.step, TOKENS).await
}

async fn response(answer: Answer, step: usize, tokens: (u64, u64)) -> Response {
    match answer {
        Answer::Says(words) => plain(&completion(json!({"content": words}), "stop", tokens).to_string()),
        Answer::Calls(calls) => {
            let call = |(place, (name, arguments)): (usize, (&str, Value))| {
                let arguments = arguments.as_str().map_or_else(|| arguments.to_string(), str::to_owned);
                json!({"id": format!("call-{step}-{place}"), "type": "function",
                    "function": {"name": name, "arguments": arguments}})
            };
            let calls: Vec<Value> = calls.into_iter().enumerate().map(call).collect();
            let message = json!({"content": null, "tool_calls": calls});
            plain(&completion(message, "tool_calls", tokens).to_string())
        }
        Answer::Using(sent, received, answer) => Box::pin(response(*answer, step, (sent, received))).await,
        Answer::Whole(status, headers, body) => {
            let mut response = plain(&body);
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            for (name, value) in headers {
                let name = HeaderName::from_static(name);
                response.headers_mut().insert(name, HeaderValue::from_static(value));
            }
            response
        }
        Answer::Cut => {
            let pieces = [Ok("{\"id\": \"c\", \"choices\": ["), Err(std::io::Error::other("cut"))];
            Response::new(Body::from_stream(stream::iter(pieces)))
        }
        Answer::Never => std::future::pending().await,
    }
}

fn plain(body: &str) -> Response {
    let mut response = Response::new(Body::from(body.to_owned()));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

fn completion(mut message: Value, finish: &str, (sent, received): (u64, u64)) -> Value {
    message["role"] = json!("assistant");
    json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": {"prompt_tokens": sent, "completion_tokens": received, "total_tokens": sent + received}})
}

/// Holds answers back until a test lets them go.
#[derive(Clone)]
pub(crate) struct Gate(Arc<watch::Sender<bool>>);

impl Gate {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    pub(crate) fn open(&self) {
        self.0.send_replace(true);
    }

    pub(crate) async fn passed(&self) {
        // The sender lives as long as this gate.
        let _ = self.0.subscribe().wait_for(|open| *open).await;
    }
}
