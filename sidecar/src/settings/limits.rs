//! Limits and permissions: a project's files may draw them tighter, never looser than the person or the default does.

use super::source::{Scope, Set, Source};
use super::{ConfigError, Layers, Report};
use std::cmp::Ordering;
use std::fmt::Display;
use std::str::FromStr;

/// What a value may be at all.
pub(super) struct Bounds<T> {
    pub(super) least: T,
    pub(super) most: T,
    /// In words, such as `milliseconds`; empty for plain numbers.
    pub(super) unit: &'static str,
}

/// A value and what is known of it. Larger values are the looser ones.
pub(super) struct Limit<T: 'static> {
    pub(super) name: &'static str,
    pub(super) default: T,
    pub(super) bounds: Bounds<T>,
}

impl<T: PartialOrd + Copy + Display + 'static> Limit<T> {
    /// The first of these, which stand in the order of precedence, that may count.
    ///
    /// # Errors
    /// When the value that would count is out of bounds.
    pub(super) fn resolve(&self, said: Vec<Set<T>>, report: &mut Report) -> Result<Set<T>, ConfigError> {
        let set = bounded(self.name, said, self.default, report, T::to_string);
        let Bounds { least, most, unit } = &self.bounds;
        if !(*least..=*most).contains(&set.value) {
            let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
            let message = format!("expected {least} to {most}{unit} ({})", set.source);
            return Err(ConfigError::value(self.name, message));
        }
        report.set(self.name, &set);
        Ok(set)
    }
}

/// The first of these that may count; what a project may not loosen is passed over, and said.
pub(super) fn bounded<T: PartialOrd + Copy>(
    name: &'static str,
    said: Vec<Set<T>>,
    default: T,
    report: &mut Report,
    show: impl Fn(&T) -> String,
) -> Set<T> {
    let is_persons = |set: &&Set<T>| set.source.scope() == Scope::Person;
    let base = said.iter().find(is_persons).cloned().unwrap_or(Set::new(default, Source::Default));
    for set in said {
        // What cannot be compared is no number: the bounds refuse it.
        if set.source.scope() == Scope::Person
            || set.value.partial_cmp(&base.value) != Some(Ordering::Greater)
        {
            return set;
        }
        let why = format!(
            "{} is ignored: the project may not go beyond {} ({})",
            show(&set.value),
            show(&base.value),
            base.source
        );
        report.note(name, why, &set.source);
    }
    base
}

/// A variable's values as numbers.
///
/// # Errors
/// Names the variable that is none.
pub(super) fn numbers<T: FromStr>(layers: &Layers, variable: &str) -> Result<Vec<Set<T>>, ConfigError> {
    parsed(layers, variable, "a whole number", |text| text.parse().ok())
}

/// A variable's values as switches.
///
/// # Errors
/// Names the variable that is none.
pub(super) fn switches(layers: &Layers, variable: &str) -> Result<Vec<Set<bool>>, ConfigError> {
    parsed(layers, variable, "1 or 0", |text| match text {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    })
}

fn parsed<T>(
    layers: &Layers,
    variable: &str,
    expected: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Vec<Set<T>>, ConfigError> {
    let each = layers.variables(variable).into_iter().map(|set| match parse(set.value.trim()) {
        Some(value) => Ok(Set::new(value, set.source)),
        None => Err(ConfigError::value(variable, format!("expected {expected} ({})", set.source))),
    });
    each.collect()
}
