//! Beginning runs, steering them, and watching them.

use super::Shared;
use super::acts::By;
use super::error::ApiError;
use super::events::json;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use rozet_observability::run::{BudgetChange, Run, RunProgress, RunRequest, RunView};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// Runs that one request may read, and how many it gets when it does not say.
const MAX_RUNS: u32 = 200;
const DEFAULT_RUNS: u32 = 50;
/// Between two signs of life on a quiet stream, and between two looks when nothing is heard.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// Between two looks while there is no run to listen to.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// Shortest time between two frames: a busy run does not flood its watchers.
const LEAST_PAUSE: Duration = Duration::from_millis(100);

#[derive(Deserialize)]
pub(super) struct ListQuery {
    limit: Option<u32>,
}

#[derive(Serialize)]
pub(super) struct Runs {
    runs: Vec<Run>,
}

/// What may be done with a run.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Action {
    Cancel,
    Pause,
    Resume,
    Retry,
}

/// `POST /v1/runs`: begins to carry a plan out.
pub(super) async fn start(
    State(state): Shared,
    by: By,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Run>), ApiError> {
    let request: RunRequest = json(body)?;
    if request.config.as_ref().is_some_and(|path| !std::path::Path::new(path).is_absolute()) {
        return Err(ApiError::field("config", "expected the settings file's absolute path"));
    }
    let run = state.coordinator.start(request).await?;
    acted(&state, &run, "start_run", by).await;
    Ok((StatusCode::CREATED, Json(run)))
}

/// `GET /v1/runs`: the newest first.
pub(super) async fn list(
    State(state): Shared,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<Runs>, ApiError> {
    let Query(query) = query.map_err(|_| ApiError::field("limit", "expected a whole number"))?;
    let limit = query.limit.unwrap_or(DEFAULT_RUNS).clamp(1, MAX_RUNS);
    Ok(Json(Runs { runs: state.coordinator.list(limit).await? }))
}

/// `GET /v1/runs/{run_id}`.
pub(super) async fn one(State(state): Shared, Path(run_id): Path<String>) -> Result<Json<RunView>, ApiError> {
    Ok(Json(state.coordinator.view(&run_id).await?))
}

/// `POST /v1/runs/{run_id}/{action}`: cancel, pause, resume or retry.
pub(super) async fn act(
    State(state): Shared,
    Path((run_id, action)): Path<(String, Action)>,
    by: By,
) -> Result<Json<Run>, ApiError> {
    let coordinator = &state.coordinator;
    let (run, word) = match action {
        Action::Cancel => (coordinator.cancel(&run_id).await?, "cancel_run"),
        Action::Pause => (coordinator.pause(&run_id).await?, "pause_run"),
        Action::Resume => (coordinator.resume(&run_id).await?, "resume_run"),
        Action::Retry => (coordinator.retry(&run_id).await?, "retry_run"),
    };
    acted(&state, &run, word, by).await;
    Ok(Json(run))
}

/// `POST /v1/runs/{run_id}/budget`: what it may use from now on.
pub(super) async fn budget(
    State(state): Shared,
    Path(run_id): Path<String>,
    by: By,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Run>, ApiError> {
    let change: BudgetChange = json(body)?;
    let run = state.coordinator.set_budget(&run_id, change).await?;
    let about = serde_json::json!({
        "run_id": run.run_id, "plan_id": run.plan_id, "status": run.status,
        "budget_usd": run.limits.run_usd, "budget_tokens": run.limits.run_tokens,
    });
    state.acted(run.session_id.clone(), "change_budget", by, about).await;
    Ok(Json(run))
}

async fn acted(state: &super::AppState, run: &Run, action: &str, by: By) {
    let about = serde_json::json!({"run_id": run.run_id, "plan_id": run.plan_id, "status": run.status});
    state.acted(run.session_id.clone(), action, by, about).await;
}

/// `GET /v1/sessions/{session_id}/run`: where the session's newest run stands.
pub(super) async fn of_session(
    State(state): Shared,
    Path(session_id): Path<String>,
) -> Result<Json<RunProgress>, ApiError> {
    Ok(Json(session_progress(&state, &session_id).await?))
}

async fn session_progress(state: &super::AppState, session_id: &str) -> Result<RunProgress, ApiError> {
    // Looked at first: a plan that is ready in between has begun its run before it leaves the planner.
    let planning = state.planner.is_planning(session_id);
    let known = state.coordinator.progress_of_session(session_id).await?;
    Ok(match known {
        Some(progress) if !(progress.done && planning) => progress,
        _ if planning => waiting("a plan is being made"),
        _ => RunProgress { done: true, ..waiting("there is no run in this session") },
    })
}

fn waiting(what: &str) -> RunProgress {
    RunProgress {
        run_id: None,
        plan_id: None,
        status: None,
        title: what.into(),
        report: what.into(),
        done: false,
    }
}

type Frame = Result<Event, Infallible>;

/// Whose progress is watched.
#[derive(Clone)]
enum Watched {
    Run(String),
    Session(String),
}

/// `GET /v1/runs/{run_id}/progress`: where it stands, at every change until it is over.
pub(super) async fn watch(
    State(state): Shared,
    Path(run_id): Path<String>,
) -> Result<Sse<impl Stream<Item = Frame>>, ApiError> {
    state.coordinator.progress(&run_id).await?;
    Ok(frames(state, Watched::Run(run_id)))
}

/// `GET /v1/sessions/{session_id}/run/progress`: waits for the run of a plan that is still being made, too.
pub(super) async fn watch_session(
    State(state): Shared,
    Path(session_id): Path<String>,
) -> Sse<impl Stream<Item = Frame>> {
    frames(state, Watched::Session(session_id))
}

/// Where the stream is: what was told last, and whether that was the end.
struct Told {
    state: Arc<super::AppState>,
    watched: Watched,
    last: Option<RunProgress>,
    over: bool,
}

fn frames(state: Arc<super::AppState>, watched: Watched) -> Sse<impl Stream<Item = Frame>> {
    let told = Told { state, watched, last: None, over: false };
    let frames = stream::unfold(told, |mut told| async move {
        if told.over {
            return None;
        }
        let progress = next(&told).await?;
        told.over = progress.done;
        let data = serde_json::to_string(&progress).ok()?;
        told.last = Some(progress);
        Some((Ok(Event::default().data(data)), told))
    });
    Sse::new(frames).keep_alive(KeepAlive::new().interval(HEARTBEAT))
}

/// The next progress that says something new; none when the daemon stops, or what is watched is gone.
async fn next(told: &Told) -> Option<RunProgress> {
    let Told { state, watched, last, .. } = told;
    if last.is_some() {
        state.cancel.run_until_cancelled(tokio::time::sleep(LEAST_PAUSE)).await?;
    }
    loop {
        // Listened for before looking: what changes in between is not missed.
        let run_id = last.as_ref().and_then(|last| last.run_id.as_ref());
        let changes = run_id.and_then(|run_id| state.coordinator.changes(run_id));
        let progress = match watched {
            Watched::Run(run_id) => state.coordinator.progress(run_id).await.ok()?,
            Watched::Session(session_id) => session_progress(state, session_id).await.ok()?,
        };
        if last.as_ref() != Some(&progress) {
            return Some(progress);
        }
        let wait = async {
            match changes {
                Some(mut changes) => drop(tokio::time::timeout(HEARTBEAT, changes.changed()).await),
                None => state.coordinator.began(LOOK_AGAIN).await,
            }
        };
        state.cancel.run_until_cancelled(wait).await?;
    }
}
