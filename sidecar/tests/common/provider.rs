//! A model provider that does what it is told, bad things too: it speaks HTTP by hand, because libraries are too polite.

use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One request, as the provider saw it.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) body: Value,
    head: String,
}

impl Request {
    /// A header's value; empty when there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields
            .filter(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .next()
            .unwrap_or("")
    }
}

/// What the provider does about a request.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Status, headers besides the usual ones, body.
    Whole(u16, Vec<(&'static str, &'static str)>, String),
    /// Promises more than the body, and closes after it.
    Cut(String),
    /// Reads, and never says a word.
    Silent,
}

impl Reply {
    pub(crate) fn status(status: u16, body: &str) -> Self {
        Self::Whole(status, vec![], body.into())
    }

    /// A model's words, in the form of OpenAI's chat completions.
    pub(crate) fn says(content: &str) -> Self {
        Self::status(200, &completion(content).to_string())
    }
}

/// An answer of OpenAI's chat completions.
pub(crate) fn completion(content: &str) -> Value {
    json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}})
}

/// The provider; it serves as long as the test's runtime.
pub(crate) struct Provider {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Provider {
    /// Answers each request as `decide` says, which is told how many came before it.
    pub(crate) async fn start(decide: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (record, decide) = (Arc::clone(&seen), Arc::new(decide));
        spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (record, decide) = (Arc::clone(&record), Arc::clone(&decide));
                spawn(async move {
                    // A caller who has hung up is no fault of the provider's.
                    let _ = serve(stream, |request| {
                        let mut seen = record.lock().unwrap();
                        let reply = decide(request, seen.len());
                        seen.push(request.clone());
                        reply
                    })
                    .await;
                });
            }
        });
        Self { url, seen }
    }

    /// Gives these answers in turn, the last one for ever.
    pub(crate) async fn in_turn(answers: Vec<Reply>) -> Self {
        Self::start(move |_, before| answers[before.min(answers.len() - 1)].clone()).await
    }

    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

#[expect(clippy::disallowed_methods, reason = "the test's runtime ends with the test")]
fn spawn(work: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(work);
}

async fn serve(mut stream: TcpStream, decide: impl FnOnce(&Request) -> Reply) -> std::io::Result<()> {
    let request = read(&mut stream).await?;
    let (status, extra, body, missing) = match decide(&request) {
        Reply::Whole(status, extra, body) => (status, extra, body, 0),
        Reply::Cut(body) => (200, vec![], body, 1_000),
        Reply::Silent => {
            // Until the caller has had enough.
            stream.read_to_end(&mut Vec::new()).await?;
            return Ok(());
        }
    };
    let mut head = format!(
        "HTTP/1.1 {status} Status\r\ncontent-length: {}\r\nconnection: close\r\n",
        body.len() + missing
    );
    if !extra.iter().any(|(name, _)| *name == "content-type") {
        head.push_str("content-type: application/json\r\n");
    }
    for (name, value) in extra {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

async fn read(stream: &mut TcpStream) -> std::io::Result<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        more(stream, &mut bytes).await?;
    };
    let head = super::text(&bytes[..end]);
    let path = head.split(' ').nth(1).unwrap_or("").to_owned();
    let mut request = Request { path, body: Value::Null, head };
    let length: usize = request.header("content-length").parse().unwrap_or(0);
    while bytes.len() < end + length {
        more(stream, &mut bytes).await?;
    }
    request.body = serde_json::from_slice(&bytes[end..]).unwrap_or_default();
    Ok(request)
}

async fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> std::io::Result<()> {
    if stream.read_buf(bytes).await? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}
