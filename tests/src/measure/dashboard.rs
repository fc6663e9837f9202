//! The dashboard in a headless Chromium, against the real sidecar. The program that drives the browser lies in
//! `tests/browser/bench.js`; it prints its numbers and their limits.

use super::number::{Measured, Unit};
use crate::artifacts::{BROWSER_VARIABLE, SIDECAR_VARIABLE, repository};
use crate::process;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::path::Path;
use std::time::Duration;
use tokio::process::Command;

/// Events that are stored before anything is measured.
const STORED: &str = "100000";
/// How long all but the flood of events may take.
const WITHIN: Duration = Duration::from_mins(15);

#[derive(Deserialize)]
struct Seen {
    name: String,
    value: f64,
    unit: Unit,
    limit: Option<f64>,
}

/// Measures it; `soak` is for how long 1,000 events come in each second.
///
/// # Errors
/// When the program fails or prints something else.
pub async fn dashboard(browser: &Path, sidecar: &Path, soak: Duration) -> Result<Vec<Measured>> {
    let mut node = Command::new("node");
    node.args(["tests/browser/bench.js", "--stored", STORED, "--soak", &soak.as_secs().to_string()])
        .current_dir(repository())
        .env(BROWSER_VARIABLE, browser)
        .env(SIDECAR_VARIABLE, sidecar);
    let finished = process::run(&mut node, WITHIN + soak).await?.success().context("the measuring script")?;
    let last = finished.stdout.lines().last().unwrap_or_default();
    let seen: Vec<Seen> = serde_json::from_str(last)
        .with_context(|| format!("the measuring script printed {}", finished.stdout))?;
    Ok(seen.into_iter().map(|seen| Measured::new(seen.name, seen.value, seen.unit, seen.limit)).collect())
}
