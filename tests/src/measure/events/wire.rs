//! Speaks HTTP/1.1 with requests that were built beforehand, so that what is measured is the server and hardly the one
//! who asks: both share the machine.

use anyhow::{Context, Result, bail};
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Room for one answer to begin with, in bytes.
const BUFFER_BYTES: usize = 16 * 1024;

/// A server and what it wants to see of its callers.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    /// The bearer token, where one is needed.
    pub(super) token: Option<String>,
}

impl Server {
    /// The server at `http://host:port`.
    pub(super) fn at(url: &str, token: Option<String>) -> Result<Self> {
        let address = url.strip_prefix("http://").unwrap_or(url).trim_end_matches('/');
        Ok(Self { address: address.parse().with_context(|| format!("no address: {url}"))?, token })
    }

    fn head(&self, method: &str, path: &str, length: usize) -> String {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        if let Some(token) = &self.token {
            let _ = write!(head, "Authorization: Bearer {token}\r\n");
        }
        if length > 0 {
            let _ = write!(head, "Content-Type: application/json\r\nContent-Length: {length}\r\n");
        }
        head.push_str("\r\n");
        head
    }

    /// A whole request with a JSON body.
    pub(super) fn post(&self, path: &str, body: &[u8]) -> Vec<u8> {
        let mut request = self.head("POST", path, body.len()).into_bytes();
        request.extend_from_slice(body);
        request
    }

    /// A whole request without a body.
    pub(super) fn get(&self, path: &str) -> Vec<u8> {
        self.head("GET", path, 0).into_bytes()
    }
}

/// A connection that is kept.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer; its body is the connection's until the next request.
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) body: &'a [u8],
}

impl Connection {
    pub(super) async fn open(server: &Server) -> Result<Self> {
        let stream = TcpStream::connect(server.address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(BUFFER_BYTES) })
    }

    /// Sends a request and reads the answer to its end.
    pub(super) async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server hung up");
            }
            if let Some(head) = Head::read(&self.buffer)? {
                break head;
            }
        };
        let end = head.length + head.body;
        while self.buffer.len() < end {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server hung up");
            }
        }
        Ok(Answer { status: head.status, body: self.buffer.get(head.length..end).unwrap_or_default() })
    }

    /// Sends a request that must succeed.
    pub(super) async fn succeed(&mut self, request: &[u8]) -> Result<&[u8]> {
        let answer = self.exchange(request).await?;
        if answer.status != 200 {
            bail!("status {}: {}", answer.status, String::from_utf8_lossy(answer.body));
        }
        Ok(answer.body)
    }

    /// The stream and what has been read of it, once the server has changed the protocol.
    pub(super) async fn upgrade(server: &Server, path: &str) -> Result<(TcpStream, Vec<u8>)> {
        let mut connection = Self::open(server).await?;
        let mut request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n", server.address).into_bytes();
        write!(
            request,
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )?;
        let status = connection.exchange(&request).await?.status;
        if status != 101 {
            bail!("{path} is no WebSocket: status {status}");
        }
        let head = Head::read(&connection.buffer)?.context("no head")?;
        connection.buffer.drain(..head.length);
        Ok((connection.stream, connection.buffer))
    }
}

struct Head {
    status: u16,
    /// Of the head, in bytes.
    length: usize,
    /// Of the body, in bytes.
    body: usize,
}

impl Head {
    /// The head at the start of the bytes; none while it is not whole.
    fn read(bytes: &[u8]) -> Result<Option<Self>> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
        let head = std::str::from_utf8(bytes.get(..end).unwrap_or_default())?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("no status")?.parse()?;
        let mut body = 0;
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                body = value.trim().parse()?;
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                bail!("the answer comes in pieces of unknown length, which this measuring does not read");
            }
        }
        Ok(Some(Self { status, length: end + 4, body }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_when_it_is_whole() {
        assert!(Head::read(b"HTTP/1.1 200 OK\r\nContent-Len").unwrap().is_none());
        let head = Head::read(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nhello").unwrap().unwrap();
        assert_eq!((head.status, head.length, head.body), (200, 39, 12));
        assert!(Head::read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }

    #[test]
    fn a_request_says_its_length_and_token() {
        let server = Server::at("http://127.0.0.1:9", Some("t".into())).unwrap();
        let text = String::from_utf8(server.post("/v1/events", b"{}")).unwrap();
        assert!(
            text.starts_with("POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1:9\r\nAuthorization: Bearer t\r\n")
        );
        assert!(text.ends_with("Content-Length: 2\r\n\r\n{}"));
    }
}
