//! The one stream to a plugin: plans and task states as server-sent events.

use super::Shared;
use super::error::ApiError;
use super::events;
use crate::intake::SentFrame;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream, StreamExt};
use rozet_observability::PROTOCOL_VERSION;
use rozet_observability::link::LinkFrame;
use serde::Deserialize;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::time::Duration;
use tokio_stream::wrappers::BroadcastStream;

/// Between two signs of life on a quiet stream.
const HEARTBEAT: Duration = Duration::from_secs(15);

#[derive(Deserialize)]
pub(super) struct LinkQuery {
    session_id: Option<String>,
    /// Who reads.
    producer: Option<String>,
    /// Set when the reader makes calls to its OpenCode, which works in `directory`.
    calls: Option<u8>,
    directory: Option<String>,
}

type Frame = Result<Event, Infallible>;

/// `GET /v1/link`. With a session, that session's plans come first, then only its frames.
pub(super) async fn open(
    State(state): Shared,
    Query(query): Query<LinkQuery>,
) -> Result<Sse<impl Stream<Item = Frame>>, ApiError> {
    // Subscribed before the plans are read: nothing can fall between.
    let live = BroadcastStream::new(state.intake.links().subscribe());
    let mut first =
        vec![LinkFrame::Hello { version: state.info.version.clone(), protocol: PROTOCOL_VERSION }];
    if let Some(session_id) = &query.session_id {
        let plans = state.intake.store().plans_of_session(session_id.clone()).await?;
        first.extend(plans.into_iter().rev().map(|plan| LinkFrame::Plan { plan }));
    }
    let first: Vec<Frame> = first
        .iter()
        .filter_map(|frame| serde_json::to_string(frame).ok())
        .map(|json| Ok(event(json)))
        .collect();
    // Lives as long as the stream does.
    let connected = match (&query.producer, query.calls) {
        (Some(producer), Some(1)) => {
            Some(state.calls.connected(producer, query.directory.as_deref().unwrap_or_default()))
        }
        _ => None,
    };
    let live = live.filter_map(move |sent| {
        let _connected = &connected;
        let frame = match sent {
            Ok(frame) => wanted(&frame, &query).then(|| frame.json.clone()),
            Err(_) => serde_json::to_string(&LinkFrame::Resync).ok(),
        };
        std::future::ready(frame.map(|json| Ok(event(json))))
    });
    let ended = state.cancel.clone();
    let frames = stream::iter(first).chain(live).take_until(ended.cancelled_owned());
    Ok(Sse::new(frames).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

fn wanted(frame: &SentFrame, query: &LinkQuery) -> bool {
    match &frame.producer {
        Some(producer) => query.producer.as_ref() == Some(producer) && query.calls == Some(1),
        None => query.session_id.as_ref().is_none_or(|session_id| frame.session_id == *session_id),
    }
}

/// `POST /v1/link/answers`: what OpenCode said to a call. One that nobody waits for any more is passed over.
pub(super) async fn answer(
    State(state): Shared,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, ApiError> {
    let awaited = state.calls.answer(events::json(body)?);
    Ok(Json(json!({"awaited": awaited})))
}

fn event(json: String) -> Event {
    Event::default().data(json)
}
