//! How the daemon is.

use super::Shared;
use super::error::ApiError;
use crate::forward::{Forwarded, Progress};
use crate::sandbox::{self, SandboxStatus};
use axum::Json;
use axum::extract::State;
use rozet_observability::link::SidecarInfo;
use rozet_observability::reading::ProducerHealth;
use rozet_observability::store::StoreHealth;
use serde::{Deserialize, Serialize};

/// Producers that the answer names.
const PRODUCERS: u32 = 100;

/// The answer of `GET /v1/health`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FullHealth {
    #[serde(flatten)]
    pub(crate) info: SidecarInfo,
    pub(crate) store: StoreHealth,
    pub(crate) producers: Vec<ProducerHealth>,
    /// How commands of workers are confined; a daemon of an earlier version does not say.
    #[serde(default)]
    pub(crate) sandbox: Option<SandboxStatus>,
    /// Whether events are neither stored nor streamed.
    #[serde(default)]
    pub(crate) off: bool,
    /// How events are handed on, where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) forwarded: Option<Forwarded>,
}

/// `GET /health`: who answers here.
pub(super) async fn brief(State(state): Shared) -> Json<SidecarInfo> {
    Json(state.info.clone())
}

/// `GET /v1/health`: with the store and the producers.
pub(super) async fn full(State(state): Shared) -> Result<Json<FullHealth>, ApiError> {
    let store = state.intake.store();
    let (store, producers) = (store.health().await?, store.producers(PRODUCERS).await?);
    // The first look starts a process.
    let sandbox = tokio::task::spawn_blocking(|| sandbox::status().clone()).await.ok();
    let forwarded = state.forwarding.as_ref().map(Progress::now);
    let off = state.intake.is_off();
    Ok(Json(FullHealth { info: state.info.clone(), store, producers, sandbox, off, forwarded }))
}
