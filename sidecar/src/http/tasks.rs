//! Tasks: looking at them, and what may be done with one.

use super::acts::By;
use super::error::ApiError;
use super::events::json;
use super::guard::has_token;
use super::{AppState, Shared};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use rozet_observability::reading::{TaskPage, Undone};
use rozet_observability::run::TaskView;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Deserialize)]
pub(super) struct TasksQuery {
    plan_id: String,
}

#[derive(Serialize)]
pub(super) struct Tasks {
    tasks: Vec<TaskView>,
}

/// What may be done with a task.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Action {
    Cancel,
    Retry,
    Confirm,
    Undo,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct UndoRequest {
    /// Only tell what would be done.
    preview: bool,
}

/// `GET /v1/tasks?plan_id=`: a plan's tasks with their attempts.
pub(super) async fn list(
    State(state): Shared,
    query: Result<Query<TasksQuery>, QueryRejection>,
) -> Result<Json<Tasks>, ApiError> {
    let Query(query) = query.map_err(|_| ApiError::field("plan_id", "say whose tasks: ?plan_id="))?;
    Ok(Json(Tasks { tasks: state.coordinator.tasks(&query.plan_id).await? }))
}

/// `GET /v1/tasks/{plan_id}/{task_id}`: one task with all that belongs to it. Anyone on this machine may look; what is in
/// files is told to who has the token.
pub(super) async fn one(
    State(state): Shared,
    Path((plan_id, task_id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<TaskPage>, ApiError> {
    let with_diffs = has_token(&state, &headers);
    Ok(Json(state.coordinator.task_page(&plan_id, &task_id, with_diffs).await?))
}

/// `POST /v1/tasks/{plan_id}/{task_id}/{action}`: cancel, retry, confirm or undo.
pub(super) async fn act(
    State(state): Shared,
    Path((plan_id, task_id, action)): Path<(String, String, Action)>,
    by: By,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, ApiError> {
    let coordinator = &state.coordinator;
    match action {
        Action::Cancel => {
            coordinator.cancel_task(&plan_id, &task_id).await?;
            acted(&state, &plan_id, &task_id, "cancel_task", by).await;
        }
        Action::Retry => {
            coordinator.retry_task(&plan_id, &task_id).await?;
            acted(&state, &plan_id, &task_id, "retry_task", by).await;
        }
        Action::Confirm => {
            coordinator.confirm_task(&plan_id, &task_id).await?;
            acted(&state, &plan_id, &task_id, "confirm_task", by).await;
        }
        Action::Undo => {
            let bytes = body.map_err(|_| ApiError::TooLarge)?;
            let request: UndoRequest =
                if bytes.is_empty() { UndoRequest::default() } else { json(Ok(bytes))? };
            let files = coordinator.undo(&plan_id, &task_id, request.preview).await?;
            if !request.preview {
                acted(&state, &plan_id, &task_id, "undo_task", by).await;
            }
            return Ok(Json(json!(Undone { files, preview: request.preview })));
        }
    }
    let tasks = coordinator.tasks(&plan_id).await?;
    let task =
        tasks.into_iter().find(|view| view.task.task_id == task_id).ok_or(ApiError::NotFound("task"))?;
    Ok(Json(json!(task)))
}

async fn acted(state: &AppState, plan_id: &str, task_id: &str, action: &str, by: By) {
    let Ok(Some(plan)) = state.intake.store().plan(plan_id.to_owned()).await else { return };
    let about = json!({"plan_id": plan_id, "task_id": task_id});
    state.acted(plan.session_id, action, by, about).await;
}
