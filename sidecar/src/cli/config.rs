//! `config`.

use super::{Context, output};
use crate::settings::{
    Flags, Layers, ObservabilitySettings, PlannerSettings, Report, RunSettings, VARIABLES,
};
use anyhow::Context as _;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Only say whether the settings are sound; the exit code is 1 when they are not
    #[arg(long)]
    check: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// The workspace [default: this folder]
    #[arg(long)]
    directory: Option<PathBuf>,
    /// A settings file in place of the project's and your own providers.yaml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn run(context: &mut Context, args: &Args) -> anyhow::Result<ExitCode> {
    let directory = match &args.directory {
        Some(directory) => {
            directory.canonicalize().with_context(|| format!("cannot enter {}", directory.display()))?
        }
        None => std::env::current_dir()?,
    };
    let flags = Flags { config: args.config.clone(), ..Flags::default() };
    let layers = Layers::read(&context.environment, &context.folders.config, Some(&directory), flags)?;
    let mut report = Report::default();
    PlannerSettings::reported(&layers, &mut report)?;
    RunSettings::reported(&layers, &mut report)?;
    ObservabilitySettings::reported(&layers, &mut report)?;
    for warning in &layers.warnings {
        context.out.note(&format!("warning: {warning}"));
    }
    let files: Vec<String> = layers.read_files().map(|path| path.display().to_string()).collect();
    if args.check {
        context.out.line(&match files.as_slice() {
            [] => "sound: no file sets anything".to_owned(),
            files => format!("sound: {}", files.join(", ")),
        });
        return Ok(ExitCode::SUCCESS);
    }
    if args.json {
        let rows =
            report.0.iter().map(|row| json!({"name": row.name, "value": row.value, "source": row.source}));
        let shown =
            json!({"settings": rows.collect::<Vec<_>>(), "files": files, "warnings": layers.warnings});
        context.out.line(&serde_json::to_string_pretty(&shown)?);
        return Ok(ExitCode::SUCCESS);
    }
    for row in &report.0 {
        context.out.line(&format!("{:<32} {}  ({})", row.name, output::plain(&row.value), row.source));
    }
    let set = VARIABLES.iter().filter(|variable| !is_reported(variable.name));
    for variable in set {
        let Some(value) = context.environment.get(variable.name) else { continue };
        let value = if variable.secret { "****" } else { value };
        context.out.line(&format!("{:<32} {}  ({})", variable.name, output::plain(value), "environment"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether the report above already tells of the variable.
fn is_reported(name: &str) -> bool {
    ["ROZET_ORCHESTRATOR_", "ROZET_OPEN_CODE_", "ROZET_WORKERS_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || [
            "ROZET_USE_OPEN_CODE_TOOLS",
            "ROZET_AUTO_EXECUTE",
            "ROZET_OBSERVABILITY_ENABLED",
            "ROZET_OBSERVABILITY_URL",
            "ROZET_OBSERVABILITY_APP",
        ]
        .contains(&name)
}
