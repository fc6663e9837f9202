//! How the daemon is.

use super::Shared;
use super::error::ApiError;
use crate::forward::Progress;
use crate::sandbox;
use axum::Json;
use axum::extract::State;
use rozet_observability::link::SidecarInfo;
use rozet_observability::reading::{Health, Retention};

/// Producers that the answer names.
const PRODUCERS: u32 = 100;

/// `GET /health`: who answers here.
pub(super) async fn brief(State(state): Shared) -> Json<SidecarInfo> {
    Json(state.info.clone())
}

/// `GET /v1/health`: with the store, the producers, and what works together.
pub(super) async fn full(State(state): Shared) -> Result<Json<Health>, ApiError> {
    let store = state.intake.store();
    let (store, producers) = (store.health().await?, store.producers(PRODUCERS).await?);
    // The first look starts a process.
    let sandbox = tokio::task::spawn_blocking(|| sandbox::status().clone()).await.ok();
    let forwarded = state.forwarding.as_ref().map(Progress::now);
    let off = state.intake.is_off();
    let (process, rates) = state.vitals.now().await;
    let retention = Retention {
        days: store.max_age_days,
        max_bytes: store.max_bytes,
        oldest_event_at: state.intake.store().oldest_event_at().await?,
    };
    let spools = state.vitals.spools().await;
    let (components, degraded) = state.intake.presence().told(&state.calls);
    Ok(Json(Health {
        info: state.info.clone(),
        store,
        producers,
        spools,
        sandbox,
        off,
        forwarded,
        process: Some(process),
        rates: Some(rates),
        retention: Some(retention),
        components,
        degraded,
    }))
}
