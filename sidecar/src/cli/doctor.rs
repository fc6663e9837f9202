//! `doctor`: looks at one thing after another and says what to do about each that is wrong.

use super::client::Client;
use super::{Context, output};
use crate::clock::now_ms;
use crate::settings::{Choice, Flags, Layers, PlannerSettings};
use crate::{daemon, identity, sandbox};
use rozet_observability::reading::{Component, Degraded, Health};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What one look found.
enum Finding {
    Good(String),
    Bad(String),
}

pub(super) async fn run(context: &mut Context) -> anyhow::Result<ExitCode> {
    let mut findings = vec![("version", Finding::Good(env!("CARGO_PKG_VERSION").to_owned()))];
    findings.push(("settings", settings(context)));
    findings.push(("token", token(context)));
    let client = Client::find(context).ok();
    let health = match &client {
        Some(client) => Some(client.get::<Health>("/v1/health").await),
        None => None,
    };
    match health {
        None => findings.push(("sidecar", not_running(context))),
        Some(Err(error)) => findings.push(("sidecar", Finding::Bad(error.to_string()))),
        Some(Ok(health)) => {
            findings.push(("sidecar", sidecar(&health)));
            findings.push((
                "ports",
                Finding::Good(format!("{} and {}", health.info.url, health.info.dashboard_url)),
            ));
            findings.push(("database", database(&health)));
            findings.push(("versions", versions(&health)));
            findings.extend(health.degraded.iter().map(|one| ("degraded", degraded(one))));
        }
    }
    findings.push(("sandbox", sandbox()));
    findings.push(("plugin", plugin(context)));
    let mut all_good = true;
    for (name, finding) in findings {
        let (mark, text) = match finding {
            Finding::Good(text) => ("ok  ", text),
            Finding::Bad(text) => {
                all_good = false;
                ("BAD ", text)
            }
        };
        context.out.line(&format!("{mark} {name:<9} {text}"));
    }
    Ok(if all_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn settings(context: &Context) -> Finding {
    let workspace = std::env::current_dir().ok();
    let layers =
        Layers::read(&context.environment, &context.folders.config, workspace.as_deref(), Flags::default());
    match layers.and_then(|layers| PlannerSettings::resolve(&layers)) {
        Err(error) => Finding::Bad(error.to_string()),
        Ok(settings) => Finding::Good(match settings.choice {
            Choice::Remote(model) => format!("plans with {}/{}", model.provider.name(), model.model),
            Choice::OpenCode(_) => "plans with OpenCode's own model".to_owned(),
            Choice::Unset(_) => {
                "plans with OpenCode's own model where it is connected, else offline".to_owned()
            }
            Choice::Offline => "plans offline".to_owned(),
        }),
    }
}

fn token(context: &Context) -> Finding {
    let path = context.folders.token();
    match identity::read_token(&path) {
        Ok(None) => Finding::Bad(format!("{} is missing: it is made by `rozet-sidecar up`", path.display())),
        Err(error) => Finding::Bad(format!("{} cannot be read: {error}", path.display())),
        Ok(Some(_)) => {
            let mode = std::fs::metadata(&path).map_or(0, |metadata| metadata.permissions().mode() & 0o777);
            if mode == 0o600 {
                Finding::Good(format!("{} is yours alone", path.display()))
            } else {
                Finding::Bad(format!(
                    "{} has mode {mode:o}: others may read it. Run `rozet-sidecar restart`",
                    path.display()
                ))
            }
        }
    }
}

fn not_running(context: &Context) -> Finding {
    match daemon::is_running(&context.folders.pid()) {
        Some(pid) => Finding::Bad(format!(
            "process {pid} holds the lock but does not answer: see `rozet-sidecar logs`"
        )),
        None => Finding::Bad("not running: start it with `rozet-sidecar up`".to_owned()),
    }
}

fn sidecar(health: &Health) -> Finding {
    let (ours, theirs) = (env!("CARGO_PKG_VERSION"), &health.info.version);
    if ours == theirs {
        Finding::Good(format!("runs (pid {})", health.info.pid))
    } else {
        Finding::Bad(format!("version {theirs} runs, this program is {ours}: run `rozet-sidecar restart`"))
    }
}

fn database(health: &Health) -> Finding {
    let store = &health.store;
    match &store.set_aside {
        Some(kept) => {
            Finding::Bad(format!("{} is sound, but a corrupt one was set aside as {kept}", store.path))
        }
        None => Finding::Good(format!("{}, {} events", store.path, store.events)),
    }
}

fn versions(health: &Health) -> Finding {
    let told = |component: &Component| format!("{} {}", component.name.as_str(), component.version);
    let note = |component: &Component| {
        let note = component.note.as_deref().unwrap_or("it does not go with this sidecar");
        output::plain(&format!("{}: {note}", told(component)))
    };
    let mut wrong: Vec<String> = health.components.iter().filter(|one| !one.matches).map(note).collect();
    wrong.dedup();
    if !wrong.is_empty() {
        return Finding::Bad(wrong.join("; "));
    }
    let mut all: Vec<String> = health.components.iter().map(told).collect();
    all.sort_unstable();
    all.dedup();
    Finding::Good(output::plain(&all.join(", ")))
}

fn degraded(degraded: &Degraded) -> Finding {
    let hook = degraded.hook.as_ref().map_or_else(String::new, |hook| format!(" (hook {hook})"));
    let hint = if degraded.hint.is_empty() { String::new() } else { format!(": {}", degraded.hint) };
    let since = output::time(now_ms().saturating_sub(degraded.since));
    Finding::Bad(output::plain(&format!("{}{hook}, for {since}{hint}", degraded.what)))
}

fn sandbox() -> Finding {
    let status = sandbox::status();
    match (status.enforced, &status.why) {
        (true, None) => {
            Finding::Good(format!("commands of workers are confined by {}", status.mechanism.name()))
        }
        (true, Some(why)) => {
            Finding::Good(format!("commands of workers are confined by {} ({why})", status.mechanism.name()))
        }
        (false, why) => Finding::Bad(format!(
            "commands of workers cannot be confined ({}): install bubblewrap",
            why.as_deref().unwrap_or("the reason is unknown")
        )),
    }
}

/// Looks for the plugin in OpenCode's configuration, the person's and the workspace's.
fn plugin(context: &Context) -> Finding {
    let files = config_files(context);
    let found: Vec<&PathBuf> = files
        .iter()
        .filter(|path| std::fs::read_to_string(path).is_ok_and(|text| text.contains("rozet-opencode")))
        .collect();
    match found.as_slice() {
        [] => Finding::Bad(
            "not in OpenCode's configuration: add \"plugin\": [\"rozet-opencode\"] to opencode.json"
                .to_owned(),
        ),
        [first, ..] => Finding::Good(format!("named in {}", first.display())),
    }
}

fn config_files(context: &Context) -> Vec<PathBuf> {
    let config = context
        .environment
        .get("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| context.environment.get("HOME").map(|home| Path::new(home).join(".config")));
    let workspace = std::env::current_dir().ok();
    let folders = config
        .map(|folder| folder.join("opencode"))
        .into_iter()
        .chain(workspace.clone())
        .chain(workspace.map(|folder| folder.join(".opencode")));
    let mut files: Vec<PathBuf> = folders
        .flat_map(|folder| ["opencode.json", "opencode.jsonc", "config.json"].map(|name| folder.join(name)))
        .collect();
    files.extend(context.environment.get("OPENCODE_CONFIG").map(PathBuf::from));
    files
}
