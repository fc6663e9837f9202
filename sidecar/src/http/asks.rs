//! What agents ask for, and the answers.

use super::Shared;
use super::acts::By;
use super::error::ApiError;
use super::events::json;
use super::query::{Fields, Raw};
use crate::asks::{AskError, Wanted};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use rozet_observability::ask::{Ask, AskList, AskReply};

/// Asks of one answer, and how many it has when it is not said.
const MOST_ASKS: u32 = 1_000;
const DEFAULT_ASKS: u32 = 200;

/// `GET /v1/asks`: those that wait, and those that do not any more.
pub(super) async fn list(State(state): Shared, raw: Raw) -> Result<Json<AskList>, ApiError> {
    let mut fields = Fields::read(raw)?;
    let wanted = match fields.one("state")?.as_deref() {
        None | Some("waiting") => Wanted::Waiting,
        Some("settled") => Wanted::Settled,
        Some("all") => Wanted::All,
        Some(_) => return Err(ApiError::field("state", "expected waiting, settled or all")),
    };
    let session_id = fields.one("session")?;
    let limit = fields.limit(DEFAULT_ASKS, MOST_ASKS)?;
    fields.end()?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(Json(AskList { asks: state.asks.list(wanted, session_id.as_deref(), limit).await }))
}

/// `POST /v1/asks/{ask_id}/answer`.
pub(super) async fn answer(
    State(state): Shared,
    Path(ask_id): Path<String>,
    By(by): By,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Ask>, ApiError> {
    let reply: AskReply = json(body)?;
    Ok(Json(state.asks.answer(&ask_id, reply, by).await?))
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Unknown => Self::NotFound("ask"),
            AskError::Bad { field, message } => Self::field(field, message),
            AskError::Settled(message) | AskError::Gone(message) => Self::Conflict(message),
            AskError::Unreachable(message) => Self::OpenCode(message),
        }
    }
}
