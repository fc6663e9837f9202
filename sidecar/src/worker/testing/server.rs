//! A server that answers as it is told and remembers what it was asked.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// How long a test waits for what must come about.
const DEADLINE: Duration = Duration::from_secs(10);

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// What is done about it.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Json(u16, Value),
    /// With one header more.
    With(u16, &'static str, &'static str),
    /// The connection breaks before the answer is there.
    Lost,
    /// Nothing, until the test says [`Server::release`]; then this.
    Held(Value),
}

type Decide = dyn Fn(&Asked, usize) -> Answer + Send + Sync;

#[derive(Clone)]
struct Shared {
    asked: Arc<Mutex<Vec<Asked>>>,
    decide: Arc<Decide>,
    news: Arc<Notify>,
    release: Arc<Notify>,
}

/// The server; it serves as long as the test's runtime.
pub(crate) struct Server {
    pub(crate) url: String,
    shared: Shared,
}

impl Server {
    /// Answers each request as `decide` says, which is told how many came before it.
    pub(crate) async fn start(decide: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Self {
        Self::at(0, decide).await
    }

    /// The same at this port.
    pub(crate) async fn at(
        port: u16,
        decide: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Shared {
            asked: Arc::default(),
            decide: Arc::new(decide),
            news: Arc::default(),
            release: Arc::default(),
        };
        let router = Router::new().fallback(handle).with_state(shared.clone());
        #[expect(clippy::disallowed_methods, reason = "the test's runtime ends with the test")]
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shared }
    }

    /// Gives these answers in turn, the last one for ever.
    pub(crate) async fn in_turn(answers: Vec<Answer>) -> Self {
        Self::start(move |_, before| answers[before.min(answers.len() - 1)].clone()).await
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// Lets the answers go that are held.
    pub(crate) fn release(&self) {
        self.shared.release.notify_waiters();
    }

    /// Waits until it was asked for something like that.
    pub(crate) async fn until(&self, wanted: impl Fn(&[Asked]) -> bool) {
        let met = async {
            loop {
                let news = self.shared.news.notified();
                if wanted(&self.asked()) {
                    return;
                }
                news.await;
            }
        };
        if tokio::time::timeout(DEADLINE, met).await.is_err() {
            panic!("it was only asked: {:#?}", self.asked());
        }
    }
}

async fn handle(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = Asked {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let released = shared.release.notified();
    let answer = {
        let mut all = shared.asked.lock().unwrap();
        let answer = (shared.decide)(&asked, all.len());
        all.push(asked);
        answer
    };
    shared.news.notify_waiters();
    let response = |status: u16| {
        Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .header("connection", "close")
    };
    let (builder, body) = match answer {
        Answer::Json(status, body) => (response(status), body),
        Answer::With(status, name, value) => (response(status).header(name, value), Value::Null),
        Answer::Lost => {
            let broken = futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other("broken"))]);
            return response(200).body(Body::from_stream(broken)).unwrap();
        }
        Answer::Held(body) => {
            released.await;
            (response(200), body)
        }
    };
    builder.body(Body::from(body.to_string())).unwrap()
}
