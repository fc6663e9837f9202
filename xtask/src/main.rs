//! `cargo xtask`: everything that is done with this repository, in one place.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks through them")]

mod bench;
mod command;
mod demo;
mod environment;
mod freshness;
mod pack;
mod pictures;
mod product;
mod progress;
mod repository;
mod setup;
mod suite;
mod types;
mod wasm;

use clap::{Parser, Subcommand};
use progress::Progress;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Builds, tests and shows Rozet")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything and run one prompt all the way through, in the real OpenCode
    Demo(demo::Demo),
    /// Set up, build and run every test
    Test(suite::Suite),
    /// Measure what the README promises
    Bench(bench::Bench),
    /// Make the pictures of the dashboard in docs/pictures
    Pictures,
    /// Build the wasm core, the npm package, the dashboard and the sidecar
    Build,
    /// Build the wasm core alone
    Wasm,
    /// Write the TypeScript types from the Rust types
    Types {
        /// Change nothing; fail when a file is not as it should be
        #[arg(long)]
        check: bool,
    },
    /// Pack the npm packages for this platform into target/npm
    Pack,
    /// Fetch what building and testing need
    Setup,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let progress = Progress::new();
    let outcome = match cli.task {
        Task::Demo(demo) => demo.run(&progress),
        Task::Test(suite) => suite.run(&progress),
        Task::Bench(bench) => bench.run(&progress),
        Task::Pictures => pictures::make(&progress).map(|folder| println!("{}", folder.display())).map(done),
        Task::Build => setup::all(&progress).and_then(|tools| product::build(&progress, &tools)).map(done),
        Task::Wasm => {
            setup::all(&progress).and_then(|_| wasm::build(&progress)).and_then(wasm::check_size).map(done)
        }
        Task::Types { check } => types::run(check).map(done),
        Task::Pack => setup::all(&progress)
            .and_then(|tools| product::build(&progress, &tools))
            .and_then(|()| pack::pack(&progress))
            .map(|packed| println!("{}\n{}", packed.plugin.display(), packed.platform.display()))
            .map(done),
        Task::Setup => setup::all(&progress).map(done),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        error.chain().skip(1).for_each(|cause| eprintln!("  because: {cause}"));
        ExitCode::FAILURE
    })
}

fn done<T>(_: T) -> ExitCode {
    ExitCode::SUCCESS
}
