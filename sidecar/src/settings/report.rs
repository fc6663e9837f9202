//! What is in force, told while it is put together.

use super::source::{Set, Source};

/// One line of what is in force.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InForce {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    pub(crate) source: String,
}

/// Collects what is in force.
#[derive(Debug, Default)]
pub(crate) struct Report(pub(crate) Vec<InForce>);

impl Report {
    /// Notes a value; what planner and workers share is told once.
    pub(super) fn note(&mut self, name: &'static str, value: impl Into<String>, source: &Source) {
        let row = InForce { name, value: value.into(), source: source.to_string() };
        if !self.0.contains(&row) {
            self.0.push(row);
        }
    }

    pub(super) fn set<T: ToString>(&mut self, name: &'static str, set: &Set<T>) {
        self.note(name, set.value.to_string(), &set.source);
    }
}
