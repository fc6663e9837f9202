//! The session list.

use super::Shared;
use super::error::ApiError;
use axum::Json;
use axum::extract::State;
use rozet_observability::session::SessionSummary;
use serde::Serialize;

/// Sessions of one answer.
const LIMIT: u32 = 500;

#[derive(Serialize)]
pub(super) struct Sessions {
    sessions: Vec<SessionSummary>,
}

/// `GET /v1/sessions`: the one with the newest event first.
pub(super) async fn list(State(state): Shared) -> Result<Json<Sessions>, ApiError> {
    Ok(Json(Sessions { sessions: state.intake.store().sessions(LIMIT).await? }))
}
