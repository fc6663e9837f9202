//! What the person set: flags over variables over `.env` files over the project's file over the person's.

mod env_file;
mod environment;
mod file;
mod layers;
mod planner;
mod runs;
mod source;

pub(crate) use environment::{Environment, VARIABLES};
pub(crate) use file::{ConfigError, PriceSection};
pub(crate) use layers::{Flags, Layers};
#[cfg(test)]
pub(crate) use planner::tests::settings;
pub(crate) use planner::{Choice, OpenCodeSettings, PlannerBudget, PlannerModel, PlannerSettings, Report};

pub(crate) use runs::{RunBudget, RunSettings, SandboxMode};

/// Port of the API when nothing else is said; the one that existing hook scripts post to.
pub(crate) const DEFAULT_PORT: u16 = 4000;
/// Port on which people expect the dashboard.
pub(crate) const DEFAULT_DASHBOARD_PORT: u16 = 5173;
