//! `GET /v1/stream`: a WebSocket for who asks for one, server-sent events for everybody else.

use super::feed::{Feed, Sent};
use super::has_room;
use super::socket::{GATHER, Socket};
use crate::http::error::ApiError;
use crate::http::query::{Fields, Raw};
use crate::http::{AppState, Shared};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use rozet_observability::reading::EventFilter;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// Between two signs of life on a quiet stream of server-sent events.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// Before a reader of server-sent events asks again, in milliseconds.
const RETRY_MS: u32 = 500;
/// What a reader may send over a WebSocket, in bytes; it is not read.
const MOST_SENT: usize = 4_096;

/// Opens the stream.
pub(in crate::http) async fn open(
    State(state): Shared,
    headers: HeaderMap,
    raw: Raw,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let (filter, after) = wanted(raw, &headers)?;
    has_room(&state)?;
    let feed = Feed::begin(state.intake.store().clone(), filter, after).await?;
    let cancel = state.cancel.clone();
    match upgrade {
        Ok(upgrade) => {
            let upgrade = upgrade.max_message_size(MOST_SENT);
            Ok(upgrade.on_upgrade(move |socket| by_socket(socket, feed, cancel)))
        }
        Err(_) if headers.contains_key(header::UPGRADE) => {
            Err(ApiError::BadRequest { field: None, message: "this is no sound WebSocket handshake".into() })
        }
        Err(_) => Ok(by_events(&state, feed)),
    }
}

/// The filter, and the event after which to begin: a browser that connects again says it in a header.
fn wanted(raw: Raw, headers: &HeaderMap) -> Result<(EventFilter, Option<i64>), ApiError> {
    let mut fields = Fields::read(raw)?;
    let (filter, asked) = (fields.event_filter()?, fields.cursor("after")?);
    fields.end()?;
    if filter.text.is_some() {
        return Err(ApiError::field("text", "a stream cannot be searched: ask /v1/events"));
    }
    let Some(last) = headers.get("last-event-id") else { return Ok((filter, asked)) };
    let last = last.to_str().ok().and_then(|last| last.parse().ok()).filter(|last: &i64| *last >= 0);
    match last {
        Some(last) => Ok((filter, Some(last))),
        None => Err(ApiError::field("Last-Event-ID", "expected the id of an event, a whole number")),
    }
}

async fn by_socket(socket: WebSocket, mut feed: Feed, cancel: CancellationToken) {
    let mut socket = Socket::new(socket);
    let code = cancel.run_until_cancelled(send_all(&mut socket, &mut feed)).await.unwrap_or(close_code::AWAY);
    socket.close(code).await;
}

/// Sends until the reader goes or the feed ends; returns the close code.
async fn send_all(socket: &mut Socket, feed: &mut Feed) -> u16 {
    loop {
        let next_write = socket.next_write();
        let frames = async {
            sleep_until(next_write).await;
            feed.next().await
        };
        tokio::select! {
            frames = frames => {
                let Some(frames) = frames else { return close_code::AGAIN };
                if !socket.send(frames.into_iter().map(|sent| sent.frame).collect()).await {
                    return close_code::NORMAL;
                }
            }
            message = socket.socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return close_code::NORMAL,
                Some(Ok(_)) => {}
            },
        }
    }
}

fn by_events(state: &Arc<AppState>, feed: Feed) -> Response {
    let cancel = state.cancel.clone();
    let first = Bytes::from(format!("retry: {RETRY_MS}\n\n"));
    let began = Instant::now();
    let pieces = stream::unfold((feed, cancel, began, Some(first)), |state| async move {
        let (mut feed, cancel, written, first) = state;
        if let Some(first) = first {
            return Some((first, (feed, cancel, written, None)));
        }
        // Whoever reads slowly does not ask for more: what waits meanwhile is bounded.
        let frames = timeout(HEARTBEAT, async {
            sleep_until(written + GATHER).await;
            feed.next().await
        });
        let piece = match cancel.run_until_cancelled(frames).await? {
            Ok(frames) => lines(&frames?),
            Err(_) => Bytes::from_static(b":\n\n"),
        };
        Some((piece, (feed, cancel, Instant::now(), None)))
    });
    let body = Body::from_stream(futures_util::StreamExt::map(pieces, Ok::<_, Infallible>));
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

/// Frames as server-sent events; JSON has no line breaks.
fn lines(frames: &[Sent]) -> Bytes {
    let mut lines = Vec::with_capacity(frames.iter().map(|sent| sent.frame.len() + 40).sum());
    for sent in frames {
        lines.extend_from_slice(format!("id: {}\ndata: ", sent.after).as_bytes());
        lines.extend_from_slice(&sent.frame);
        lines.extend_from_slice(b"\n\n");
    }
    lines.into()
}
