//! Tasks: looking at them, and what may be done with one.

use super::Shared;
use super::error::ApiError;
use super::events::json;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use rozet_observability::reading::Undone;
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

/// `POST /v1/tasks/{plan_id}/{task_id}/{action}`: cancel, retry, confirm or undo.
pub(super) async fn act(
    State(state): Shared,
    Path((plan_id, task_id, action)): Path<(String, String, Action)>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, ApiError> {
    let coordinator = &state.coordinator;
    match action {
        Action::Cancel => coordinator.cancel_task(&plan_id, &task_id).await?,
        Action::Retry => drop(coordinator.retry_task(&plan_id, &task_id).await?),
        Action::Confirm => coordinator.confirm_task(&plan_id, &task_id).await?,
        Action::Undo => {
            let bytes = body.map_err(|_| ApiError::TooLarge)?;
            let request: UndoRequest =
                if bytes.is_empty() { UndoRequest::default() } else { json(Ok(bytes))? };
            let files = coordinator.undo(&plan_id, &task_id, request.preview).await?;
            return Ok(Json(json!(Undone { files, preview: request.preview })));
        }
    }
    let tasks = coordinator.tasks(&plan_id).await?;
    let task =
        tasks.into_iter().find(|view| view.task.task_id == task_id).ok_or(ApiError::NotFound("task"))?;
    Ok(Json(json!(task)))
}
