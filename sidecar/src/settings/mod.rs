//! What the person set: one table of variables, one file, flags over both.

mod environment;
mod file;
mod orchestrator;

pub(crate) use environment::{Environment, VARIABLES};
pub(crate) use file::{ConfigError, ProvidersFile};
pub(crate) use orchestrator::{Orchestrator, PlannerModel};

/// Port of the API when nothing else is said; the one that existing hook scripts post to.
pub(crate) const DEFAULT_PORT: u16 = 4000;
/// Port on which people expect the dashboard.
pub(crate) const DEFAULT_DASHBOARD_PORT: u16 = 5173;
