//! `cargo xtask bench`: the numbers that the README promises, measured.

use crate::progress::Progress;
use crate::repository::at;
use crate::{command, pack, product, setup, wasm};
use anyhow::{Context, Result};
use clap::Args;
use std::fs;
use std::process::{ExitCode, Stdio};

#[derive(Args)]
pub(crate) struct Bench {
    /// Print the numbers as JSON
    #[arg(long)]
    json: bool,
}

impl Bench {
    pub(crate) fn run(&self, progress: &Progress) -> Result<ExitCode> {
        let tools = setup::all(progress)?;
        product::build(progress, &tools)?;
        let packed = pack::pack(progress)?;
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
        bench.arg("--sidecar").arg(&sidecar).arg("--scripts").arg(at("tests/bench"));
        bench.arg("--size").arg(format!("wasm core={wasm_bytes}<{}", wasm::LIMIT_BYTES));
        bench.arg("--size").arg(format!("sidecar with dashboard={sidecar_bytes}<25000000"));
        bench.args(self.json.then_some("--json"));
        let status =
            bench.stdout(Stdio::inherit()).stderr(Stdio::inherit()).status().context("cannot measure")?;
        Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
