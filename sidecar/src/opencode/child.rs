//! Sessions of workers, below the person's. They stay when the work is over: they are the person's record.

use super::ChosenModel;
use super::api::{Answered, Api, SHORT, answered, session_id, success};
use crate::provider::ProviderError;
use rozet_observability::link::CallMethod;
use serde_json::{Map, Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// How long the end of a session is seen to before others may go on.
const ENDING: Duration = Duration::from_secs(1);
/// How long it is tried after that, where nobody waits.
const ENDING_LATER: Duration = Duration::from_secs(30);
/// Between two tries to end a session. One that comes before the turn has begun is lost (seen with 1.18.33).
const AGAIN: Duration = Duration::from_millis(150);
/// Between two looks at a turn whose call is lost.
const LOOK: Duration = Duration::from_secs(1);

/// What a session may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) permission: &'static str,
    pub(crate) pattern: &'static str,
    pub(crate) allow: bool,
}

/// A session to be made.
#[derive(Debug, Clone)]
pub(crate) struct ChildForm {
    pub(crate) parent_id: Option<String>,
    pub(crate) title: String,
    /// The last one that fits holds.
    pub(crate) rules: Vec<Rule>,
}

/// What a session's model is told.
#[derive(Debug, Clone)]
pub(crate) struct Prompt {
    pub(crate) agent: Option<&'static str>,
    pub(crate) model: Option<ChosenModel>,
    pub(crate) system: String,
    pub(crate) text: String,
}

/// What a session does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    Idle,
    Busy,
    /// It waits for the model's provider; in OpenCode's words.
    Waiting(String),
}

/// A worker's session; a turn that is under way is ended when the value is dropped.
pub(crate) struct Child {
    id: String,
    api: Api,
    /// Whether a turn may be under way.
    busy: AtomicBool,
}

impl Api {
    /// Makes a session for a worker. A parent that OpenCode refuses is left out: it may be another OpenCode's.
    ///
    /// # Errors
    /// When OpenCode cannot be reached or refuses.
    pub(crate) async fn child_session(&self, form: &ChildForm) -> Result<Child, ProviderError> {
        let rules = form.rules.iter().map(|rule| {
            let action = if rule.allow { "allow" } else { "deny" };
            json!({"permission": rule.permission, "pattern": rule.pattern, "action": action})
        });
        let mut body = Map::new();
        body.insert("title".into(), json!(form.title));
        body.insert("permission".into(), rules.collect());
        let orphan = body.clone();
        if let Some(parent_id) = &form.parent_id {
            body.insert("parentID".into(), json!(parent_id));
        }
        let session = match success(self.make(body).await?) {
            Err(ProviderError::OpenCode(400..=499)) if form.parent_id.is_some() => {
                success(self.make(orphan).await?)?
            }
            outcome => outcome?,
        };
        Ok(Child { id: session_id(&session)?, api: self.clone(), busy: false.into() })
    }

    /// A session that an earlier daemon made. Dropped, it is ended: nobody waits for it any more.
    pub(crate) fn left_over(&self, session_id: &str) -> Child {
        Child { id: session_id.to_owned(), api: self.clone(), busy: true.into() }
    }

    async fn make(&self, body: Map<String, Value>) -> Result<super::Reply, ProviderError> {
        self.call(CallMethod::Post, "/session", Some(Value::Object(body)), SHORT).await
    }
}

impl Child {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Prompts the model and waits until it has done what it wants to, which may take as long as `timeout`.
    ///
    /// # Errors
    /// What OpenCode says of the model's provider, or that the turn was ended.
    pub(crate) async fn prompt(&self, prompt: &Prompt, timeout: Duration) -> Result<Answered, ProviderError> {
        let mut body = json!({"system": prompt.system, "parts": [{"type": "text", "text": prompt.text}]});
        if let Some(fields) = body.as_object_mut() {
            if let Some(agent) = prompt.agent {
                fields.insert("agent".into(), json!(agent));
            }
            if let Some(model) = &prompt.model {
                fields.insert(
                    "model".into(),
                    json!({"providerID": model.provider_id, "modelID": model.model_id}),
                );
            }
        }
        self.set_busy(true);
        let path = format!("/session/{}/message", self.id);
        match self.api.call(CallMethod::Post, &path, Some(body), timeout).await {
            Ok(reply) => {
                self.set_busy(false);
                answered(&success(reply)?)
            }
            // Only the call may be lost, with the link that carried it.
            Err(error @ (ProviderError::TimedOut | ProviderError::OpenCodeEnded)) => self.stay(error).await,
            Err(error) => Err(error),
        }
    }

    /// Waits for the end of a turn whose call is lost; for one that nobody knows of any more, not at all.
    async fn stay(&self, lost: ProviderError) -> Result<Answered, ProviderError> {
        while self.standing().await.map_err(|_| lost.clone())? != Standing::Idle {
            tokio::time::sleep(LOOK).await;
        }
        self.set_busy(false);
        let messages = self.messages(1).await.map_err(|_| lost.clone())?;
        messages.last().map_or(Err(lost), answered)
    }

    /// The last messages, the oldest of them first, each with its parts.
    ///
    /// # Errors
    /// When OpenCode does not answer with success.
    pub(crate) async fn messages(&self, most: u32) -> Result<Vec<Value>, ProviderError> {
        let path = format!("/session/{}/message?limit={most}", self.id);
        self.listed(&path).await
    }

    /// The sessions below this one.
    ///
    /// # Errors
    /// When OpenCode does not answer with success.
    pub(crate) async fn children(&self) -> Result<Vec<Value>, ProviderError> {
        self.listed(&format!("/session/{}/children", self.id)).await
    }

    /// What the session does now.
    ///
    /// # Errors
    /// When OpenCode does not answer with success.
    pub(crate) async fn standing(&self) -> Result<Standing, ProviderError> {
        let all = success(self.api.call(CallMethod::Get, "/session/status", None, SHORT).await?)?;
        // Sessions at rest are not in the list.
        let Some(status) = all.get(&self.id) else { return Ok(Standing::Idle) };
        let word = |name: &str| status.get(name).and_then(Value::as_str);
        Ok(match word("type") {
            Some("idle") => Standing::Idle,
            Some("retry") => Standing::Waiting(word("message").unwrap_or_default().to_owned()),
            _ => Standing::Busy,
        })
    }

    fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Relaxed);
    }

    /// Ends the turn that `prompted` waits for. What does not end soon is ended later, in the background.
    pub(crate) async fn end(&self, prompted: impl Future<Output = Result<Answered, ProviderError>>) {
        let deadline = Instant::now() + ENDING;
        let ending = async {
            loop {
                let _ = abort(&self.api, &self.id).await;
                tokio::time::sleep(AGAIN).await;
            }
        };
        tokio::select! {
            // The call comes back when the turn has ended, and has noted it then.
            _ = prompted => {}
            () = ending => {}
            () = tokio::time::sleep_until(deadline) => {}
        }
    }

    /// Removes a session in which nothing was done.
    pub(crate) fn remove(self) {
        self.set_busy(false);
        let (api, path) = (self.api.clone(), format!("/session/{}", self.id));
        self.api.tasks.spawn(async move {
            if let Err(error) = api.call(CallMethod::Delete, &path, None, SHORT).await {
                tracing::info!(%error, "an unused session was not removed");
            }
        });
    }

    async fn listed(&self, path: &str) -> Result<Vec<Value>, ProviderError> {
        match success(self.api.call(CallMethod::Get, path, None, SHORT).await?)? {
            Value::Array(items) => Ok(items),
            _ => Err(ProviderError::Nonsense),
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.busy.load(Ordering::Relaxed) {
            return;
        }
        let child = Self { id: std::mem::take(&mut self.id), api: self.api.clone(), busy: false.into() };
        self.api.tasks.spawn(async move {
            let deadline = Instant::now() + ENDING_LATER;
            // Once more than it seems to need: see `AGAIN`.
            let mut idle = 0;
            while idle < 2 && Instant::now() < deadline {
                match abort(&child.api, &child.id).await {
                    // Whoever cannot be reached is not at work for us any more.
                    Err(ProviderError::NoOpenCode | ProviderError::OpenCodeEnded) => return,
                    Err(error) => tracing::info!(%error, "a worker's session could not be ended yet"),
                    Ok(()) => {}
                }
                tokio::time::sleep(AGAIN).await;
                idle = if matches!(child.standing().await, Ok(Standing::Idle)) { idle + 1 } else { 0 };
            }
        });
    }
}

async fn abort(api: &Api, id: &str) -> Result<(), ProviderError> {
    let path = format!("/session/{id}/abort");
    success(api.call(CallMethod::Post, &path, None, SHORT).await?).map(drop)
}
