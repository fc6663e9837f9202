//! The command line.

mod client;
mod config;
mod dashboard;
mod doctor;
mod down;
mod env;
mod events;
mod export;
mod filter;
mod import;
mod logs;
mod output;
mod permissions;
mod plan;
mod run;
mod runs;
mod status;
mod supervise;
mod up;

use crate::folders::Folders;
use crate::settings::Environment;
use clap::{Parser, Subcommand};
use output::Output;
use runs::Action;
use std::process::ExitCode;

/// Rozet's daemon: plans, verifies and shows what OpenCode's agents do.
#[derive(Parser)]
#[command(name = "rozet-sidecar", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the daemon in the background and say where things are
    Up(up::Args),
    /// Stop the daemon
    Down,
    /// Stop the daemon and start it again on the same ports
    Restart(up::Ports),
    /// Tell whether the daemon runs, where, and how it is
    Status(status::Args),
    /// Show the daemon's log
    Logs(logs::Args),
    /// Print the settings as commands for a shell: eval "$(rozet-sidecar env)"
    Env(env::Args),
    /// Show the settings in force and where each comes from; --check only says whether they are sound
    Config(config::Args),
    /// Plan one request and print the plan
    Plan(plan::Args),
    /// Plan one request and let workers carry the plan out
    Run(Box<run::Args>),
    /// List the newest runs
    Runs(runs::ListArgs),
    /// Show a run: claims beside evidence
    Show(runs::RunArgs),
    /// Show where the tasks of a run stand and what they wait for
    Tasks(runs::RunArgs),
    /// End a run, or one task of it
    Cancel(runs::TargetArgs),
    /// Stop what a run has under way, until `resume`
    Pause(runs::TargetArgs),
    /// Go on with a paused run
    Resume(runs::TargetArgs),
    /// Try again what is not completed, or one task
    Retry(runs::TargetArgs),
    /// Say that what only a person can judge is done
    Confirm(runs::TaskArgs),
    /// Put a task's files back to what they were before it
    Undo(runs::UndoArgs),
    /// Show what agents ask for, and allow, deny or answer it
    Permissions(permissions::Args),
    /// Open the dashboard in the browser, able to act
    Dashboard(dashboard::Args),
    /// Print the newest events, filtered and followed as you like
    Events(Box<events::Args>),
    /// Print stored events as lines of JSON, or a session as an HTML page
    Export(Box<export::Args>),
    /// Store events that were exported, each once
    Import(import::Args),
    /// Look for what is wrong with this installation
    Doctor,
    /// Run one command for the daemon
    #[command(hide = true)]
    Supervise,
}

/// What every command is given.
struct Context {
    environment: Environment,
    folders: Folders,
    out: Output,
}

/// Runs the command line of this process; the exit code is 0 only when all went well.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too, with exit code 0.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    if matches!(cli.command, Command::Supervise) {
        return supervise::run();
    }
    let mut out = Output::new();
    match start(cli.command) {
        Ok(code) => code,
        Err(error) => {
            out.error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn start(command: Command) -> anyhow::Result<ExitCode> {
    let environment = Environment::read();
    let folders = Folders::find(&environment).map_err(|message| anyhow::anyhow!(message))?;
    let mut context = Context { environment, folders, out: Output::new() };
    if let Command::Up(args) = &command
        && args.foreground
    {
        return up::foreground(context, args);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let context = &mut context;
    runtime.block_on(async {
        match command {
            Command::Up(args) => up::background(context, &args.ports).await,
            Command::Down => down::run(context).await,
            Command::Restart(ports) => up::restart(context, &ports).await,
            Command::Status(args) => status::run(context, &args).await,
            Command::Logs(args) => logs::run(context, &args).await,
            Command::Env(args) => env::run(context, &args),
            Command::Config(args) => config::run(context, &args),
            Command::Plan(args) => plan::run(context, &args).await,
            Command::Run(args) => run::run(context, &args).await,
            Command::Runs(args) => runs::list(context, &args).await,
            Command::Show(args) => runs::show(context, &args).await,
            Command::Tasks(args) => runs::tasks(context, &args).await,
            Command::Cancel(args) => runs::act(context, &args, Action::Cancel).await,
            Command::Pause(args) => runs::act(context, &args, Action::Pause).await,
            Command::Resume(args) => runs::act(context, &args, Action::Resume).await,
            Command::Retry(args) => runs::act(context, &args, Action::Retry).await,
            Command::Confirm(args) => runs::confirm(context, &args).await,
            Command::Undo(args) => runs::undo(context, &args).await,
            Command::Permissions(args) => permissions::run(context, args).await,
            Command::Dashboard(args) => dashboard::run(context, &args).await,
            Command::Events(args) => events::run(context, &args).await,
            Command::Export(args) => export::run(context, &args).await,
            Command::Import(args) => import::run(context, &args).await,
            Command::Doctor => doctor::run(context).await,
            Command::Supervise => Ok(supervise::run()),
        }
    })
}
