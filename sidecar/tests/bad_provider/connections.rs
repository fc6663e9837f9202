//! What goes wrong before a model says anything: the network, and HTTP.

use super::common::provider::Reply;
use super::{Case, Ends, KEY, OF_THE_MODEL, OF_THE_PROMPT};
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// A listener that never accepts, and whose queue is full: connecting to it hangs.
pub(super) struct Full {
    pub(super) address: String,
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

pub(super) async fn full() -> Full {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    while let Ok(stream) = tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await
    {
        queue.push(stream.unwrap());
        assert!(queue.len() < 64, "this machine's queue of connections is never full");
    }
    Full { address: format!("http://{address}"), _listener: listener, _queue: queue }
}

/// Where nobody listens any more.
async fn gone() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

pub(super) async fn cases(full: &str) -> Vec<Case> {
    // A provider that repeats what it was sent.
    let error = format!(r#"{{"error":{{"message":"{KEY} {OF_THE_PROMPT} {OF_THE_MODEL}"}}}}"#);
    let page = format!("<html><body>{KEY} {OF_THE_PROMPT} {OF_THE_MODEL}</body></html>");
    let nested = format!("{}{OF_THE_MODEL}", "[".repeat(5_000));
    let status = |status| Reply::status(status, &error);
    let limited = |wait| Reply::Whole(429, vec![("retry-after", wait)], error.clone());
    let html = |status| Reply::Whole(status, vec![("content-type", "text/html")], page.clone());
    let elsewhere = |name, address, reason| Case { name, does: Err(address), ends: Ends::Offline(reason) };
    vec![
        Case::offline("http-400", status(400), &["refused the request (HTTP 400)"]),
        Case::offline("http-401", status(401), &["refused the key (HTTP 401)"]),
        Case::offline("http-402", status(402), &["wants to be paid first (HTTP 402)"]),
        Case::offline("http-403", status(403), &["refused the key (HTTP 403)"]),
        Case::offline("http-404", status(404), &["no such model or address (HTTP 404)"]),
        Case::offline("http-429", status(429), &["limits the rate (HTTP 429)"]),
        Case::offline("http-429-seconds", limited("30"), &["limits the rate (HTTP 429)"]),
        Case::offline(
            "http-429-date",
            limited("Fri, 31 Dec 2100 23:59:59 GMT"),
            &["limits the rate (HTTP 429)"],
        ),
        Case::offline("http-429-nonsense", limited("-1e400 soon"), &["limits the rate (HTTP 429)"]),
        Case::offline("http-500", status(500), &["failed (HTTP 500)"]),
        Case::offline("http-529", status(529), &["failed (HTTP 529)"]),
        Case::offline("html-502", html(502), &["failed (HTTP 502)"]),
        Case::offline("html-200", html(200), &["not what its API promises"]),
        Case::offline(
            "redirect",
            Reply::Whole(302, vec![("location", "/elsewhere")], page.clone()),
            &["HTTP 302"],
        ),
        Case::offline("empty-body", Reply::status(200, ""), &["not what its API promises"]),
        Case::offline("nested-body", Reply::status(200, &nested), &["not what its API promises"]),
        Case::offline("another-form", Reply::status(200, &error), &["not what its API promises"]),
        Case::offline(
            "cut-stream",
            Reply::Cut(r#"{"choices":[{"message":"#.into()),
            &["not what its API promises"],
        ),
        Case::offline("silence", Reply::Silent, &["did not answer in time"]),
        elsewhere("refused", gone().await, &["cannot be reached"]),
        elsewhere("full-queue", full.to_owned(), &["did not answer in time"]),
        // A machine without a network may wait for its resolver.
        elsewhere(
            "no-such-host",
            "http://nowhere.invalid".into(),
            &["cannot be reached", "did not answer in time"],
        ),
    ]
}
