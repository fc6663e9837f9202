//! How plans are carried out: by whom, how many tasks at once, within which limits.

use super::{Choice, OpenCodeSettings, PriceSection};
use rozet_observability::run::WorkerKind;
use std::collections::BTreeMap;
use std::time::Duration;

/// Who carries plans out, and within which limits.
#[derive(Clone, PartialEq)]
pub(crate) struct RunSettings {
    /// Whether every plan is carried out as soon as it is there.
    pub(crate) auto_execute: bool,
    pub(crate) worker: WorkerKind,
    /// Tasks of all runs that may be under way at once.
    pub(crate) parallel: u32,
    /// Attempts at one task, the first included.
    pub(crate) max_attempts: u32,
    /// Wall time of one attempt.
    pub(crate) task_timeout: Duration,
    /// Wall time of a run.
    pub(crate) run_timeout: Duration,
    /// Model calls of one attempt.
    pub(crate) max_steps: u32,
    /// Tool calls in a row that may pass without observable progress.
    pub(crate) idle_steps: u32,
    pub(crate) budget: RunBudget,
    pub(crate) sandbox: SandboxMode,
    /// Whether sandboxed commands reach the network.
    pub(crate) network: bool,
    /// Whether workers go on when the OpenCode that asked for the run has ended.
    pub(crate) outlive_opencode: bool,
    /// The model of `local` workers.
    pub(crate) model: Choice,
    /// How OpenCode is reached, and which of its models workers may use.
    pub(crate) opencode: OpenCodeSettings,
}

/// What runs may use, planner and workers together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RunBudget {
    pub(crate) task_tokens: u64,
    pub(crate) task_usd: f64,
    pub(crate) run_tokens: u64,
    pub(crate) run_usd: f64,
    pub(crate) day_tokens: u64,
    pub(crate) day_usd: f64,
    pub(crate) prices: BTreeMap<String, PriceSection>,
}

/// Whether shell commands are confined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SandboxMode {
    /// Where the system can; where it cannot, results say so.
    Auto,
    /// Commands are refused where the system cannot.
    Required,
    /// Never; results say so.
    Off,
}
