//! How long agents' asks wait for a person. A project's files may shorten that, never lengthen it.

use super::permissions::{Vocabulary, meaning};
use crate::settings::file::PermissionsSection;
use crate::settings::limits::{Bounds, Limit, bounded, numbers};
use crate::settings::source::Set;
use crate::settings::{ConfigError, Layers, Report};
use std::time::Duration;

const DEFAULT_MS: u64 = 10 * 60 * 1_000;
const MAX_MS: u64 = 24 * 60 * 60 * 1_000;
/// Whose asks expire; the later, the looser.
const WHOSE: Vocabulary<bool> = &[("all", false), ("children", true)];

/// How long asks wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AskSettings {
    /// After that, an ask that nobody answered is denied.
    pub(crate) deadline: Duration,
    /// Whether that goes for sessions without a parent too, where OpenCode itself waits for the person.
    pub(crate) of_all: bool,
}

impl Default for AskSettings {
    fn default() -> Self {
        Self { deadline: Duration::from_millis(DEFAULT_MS), of_all: false }
    }
}

pub(super) fn resolve(layers: &Layers, report: &mut Report) -> Result<AskSettings, ConfigError> {
    let limit = Limit {
        name: "permissions.deadline_ms",
        default: DEFAULT_MS,
        bounds: Bounds { least: 1_000, most: MAX_MS, unit: "milliseconds" },
    };
    let mut deadline = numbers(layers, "ROZET_PERMISSION_DEADLINE_MS")?;
    deadline.extend(said(layers, |section| section.deadline_ms));
    let deadline = Duration::from_millis(limit.resolve(deadline, report)?.value);
    let name = "permissions.deadline_for";
    let whose = said(layers, |section| section.deadline_for.clone());
    let whose: Vec<Set<bool>> =
        whose.into_iter().map(|set| meaning(name, WHOSE, set)).collect::<Result<_, _>>()?;
    let word = |children: &bool| if *children { "children" } else { "all" }.to_owned();
    let set = bounded(name, whose, true, report, word);
    report.note(name, word(&set.value), &set.source);
    Ok(AskSettings { deadline, of_all: !set.value })
}

fn said<T>(layers: &Layers, get: impl Fn(&PermissionsSection) -> Option<T>) -> Vec<Set<T>> {
    layers.sections(|file| get(file.permissions.as_ref()?)).collect()
}
