//! Events in, and the newest ones out.

use super::Shared;
use super::error::ApiError;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use rozet_observability::event::{self, BatchAck, EventBatch, MAX_ID_BYTES, StoredEvent};
use rozet_observability::store::FilterOptions;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::clock::now_ms;

/// Events of one batch.
const MAX_BATCH: usize = 2_000;
/// Events that one request may read, and how many it gets when it does not say.
const MAX_RECENT: u32 = 1_000;
const DEFAULT_RECENT: u32 = 300;

type Body = Result<Bytes, BytesRejection>;

/// Reads a JSON body; the error says where it is broken, without quoting it.
pub(super) fn json<T: DeserializeOwned>(body: Body) -> Result<T, ApiError> {
    let bytes = body.map_err(|_| ApiError::TooLarge)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let what = match error.classify() {
            serde_json::error::Category::Data => "the body is not of the expected form",
            _ => "the body is not JSON",
        };
        let message = format!("{what}: line {}, column {}", error.line(), error.column());
        ApiError::BadRequest { field: None, message }
    })
}

/// `POST /events`: one event of the known form.
pub(super) async fn known_form(State(state): Shared, body: Body) -> Result<Response, ApiError> {
    let body: Value = json(body)?;
    let mut event = event::from_known_form(body, now_ms())?;
    if event.asks() {
        event.extra.entry("humanInTheLoopStatus").or_insert_with(|| json!({"status": "pending"}));
    }
    let stored = state.intake.known_form(event).await?;
    Ok(Json(&*stored).into_response())
}

/// `POST /v1/events`: a producer's batch, acknowledged after the commit.
pub(super) async fn batch(State(state): Shared, body: Body) -> Result<Json<BatchAck>, ApiError> {
    let batch: EventBatch = json(body)?;
    if batch.producer.is_empty() || batch.producer.len() > MAX_ID_BYTES {
        return Err(ApiError::field("producer", "expected 1 to 256 bytes of text"));
    }
    if batch.events.len() > MAX_BATCH {
        return Err(ApiError::field("events", "more than 2000 events: send them in several batches"));
    }
    Ok(Json(state.intake.batch(batch).await?))
}

#[derive(Deserialize)]
pub(super) struct RecentQuery {
    limit: Option<u32>,
}

/// `GET /events/recent`: the newest events, oldest first.
pub(super) async fn recent(
    State(state): Shared,
    query: Result<Query<RecentQuery>, QueryRejection>,
) -> Result<Json<Vec<StoredEvent>>, ApiError> {
    let Query(query) =
        query.map_err(|_| ApiError::field("limit", "expected a whole number from 1 to 1000"))?;
    let limit = query.limit.unwrap_or(DEFAULT_RECENT).clamp(1, MAX_RECENT);
    Ok(Json(state.intake.store().recent(limit).await?))
}

/// `GET /events/filter-options`.
pub(super) async fn filter_options(State(state): Shared) -> Result<Json<FilterOptions>, ApiError> {
    Ok(Json(state.intake.store().filter_options().await?))
}
