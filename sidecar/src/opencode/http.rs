//! The way over plain HTTP, to `opencode serve` or an OpenCode that was started with `--port`.

use super::{Call, CallError, Carrier, MAX_ANSWER_BYTES, Pending, Reply};
use crate::settings::OpenCodeSettings;
use rozet_observability::link::CallMethod;
use serde_json::Value;
use std::time::Duration;

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

pub(crate) struct Http {
    client: reqwest::Client,
    base_url: String,
    directory: String,
    username: String,
    password: Option<String>,
}

impl Http {
    /// Makes the client; nothing is sent.
    ///
    /// # Errors
    /// When the TLS roots cannot be loaded.
    pub(crate) fn new(settings: &OpenCodeSettings, directory: &str) -> Result<Self, reqwest::Error> {
        let builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none());
        // A proxy from the environment has no place between two programs of one machine.
        let local = reqwest::Url::parse(&settings.base_url)
            .is_ok_and(|url| matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")));
        let client = if local { builder.no_proxy() } else { builder }.build()?;
        Ok(Self {
            client,
            base_url: settings.base_url.trim_end_matches('/').to_owned(),
            directory: directory.to_owned(),
            username: settings.username.clone(),
            password: settings.password.clone(),
        })
    }

    /// A client for an OpenCode of ours on this machine; nothing is sent.
    ///
    /// # Errors
    /// When the TLS roots cannot be loaded.
    pub(super) fn own(base_url: &str, password: &str, directory: &str) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self {
            client,
            base_url: base_url.trim_end_matches('/').to_owned(),
            directory: directory.to_owned(),
            // OpenCode's own default.
            username: "opencode".to_owned(),
            password: Some(password.to_owned()),
        })
    }

    async fn send(&self, call: Call) -> Result<Reply, CallError> {
        let method = match call.method {
            CallMethod::Get => reqwest::Method::GET,
            CallMethod::Post => reqwest::Method::POST,
            CallMethod::Delete => reqwest::Method::DELETE,
        };
        let mut url = reqwest::Url::parse(&format!("{}{}", self.base_url, call.path))
            .map_err(|_| CallError::Nonsense)?;
        url.query_pairs_mut().append_pair("directory", &self.directory);
        let mut request = self.client.request(method, url).timeout(call.timeout);
        if let Some(password) = &self.password {
            request = request.basic_auth(&self.username, Some(password));
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let mut response = request.send().await.map_err(|error| classify(&error))?;
        let status = response.status().as_u16();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))? {
            if bytes.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(CallError::Nonsense);
            }
            bytes.extend_from_slice(&chunk);
        }
        // An error page is no JSON; its status says enough.
        match serde_json::from_slice(&bytes) {
            Ok(body) => Ok(Reply { status, body }),
            Err(_) if status >= 300 || bytes.is_empty() => Ok(Reply { status, body: Value::Null }),
            Err(_) => Err(CallError::Nonsense),
        }
    }
}

impl Carrier for Http {
    fn call(&self, call: Call) -> Pending<'_, Result<Reply, CallError>> {
        Box::pin(self.send(call))
    }
}

fn classify(error: &reqwest::Error) -> CallError {
    if error.is_connect() {
        CallError::Unreachable
    } else if error.is_timeout() {
        CallError::TimedOut
    } else {
        CallError::Ended
    }
}
