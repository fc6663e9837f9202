//! Pages of events, sessions, and figures.

use super::Shared;
use super::error::ApiError;
use super::query::{Fields, Raw};
use crate::clock::now_ms;
use axum::Json;
use axum::extract::{Path, State};
use rozet_observability::reading::{
    Activity, EventPage, History, HistoryBy, SessionAt, SessionPage, SessionView, Stats,
};
use rozet_observability::store::HistoryRange;

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

/// Spans of an activity, and how many it has when it is not said.
const MOST_BUCKETS: i64 = 240;
const DEFAULT_BUCKETS: u32 = 60;
/// The time that is told of when none is said, in milliseconds.
const DEFAULT_LENGTH_MS: i64 = 60 * 60 * 1_000;
/// Minutes that a clock may be ahead of or behind UTC.
const MOST_OFFSET: i64 = 14 * 60;

/// `GET /v1/activity`: how many events of each type there were in spans of equal length.
pub(super) async fn activity(State(state): Shared, raw: Raw) -> Result<Json<Activity>, ApiError> {
    let mut fields = Fields::read(raw)?;
    let buckets = match fields.number("buckets", "a whole number from 1 to 240")? {
        None => DEFAULT_BUCKETS,
        Some(buckets @ 1..=MOST_BUCKETS) => u32::try_from(buckets).unwrap_or(DEFAULT_BUCKETS),
        Some(_) => return Err(ApiError::field("buckets", "expected a whole number from 1 to 240")),
    };
    let filter = fields.event_filter()?;
    fields.end()?;
    if filter.text.is_some() {
        return Err(ApiError::field("text", "there is no such field here"));
    }
    let to = filter.to.unwrap_or_else(now_ms);
    let from = filter.from.unwrap_or_else(|| to.saturating_sub(DEFAULT_LENGTH_MS));
    if from >= to {
        return Err(ApiError::field("from", "expected a time before `to`"));
    }
    Ok(Json(state.intake.store().activity(filter, (from, to), buckets).await?))
}

/// `GET /v1/history`: days, weeks or projects.
pub(super) async fn history(State(state): Shared, raw: Raw) -> Result<Json<History>, ApiError> {
    let mut fields = Fields::read(raw)?;
    let by = match fields.one("by")?.as_deref() {
        None | Some("day") => HistoryBy::Day,
        Some("week") => HistoryBy::Week,
        Some("project") => HistoryBy::Project,
        Some(_) => return Err(ApiError::field("by", "expected day, week or project")),
    };
    let (from, to) = (fields.time("from")?, fields.time("to")?);
    let what = "whole minutes from -840 to 840, by which the clock is ahead of UTC";
    let offset_minutes = fields.number("offset_minutes", what)?.unwrap_or_default();
    if !(-MOST_OFFSET..=MOST_OFFSET).contains(&offset_minutes) {
        return Err(ApiError::field("offset_minutes", format!("expected {what}")));
    }
    fields.end()?;
    let range = HistoryRange { by, from, to, offset_minutes };
    Ok(Json(state.intake.store().history(range).await?))
}
