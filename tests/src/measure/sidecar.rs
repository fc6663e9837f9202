//! How fast the sidecar is there, and what it weighs when it has nothing to do.

use super::Measured;
use super::number::quantile;
use crate::home::Home;
use crate::process;
use crate::sidecar::Sidecar;
use crate::wait::until;
use anyhow::{Context, Result};
use std::path::Path;
use std::time::Duration;

const RUNS: usize = 20;
const HEALTHY_LIMIT_MS: f64 = 100.0;
const RESIDENT_LIMIT_MB: f64 = 25.0;
/// The memory counts as settled when two readings this far apart are the same.
const READING_EVERY: Duration = Duration::from_millis(500);
const SETTLED_WITHIN: Duration = Duration::from_secs(15);

/// Measures the sidecar: from exec to healthy (median of 20 starts on an existing store), and its resident
/// memory when idle.
///
/// # Errors
/// When it does not start, or its memory cannot be read.
pub async fn sidecar(binary: &Path) -> Result<Vec<Measured>> {
    let home = Home::temporary()?;
    let mut starts = Vec::new();
    for _ in 0..RUNS {
        let sidecar = Sidecar::start(binary, &home).await?;
        starts.push(sidecar.healthy_after.as_secs_f64() * 1e3);
        sidecar.stop().await?;
    }
    let sidecar = Sidecar::start(binary, &home).await?;
    let mut last = 0.0;
    let resident = until("the memory to settle", SETTLED_WITHIN, async || {
        tokio::time::sleep(READING_EVERY).await;
        let now = resident_mb(sidecar.info.pid).await?;
        let settled = now.to_bits() == f64::to_bits(last);
        last = now;
        Ok(settled.then_some(now))
    })
    .await?;
    sidecar.stop().await?;
    Ok(vec![
        Measured::time(
            format!("sidecar, exec to healthy, median of {RUNS}"),
            quantile(&mut starts, 0.5),
            Some(HEALTHY_LIMIT_MS),
        ),
        Measured::time("sidecar, exec to healthy, slowest", quantile(&mut starts, 1.0), None),
        Measured::megabytes("sidecar, resident when idle", resident, Some(RESIDENT_LIMIT_MB)),
    ])
}

/// Resident memory in megabytes, as `ps` tells it on every Unix.
async fn resident_mb(pid: u32) -> Result<f64> {
    let kilobytes = match std::fs::read_to_string(format!("/proc/{pid}/status")) {
        Ok(status) => status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|number| number.parse::<f64>().ok()),
        Err(_) => {
            let mut ps = tokio::process::Command::new("ps");
            ps.args(["-o", "rss=", "-p", &pid.to_string()]);
            process::run(&mut ps, SETTLED_WITHIN).await?.success()?.stdout.trim().parse().ok()
        }
    };
    // Both count in units of 1,024 bytes.
    Ok(kilobytes.with_context(|| format!("no memory of process {pid}"))? * 1024.0 / 1e6)
}
