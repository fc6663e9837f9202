//! `cargo xtask bench`: the numbers that the README promises, measured.

use crate::progress::Progress;
use crate::repository::at;
use crate::{command, pack, product, setup, wasm};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use std::fs;
use std::process::{ExitCode, Stdio};

/// What can be measured alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The sidecar's start and memory
    Sidecar,
    /// The plugin's start and hooks
    Plugin,
    /// Whole OpenCodes with and without the plugin, and the plugin's start and hooks
    Host,
    /// The gate, Rozet's own share of a plan, and tokens
    Planner,
    /// Carrying plans out, and the tools
    Run,
    /// Events: in, stored, found, streamed, and inside OpenCode; beside a server of the known form on Bun
    Events,
    /// Typing in OpenCode's interface with Rozet and without; needs tmux
    Terminal,
    /// The dashboard in a headless browser
    Dashboard,
}

#[derive(Args)]
pub(crate) struct Bench {
    /// What to measure [default: everything]
    part: Vec<Part>,
    /// Events in the store that is read from, when events are measured [default: 2000000]
    #[arg(long, value_name = "EVENTS")]
    stored: Option<usize>,
    /// Seconds of 1,000 events per second, when events are measured [default: 60]
    #[arg(long, value_name = "SECONDS")]
    soak: Option<u64>,
    /// Parts of what is measured of events: single, stream, inside, batches, stored, soak [default: all]
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
    /// Print the numbers as JSON
    #[arg(long)]
    json: bool,
}

impl Bench {
    pub(crate) fn run(&self, progress: &Progress) -> Result<ExitCode> {
        let tools = setup::all(progress)?;
        product::build(progress, &tools)?;
        let packed = pack::pack(progress)?;
        let gate = wasm::build_gate(progress)?;
        // Built last: both are made in one place.
        let wasm_bytes = wasm::build(progress)?;
        progress.step("Build the sidecar as it is shipped", |step| {
            let mut cargo = command::cargo();
            cargo.args(["build", "--profile", "dist", "--package", "rozet-sidecar"]);
            command::run(step, "sidecar-dist", &mut cargo)
        })?;
        let sidecar = product::sidecar("dist");
        let sidecar_bytes =
            fs::metadata(&sidecar).with_context(|| format!("no {}", sidecar.display()))?.len();
        let mut bench = command::new(product::binary("release", "rozet-bench"));
        bench.arg("--opencode").arg(&tools.opencode).arg("--package").arg(&packed.staged);
        bench.arg("--plugin").arg(&packed.plugin).arg("--bun").arg(&tools.bun);
        bench.arg("--sidecar").arg(&sidecar).arg("--scripts").arg(at("tests/bench"));
        bench.arg("--size").arg(format!("wasm core={wasm_bytes}<{}", wasm::LIMIT_BYTES));
        bench.arg("--size").arg(format!("sidecar with dashboard={sidecar_bytes}<25000000"));
        bench.arg("--gate").arg(gate);
        if self.part.is_empty() || self.part.contains(&Part::Dashboard) {
            let browser = progress.step("Find a browser", |step| Ok(setup::browser(step)))?;
            bench.args(browser.iter().flat_map(|browser| ["--browser".as_ref(), browser.as_os_str()]));
        }
        for part in if self.part.is_empty() { Part::value_variants() } else { &self.part } {
            bench.arg("--part").args(part.to_possible_value().map(|value| value.get_name().to_owned()));
        }
        if let Some(stored) = self.stored {
            bench.arg("--stored").arg(stored.to_string());
        }
        if let Some(soak) = self.soak {
            bench.arg("--soak").arg(soak.to_string());
        }
        for part in &self.only {
            bench.arg("--only").arg(part);
        }
        bench.args(self.json.then_some("--json"));
        let status =
            bench.stdout(Stdio::inherit()).stderr(Stdio::inherit()).status().context("cannot measure")?;
        Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
