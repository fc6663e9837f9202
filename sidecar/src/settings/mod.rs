//! What the person set: flags over variables over `.env` files over the project's file over the person's.

mod env_file;
mod environment;
mod file;
mod layers;
mod limits;
mod model;
mod observability;
mod opencode;
mod planner;
mod report;
mod runs;
mod source;
#[cfg(test)]
mod testing;

pub(crate) use environment::{Environment, VARIABLES};
pub(crate) use file::{ConfigError, PriceSection};
pub(crate) use layers::{Flags, Layers};
pub(crate) use model::{Choice, RemoteModel};
pub(crate) use observability::ObservabilitySettings;
pub(crate) use opencode::OpenCodeSettings;
#[cfg(test)]
pub(crate) use planner::tests::settings;
pub(crate) use planner::{PlannerBudget, PlannerSettings};
pub(crate) use report::Report;
#[cfg(test)]
pub(crate) use runs::tests::run_settings;
pub(crate) use runs::{AskSettings, RunSettings, SandboxMode};

/// Port of the API when nothing else is said; the one that existing hook scripts post to.
pub(crate) const DEFAULT_PORT: u16 = 4000;
/// Port on which people expect the dashboard.
pub(crate) const DEFAULT_DASHBOARD_PORT: u16 = 5173;
