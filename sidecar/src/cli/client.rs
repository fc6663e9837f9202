//! Asks the running daemon.

use super::Context;
use crate::http::BY_HEADER;
use crate::{daemon, identity};
use anyhow::{Context as _, anyhow, bail};
use rozet_observability::link::SidecarInfo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// Longest wait for an ordinary answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The same where something is done, which may have to wait for OpenCode.
const ACTED_WITHIN: Duration = Duration::from_secs(30);

/// A connection to the daemon of this home.
pub(super) struct Client {
    pub(super) info: SidecarInfo,
    http: reqwest::Client,
    token: Option<String>,
}

impl Client {
    /// Finds the daemon.
    ///
    /// # Errors
    /// When it does not run.
    pub(super) fn find(context: &Context) -> anyhow::Result<Self> {
        let running = daemon::is_running(&context.folders.pid()).is_some();
        match daemon::read_info(&context.folders) {
            Some(info) if running => Self::of(context, info),
            _ => bail!("rozet-sidecar is not running: start it with `rozet-sidecar up`"),
        }
    }

    /// A connection to a daemon whose address is known.
    pub(super) fn of(context: &Context, info: SidecarInfo) -> anyhow::Result<Self> {
        // The daemon is on this machine: a proxy from the environment has no place in between.
        let http = reqwest::Client::builder().no_proxy().build()?;
        let token = identity::read_token(&context.folders.token())
            .with_context(|| format!("cannot read {}", context.folders.token().display()))?;
        Ok(Self { info, http, token })
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let request = self.http.get(format!("{}{path}", self.info.url)).timeout(TIMEOUT);
        answer(request.send().await.map_err(unreachable)?).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<T> {
        let request = self.http.post(format!("{}{path}", self.info.url)).timeout(ACTED_WITHIN).json(body);
        answer(request.bearer_auth(self.token()?).header(BY_HEADER, "cli").send().await.map_err(unreachable)?)
            .await
    }

    /// Opens a stream that has no end of its own.
    pub(super) async fn open(&self, path: &str) -> anyhow::Result<reqwest::Response> {
        let request = self.http.get(format!("{}{path}", self.info.url)).bearer_auth(self.token()?);
        let response = tokio::time::timeout(TIMEOUT, request.send()).await??;
        if response.status().is_success() { Ok(response) } else { Err(refused(response).await) }
    }

    pub(super) fn token(&self) -> anyhow::Result<&str> {
        self.token
            .as_deref()
            .ok_or_else(|| anyhow!("the sidecar's token is missing: run `rozet-sidecar restart`"))
    }
}

async fn answer<T: DeserializeOwned>(response: reqwest::Response) -> anyhow::Result<T> {
    if response.status().is_success() {
        response.json().await.context(
            "the sidecar's answer makes no sense: do the versions differ? See `rozet-sidecar doctor`",
        )
    } else {
        Err(refused(response).await)
    }
}

async fn refused(response: reqwest::Response) -> anyhow::Error {
    let status = response.status();
    let body: Value = response.json().await.unwrap_or_default();
    match body.pointer("/error/message").and_then(Value::as_str) {
        Some(message) => anyhow!("the sidecar refused ({status}): {message}"),
        None => anyhow!("the sidecar refused ({status})"),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used as map_err's function")]
fn unreachable(error: reqwest::Error) -> anyhow::Error {
    if error.is_timeout() {
        anyhow!("rozet-sidecar does not answer: see `rozet-sidecar logs`, or run `rozet-sidecar restart`")
    } else {
        anyhow!("rozet-sidecar cannot be reached: is it running? See `rozet-sidecar status`")
    }
}
