//! The numbers that the README promises, measured on what was built.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks through them")]

use anyhow::Result;
use clap::Parser;
use rozet_e2e::measure::{Measured, Size, gate, planner, plugin, runs, sidecar};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
struct Cli {
    /// The OpenCode binary, whose Bun runs the plugin
    #[arg(long)]
    opencode: PathBuf,
    /// The unpacked npm package
    #[arg(long)]
    package: PathBuf,
    /// The sidecar's binary
    #[arg(long)]
    sidecar: PathBuf,
    /// The folder of the measuring scripts
    #[arg(long)]
    scripts: PathBuf,
    /// The folder of a wasm core that exports its gate
    #[arg(long)]
    gate: PathBuf,
    /// What to measure
    #[arg(long, value_enum, required = true)]
    part: Vec<Part>,
    /// A size that is known already, as `name=bytes<limit`
    #[arg(long, value_name = "NAME=BYTES<LIMIT")]
    size: Vec<Size>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    Sidecar,
    Plugin,
    Planner,
    Run,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let cli = Cli::parse();
    let mut numbers: Vec<Measured> = cli.size.iter().map(Measured::from).collect();
    if cli.part.contains(&Part::Sidecar) {
        eprintln!("measuring the sidecar");
        numbers.extend(sidecar(&cli.sidecar).await?);
    }
    if cli.part.contains(&Part::Plugin) {
        eprintln!("measuring the plugin");
        numbers.extend(plugin(&cli.opencode, &cli.package, &cli.scripts, &cli.sidecar).await?);
    }
    if cli.part.contains(&Part::Planner) {
        eprintln!("measuring the planner");
        numbers.extend(gate(&cli.opencode, &cli.scripts, &cli.gate).await?);
        numbers.extend(planner(&cli.sidecar).await?);
    }
    if cli.part.contains(&Part::Run) {
        eprintln!("measuring runs");
        numbers.extend(runs(&cli.sidecar).await?);
    }
    if cli.json {
        println!("{}", serde_json::to_string_pretty(&numbers)?);
    } else {
        for number in &numbers {
            println!("{number}");
        }
    }
    Ok(if numbers.iter().all(Measured::holds) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
