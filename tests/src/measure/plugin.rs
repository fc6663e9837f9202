//! What the plugin costs inside OpenCode, measured in OpenCode's own Bun with the sidecar running.

use super::Measured;
use super::number::{Unit, quantile};
use crate::home::Home;
use crate::process;
use crate::sidecar::Sidecar;
use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

const STARTS: usize = 30;
const TURNS: &str = "600";
const START_WITHIN: Duration = Duration::from_secs(30);
const HOOKS_WITHIN: Duration = Duration::from_mins(3);
const START_LIMIT_MS: f64 = 20.0;
const HOOK_LIMIT_MS: f64 = 1.0;
const DISPOSE_LIMIT_MS: f64 = 200.0;
/// Turns over which memory is watched, once it has settled in as many.
const GROWTH_TURNS: &str = "200";
/// What may come and go between two looks.
const GROWTH_LIMIT_KB: f64 = 500.0;
/// The one hook that may wait.
const WAITING_HOOK: &str = "experimental.chat.system.transform";

#[derive(Deserialize)]
struct Start {
    factory_ms: f64,
}

#[derive(Deserialize)]
struct Hooks {
    hooks: BTreeMap<String, Times>,
}

#[derive(Deserialize)]
struct End {
    dispose_ms: f64,
    grown_bytes: f64,
}

#[derive(Deserialize)]
struct Times {
    calls: u32,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

/// Measures the factory (median of 30 fresh processes) and each hook.
///
/// # Errors
/// When the sidecar or the script fails.
pub async fn plugin(
    opencode: &Path,
    package: &Path,
    scripts: &Path,
    sidecar: &Path,
) -> Result<Vec<Measured>> {
    let home = Home::temporary()?;
    let sidecar = Sidecar::start(sidecar, &home).await?;
    let script = scripts.join("plugin.mjs");
    let bun = Bun { opencode, home: &home, script: &script, package };
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(bun.run::<Start>(&["start"], START_WITHIN).await?.factory_ms);
    }
    let hooks = bun.run::<Hooks>(&["hooks", TURNS], HOOKS_WITHIN).await?.hooks;
    let end = bun.run::<End>(&["end", GROWTH_TURNS], HOOKS_WITHIN).await?;
    sidecar.stop().await?;
    let mut numbers = vec![
        Measured::time(
            format!("plugin, factory with wasm, median of {STARTS}"),
            quantile(&mut starts, 0.5),
            Some(START_LIMIT_MS),
        ),
        Measured::time("plugin, factory with wasm, slowest", quantile(&mut starts, 1.0), None),
    ];
    numbers.push(Measured::time("dispose, with events on their way", end.dispose_ms, Some(DISPOSE_LIMIT_MS)));
    numbers.push(Measured::new(
        format!("heap with wasm, grown in {GROWTH_TURNS} turns after as many"),
        end.grown_bytes / 1_000.0,
        Unit::Kilobytes,
        Some(GROWTH_LIMIT_KB),
    ));
    for (name, times) in hooks {
        let limit = (name != WAITING_HOOK).then_some(HOOK_LIMIT_MS);
        numbers.push(Measured::time(format!("{name}, p50 of {}", times.calls), times.p50_ms, None));
        numbers.push(Measured::time(format!("{name}, p99 of {}", times.calls), times.p99_ms, limit));
        // The first run of a hook is cold, and in no percentile.
        numbers.push(Measured::time(format!("{name}, slowest of {}", times.calls), times.max_ms, None));
    }
    Ok(numbers)
}

struct Bun<'a> {
    opencode: &'a Path,
    home: &'a Home,
    script: &'a Path,
    package: &'a Path,
}

impl Bun<'_> {
    async fn run<T: DeserializeOwned>(&self, args: &[&str], deadline: Duration) -> Result<T> {
        let mut command = self.home.command(self.opencode);
        // OpenCode is a compiled Bun program, which this variable turns back into Bun.
        command.env("BUN_BE_BUN", "1").arg(self.script).arg(self.package).args(args);
        let finished =
            process::run(&mut command, deadline).await?.success().context("the measuring script")?;
        let last = finished.stdout.lines().last().unwrap_or_default();
        serde_json::from_str(last)
            .with_context(|| format!("the measuring script printed {}", finished.stdout))
    }
}
