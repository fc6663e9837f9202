//! The planner's settings, put together from every layer, each with where it came from.

mod budget;
mod system_prompt;

pub(crate) use budget::PlannerBudget;
use system_prompt::SystemPrompt;

use super::model::{self, Role};
use super::source::{Set, Source};
use super::{Choice, ConfigError, Layers, Report};
use std::time::Duration;

/// Tasks in a plan when nothing else is said.
const DEFAULT_MAX_TASKS: u32 = 6;
/// Longest wait for the planner's model when nothing else is said, and the longest that may be set.
const DEFAULT_TIMEOUT_MS: u64 = 20_000;
const MAX_TIMEOUT_MS: u64 = 170_000;

/// Who plans, and how.
#[derive(Clone, PartialEq)]
pub(crate) struct PlannerSettings {
    pub(crate) choice: Choice,
    pub(crate) timeout: Duration,
    pub(crate) max_tasks: u32,
    /// In place of the built-in instructions.
    pub(crate) system_prompt: Option<SystemPrompt>,
    pub(crate) budget: PlannerBudget,
    /// Values that the settings of the workspace name as secret.
    masked: Vec<String>,
}

impl PlannerSettings {
    /// Puts the settings together.
    ///
    /// # Errors
    /// Names the variable, flag or setting that makes no sense.
    pub(crate) fn resolve(layers: &Layers) -> Result<Self, ConfigError> {
        Self::reported(layers, &mut Report::default())
    }

    /// Puts the settings together and tells where each came from.
    ///
    /// # Errors
    /// As [`Self::resolve`].
    pub(crate) fn reported(layers: &Layers, report: &mut Report) -> Result<Self, ConfigError> {
        let choice = model::choose(Role::Planner, layers, report)?;
        let timeout = timeout(layers)?;
        report.note("orchestrator.timeout_ms", timeout.value.to_string(), &timeout.source);
        let max_tasks = max_tasks(layers)?;
        report.set("orchestrator.max_tasks", &max_tasks);
        let system_prompt = system_prompt::read(layers)?;
        if let Some(set) = &system_prompt {
            report.note("orchestrator.system_prompt_path", set.value.path.display().to_string(), &set.source);
        }
        let budget = budget::resolve(layers, report)?;
        Ok(Self {
            choice,
            timeout: Duration::from_millis(timeout.value),
            max_tasks: max_tasks.value,
            system_prompt: system_prompt.map(|set| set.value),
            budget,
            masked: super::observability::secrets(layers),
        })
    }

    /// The tasks that a plan may have when this many are wished for.
    pub(crate) fn cap(&self, wished: Option<u32>) -> u32 {
        wished.unwrap_or(self.max_tasks).clamp(1, self.max_tasks)
    }

    /// Values that must not appear anywhere in what is stored, logged or shown.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.choice.secrets().into_iter().chain(self.masked.iter().cloned()).collect()
    }
}

fn timeout(layers: &Layers) -> Result<Set<u64>, ConfigError> {
    let name = "ROZET_ORCHESTRATOR_TIMEOUT_MS";
    let set = match layers.variable(name) {
        Some(set) => {
            let value = set.value.parse().ok();
            Some(Set::new(
                value.ok_or_else(|| ConfigError::value(name, "expected a whole number"))?,
                set.source,
            ))
        }
        None => layers.in_files(|file| file.orchestrator.as_ref()?.timeout_ms),
    };
    let set = set.unwrap_or(Set::new(DEFAULT_TIMEOUT_MS, Source::Default));
    if !(1..=MAX_TIMEOUT_MS).contains(&set.value) {
        let message = format!("expected 1 to {MAX_TIMEOUT_MS} milliseconds ({})", set.source);
        return Err(ConfigError::value("orchestrator.timeout_ms", message));
    }
    Ok(set)
}

fn max_tasks(layers: &Layers) -> Result<Set<u32>, ConfigError> {
    let set = layers.in_files(|file| file.orchestrator.as_ref()?.max_tasks);
    let set = set.unwrap_or(Set::new(DEFAULT_MAX_TASKS, Source::Default));
    if !(1..=50).contains(&set.value) {
        return Err(ConfigError::value(
            "orchestrator.max_tasks",
            format!("expected 1 to 50 ({})", set.source),
        ));
    }
    Ok(set)
}

#[cfg(test)]
pub(crate) mod tests;
