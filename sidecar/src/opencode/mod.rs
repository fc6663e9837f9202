//! The person's own OpenCode, reached through its REST API: over plain HTTP where it listens, and over the
//! plugin's link where it does not. The same calls, whichever way.

mod answers;
mod api;
mod child;
mod choice;
mod http;
mod link;

pub(crate) use answers::Said;
pub(crate) use api::{Answered, Api, Hidden, PLANNING_PATHS, model, usage};
pub(crate) use child::{Child, ChildForm, Prompt, Rule, Standing};
pub(crate) use choice::{ChosenModel, choose, needs_providers};
pub(crate) use link::Calls;

use http::Http;

use crate::settings::OpenCodeSettings;
use rozet_observability::link::CallMethod;
use serde_json::Value;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// Largest answer that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// One call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: CallMethod,
    /// Without host; of a query, nothing but `limit`.
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    pub(crate) timeout: Duration,
}

/// What OpenCode answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum CallError {
    /// Nobody answers there; another way may still lead to OpenCode.
    #[error("OpenCode cannot be reached")]
    Unreachable,
    #[error("OpenCode did not answer in time")]
    TimedOut,
    #[error("OpenCode ended before it answered")]
    Ended,
    #[error("OpenCode's answer makes no sense")]
    Nonsense,
}

type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A way to OpenCode.
pub(crate) trait Carrier: Send + Sync {
    fn call(&self, call: Call) -> Pending<'_, Result<Reply, CallError>>;
}

/// The way to an OpenCode that we started ourselves.
///
/// # Errors
/// When the TLS roots cannot be loaded.
pub(crate) fn way_to_own(
    base_url: &str,
    password: &str,
    directory: &str,
) -> Result<Arc<dyn Carrier>, reqwest::Error> {
    Ok(Arc::new(Http::own(base_url, password, directory)?))
}

/// The ways to the OpenCode that works in `directory`, the best first: the address that somebody set, the link of the
/// plugin that asks, another plugin's link in the same folder, and, when `anywhere`, the address where
/// `opencode serve` usually is.
pub(crate) fn ways(
    calls: &Calls,
    settings: &OpenCodeSettings,
    producer: Option<&str>,
    directory: &str,
    anywhere: bool,
) -> Vec<Arc<dyn Carrier>> {
    let mut ways: Vec<Arc<dyn Carrier>> = Vec::new();
    let http = || Http::new(settings, directory).ok().map(|http| Arc::new(http) as Arc<dyn Carrier>);
    if settings.base_url_is_set {
        ways.extend(http());
    }
    ways.extend(calls.link(producer, directory).map(|link| Arc::new(link) as Arc<dyn Carrier>));
    if anywhere && !settings.base_url_is_set {
        ways.extend(http());
    }
    ways
}
