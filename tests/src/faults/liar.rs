//! A program in the sidecar's place that answers as no sidecar should.

use crate::home::Home;
use anyhow::{Context, Result};
use rozet_observability::PROTOCOL_VERSION;
use serde_json::json;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What is done to a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// Nothing, for ever.
    Silent,
    /// The right answer of the sidecar at this port, 5 s late.
    Slow(u16),
    /// Bytes that are no HTTP.
    Garbage,
    /// Another program's page.
    Page,
    /// Status 500, each time.
    Errors,
    /// A body of 100 MB.
    Huge,
    /// An answer that breaks off.
    Cut,
    /// A link of a protocol that nobody speaks yet, and nothing besides.
    OtherProtocol,
}

/// How late [`Lie::Slow`] is.
const LATE: Duration = Duration::from_secs(5);
const HUGE_BYTES: usize = 100 * 1024 * 1024;
const MOST_HEAD: usize = 64 * 1024;

impl Lie {
    /// All but the slow one, which needs a sidecar.
    pub const ALONE: [Self; 7] =
        [Self::Silent, Self::Garbage, Self::Page, Self::Errors, Self::Huge, Self::Cut, Self::OtherProtocol];
}

/// A running liar; it ends with this value.
#[derive(Debug)]
pub struct Liar {
    lie: Arc<Mutex<Lie>>,
    url: String,
    _server: JoinSet<()>,
}

impl Liar {
    /// Starts it, to be found where the real sidecar of this home would be.
    ///
    /// # Errors
    /// When no port can be bound, or a file cannot be written.
    pub async fn start(home: &Home, lie: Lie) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no port")?;
        let url = format!("http://{}", listener.local_addr()?);
        let lie = Arc::new(Mutex::new(lie));
        let told = Arc::clone(&lie);
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut callers = JoinSet::new();
            while let Ok((caller, _)) = listener.accept().await {
                let lie = *told.lock().unwrap_or_else(PoisonError::into_inner);
                // A caller that hangs up is none of our business.
                callers.spawn(async move { drop(answer(caller, lie).await) });
            }
        });
        let liar = Self { lie, url, _server: server };
        liar.be_found(home)?;
        Ok(liar)
    }

    /// Writes the files by which it is found, over those of a real sidecar.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn be_found(&self, home: &Home) -> Result<()> {
        let state = home.rozet().join("state");
        fs::create_dir_all(&state)?;
        if !state.join("token").exists() {
            fs::write(state.join("token"), "a-liars-token")?;
        }
        let info = json!({"status": "ok", "name": "rozet-sidecar", "version": "99.0.0", "protocol": PROTOCOL_VERSION,
            "pid": std::process::id(), "url": self.url, "dashboard_url": self.url, "started_at": 0});
        fs::write(state.join("sidecar.json"), info.to_string())?;
        Ok(())
    }

    /// Lies differently to those who call from now on.
    pub fn turn_to(&self, lie: Lie) {
        *self.lie.lock().unwrap_or_else(PoisonError::into_inner) = lie;
    }
}

async fn answer(mut caller: TcpStream, lie: Lie) -> Result<()> {
    if let Lie::Slow(port) = lie {
        tokio::time::sleep(LATE).await;
        let mut sidecar = TcpStream::connect(("127.0.0.1", port)).await?;
        tokio::io::copy_bidirectional(&mut caller, &mut sidecar).await?;
        return Ok(());
    }
    let path = head(&mut caller).await?;
    match lie {
        Lie::Silent | Lie::Slow(_) => std::future::pending().await,
        Lie::Garbage => caller.write_all(b"\x16\x03\x01 \xff\xfe nonsense\r\n\r\n\0\0").await?,
        Lie::Page => {
            let page = "<html><body>Please log in</body></html>";
            caller.write_all(whole("200 OK", "text/html", page).as_bytes()).await?;
        }
        Lie::Errors => {
            let body = r#"{"error":{"code":"internal","message":"something broke"}}"#;
            caller.write_all(whole("500 Internal Server Error", "application/json", body).as_bytes()).await?;
        }
        Lie::Huge => {
            let kind = if path.starts_with("/v1/link") { "text/event-stream" } else { "application/json" };
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {HUGE_BYTES}\r\n\r\n");
            caller.write_all(head.as_bytes()).await?;
            let piece = vec![b'['; 64 * 1024];
            for _ in 0..HUGE_BYTES / piece.len() {
                caller.write_all(&piece).await?;
            }
        }
        Lie::Cut => {
            let head =
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{\"acked";
            caller.write_all(head.as_bytes()).await?;
        }
        Lie::OtherProtocol if path.starts_with("/v1/link") => {
            let hello = json!({"type": "hello", "version": "99.0.0", "protocol": PROTOCOL_VERSION + 1});
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
            caller.write_all(format!("{head}data: {hello}\n\n").as_bytes()).await?;
            std::future::pending::<()>().await;
        }
        Lie::OtherProtocol => {
            caller.write_all(whole("404 Not Found", "application/json", "{}").as_bytes()).await?;
        }
    }
    caller.shutdown().await?;
    Ok(())
}

fn whole(status: &str, kind: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// Reads a request to the end of its head and returns its path. The body is left where it is.
async fn head(caller: &mut TcpStream) -> Result<String> {
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    while !read.windows(4).any(|window| window == b"\r\n\r\n") && read.len() < MOST_HEAD {
        let length = caller.read(&mut piece).await?;
        anyhow::ensure!(length > 0, "the caller hung up");
        read.extend_from_slice(piece.get(..length).unwrap_or_default());
    }
    let text = String::from_utf8_lossy(&read);
    Ok(text.split_whitespace().nth(1).unwrap_or_default().to_owned())
}
