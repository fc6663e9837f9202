//! What carries out one task: a child session of the person's OpenCode, or our own loop on a configured provider.

mod activity;
mod allowance;
mod local;
mod opencode;
mod progress;
mod prompt;
#[cfg(test)]
mod testing;
mod watched;

pub(crate) use progress::ProgressGate;
pub(crate) use watched::watched_call;

pub(crate) use allowance::Allowance;
use local::{LocalWorker, Toolbox};
use opencode::OpenCodeWorker;

use crate::opencode::Calls;
use crate::provider::{Pending, ProviderError};
use crate::reader;
use crate::settings::RunSettings;
use crate::tools::{Host, ToolContext};
use rozet_observability::plan::{Plan, Task, Usage};
use rozet_observability::run::{Attempt, Run, WorkerKind};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Longest claim, in characters.
const STATEMENT_CHARS: usize = 2_000;

/// One attempt, as a worker gets it.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) run: Arc<Run>,
    /// As it stood when the attempt began.
    pub(crate) plan: Arc<Plan>,
    pub(crate) task: Task,
    /// Counts from 1.
    pub(crate) attempt: u32,
    /// What the checks saw of the attempt before, in words for the model.
    pub(crate) feedback: Option<String>,
    pub(crate) settings: Arc<RunSettings>,
    /// What the worker may do with files and commands.
    pub(crate) tools: ToolContext,
    pub(crate) overseer: Arc<dyn Overseer>,
    /// How long it may take.
    pub(crate) allowance: Arc<Allowance>,
    /// Set when the work is to end; the worker leaves nothing running then.
    pub(crate) cancel: CancellationToken,
}

/// Who watches an attempt while it is under way.
pub(crate) trait Overseer: Send + Sync {
    /// One line about what the worker does now.
    fn activity(&self, line: String);

    /// What this attempt has used so far, in all, and by which model.
    ///
    /// # Errors
    /// When the budget is used up: the worker stops at once.
    fn spent(&self, total: Usage, model: Option<&str>) -> Result<(), Stopped>;

    /// The attempt's own OpenCode session: tool calls that come from it are this attempt's.
    fn opened(&self, session_id: &str);

    /// A tool call is over. `call` names the tool with its arguments, `outcome` what came of it.
    ///
    /// # Errors
    /// When the worker repeats itself or gets nowhere: it stops at once.
    fn stepped(&self, call: &str, outcome: &str) -> Result<(), Stopped>;

    /// A command ran, in an enforced sandbox or not.
    fn ran(&self, sandboxed: bool);
}

/// What a worker says when it is done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Report {
    /// The claim.
    pub(crate) statement: String,
    pub(crate) usage: Usage,
    pub(crate) model: Option<String>,
}

/// Why an attempt ended before the worker said that it is done; in words for a person.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Stopped {
    /// The model or its provider failed.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// Task, run or day has nothing left.
    #[error("{0}")]
    OverBudget(String),
    /// It repeated itself, made no progress, or used up its steps.
    #[error("{0}")]
    Stuck(String),
    /// It took too long.
    #[error("{0}")]
    TimedOut(String),
    /// It needs something that only a person can give.
    #[error("{0}")]
    NeedsPerson(String),
    /// Somebody ended it.
    #[error("cancelled")]
    Cancelled,
}

/// What carries out tasks.
pub(crate) trait Worker: Send + Sync {
    /// Its kind, as people see it.
    fn kind(&self) -> WorkerKind;

    /// Whose rate limits it lives under, such as `openai` or `opencode`.
    fn provider(&self, settings: &RunSettings) -> String;

    /// Works until it is done or stopped.
    fn work(&self, job: Job) -> Pending<'_, Result<Report, Stopped>>;

    /// Ends what an attempt left behind that an earlier daemon began: nobody watches it any more.
    fn end_left_over<'a>(
        &'a self,
        settings: &'a RunSettings,
        run: &'a Run,
        attempt: &'a Attempt,
    ) -> Pending<'a, ()>;
}

/// Makes the workers; nothing is started or sent. `opencode` is the program that is started when no OpenCode runs; it
/// comes from the process's environment alone, because a project's files must not name programs. Everything that they
/// start ends with `shutdown`.
pub(crate) fn workers(
    calls: Calls,
    opencode: Option<&str>,
    host: Arc<Host>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
) -> Vec<Arc<dyn Worker>> {
    vec![
        Arc::new(OpenCodeWorker::new(calls, opencode, host, tasks, shutdown)),
        Arc::new(LocalWorker::new(Arc::new(Toolbox))),
    ]
}

/// What a model said at the end, as a claim: without its thoughts, bounded; empty when it said nothing.
fn statement(text: &str) -> String {
    reader::without_thoughts(text).chars().take(STATEMENT_CHARS).collect::<String>().trim().to_owned()
}

/// Says how long an attempt may take.
fn timed_out(limit: Duration) -> Stopped {
    let seconds = limit.as_secs();
    let limit = match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    };
    Stopped::TimedOut(format!("the attempt took longer than {limit}; see `workers.timeout_ms`"))
}
