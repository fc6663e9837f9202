//! Language models, behind one trait.

mod backoff;
mod clients;
mod conversation;
mod kind;
mod opencode;
mod preview;
mod remote;
mod remote_chat;

pub(crate) use backoff::jitter;
pub(crate) use clients::Clients;
pub(crate) use conversation::{ChatModel, Conversation, MAX_TURN_TOKENS, Said, ToolCall, ToolResult, Turn};
pub(crate) use kind::ProviderKind;
pub(crate) use opencode::OpenCodeModel;
pub(crate) use preview::preview;
pub(crate) use remote::{MAX_ANSWER_TOKENS, Remote};

use rozet_observability::plan::Usage;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use thiserror::Error;

/// Who says a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    Person,
    Model,
}

/// One question to a model.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) system: String,
    /// The conversation, ending with the person.
    pub(crate) turns: Vec<(Speaker, String)>,
    /// Name (letters and underscores) and schema that the answer should follow, where the provider can
    /// enforce one.
    pub(crate) schema: Option<(&'static str, serde_json::Value)>,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) usage: Usage,
}

/// Why there is no answer, in words for a person: never with the prompt, the answer or a key in it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ProviderError {
    #[error("there is no key for {0}: set its variable, or `credentials` in providers.yaml")]
    NoKey(&'static str),
    #[error(
        "the project's settings name an endpoint of their own for {0}, which does not get your key: name the endpoint in \
         your own providers.yaml"
    )]
    KeyWithheld(&'static str),
    #[error("the provider refused the key (HTTP {0})")]
    Unauthorized(u16),
    #[error("the provider wants to be paid first (HTTP 402)")]
    Unpaid,
    #[error("the provider knows no such model or address (HTTP 404)")]
    NotFound,
    #[error("the provider limits the rate (HTTP 429)")]
    RateLimited {
        /// What it asks callers to wait.
        retry_after: Option<Duration>,
    },
    #[error("the provider refused the request (HTTP {0})")]
    Refused(u16),
    #[error("the provider failed (HTTP {0})")]
    Failed(u16),
    #[error("the provider cannot be reached")]
    Unreachable,
    #[error("the provider did not answer in time")]
    TimedOut,
    #[error("the provider's answer is not what its API promises")]
    Nonsense,
    #[error("no OpenCode is connected, and none answers at ROZET_OPEN_CODE_BASE_URL")]
    NoOpenCode,
    #[error("OpenCode refused (HTTP {0})")]
    OpenCode(u16),
    #[error("OpenCode ended, or was interrupted, before the model answered")]
    OpenCodeEnded,
    /// In words: what is used up, and of what.
    #[error("{0}")]
    OverBudget(String),
    /// In words: which models may not be used.
    #[error("{0}")]
    NoModel(String),
}

impl ProviderError {
    /// Whether asking again may help.
    pub(crate) const fn is_retryable(&self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::Failed(_) | Self::Unreachable => true,
            Self::NoKey(_)
            | Self::KeyWithheld(_)
            | Self::NoOpenCode
            | Self::OpenCode(_)
            | Self::OpenCodeEnded
            | Self::NoModel(_)
            | Self::OverBudget(_)
            | Self::Unauthorized(_)
            | Self::Unpaid
            | Self::NotFound
            | Self::Refused(_)
            | Self::TimedOut
            | Self::Nonsense => false,
        }
    }

    /// Whether the model may have worked all the same: the answer was lost, not refused.
    pub(crate) const fn may_have_cost(&self) -> bool {
        match self {
            Self::TimedOut | Self::Nonsense | Self::OpenCodeEnded => true,
            Self::NoKey(_)
            | Self::KeyWithheld(_)
            | Self::Unauthorized(_)
            | Self::Unpaid
            | Self::NotFound
            | Self::RateLimited { .. }
            | Self::Refused(_)
            | Self::Failed(_)
            | Self::Unreachable
            | Self::NoOpenCode
            | Self::OpenCode(_)
            | Self::NoModel(_)
            | Self::OverBudget(_) => false,
        }
    }

    /// How long to wait at least before asking again, when the provider says so.
    pub(crate) const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } => *retry_after,
            _ => None,
        }
    }

    /// The error that an HTTP status stands for.
    pub(crate) const fn of_status(status: u16, retry_after: Option<Duration>) -> Self {
        match status {
            401 | 403 => Self::Unauthorized(status),
            402 => Self::Unpaid,
            404 => Self::NotFound,
            429 => Self::RateLimited { retry_after },
            500.. => Self::Failed(status),
            _ => Self::Refused(status),
        }
    }
}

/// A future that a trait object can return.
pub(crate) type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A model that answers questions.
pub(crate) trait Model: Send + Sync {
    /// `provider/model`, as people see it.
    fn name(&self) -> String;

    /// Asks once, without retries.
    fn ask(&self, question: Question) -> Pending<'_, Result<Answer, ProviderError>>;
}
