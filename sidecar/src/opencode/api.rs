//! The calls that Rozet makes, and what their answers mean.

use super::choice::ChosenModel;
use super::{Call, CallError, Carrier, Reply};
use crate::provider::ProviderError;
use rozet_observability::link::CallMethod;
use rozet_observability::plan::Usage;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::task::TaskTracker;

/// Longest wait for anything but a model's answer.
pub(super) const SHORT: Duration = Duration::from_secs(10);
/// How the titles of Rozet's own sessions begin: the plugin knows them by it and stays out of them.
const TITLE: &str = "Rozet planning";
/// Where a question goes, for people who look at what would be sent.
pub(crate) const PLANNING_PATHS: &str = "/session, then /session/{id}/message";
/// The agent that the plugin brings: hidden, without tools.
const AGENT: &str = "rozet-planner";

/// OpenCode's API over one way.
#[derive(Clone)]
pub(crate) struct Api {
    carrier: Arc<dyn Carrier>,
    pub(super) tasks: TaskTracker,
}

/// A model's answer in a session.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answered {
    pub(crate) text: String,
    pub(crate) usage: Usage,
    /// Who answered, as `provider/model`, when OpenCode says.
    pub(crate) model: Option<String>,
}

/// A session of Rozet's own; it is ended and removed when the value is dropped.
pub(crate) struct Hidden {
    id: String,
    api: Api,
    /// Whether a model may still be at work in it.
    busy: bool,
    agent: bool,
}

impl Api {
    pub(crate) const fn new(carrier: Arc<dyn Carrier>, tasks: TaskTracker) -> Self {
        Self { carrier, tasks }
    }

    /// OpenCode's providers with their models and defaults.
    ///
    /// # Errors
    /// When OpenCode does not answer with success.
    pub(crate) async fn providers(&self) -> Result<Value, ProviderError> {
        success(self.call(CallMethod::Get, "/config/providers", None, SHORT).await?)
    }

    /// Makes a session without tools, below the person's session when there is one.
    ///
    /// # Errors
    /// When OpenCode cannot be reached or refuses.
    pub(crate) async fn hidden_session(&self, parent_id: Option<&str>) -> Result<Hidden, ProviderError> {
        let nothing = json!([{"permission": "*", "pattern": "*", "action": "deny"}]);
        let mut body = json!({"title": TITLE, "permission": nothing});
        if let (Some(parent_id), Some(fields)) = (parent_id, body.as_object_mut()) {
            fields.insert("parentID".into(), json!(parent_id));
        }
        let session = success(self.call(CallMethod::Post, "/session", Some(body), SHORT).await?)?;
        Ok(Hidden { id: session_id(&session)?, api: self.clone(), busy: false, agent: true })
    }

    pub(super) async fn call(
        &self,
        method: CallMethod,
        path: &str,
        body: Option<Value>,
        timeout: Duration,
    ) -> Result<Reply, ProviderError> {
        let call = Call { method, path: path.to_owned(), body, timeout };
        self.carrier.call(call).await.map_err(|error| match error {
            CallError::Unreachable => ProviderError::NoOpenCode,
            CallError::TimedOut => ProviderError::TimedOut,
            CallError::Ended => ProviderError::OpenCodeEnded,
            CallError::Nonsense => ProviderError::Nonsense,
        })
    }
}

impl Hidden {
    /// Asks the model and waits for its whole answer.
    ///
    /// # Errors
    /// What OpenCode says of the model's provider.
    pub(crate) async fn ask(
        &mut self,
        model: Option<&ChosenModel>,
        system: &str,
        text: &str,
        timeout: Duration,
    ) -> Result<Answered, ProviderError> {
        let mut body = Self::message(model.map(ChosenModel::name).as_deref(), system, text);
        if let Some(fields) = body.as_object_mut().filter(|_| !self.agent) {
            fields.remove("agent");
        }
        self.busy = true;
        let path = format!("/session/{}/message", self.id);
        let reply = self.api.call(CallMethod::Post, &path, Some(body), timeout).await?;
        self.busy = false;
        answered(&success(reply)?)
    }

    /// The body of a question; without a model, OpenCode takes its own default.
    pub(crate) fn message(model: Option<&str>, system: &str, text: &str) -> Value {
        let model = model.and_then(ChosenModel::of);
        let mut body = json!({
            "agent": AGENT,
            "system": system,
            "tools": {"*": false},
            "parts": [{"type": "text", "text": text}],
        });
        if let (Some(model), Some(fields)) = (model, body.as_object_mut()) {
            fields
                .insert("model".into(), json!({"providerID": model.provider_id, "modelID": model.model_id}));
        }
        body
    }

    /// An OpenCode without the plugin has no such agent: its own default one answers then.
    pub(crate) const fn without_agent(&mut self) {
        self.agent = false;
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let (api, id, busy) = (self.api.clone(), std::mem::take(&mut self.id), self.busy);
        self.api.tasks.spawn(async move {
            // Nothing is lost when these fail: the session is hidden, and its work is over or cut off with OpenCode.
            if busy {
                let _ = api.call(CallMethod::Post, &format!("/session/{id}/abort"), None, SHORT).await;
            }
            if let Err(error) = api.call(CallMethod::Delete, &format!("/session/{id}"), None, SHORT).await {
                tracing::info!(%error, "a planning session was not removed");
            }
        });
    }
}

/// The id of a session that OpenCode made.
pub(super) fn session_id(session: &Value) -> Result<String, ProviderError> {
    let id = session.get("id").and_then(Value::as_str).ok_or(ProviderError::Nonsense)?;
    // It becomes part of a path.
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)) {
        return Err(ProviderError::Nonsense);
    }
    Ok(id.to_owned())
}

pub(super) fn success(reply: Reply) -> Result<Value, ProviderError> {
    match reply.status {
        200..300 => Ok(reply.body),
        // OpenCode speaks of itself here, not of the model's provider.
        status => Err(ProviderError::OpenCode(status)),
    }
}

/// Reads an assistant message with its parts.
pub(super) fn answered(body: &Value) -> Result<Answered, ProviderError> {
    let info = body.get("info").ok_or(ProviderError::Nonsense)?;
    if let Some(error) = info.get("error").filter(|error| !error.is_null()) {
        return Err(fault(error));
    }
    let parts = body.get("parts").and_then(Value::as_array).ok_or(ProviderError::Nonsense)?;
    let texts: Vec<&str> = parts
        .iter()
        .filter(|part| part.get("type").and_then(Value::as_str) == Some("text"))
        .filter_map(|part| part.get("text").and_then(Value::as_str))
        .collect();
    Ok(Answered { text: texts.join("\n"), usage: usage(info), model: model(info) })
}

/// Who answered, as `provider/model`, when OpenCode says.
pub(crate) fn model(info: &Value) -> Option<String> {
    let word = |name: &str| info.get(name).and_then(Value::as_str);
    word("providerID").zip(word("modelID")).map(|(provider, model)| format!("{provider}/{model}"))
}

/// What a message, or a whole session, used.
pub(crate) fn usage(info: &Value) -> Usage {
    let count = |path: &str| info.pointer(path).and_then(Value::as_u64).unwrap_or_default();
    // OpenCode counts a model without a known price as free: that says nothing.
    let cost_usd = info.get("cost").and_then(Value::as_f64).filter(|cost| *cost > 0.0);
    Usage {
        input_tokens: count("/tokens/input") + count("/tokens/cache/read") + count("/tokens/cache/write"),
        output_tokens: count("/tokens/output") + count("/tokens/reasoning"),
        cost_usd,
        cost_estimated: false,
    }
}

/// OpenCode's word for what went wrong with the model.
fn fault(error: &Value) -> ProviderError {
    let status = error
        .pointer("/data/statusCode")
        .and_then(Value::as_u64)
        .and_then(|status| u16::try_from(status).ok());
    match (error.get("name").and_then(Value::as_str), status) {
        (Some("ProviderAuthError"), _) => ProviderError::Unauthorized(401),
        (Some("MessageAbortedError"), _) => ProviderError::OpenCodeEnded,
        (_, Some(status)) => ProviderError::of_status(status, None),
        (_, None) => ProviderError::Nonsense,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_with_what_it_used() {
        let body = json!({
            "info": {"cost": 0.02, "tokens": {"input": 10, "output": 4, "reasoning": 3, "cache": {"read": 2, "write": 1}}},
            "parts": [{"type": "step-start"}, {"type": "reasoning", "text": "hm"}, {"type": "text", "text": "{}"}]
        });
        let answer = answered(&body).unwrap();
        assert_eq!(answer.text, "{}");
        let usage = Usage { input_tokens: 13, output_tokens: 7, cost_usd: Some(0.02), cost_estimated: false };
        assert_eq!(answer.usage, usage);
    }

    #[test]
    fn what_opencode_says_went_wrong_is_understood() {
        let error = |error: Value| answered(&json!({"info": {"error": error}, "parts": []})).unwrap_err();
        assert_eq!(error(json!({"name": "ProviderAuthError", "data": {}})), ProviderError::Unauthorized(401));
        assert_eq!(
            error(json!({"name": "APIError", "data": {"statusCode": 429}})),
            ProviderError::RateLimited { retry_after: None }
        );
        assert_eq!(error(json!({"name": "MessageAbortedError"})), ProviderError::OpenCodeEnded);
        assert_eq!(error(json!({"name": "UnknownError"})), ProviderError::Nonsense);
        assert_eq!(answered(&json!([])), Err(ProviderError::Nonsense));
    }
}
