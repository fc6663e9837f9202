//! Writing to a WebSocket.

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures_util::SinkExt;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// A reader that does not take what was written for this long is gone.
const SEND_TIMEOUT: Duration = Duration::from_secs(60);
/// Between two writes to one reader: what comes in the meantime goes out with the next.
pub(super) const GATHER: Duration = Duration::from_millis(2);

/// A reader's socket.
pub(super) struct Socket {
    pub(super) socket: WebSocket,
    written: Instant,
}

impl Socket {
    pub(super) fn new(socket: WebSocket) -> Self {
        Self { socket, written: Instant::now() }
    }

    /// Writes frames together; false when nobody reads them.
    pub(super) async fn send(&mut self, frames: Vec<Bytes>) -> bool {
        let written = timeout(SEND_TIMEOUT, async {
            for frame in frames {
                let text = Utf8Bytes::try_from(frame).map_err(axum::Error::new)?;
                self.socket.feed(Message::Text(text)).await?;
            }
            self.socket.flush().await
        });
        let is_read = matches!(written.await, Ok(Ok(())));
        self.written = Instant::now();
        is_read
    }

    /// When there may be something to write again.
    pub(super) fn next_write(&self) -> Instant {
        self.written + GATHER
    }

    /// Says goodbye; a reader that is gone needs none.
    pub(super) async fn close(mut self, code: u16) {
        let close = Message::Close(Some(CloseFrame { code, reason: "".into() }));
        let _ = timeout(Duration::from_secs(1), self.socket.send(close)).await;
    }
}
