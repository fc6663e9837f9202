//! `opencode serve`: an OpenCode that listens.

use crate::home::{Home, PROVIDER};
use crate::process::{Group, tail};
use crate::scripted_model::WORKER_MODEL;
use crate::wait::until;
use anyhow::{Context, Result};
use reqwest::Url;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Child;

/// A first start migrates a database.
const LISTENS_WITHIN: Duration = Duration::from_mins(1);
const ANSWERS_WITHIN: Duration = Duration::from_mins(2);
const LISTENS: &str = "listening on ";

/// A running server; it ends with this value.
#[derive(Debug)]
pub struct OpenCodeServer {
    /// Where it listens, without trailing slash.
    pub url: String,
    directory: String,
    http: reqwest::Client,
    /// Killed when dropped, with everything that it started; none in a visit.
    _process: Option<(Group, Child)>,
}

impl OpenCodeServer {
    /// Starts `opencode serve` on a free port in the home's workspace.
    ///
    /// # Errors
    /// When it does not listen in time: the error has what it printed.
    pub async fn start(binary: &Path, home: &Home) -> Result<Self> {
        let output = home.rozet().with_extension("serve");
        let log = File::create(&output).with_context(|| format!("cannot write {}", output.display()))?;
        let mut command = home.command(binary);
        // 0 would mean OpenCode's usual port: one that is free now has to do.
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        command
            .args(["serve", "--port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let (group, mut child) = Group::spawn(&mut command)?;
        let printed = || fs::read_to_string(&output).unwrap_or_default();
        let url = until("opencode serve to listen", LISTENS_WITHIN, async || {
            anyhow::ensure!(child.try_wait()?.is_none(), "it ended");
            let text = printed();
            let address = text.split_once(LISTENS).and_then(|(_, rest)| rest.lines().next());
            Ok(address.map(|address| address.trim().trim_end_matches('/').to_owned()))
        })
        .await
        .with_context(|| tail(&printed()).to_owned())?;
        let directory = home.workspace().to_string_lossy().into_owned();
        Ok(Self {
            url,
            directory,
            http: reqwest::Client::builder().no_proxy().build()?,
            _process: Some((group, child)),
        })
    }

    /// The same server, for what is done in another directory: OpenCode has an instance for each.
    #[must_use]
    pub fn visit(&self, directory: &Path) -> Self {
        let directory = directory.to_string_lossy().into_owned();
        Self { url: self.url.clone(), directory, http: self.http.clone(), _process: None }
    }

    /// The parts of a session's messages, in order.
    ///
    /// # Errors
    /// When OpenCode does not answer.
    pub async fn parts(&self, session_id: &str) -> Result<Vec<Value>> {
        let messages = self.get(&format!("/session/{session_id}/message")).await?;
        let messages = messages.as_array().context("no list of messages")?;
        Ok(messages
            .iter()
            .filter_map(|message| message.get("parts")?.as_array())
            .flatten()
            .cloned()
            .collect())
    }

    /// Makes a session and returns its id.
    ///
    /// # Errors
    /// When OpenCode refuses.
    pub async fn session(&self) -> Result<String> {
        let session = self.post("/session", &json!({})).await?;
        Ok(session.get("id").and_then(Value::as_str).context("a session without an id")?.to_owned())
    }

    /// Sends one prompt and waits for the end of its turn, however that ends.
    ///
    /// # Errors
    /// When OpenCode refuses, or does not end the turn in time.
    pub async fn prompt(&self, session_id: &str, text: &str) -> Result<()> {
        let body = json!({"parts": [{"type": "text", "text": text}]});
        self.post(&format!("/session/{session_id}/message"), &body).await.map(drop)
    }

    /// Makes a session under another and returns its id.
    ///
    /// # Errors
    /// When OpenCode refuses.
    pub async fn child(&self, parent_id: &str, title: &str) -> Result<String> {
        let session = self.post("/session", &json!({"parentID": parent_id, "title": title})).await?;
        Ok(session.get("id").and_then(Value::as_str).context("a session without an id")?.to_owned())
    }

    /// As [`Self::prompt`], to an agent.
    ///
    /// # Errors
    /// As [`Self::prompt`].
    pub async fn prompt_agent(&self, session_id: &str, text: &str, agent: &str) -> Result<()> {
        let body = json!({"agent": agent, "parts": [{"type": "text", "text": text}]});
        self.post(&format!("/session/{session_id}/message"), &body).await.map(drop)
    }

    /// The states of the tool calls in a session, in order.
    ///
    /// # Errors
    /// When OpenCode does not answer.
    pub async fn tool_states(&self, session_id: &str) -> Result<Vec<Value>> {
        let parts = self.parts(session_id).await?;
        Ok(parts
            .iter()
            .filter(|part| part.get("type").and_then(Value::as_str) == Some("tool"))
            .filter_map(|part| part.get("state").cloned())
            .collect())
    }

    /// Ends the turn under way, as Esc does in the terminal.
    ///
    /// # Errors
    /// When OpenCode refuses.
    pub async fn abort(&self, session_id: &str) -> Result<()> {
        self.post(&format!("/session/{session_id}/abort"), &json!({})).await.map(drop)
    }

    /// Sums the conversation up, as a person asks for it.
    ///
    /// # Errors
    /// When OpenCode refuses; so with each of these.
    pub async fn compact(&self, session_id: &str) -> Result<()> {
        let model = json!({"providerID": PROVIDER, "modelID": WORKER_MODEL});
        self.post(&format!("/session/{session_id}/summarize"), &model).await.map(drop)
    }

    /// Takes the conversation back to before a message.
    ///
    /// # Errors
    /// As [`Self::compact`].
    pub async fn revert(&self, session_id: &str, message_id: &str) -> Result<()> {
        self.post(&format!("/session/{session_id}/revert"), &json!({"messageID": message_id})).await.map(drop)
    }

    /// Takes [`Self::revert`] back.
    ///
    /// # Errors
    /// As [`Self::compact`].
    pub async fn unrevert(&self, session_id: &str) -> Result<()> {
        self.post(&format!("/session/{session_id}/unrevert"), &json!({})).await.map(drop)
    }

    /// Answers what an agent asks for, as the person does in OpenCode: `once`, `always` or `reject`.
    ///
    /// # Errors
    /// As [`Self::compact`].
    pub async fn answer_permission(&self, ask_id: &str, reply: &str) -> Result<()> {
        self.post(&format!("/permission/{ask_id}/reply"), &json!({"reply": reply})).await.map(drop)
    }

    /// Ends the directory's instance, plugins and all.
    ///
    /// # Errors
    /// As [`Self::compact`].
    pub async fn dispose(&self) -> Result<()> {
        self.post("/instance/dispose", &json!({})).await.map(drop)
    }

    /// The titles of every session that OpenCode has, children included.
    ///
    /// # Errors
    /// When OpenCode does not answer.
    pub async fn titles(&self) -> Result<Vec<String>> {
        let response = self.http.get(self.address("/session")?).timeout(ANSWERS_WITHIN).send().await?;
        let sessions: Vec<Value> = response.error_for_status()?.json().await?;
        let title = |session: &Value| session.get("title").and_then(Value::as_str).map(str::to_owned);
        Ok(sessions.iter().filter_map(title).collect())
    }

    /// What OpenCode answers to a question without a body.
    ///
    /// # Errors
    /// When it does not answer with success.
    pub async fn get(&self, path: &str) -> Result<Value> {
        let response = self.http.get(self.address(path)?).timeout(ANSWERS_WITHIN).send().await?;
        Ok(response.error_for_status()?.json().await?)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request = self.http.post(self.address(path)?).timeout(ANSWERS_WITHIN).json(body);
        request.send().await?.error_for_status()?.json().await.with_context(|| format!("POST {path}"))
    }

    fn address(&self, path: &str) -> Result<Url> {
        let mut url = Url::parse(&format!("{}{path}", self.url))?;
        url.query_pairs_mut().append_pair("directory", &self.directory);
        Ok(url)
    }
}
