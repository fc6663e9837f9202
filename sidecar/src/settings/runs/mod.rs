//! How plans are carried out: by whom, how many tasks at once, within which limits.

mod asks;
mod budget;
mod permissions;
mod worker;

pub(crate) use asks::AskSettings;
pub(crate) use budget::RunBudget;
pub(crate) use permissions::SandboxMode;

use super::file::{ProvidersFile, WorkersSection};
use super::limits::{Bounds, Limit, numbers};
use super::source::{Set, Source};
use super::{Choice, ConfigError, Layers, OpenCodeSettings, Report};
use rozet_observability::run::{RunLimits, WorkerKind};
use std::time::Duration;

/// Tasks at once that may be set; each has a model of its own at work.
const MAX_PARALLEL: u32 = 32;
const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

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
    /// How long what agents ask for waits.
    pub(crate) asks: AskSettings,
}

impl RunSettings {
    /// Puts the settings together.
    ///
    /// # Errors
    /// Names the variable, flag or setting that makes no sense.
    pub(crate) fn resolve(layers: &Layers) -> Result<Self, ConfigError> {
        Self::reported(layers, &mut Report::default())
    }

    /// Puts the settings together and tells where each came from, and what of a project's wishes does not count.
    ///
    /// # Errors
    /// As [`Self::resolve`].
    pub(crate) fn reported(layers: &Layers, report: &mut Report) -> Result<Self, ConfigError> {
        permissions::check_tools(layers)?;
        let (worker, model, opencode) = worker::resolve(layers, report)?;
        let parallel = parallel(layers, report)?;
        let task_ms = Limit {
            name: "workers.timeout_ms",
            default: 15 * MINUTE_MS,
            bounds: Bounds { least: 1_000, most: 4 * HOUR_MS, unit: "milliseconds" },
        };
        let run_ms = Limit {
            name: "workers.run_timeout_ms",
            default: 2 * HOUR_MS,
            bounds: Bounds { least: 1_000, most: 24 * HOUR_MS, unit: "milliseconds" },
        };
        Ok(Self {
            worker,
            parallel,
            max_attempts: count("workers.max_attempts", 2, 1..=10).of(
                layers,
                |section| section.max_attempts,
                report,
            )?,
            task_timeout: Duration::from_millis(task_ms.of(layers, |section| section.timeout_ms, report)?),
            run_timeout: Duration::from_millis(run_ms.of(
                layers,
                |section| section.run_timeout_ms,
                report,
            )?),
            max_steps: count("workers.max_steps", 60, 1..=1_000).of(
                layers,
                |section| section.max_steps,
                report,
            )?,
            idle_steps: count("workers.idle_steps", 12, 4..=1_000).of(
                layers,
                |section| section.idle_steps,
                report,
            )?,
            budget: budget::resolve(layers, report)?,
            sandbox: permissions::sandbox(layers, report)?,
            network: permissions::network(layers, report),
            auto_execute: permissions::auto_execute(layers, report)?,
            outlive_opencode: permissions::outlive_opencode(layers, report)?,
            model,
            opencode,
            asks: asks::resolve(layers, report)?,
        })
    }

    /// What a run may use.
    pub(crate) fn limits(&self) -> RunLimits {
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        RunLimits {
            max_attempts: self.max_attempts,
            task_wall_ms: ms(self.task_timeout),
            run_wall_ms: ms(self.run_timeout),
            task_tokens: self.budget.task_tokens,
            task_usd: self.budget.task_usd,
            run_tokens: self.budget.run_tokens,
            run_usd: self.budget.run_usd,
        }
    }

    /// Values that must not appear anywhere in what is stored, logged or shown.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.model.secrets().into_iter().chain(self.opencode.password.clone()).collect()
    }
}

/// A limit that is a plain number.
fn count(name: &'static str, default: u32, bounds: std::ops::RangeInclusive<u32>) -> Limit<u32> {
    Limit { name, default, bounds: Bounds { least: *bounds.start(), most: *bounds.end(), unit: "" } }
}

impl<T: PartialOrd + Copy + std::fmt::Display + 'static> Limit<T> {
    /// The limit as the `workers` sections set it.
    fn of(
        &self,
        layers: &Layers,
        get: impl Fn(&WorkersSection) -> Option<T>,
        report: &mut Report,
    ) -> Result<T, ConfigError> {
        self.resolve(workers(layers, get), report).map(|set| set.value)
    }
}

/// What each file's `workers` section says, in the order of precedence.
fn workers<T>(layers: &Layers, get: impl Fn(&WorkersSection) -> Option<T>) -> Vec<Set<T>> {
    layers.sections(|file: &ProvidersFile| get(file.workers.as_ref()?)).collect()
}

fn parallel(layers: &Layers, report: &mut Report) -> Result<u32, ConfigError> {
    let flag = layers.flags.parallel.map(|value| Set::new(value, Source::Flag("--parallel")));
    let mut said: Vec<Set<u32>> = flag.into_iter().collect();
    said.extend(numbers(layers, "ROZET_WORKERS_PARALLEL")?);
    said.extend(workers(layers, |section| section.parallel));
    count("workers.parallel", 4, 1..=MAX_PARALLEL).resolve(said, report).map(|set| set.value)
}

#[cfg(test)]
pub(crate) mod tests;
