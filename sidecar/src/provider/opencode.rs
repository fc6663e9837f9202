//! The person's own OpenCode model: asked in a hidden session without tools, so that Rozet needs no key of its own.

use super::{Answer, Model, Pending, ProviderError, Question, Speaker};
use crate::opencode::{Api, Carrier, ChosenModel, choose, needs_providers};
use crate::settings::OpenCodeSettings;
use serde_json::Value;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio_util::task::TaskTracker;

/// A model of OpenCode's.
pub(crate) struct OpenCodeModel {
    ways: Vec<Api>,
    settings: OpenCodeSettings,
    session_model: Option<String>,
    parent_id: Option<String>,
    timeout: Duration,
    chosen: OnceLock<String>,
}

impl OpenCodeModel {
    /// A model that is reached the first of these ways that leads to OpenCode.
    pub(crate) fn new(
        ways: Vec<Arc<dyn Carrier>>,
        settings: OpenCodeSettings,
        session_model: Option<String>,
        session_id: &str,
        timeout: Duration,
        tasks: &TaskTracker,
    ) -> Self {
        Self {
            ways: ways.into_iter().map(|way| Api::new(way, tasks.clone())).collect(),
            settings,
            session_model,
            // Only OpenCode's own ids can be a parent there.
            parent_id: session_id.starts_with("ses").then(|| session_id.to_owned()),
            timeout,
            chosen: OnceLock::new(),
        }
    }

    async fn ask_once(&self, question: Question) -> Result<Answer, ProviderError> {
        let mut last = ProviderError::NoOpenCode;
        for api in &self.ways {
            match self.ask_over(api, &question).await {
                Err(error @ ProviderError::NoOpenCode) => last = error,
                outcome => return outcome,
            }
        }
        Err(last)
    }

    async fn ask_over(&self, api: &Api, question: &Question) -> Result<Answer, ProviderError> {
        let model = self.model(api).await?;
        // A refused parent is one that this OpenCode does not know.
        let mut session = match api.hidden_session(self.parent_id.as_deref()).await {
            Err(ProviderError::OpenCode(_)) if self.parent_id.is_some() => api.hidden_session(None).await?,
            outcome => outcome?,
        };
        let text = one_text(&question.turns);
        let asked = session.ask(model.as_ref(), &question.system, &text, self.timeout).await;
        let answered = match asked {
            Err(ProviderError::OpenCode(400..=599)) => {
                session.without_agent();
                session.ask(model.as_ref(), &question.system, &text, self.timeout).await?
            }
            outcome => outcome?,
        };
        if let Some(model) = answered.model {
            let _ = self.chosen.set(model);
        }
        Ok(Answer { text: answered.text, usage: answered.usage })
    }

    async fn model(&self, api: &Api) -> Result<Option<ChosenModel>, ProviderError> {
        let session_model = self.session_model.as_deref();
        let providers =
            if needs_providers(&self.settings, session_model) { api.providers().await? } else { Value::Null };
        let model = choose(&self.settings, session_model, &providers).map_err(ProviderError::NoModel)?;
        if let Some(model) = &model {
            let _ = self.chosen.set(model.name());
        }
        Ok(model)
    }
}

impl Model for OpenCodeModel {
    fn name(&self) -> String {
        let known = self.chosen.get().or(self.settings.model.as_ref()).or(self.session_model.as_ref());
        known.map_or_else(|| "opencode".to_owned(), |model| format!("opencode/{model}"))
    }

    fn ask(&self, question: Question) -> Pending<'_, Result<Answer, ProviderError>> {
        Box::pin(self.ask_once(question))
    }
}

/// The conversation as one message: each question has a session of its own.
fn one_text(turns: &[(Speaker, String)]) -> String {
    let said = turns.iter().map(|(speaker, text)| match speaker {
        Speaker::Person => text.clone(),
        Speaker::Model => format!("Your answer was:\n{text}"),
    });
    said.collect::<Vec<_>>().join("\n\n")
}
