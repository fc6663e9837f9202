//! `WS /stream`, the known form: the newest events first, then every event as it is stored.

use super::Shared;
use super::error::ApiError;
use crate::intake::Intake;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use rozet_observability::event::StoredEvent;
use serde::Serialize;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// Events of the first frame.
const INITIAL: u32 = 300;
/// A reader that does not take a frame for this long is gone.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// A frame of the known form.
#[derive(Serialize)]
#[serde(tag = "type", content = "data", rename_all = "lowercase")]
enum Frame<'a> {
    Initial(&'a [StoredEvent]),
    Event(&'a StoredEvent),
}

/// Opens the stream.
pub(super) async fn open(
    State(state): Shared,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let upgrade = upgrade.map_err(|_| ApiError::BadRequest {
        field: None,
        message: "this address is a WebSocket: connect with ws://".into(),
    })?;
    let (intake, cancel) = (state.intake.clone(), state.cancel.clone());
    // What a reader sends is not read: small frames are enough.
    Ok(upgrade.max_message_size(4_096).on_upgrade(move |socket| follow(socket, intake, cancel)))
}

async fn follow(mut socket: WebSocket, intake: Intake, cancel: CancellationToken) {
    let code = match cancel.run_until_cancelled(send_all(&mut socket, &intake)).await {
        None => close_code::AWAY,
        Some(code) => code,
    };
    let close = Message::Close(Some(CloseFrame { code, reason: "".into() }));
    // A reader that is gone needs no goodbye.
    let _ = tokio::time::timeout(Duration::from_secs(1), socket.send(close)).await;
}

/// Sends until the reader goes or falls too far behind; returns the close code.
async fn send_all(socket: &mut WebSocket, intake: &Intake) -> u16 {
    // Subscribed before the newest events are read: nothing can fall between.
    let mut live = intake.store().hub().subscribe();
    let initial = match intake.store().recent(INITIAL).await {
        Ok(events) => events,
        Err(error) => {
            tracing::error!(%error, "a stream cannot begin");
            return close_code::ERROR;
        }
    };
    let mut last_id = initial.last().map_or(0, |event| event.id);
    if !send(socket, &Frame::Initial(&initial)).await {
        return close_code::NORMAL;
    }
    drop(initial);
    loop {
        tokio::select! {
            event = live.recv() => match event {
                Ok(event) if event.id <= last_id => {}
                Ok(event) => {
                    last_id = event.id;
                    if !send(socket, &Frame::Event(&event)).await {
                        return close_code::NORMAL;
                    }
                }
                // The reader reconnects and gets the newest events anew: nothing is passed over in silence.
                Err(RecvError::Lagged(_)) => return close_code::AGAIN,
                Err(RecvError::Closed) => return close_code::AWAY,
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return close_code::NORMAL,
                Some(Ok(_)) => {}
            },
        }
    }
}

async fn send(socket: &mut WebSocket, frame: &Frame<'_>) -> bool {
    let Ok(json) = serde_json::to_string(frame) else { return false };
    let sent = tokio::time::timeout(SEND_TIMEOUT, socket.send(Message::Text(json.into()))).await;
    matches!(sent, Ok(Ok(())))
}
