//! How events are kept: how safely, for how long, what is masked in them, and where else they go.
//!
//! The store is one for all projects: what a project's files say counts only where it masks more.

mod size;

pub(crate) use size::Size;

use super::file::ObservabilitySection;
use super::limits::{Bounds, Limit, switches};
use super::source::{Scope, Set, Source};
use super::{ConfigError, Layers, Report};
use reqwest::Url;
use rozet_observability::redact::{Kinds, SecretKind};
use rozet_observability::store::{Durability, StoreOptions};
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);
const DEFAULT_DAYS: u64 = StoreOptions::DEFAULT_MAX_AGE.as_secs() / DAY.as_secs();
/// The longest that may be set; longer is for ever.
const MAX_DAYS: u64 = 36_500;
/// The largest that may be set, in bytes.
const MAX_BYTES: u64 = 1 << 40;
/// What the plugin calls itself in its events unless it is said otherwise.
const DEFAULT_APP: &str = "rozet-opencode";

/// What holds for the events of all projects.
#[derive(Clone, PartialEq)]
pub(crate) struct ObservabilitySettings {
    /// Whether events are stored and streamed. Where they are not, what they report of tasks is acted on all the same.
    pub(crate) enabled: bool,
    /// Another server of the known form, which gets what is stored here.
    pub(crate) forward_to: Option<Url>,
    pub(crate) durability: Durability,
    /// How long events are kept.
    pub(crate) max_age: Duration,
    /// The size above which the oldest events go, in bytes.
    pub(crate) max_bytes: u64,
    /// Values that are masked wherever they stand.
    redact: Vec<String>,
    /// Kinds of secrets that are not looked for.
    pub(crate) kept: Kinds,
}

impl ObservabilitySettings {
    /// Puts the settings together.
    ///
    /// # Errors
    /// Names the variable or setting that makes no sense.
    pub(crate) fn resolve(layers: &Layers) -> Result<Self, ConfigError> {
        Self::reported(layers, &mut Report::default())
    }

    /// Puts the settings together and tells where each came from, and what of a project's wishes does not count.
    ///
    /// # Errors
    /// As [`Self::resolve`].
    pub(crate) fn reported(layers: &Layers, report: &mut Report) -> Result<Self, ConfigError> {
        let enabled = enabled(layers, report)?;
        let forward_to = forward_to(layers, report)?;
        let app = layers.variable("ROZET_OBSERVABILITY_APP");
        let app = app.unwrap_or(Set::new(DEFAULT_APP.to_owned(), Source::Default));
        report.set("observability.app", &app);
        let days = Limit {
            name: "observability.retention_days",
            default: DEFAULT_DAYS,
            bounds: Bounds { least: 1, most: MAX_DAYS, unit: "days" },
        };
        let said = persons(layers, days.name, |section| section.retention_days, report);
        let max_age = DAY * u32::try_from(days.resolve(said, report)?.value).unwrap_or(u32::MAX);
        Ok(Self {
            enabled,
            forward_to,
            durability: durability(layers, report)?,
            max_age,
            max_bytes: max_bytes(layers, report)?,
            redact: redact(layers, report),
            kept: kept(layers, report)?,
        })
    }

    /// How the store is opened.
    pub(crate) fn store_options(&self) -> StoreOptions {
        StoreOptions {
            durability: self.durability,
            max_age: self.max_age,
            max_bytes: self.max_bytes,
            ..StoreOptions::default()
        }
    }

    /// Values that must not appear anywhere in what is stored, logged or shown.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.redact.clone()
    }
}

/// The values that a workspace's own settings name as secret.
pub(super) fn secrets(layers: &Layers) -> Vec<String> {
    redact(layers, &mut Report::default())
}

/// What the person's own files say; of a project's it is said that it does not count.
fn persons<T>(
    layers: &Layers,
    name: &'static str,
    get: impl Fn(&ObservabilitySection) -> Option<T>,
    report: &mut Report,
) -> Vec<Set<T>> {
    let said = layers.sections(|file| get(file.observability.as_ref()?));
    said.filter(|set| is_persons(name, set, report)).collect()
}

fn is_persons<T>(name: &'static str, set: &Set<T>, report: &mut Report) -> bool {
    let persons = set.source.scope() == Scope::Person;
    if !persons {
        report.note(name, "ignored: the store is one for all projects", &set.source);
    }
    persons
}

fn enabled(layers: &Layers, report: &mut Report) -> Result<bool, ConfigError> {
    let name = "observability.enabled";
    let said = switches(layers, "ROZET_OBSERVABILITY_ENABLED")?;
    let set = said.into_iter().find(|set| is_persons(name, set, report));
    let set = set.unwrap_or(Set::new(true, Source::Default));
    report.set(name, &set);
    Ok(set.value)
}

fn forward_to(layers: &Layers, report: &mut Report) -> Result<Option<Url>, ConfigError> {
    let (name, variable) = ("observability.url", "ROZET_OBSERVABILITY_URL");
    let said = layers.variables(variable).into_iter().find(|set| is_persons(name, set, report));
    let Some(set) = said else { return Ok(None) };
    let wrong = || {
        let message = format!("expected an address such as http://127.0.0.1:4000 ({})", set.source);
        ConfigError::value(variable, message)
    };
    let url = Url::parse(&set.value).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong());
    }
    let mut shown = url.clone();
    if url.password().is_some() {
        let _ = shown.set_password(Some("****"));
    }
    report.note(name, shown, &set.source);
    Ok(Some(url))
}

fn durability(layers: &Layers, report: &mut Report) -> Result<Durability, ConfigError> {
    let name = "observability.durability";
    let said = persons(layers, name, |section| section.durability.clone(), report).into_iter().next();
    let Some(set) = said else {
        report.note(name, Durability::default().as_str(), &Source::Default);
        return Ok(Durability::default());
    };
    let known = [Durability::Process, Durability::Power];
    let value = known.into_iter().find(|durability| durability.as_str() == set.value).ok_or_else(|| {
        ConfigError::value(name, format!("expected one of process, power ({})", set.source))
    })?;
    report.note(name, value.as_str(), &set.source);
    Ok(value)
}

fn max_bytes(layers: &Layers, report: &mut Report) -> Result<u64, ConfigError> {
    let name = "observability.max_bytes";
    let said = persons(layers, name, |section| section.max_bytes.clone(), report).into_iter().next();
    let Some(set) = said else {
        report.note(name, Size::of(StoreOptions::DEFAULT_MAX_BYTES), &Source::Default);
        return Ok(StoreOptions::DEFAULT_MAX_BYTES);
    };
    let bytes = set.value.bytes().filter(|bytes| (StoreOptions::MIN_MAX_BYTES..=MAX_BYTES).contains(bytes));
    let bytes = bytes.ok_or_else(|| {
        let (least, most) = (Size::of(StoreOptions::MIN_MAX_BYTES), Size::of(MAX_BYTES));
        let message = format!("expected a size from {least} to {most}, such as 2GiB ({})", set.source);
        ConfigError::value(name, message)
    })?;
    report.note(name, Size::of(bytes), &set.source);
    Ok(bytes)
}

/// The values of the variables that anybody's settings name.
fn redact(layers: &Layers, report: &mut Report) -> Vec<String> {
    let mut values = Vec::new();
    for Set { value: names, source } in
        layers.sections(|file| Some(file.observability.as_ref()?.redact.variables.clone()))
    {
        if !names.is_empty() {
            report.note("observability.redact.variables", names.join(", "), &source);
        }
        values.extend(names.iter().flat_map(|name| layers.variables(name)).map(|set| set.value));
    }
    values.sort_unstable();
    values.dedup();
    values
}

fn kept(layers: &Layers, report: &mut Report) -> Result<Kinds, ConfigError> {
    let name = "observability.redact.keep";
    let mut kept = Vec::new();
    let words =
        |section: &ObservabilitySection| Some(section.redact.keep.clone()).filter(|words| !words.is_empty());
    for Set { value: words, source } in persons(layers, name, words, report) {
        for word in &words {
            let kind = SecretKind::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| {
                let known: Vec<&str> = SecretKind::ALL.iter().map(|kind| kind.as_str()).collect();
                ConfigError::value(name, format!("expected some of {} ({source})", known.join(", ")))
            })?;
            kept.push(kind);
        }
        report.note(name, words.join(", "), &source);
    }
    Ok(kept.into_iter().collect())
}

#[cfg(test)]
mod tests;
