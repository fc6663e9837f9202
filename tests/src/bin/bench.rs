//! The numbers that the README promises, measured on what was built.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks through them")]

use anyhow::Result;
use clap::Parser;
use rozet_e2e::artifacts::Artifacts;
use rozet_e2e::measure::{
    EventsPart, Extent, Measured, Places, Size, events, gate, host, planner, plugin, runs, sidecar, terminal,
};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Parser)]
struct Cli {
    /// The OpenCode binary, whose Bun runs the plugin
    #[arg(long)]
    opencode: PathBuf,
    /// The unpacked npm package
    #[arg(long)]
    package: PathBuf,
    /// The packed one
    #[arg(long)]
    plugin: PathBuf,
    /// The sidecar's binary
    #[arg(long)]
    sidecar: PathBuf,
    /// The Bun that events are measured beside
    #[arg(long)]
    bun: PathBuf,
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
    /// Events in the store that is read from
    #[arg(long, default_value_t = 2_000_000)]
    stored: usize,
    /// Seconds of an even rate of events
    #[arg(long, default_value_t = 60)]
    soak: u64,
    /// Parts of what is measured of events [default: all]
    #[arg(long, value_enum)]
    only: Vec<EventsPart>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    Sidecar,
    Plugin,
    Host,
    Planner,
    Run,
    Events,
    Terminal,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let cli = Cli::parse();
    let mut numbers: Vec<Measured> = cli.size.iter().map(Measured::from).collect();
    if cli.part.contains(&Part::Sidecar) {
        eprintln!("measuring the sidecar");
        numbers.extend(sidecar(&cli.sidecar).await?);
    }
    if cli.part.contains(&Part::Plugin) || cli.part.contains(&Part::Host) {
        eprintln!("measuring the plugin");
        numbers.extend(plugin(&cli.opencode, &cli.package, &cli.scripts, &cli.sidecar).await?);
    }
    if cli.part.contains(&Part::Host) {
        eprintln!("measuring whole OpenCodes");
        let artifacts = Artifacts {
            opencode: cli.opencode.clone(),
            sidecar: cli.sidecar.clone(),
            plugin: cli.plugin.clone(),
            unpacked: cli.package.clone(),
        };
        numbers.extend(host(&artifacts).await?);
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
    if cli.part.contains(&Part::Events) {
        let places = Places {
            opencode: &cli.opencode,
            package: &cli.package,
            plugin: &cli.plugin,
            sidecar: &cli.sidecar,
            bun: &cli.bun,
            scripts: &cli.scripts,
        };
        let extent = Extent { stored: cli.stored, soak: Duration::from_secs(cli.soak) };
        numbers.extend(events(places, extent, &cli.only, &|said| eprintln!("{said}")).await);
    }
    if cli.part.contains(&Part::Terminal) {
        eprintln!("measuring typing");
        numbers.extend(terminal().await?);
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
