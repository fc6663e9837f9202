//! Who works: a child session of the person's OpenCode, or our own loop, and on which model.

use crate::settings::limits::switches;
use crate::settings::model::{self, Role};
use crate::settings::opencode;
use crate::settings::source::{Set, Source};
use crate::settings::{Choice, ConfigError, Layers, OpenCodeSettings, Report};
use rozet_observability::run::WorkerKind;

/// The worker, the model of local ones, and how OpenCode is reached.
pub(super) fn resolve(
    layers: &Layers,
    report: &mut Report,
) -> Result<(WorkerKind, Choice, OpenCodeSettings), ConfigError> {
    let named = model::named_provider(Role::Workers, layers);
    let worker = kind(layers, named.as_ref())?;
    report.note("workers", worker.value.as_str(), &worker.source);
    let own = model::choose(Role::Workers, layers, report)?;
    let opencode = match &own {
        Choice::OpenCode(settings) | Choice::Unset(settings) => settings.clone(),
        Choice::Remote(_) | Choice::Offline => opencode::resolve(layers, None, report)?,
    };
    let choice = match own {
        // What the planner's model is stands in the report already, or is told when it is asked for.
        Choice::Unset(_) => match model::choose(Role::Planner, layers, &mut Report::default())? {
            planner @ Choice::Remote(_) => planner,
            Choice::Offline | Choice::OpenCode(_) | Choice::Unset(_) => own,
        },
        own => own,
    };
    if worker.value == WorkerKind::Local && !matches!(choice, Choice::Remote(_)) {
        let message = format!(
            "local workers ({}) need a model of their own: name its provider here, as ROZET_WORKERS_PROVIDER, or for the \
             orchestrator",
            worker.source
        );
        return Err(ConfigError::value("workers.provider", message));
    }
    Ok((worker.value, choice, opencode))
}

/// A provider with an API of its own speaks for local workers, unless something else is said.
fn kind(layers: &Layers, provider: Option<&Set<String>>) -> Result<Set<WorkerKind>, ConfigError> {
    if let Some(kind) = layers.flags.worker {
        return Ok(Set::new(kind, Source::Flag("--worker")));
    }
    if let Some(set) = switches(layers, "ROZET_USE_OPEN_CODE_TOOLS")?.into_iter().next() {
        let kind = if set.value { WorkerKind::Opencode } else { WorkerKind::Local };
        return Ok(Set::new(kind, set.source));
    }
    Ok(match provider {
        Some(set) if set.value != "opencode" => Set::new(WorkerKind::Local, set.source.clone()),
        Some(set) => Set::new(WorkerKind::Opencode, set.source.clone()),
        None => Set::new(WorkerKind::Opencode, Source::Default),
    })
}
