//! Answers to what OpenCode's sessions ask: `POST /permission/{id}/reply`, `/question/{id}/reply` and
//! `/question/{id}/reject`, as 1.18.33 offers them.

use super::api::{Api, SHORT, success};
use crate::provider::ProviderError;
use rozet_observability::ask::AskAnswer;
use rozet_observability::link::CallMethod;
use serde_json::{Value, json};

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    Permission {
        answer: AskAnswer,
        /// What the model is told with a refusal.
        message: Option<String>,
    },
    Answers(Vec<Vec<String>>),
    /// The question is not answered.
    Declined,
}

impl Api {
    /// Brings an answer to whoever waits for it.
    ///
    /// # Errors
    /// When OpenCode cannot be reached; with its status, 404, when it knows no such ask any more.
    pub(crate) async fn answer_ask(&self, ask_id: &str, said: &Said) -> Result<(), ProviderError> {
        let (path, body) = match said {
            Said::Permission { answer, message } => {
                let mut body = json!({"reply": answer.as_str()});
                if let (Some(message), Some(fields)) = (message, body.as_object_mut()) {
                    fields.insert("message".into(), json!(message));
                }
                (format!("/permission/{ask_id}/reply"), body)
            }
            Said::Answers(answers) => (format!("/question/{ask_id}/reply"), json!({"answers": answers})),
            Said::Declined => (format!("/question/{ask_id}/reject"), Value::Null),
        };
        let body = Some(body).filter(|body| !body.is_null());
        success(self.call(CallMethod::Post, &path, body, SHORT).await?).map(drop)
    }
}
