//! Pages of events, sessions, and figures.

use super::Shared;
use super::error::ApiError;
use super::query::{Fields, Raw};
use crate::clock::now_ms;
use axum::Json;
use axum::extract::{Path, State};
use rozet_observability::reading::{EventPage, SessionAt, SessionPage, SessionView, Stats};

/// `GET /v1/events`: a page of the events that are wanted.
pub(super) async fn events(State(state): Shared, raw: Raw) -> Result<Json<EventPage>, ApiError> {
    let mut fields = Fields::read(raw)?;
    let (filter, range) = (fields.event_filter()?, fields.event_range()?);
    fields.end()?;
    Ok(Json(state.intake.store().events(filter, range).await?))
}

/// `GET /v1/sessions`: the one with the newest event first.
pub(super) async fn sessions(State(state): Shared, raw: Raw) -> Result<Json<SessionPage>, ApiError> {
    let mut fields = Fields::read(raw)?;
    let (filter, before, limit) = fields.sessions()?;
    fields.end()?;
    Ok(Json(state.intake.store().sessions(filter, before, limit).await?))
}

/// `GET /v1/sessions/{session_id}`: with its descendants, plans, run, spans and usage.
pub(super) async fn session(
    State(state): Shared,
    Path(session_id): Path<String>,
) -> Result<Json<SessionView>, ApiError> {
    state.intake.store().session(session_id).await?.map(Json).ok_or(ApiError::NotFound("session"))
}

/// `GET /v1/sessions/{session_id}/at?time=`: as it stood at a time; now, when none is given.
pub(super) async fn session_at(
    State(state): Shared,
    Path(session_id): Path<String>,
    raw: Raw,
) -> Result<Json<SessionAt>, ApiError> {
    let mut fields = Fields::read(raw)?;
    let time = fields.number("time", "milliseconds since 1970")?;
    fields.end()?;
    let at = state.intake.store().session_at(session_id, time.unwrap_or_else(now_ms)).await?;
    at.map(Json).ok_or(ApiError::NotFound("session"))
}

/// `GET /v1/stats`: how much of what is stored.
pub(super) async fn stats(State(state): Shared) -> Result<Json<Stats>, ApiError> {
    Ok(Json(state.intake.store().stats(now_ms()).await?))
}
