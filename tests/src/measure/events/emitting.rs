//! What an event costs inside OpenCode.

use super::Places;
use crate::home::Home;
use crate::measure::Measured;
use crate::process;
use crate::sidecar::Sidecar;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::time::Duration;

const WITHIN: Duration = Duration::from_mins(2);
const EVENT_LIMIT_US: f64 = 60.0;
const DELTAS_LIMIT_MS: f64 = 5.0;

#[derive(Deserialize)]
struct Emitting {
    /// Handing an event over: to JSON and into the spool.
    kept_us: f64,
    /// A hook that makes one event, with everything between OpenCode's call and its return.
    hook_us: f64,
    /// 5,000 deltas of streamed text.
    deltas_ms: f64,
    /// The same with a hook that does nothing.
    nothing_ms: f64,
}

pub(super) async fn emitting(places: &Places<'_>) -> Result<Vec<Measured>> {
    let home = Home::temporary()?;
    let sidecar = Sidecar::start(places.sidecar, &home).await?;
    let mut command = home.command(places.opencode);
    // OpenCode is a compiled Bun program, which this variable turns back into Bun.
    command.env("BUN_BE_BUN", "1").arg(places.scripts.join("emit.mjs")).arg(places.package);
    let finished = process::run(&mut command, WITHIN).await?.success().context("the measuring script")?;
    let last = finished.stdout.lines().last().unwrap_or_default();
    let seen: Emitting = serde_json::from_str(last)
        .with_context(|| format!("the measuring script printed {}", finished.stdout))?;
    sidecar.stop().await?;
    Ok(vec![
        Measured::microseconds("an event into the spool, median", seen.kept_us, Some(EVENT_LIMIT_US)),
        Measured::microseconds("a hook that makes one event, median", seen.hook_us, Some(EVENT_LIMIT_US)),
        Measured::time(
            "5,000 deltas of streamed text, over a hook that does nothing, median",
            seen.deltas_ms - seen.nothing_ms,
            Some(DELTAS_LIMIT_MS),
        ),
        Measured::time("5,000 deltas of streamed text, whole calls", seen.deltas_ms, None),
    ])
}
