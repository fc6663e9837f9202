//! A person's answer, on its way to whoever waits for it.

use super::Asks;
use super::fact::words;
use super::register::{Settlement, Taken, Waiting, state_after};
use crate::clock::now_ms;
use crate::opencode::{Api, Said, ways};
use crate::provider::ProviderError;
use crate::settings::Flags;
use rozet_observability::ask::{Ask, AskAnswer, AskKind, AskReply, AskState};
use serde_json::{Value, json};
use thiserror::Error;

/// Longest message or answer, in bytes.
const MAX_TEXT_BYTES: usize = 8 * 1024;

/// Why an ask was not answered, in words for a person.
#[derive(Debug, Error)]
pub(crate) enum AskError {
    #[error("there is no such ask")]
    Unknown,
    /// What was answered makes no sense here.
    #[error("{message}")]
    Bad { field: &'static str, message: String },
    /// It does not wait any more, or somebody is answering it.
    #[error("{0}")]
    Settled(String),
    /// Whoever asked does not wait any more.
    #[error("{0}")]
    Gone(String),
    /// The answer did not get there; the ask still waits.
    #[error("{0}")]
    Unreachable(String),
}

impl Asks {
    /// Brings an answer to whoever asked; `by` names who answers.
    ///
    /// # Errors
    /// When there is no such ask, it does not wait any more, the answer does not fit, or OpenCode cannot be reached.
    pub(crate) async fn answer(&self, ask_id: &str, reply: AskReply, by: &str) -> Result<Ask, AskError> {
        self.resolve_new().await;
        let known = self.register.one(ask_id).ok_or(AskError::Unknown)?;
        let said = said(&known, reply)?;
        let waiting = self.register.take(ask_id, by).map_err(|taken| match taken {
            Taken::Unknown => AskError::Unknown,
            Taken::Busy(other) => AskError::Settled(format!("{other} is answering it just now")),
            Taken::Settled(ask) => AskError::Settled(how(&ask)),
        })?;
        if let Err(error) = self.bring(&waiting, &said).await {
            return Err(match error {
                AskError::Gone(why) => {
                    self.give_up(ask_id, why.clone()).await;
                    AskError::Settled(why)
                }
                error => {
                    self.register.give_back(ask_id);
                    error
                }
            });
        }
        let (answer, message) = match said {
            Said::Permission { answer, message } => (answer.as_str().to_owned(), message),
            Said::Answers(answers) => (self.intake.redact_text(&words(&json!(answers))), None),
            Said::Declined => ("reject".to_owned(), None),
        };
        let message = message.map(|message| self.intake.redact_text(&message));
        let payload = json!({"kind": "permission_answered", "action": "answer_ask", "answer": answer, "by": by,
            "message": message});
        let state = state_after(known.kind, &answer);
        self.end(ask_id, state, (&answer, by), message, payload).await;
        self.register.one(ask_id).ok_or(AskError::Unknown)
    }

    /// Settles an ask and tells everyone.
    pub(super) async fn end(
        &self,
        ask_id: &str,
        state: AskState,
        (answer, by): (&str, &str),
        reason: Option<String>,
        payload: Value,
    ) {
        let settlement = Settlement {
            state,
            answer: Some(answer.to_owned()),
            by: Some(by.to_owned()),
            reason,
            at: now_ms(),
        };
        // OpenCode may have told of it before its answer came back: then it is settled, in the name of who answered.
        self.register.settle(ask_id, settlement);
        if let Some(ask) = self.register.one(ask_id) {
            self.announce(&ask, payload).await;
        }
    }

    /// Brings an answer to the OpenCode that waits, by the first way that leads there.
    pub(super) async fn bring(&self, waiting: &Waiting, said: &Said) -> Result<(), AskError> {
        let asked = &waiting.asked;
        let directory = waiting.directory.clone().unwrap_or_default();
        let settings = self.coordinator.settings(&directory, Flags::default()).await;
        let settings =
            settings.map_err(|error| AskError::Unreachable(format!("the settings are wrong: {error}")))?;
        let mut is_unknown = false;
        let mut failure = ProviderError::NoOpenCode;
        for way in ways(&self.calls, &settings.opencode, Some(&asked.producer), &directory, true) {
            match Api::new(way, self.tasks.clone()).answer_ask(&asked.ask.ask_id, said).await {
                Ok(()) => return Ok(()),
                // Another OpenCode may be the one that waits.
                Err(ProviderError::OpenCode(404)) => is_unknown = true,
                Err(ProviderError::NoOpenCode) => {}
                Err(error) => failure = error,
            }
        }
        if is_unknown && matches!(failure, ProviderError::NoOpenCode) {
            return Err(AskError::Gone("OpenCode does not wait for it any more".to_owned()));
        }
        let failure = match failure {
            ProviderError::TimedOut => "it does not answer in time".to_owned(),
            other => other.to_string(),
        };
        let why = format!(
            "the OpenCode that asks cannot be told: {failure}. Answer in OpenCode itself, or try again"
        );
        Err(AskError::Unreachable(why))
    }
}

/// What is said to OpenCode.
fn said(ask: &Ask, reply: AskReply) -> Result<Said, AskError> {
    let AskReply { answer, answers, message } = reply;
    let bad = |field: &'static str, message: &str| AskError::Bad { field, message: message.to_owned() };
    if message.as_ref().is_some_and(|message| message.len() > MAX_TEXT_BYTES) {
        return Err(bad("message", "longer than 8192 bytes"));
    }
    match (ask.kind, answer, answers) {
        (_, Some(_), Some(_)) => Err(bad("answers", "expected either answer or answers")),
        (AskKind::Permission, Some(answer), None) => Ok(Said::Permission { answer, message }),
        (AskKind::Permission, None, _) => {
            Err(bad("answer", "it asks for a permission: expected once, always or reject"))
        }
        (AskKind::Question, Some(AskAnswer::Reject), None) => Ok(Said::Declined),
        (AskKind::Question, _, None) => Err(bad(
            "answers",
            "it asks a question: expected answers, a list for each question, or answer: reject",
        )),
        (AskKind::Question, None, Some(answers)) => {
            let bytes: usize = answers.iter().flatten().map(String::len).sum();
            if bytes > MAX_TEXT_BYTES || answers.iter().any(|chosen| chosen.len() > 100) {
                return Err(bad("answers", "longer than 8192 bytes, or more than 100 choices"));
            }
            if answers.len() != ask.questions.len().max(1) {
                let wanted = ask.questions.len().max(1);
                return Err(bad("answers", &format!("expected {wanted} lists, one for each question")));
            }
            let several = |(chosen, question): (&Vec<String>, &rozet_observability::ask::AskQuestion)| {
                chosen.len() > 1 && !question.multiple
            };
            if answers.iter().zip(&ask.questions).any(several) {
                return Err(bad("answers", "only one choice may be made in each of its questions"));
            }
            Ok(Said::Answers(answers))
        }
    }
}

/// How an ask ended, in words for a person.
fn how(ask: &Ask) -> String {
    let by = ask.answered_by.as_deref().map_or_else(String::new, |by| format!(" by {by}"));
    let reason = ask.reason.as_deref().map_or_else(String::new, |reason| format!(": {reason}"));
    format!("it is {} already{by}{reason}", ask.state.as_str())
}
