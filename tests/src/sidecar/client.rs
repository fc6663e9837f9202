//! Reads from the sidecar's HTTP API.

use anyhow::{Context, Result};
use reqwest::Url;
use rozet_observability::event::StoredEvent;
use rozet_observability::link::SidecarInfo;
use rozet_observability::plan::Plan;
use rozet_observability::run::{Run, RunView};
use rozet_observability::session::SessionSummary;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// More than any test makes.
const ALL_EVENTS: &str = "1000";

/// Speaks to one sidecar.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    http: reqwest::Client,
}

#[derive(Deserialize)]
struct Sessions {
    sessions: Vec<SessionSummary>,
}

#[derive(Deserialize)]
struct Plans {
    plans: Vec<Plan>,
}

#[derive(Deserialize)]
struct Runs {
    runs: Vec<Run>,
}

impl Client {
    /// A client for the base address, such as `http://127.0.0.1:4000`.
    #[must_use]
    pub fn new(base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), http: reqwest::Client::new() }
    }

    /// `GET /health`.
    ///
    /// # Errors
    /// When it does not answer with success and the expected form; so with every call here.
    pub async fn health(&self) -> Result<SidecarInfo> {
        self.get("/health", &[]).await
    }

    /// The stored events, oldest first.
    ///
    /// # Errors
    /// As [`Self::health`].
    pub async fn events(&self) -> Result<Vec<StoredEvent>> {
        self.get("/events/recent", &[("limit", ALL_EVENTS)]).await
    }

    /// The sessions, newest first.
    ///
    /// # Errors
    /// As [`Self::health`].
    pub async fn sessions(&self) -> Result<Vec<SessionSummary>> {
        Ok(self.get::<Sessions>("/v1/sessions", &[]).await?.sessions)
    }

    /// The plans of a session, newest first.
    ///
    /// # Errors
    /// As [`Self::health`].
    pub async fn plans(&self, session_id: &str) -> Result<Vec<Plan>> {
        Ok(self.get::<Plans>(&format!("/v1/sessions/{session_id}/plans"), &[]).await?.plans)
    }

    /// The runs, newest first.
    ///
    /// # Errors
    /// As [`Self::health`].
    pub async fn runs(&self) -> Result<Vec<Run>> {
        Ok(self.get::<Runs>("/v1/runs", &[]).await?.runs)
    }

    /// One run with its tasks.
    ///
    /// # Errors
    /// As [`Self::health`].
    pub async fn run(&self, run_id: &str) -> Result<RunView> {
        self.get(&format!("/v1/runs/{run_id}"), &[]).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T> {
        let mut url = Url::parse(&self.base)?.join(path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let what = || format!("GET {path}");
        let response = self.http.get(url).timeout(ANSWER_WITHIN).send().await.with_context(what)?;
        response.error_for_status().with_context(what)?.json().await.with_context(what)
    }
}
