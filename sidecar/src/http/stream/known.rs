//! `WS /stream`, the known form: the newest events first, then every event as it is stored. An event whose question was
//! answered comes again.

use super::has_room;
use super::socket::Socket;
use crate::http::Shared;
use crate::http::error::ApiError;
use crate::intake::Intake;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use rozet_observability::event::StoredEvent;
use rozet_observability::hub::{ReadError, Reader};
use serde::Serialize;
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

/// Events of the first frame.
const INITIAL: u32 = 300;
/// What a reader may send, in bytes; it is not read.
const MOST_SENT: usize = 4_096;

/// The first frame.
#[derive(Serialize)]
#[serde(tag = "type", content = "data", rename_all = "lowercase")]
enum Frame<'a> {
    Initial(&'a [StoredEvent]),
}

/// Opens the stream.
pub(in crate::http) async fn open(
    State(state): Shared,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let upgrade = upgrade.map_err(|_| ApiError::BadRequest {
        field: None,
        message: "this address is a WebSocket: connect with ws://".into(),
    })?;
    has_room(&state)?;
    let (intake, cancel) = (state.intake.clone(), state.cancel.clone());
    Ok(upgrade.max_message_size(MOST_SENT).on_upgrade(move |socket| follow(socket, intake, cancel)))
}

async fn follow(socket: WebSocket, intake: Intake, cancel: CancellationToken) {
    let mut socket = Socket::new(socket);
    let code = cancel.run_until_cancelled(send_all(&mut socket, &intake)).await.unwrap_or(close_code::AWAY);
    socket.close(code).await;
}

/// Sends until the reader goes or falls too far behind; returns the close code.
async fn send_all(socket: &mut Socket, intake: &Intake) -> u16 {
    // Subscribed before the newest events are read: nothing can fall between.
    let mut live = intake.store().hub().subscribe();
    let initial = match intake.store().recent(INITIAL).await {
        Ok(events) => events,
        Err(error) => {
            tracing::error!(%error, "a stream cannot begin");
            return close_code::ERROR;
        }
    };
    let last_id = initial.last().map_or(0, |event| event.id);
    let Ok(frame) = serde_json::to_vec(&Frame::Initial(&initial)) else { return close_code::ERROR };
    drop(initial);
    if !socket.send(vec![frame.into()]).await {
        return close_code::NORMAL;
    }
    go_on(socket, &mut live, last_id).await
}

async fn go_on(socket: &mut Socket, live: &mut Reader, mut last_id: i64) -> u16 {
    loop {
        let next_write = socket.next_write();
        let events = async {
            sleep_until(next_write).await;
            live.recv().await
        };
        tokio::select! {
            events = events => match events {
                Ok(events) => {
                    let mut newest = last_id;
                    let mut frames = Vec::with_capacity(events.len());
                    for live in events.iter().filter(|live| live.changed || live.event.id > last_id) {
                        newest = newest.max(live.event.id);
                        frames.push(live.frame());
                    }
                    if !socket.send(frames).await {
                        return close_code::NORMAL;
                    }
                    last_id = newest;
                }
                // The reader reconnects and gets the newest events anew: nothing is passed over in silence.
                Err(ReadError::Lagged) => return close_code::AGAIN,
                Err(ReadError::Closed) => return close_code::AWAY,
            },
            message = socket.socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return close_code::NORMAL,
                Some(Ok(_)) => {}
            },
        }
    }
}
