//! The HTTP API and the dashboard's pages.

mod acts;
mod asks;
mod error;
mod events;
mod export;
mod guard;
mod health;
mod import;
mod link;
mod openapi;
mod pages;
mod plans;
mod query;
mod reading;
mod respond;
mod runs;
mod stream;
mod tasks;
mod tools;

pub(crate) use acts::BY_HEADER;
pub(crate) use tools::{AdHoc, Contexts};

use crate::asks::Asks;
use crate::daemon::Vitals;
use crate::forward::Progress;
use crate::intake::Intake;
use crate::opencode::Calls;
use crate::planner::Planner;
use crate::runs::Coordinator;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post, put};
use rozet_observability::link::SidecarInfo;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Largest request body, in bytes.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// What every handler may use.
pub(crate) struct AppState {
    pub(crate) info: SidecarInfo,
    pub(crate) intake: Intake,
    /// How events are handed on, where they are.
    pub(crate) forwarding: Option<Progress>,
    pub(crate) vitals: Vitals,
    pub(crate) planner: Planner,
    pub(crate) coordinator: Coordinator,
    pub(crate) asks: Asks,
    pub(crate) calls: Calls,
    /// Where tool calls work.
    pub(crate) contexts: Arc<dyn Contexts>,
    /// Ends live streams.
    pub(crate) cancel: CancellationToken,
    token: String,
    origins: Vec<String>,
}

impl AppState {
    pub(crate) fn new(
        info: SidecarInfo,
        token: String,
        (intake, forwarding, vitals): (Intake, Option<Progress>, Vitals),
        (planner, coordinator, asks): (Planner, Coordinator, Asks),
        calls: Calls,
        contexts: Arc<dyn Contexts>,
        cancel: CancellationToken,
    ) -> Arc<Self> {
        let origins = guard::own_origins(&[&info.url, &info.dashboard_url]);
        Arc::new(Self {
            info,
            intake,
            forwarding,
            vitals,
            planner,
            coordinator,
            asks,
            calls,
            contexts,
            cancel,
            token,
            origins,
        })
    }
}

/// `GET /v1/token`: whether the token that was given is the right one.
async fn token() -> StatusCode {
    StatusCode::NO_CONTENT
}

type Shared = axum::extract::State<Arc<AppState>>;

/// Every route. What plans, acts or reads files is behind the token; everything is behind the guard
/// against other web pages.
pub(crate) fn router(state: Arc<AppState>) -> Router {
    let acting = Router::new()
        .route("/v1/events", post(events::batch))
        .route("/v1/events/import", post(import::events))
        .route("/events/{id}/respond", post(respond::answer))
        .route("/v1/plans", post(plans::request))
        .route("/v1/plans/preview", post(plans::preview))
        .route("/v1/plans/{plan_id}", put(plans::edit))
        .route("/v1/plans/{plan_id}/cancel", post(plans::cancel))
        .route("/v1/runs", post(runs::start))
        .route("/v1/runs/{run_id}/budget", post(runs::budget))
        .route("/v1/runs/{run_id}/{action}", post(runs::act))
        .route("/v1/tasks/{plan_id}/{task_id}/{action}", post(tasks::act))
        .route("/v1/asks/{ask_id}/answer", post(asks::answer))
        .route("/v1/token", get(token))
        .route("/v1/link", get(link::open))
        .route("/v1/link/answers", post(link::answer))
        .route("/v1/tools", get(tools::list))
        .route("/v1/tools/{name}", post(tools::call))
        .layer(from_fn_with_state(Arc::clone(&state), guard::token));
    Router::new()
        .merge(acting)
        .route("/events", post(events::known_form))
        .route("/events/recent", get(events::recent))
        .route("/events/filter-options", get(events::filter_options))
        .route("/stream", get(stream::known_form))
        .route("/v1/stream", get(stream::own_form))
        .route("/v1/events", get(reading::events))
        .route("/v1/stats", get(reading::stats))
        .route("/v1/activity", get(reading::activity))
        .route("/v1/history", get(reading::history))
        .route("/health", get(health::brief))
        .route("/v1/health", get(health::full))
        .route("/v1/openapi.json", get(openapi::describe))
        .route("/v1/sessions", get(reading::sessions))
        .route("/v1/sessions/{session_id}", get(reading::session))
        .route("/v1/sessions/{session_id}/at", get(reading::session_at))
        .route("/v1/sessions/{session_id}/export", get(export::session))
        .route("/v1/sessions/{session_id}/plans", get(plans::of_session))
        .route("/v1/sessions/{session_id}/run", get(runs::of_session))
        .route("/v1/sessions/{session_id}/run/progress", get(runs::watch_session))
        .route("/v1/plans/{plan_id}", get(plans::one))
        .route("/v1/runs", get(runs::list))
        .route("/v1/runs/{run_id}", get(runs::one))
        .route("/v1/runs/{run_id}/progress", get(runs::watch))
        .route("/v1/tasks", get(tasks::list))
        .route("/v1/tasks/{plan_id}/{task_id}", get(tasks::one))
        .route("/v1/asks", get(asks::list))
        .fallback(pages::serve)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn_with_state(Arc::clone(&state), guard::every))
        .with_state(state)
}
