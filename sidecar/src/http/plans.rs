//! Asking for plans, and reading them.

use super::Shared;
use super::acts::By;
use super::error::ApiError;
use super::events::json;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use rozet_observability::event::MAX_ID_BYTES;
use rozet_observability::link::{PlanAccepted, PlanCancelled, PlanRequest};
use rozet_observability::plan::Plan;
use serde::Serialize;
use serde_json::Value;

/// Longest text that is planned, in bytes.
const MAX_TEXT_BYTES: usize = 256 * 1024;

#[derive(Serialize)]
pub(super) struct Plans {
    plans: Vec<Plan>,
}

/// `POST /v1/plans`: answers at once; the plan comes on the link.
pub(super) async fn request(
    State(state): Shared,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<PlanAccepted>), ApiError> {
    let request = sound(json(body)?)?;
    let plan_id = request.plan_id.clone();
    state.planner.accept(request).map_err(|_| ApiError::Busy)?;
    Ok((StatusCode::ACCEPTED, Json(PlanAccepted { plan_id })))
}

/// `POST /v1/plans/preview`: what the model would be asked, without asking it.
pub(super) async fn preview(
    State(state): Shared,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, ApiError> {
    let request = sound(json(body)?)?;
    let preview = state.planner.preview(&request).await;
    preview.map(Json).map_err(|message| ApiError::BadRequest { field: None, message })
}

/// `POST /v1/plans/{plan_id}/cancel`.
pub(super) async fn cancel(State(state): Shared, Path(plan_id): Path<String>) -> Json<PlanCancelled> {
    let cancelled = state.planner.cancel(&plan_id);
    Json(PlanCancelled { plan_id, cancelled })
}

fn sound(request: PlanRequest) -> Result<PlanRequest, ApiError> {
    for (field, value) in [("plan_id", &request.plan_id), ("session_id", &request.session_id)] {
        if value.is_empty() || value.len() > MAX_ID_BYTES {
            return Err(ApiError::field(field, "expected 1 to 256 bytes of text"));
        }
    }
    if !std::path::Path::new(&request.directory).is_absolute() {
        return Err(ApiError::field("directory", "expected the workspace's absolute path"));
    }
    if request.text.trim().is_empty() || request.text.len() > MAX_TEXT_BYTES {
        return Err(ApiError::field("text", "expected 1 to 262144 bytes of text"));
    }
    if request.config.as_ref().is_some_and(|path| !std::path::Path::new(path).is_absolute()) {
        return Err(ApiError::field("config", "expected the settings file's absolute path"));
    }
    Ok(request)
}

/// `GET /v1/sessions/{session_id}/plans`: the newest first.
pub(super) async fn of_session(
    State(state): Shared,
    Path(session_id): Path<String>,
) -> Result<Json<Plans>, ApiError> {
    Ok(Json(Plans { plans: state.intake.store().plans_of_session(session_id).await? }))
}

/// `GET /v1/plans/{plan_id}`.
pub(super) async fn one(State(state): Shared, Path(plan_id): Path<String>) -> Result<Json<Plan>, ApiError> {
    state.intake.store().plan(plan_id).await?.map(Json).ok_or(ApiError::NotFound("plan"))
}

/// `PUT /v1/plans/{plan_id}`: other tasks, or another order of them, before anybody has begun.
pub(super) async fn edit(
    State(state): Shared,
    Path(plan_id): Path<String>,
    by: By,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Plan>, ApiError> {
    let plan = state.coordinator.edit_plan(&plan_id, json(body)?).await?;
    let tasks: Vec<&str> = plan.tasks.iter().map(|task| task.task_id.as_str()).collect();
    let about = serde_json::json!({"plan_id": plan.plan_id, "summary": plan.summary, "tasks": tasks});
    state.acted(plan.session_id.clone(), "edit_plan", by, about).await;
    Ok(Json(plan))
}
