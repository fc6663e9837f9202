//! The demo: the main job in a scratch folder that stays to be looked at. Progress goes to standard error,
//! a line for each phase; the outcome to standard output.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks through them")]

use anyhow::{Context, Result, bail};
use clap::Parser;
use rozet_e2e::by_workers;
use rozet_e2e::home::{Home, Planner};
use rozet_e2e::main_job::{self, Report, RunCommand, Stage};
use rozet_e2e::opencode::OpenCode;
use rozet_e2e::process;
use rozet_e2e::scripted_model::ScriptedModel;
use rozet_e2e::sidecar::{Client, info_file, read_info};
use rozet_observability::link::SidecarInfo;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

const INSTALL_WITHIN: Duration = Duration::from_mins(2);
const COMMAND_WITHIN: Duration = Duration::from_secs(30);
const API_PORT: u16 = 4000;
const DASHBOARD_PORT: u16 = 5173;

#[derive(Parser)]
struct Cli {
    /// The scratch folder; emptied first
    #[arg(long)]
    root: PathBuf,
    /// The OpenCode binary
    #[arg(long)]
    opencode: PathBuf,
    /// The packed npm package
    #[arg(long)]
    plugin: PathBuf,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
    /// Stop the sidecar afterwards
    #[arg(long)]
    down: bool,
    /// Use this model of the person's own configuration
    #[arg(long)]
    model: Option<String>,
    /// Let workers carry the plan out
    #[arg(long, conflicts_with = "model")]
    auto_execute: bool,
    /// What to ask
    prompt: String,
}

/// What came of it.
enum Outcome {
    MainJob(Box<Report>),
    ByWorkers(Box<by_workers::Report>),
}

impl Outcome {
    fn print(&self, as_json: bool) -> Result<()> {
        match (self, as_json) {
            (Self::MainJob(report), true) => println!("{}", serde_json::to_string_pretty(report)?),
            (Self::MainJob(report), false) => print!("{}", main_job::summary(report)),
            (Self::ByWorkers(report), true) => println!("{}", serde_json::to_string_pretty(report)?),
            (Self::ByWorkers(report), false) => print!("{}", by_workers::summary(report)),
        }
        Ok(())
    }

    fn is_well(&self) -> bool {
        match self {
            Self::MainJob(report) => report.broken_promises.is_empty(),
            Self::ByWorkers(report) => report.broken_promises.is_empty(),
        }
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let cli = Cli::parse();
    let outcome = tokio::select! {
        outcome = play(&cli) => outcome?,
        // Dropping the work kills what it started.
        _ = tokio::signal::ctrl_c() => bail!("interrupted"),
    };
    outcome.print(cli.json)?;
    Ok(if outcome.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn play(cli: &Cli) -> Result<Outcome> {
    let launcher = cli.root.join("tools/bin/rozet-sidecar");
    clear(&cli.root, &launcher).await?;
    let mut home = Home::at(&cli.root)?;
    // The folder may lie in a repository, which OpenCode would then take for the project. Where there is no
    // git, OpenCode looks for none.
    let _ = process::run(home.command(Path::new("git")).args(["init", "--quiet"]), COMMAND_WITHIN).await;
    let mut model = None;
    if cli.model.is_none() {
        let run = RunCommand::find();
        let script = match cli.auto_execute {
            true => by_workers::script(&run, by_workers::Names::OpenCode),
            false => main_job::script(&home.workspace(), &run),
        };
        let scripted = ScriptedModel::start(script).await?;
        home = home.with_planner(Planner::Model(scripted.endpoint().to_owned()));
        home.configure_opencode(scripted.endpoint(), None)?;
        model = Some(scripted);
    }
    if cli.auto_execute {
        home = home.with_variable("ROZET_AUTO_EXECUTE", "1");
    }
    let entry = Home::plugin_entry(&cli.plugin);
    let opencode = match &cli.model {
        None => OpenCode::isolated(&cli.opencode, &home),
        Some(_) => {
            home = home.with_own_plugin(&entry);
            OpenCode::own(&cli.opencode, &home)
        }
    };
    eprintln!("installing the package");
    install(&home, &cli.plugin).await?;
    if cli.model.is_none() {
        opencode.install_plugin(&entry).await?;
        home.configure_tui(&cli.root.join("tools/lib/node_modules/rozet-opencode").canonicalize()?)?;
    }
    eprintln!("rozet-sidecar up");
    let info = up(&home, &launcher, cli.model.is_some()).await?;
    let stage = Stage {
        opencode: &opencode,
        sidecar: &Client::new(&info.url),
        dashboard_url: &info.dashboard_url,
        workspace: &home.workspace(),
        model: model.as_ref(),
        model_name: cli.model.as_deref(),
    };
    let progress = |phase: &str| eprintln!("{phase}");
    let outcome = match cli.auto_execute {
        true => by_workers::run(&stage, &cli.prompt, &progress).await.map(Box::new).map(Outcome::ByWorkers),
        false => main_job::run(&stage, &cli.prompt, &progress).await.map(Box::new).map(Outcome::MainJob),
    };
    if cli.down {
        eprintln!("rozet-sidecar down");
        process::run(home.command(&launcher).arg("down"), COMMAND_WITHIN).await?.success()?;
    }
    outcome
}

/// Stops the sidecar of the last demo, which works in the folder, and empties the folder.
async fn clear(root: &Path, launcher: &Path) -> Result<()> {
    if !root.exists() {
        return Ok(());
    }
    let home = Home::at(root)?;
    let last = read_info(&info_file(&home)).unwrap_or_default();
    if last.is_some_and(|info| process::is_alive(info.pid)) && launcher.exists() {
        eprintln!("stopping the last demo's sidecar");
        process::run(home.command(launcher).arg("down"), COMMAND_WITHIN)
            .await?
            .success()
            .context("the last demo's sidecar cannot be stopped")?;
    }
    std::fs::remove_dir_all(root).with_context(|| format!("cannot empty {}", root.display()))
}

/// Installs the package as a person would, with npm, and takes nothing from a registry.
async fn install(home: &Home, plugin: &Path) -> Result<()> {
    let prefix = home.workspace().with_file_name("tools");
    let mut npm = home.command(Path::new(if cfg!(windows) { "npm.cmd" } else { "npm" }));
    npm.args(["install", "--global", "--no-audit", "--no-fund", "--offline", "--prefix"])
        .arg(prefix)
        .arg(plugin);
    process::run(&mut npm, INSTALL_WITHIN).await?.success().context("npm install")?;
    Ok(())
}

async fn up(home: &Home, launcher: &Path, own: bool) -> Result<SidecarInfo> {
    let mut command = if own { home.own_command(launcher) } else { home.command(launcher) };
    command.args(["up", "--port", &port(API_PORT), "--dashboard-port", &port(DASHBOARD_PORT)]);
    process::run(&mut command, COMMAND_WITHIN).await?.success().context("rozet-sidecar up")?;
    match read_info(&info_file(home))? {
        Some(info) => Ok(info),
        None => bail!("`rozet-sidecar up` succeeded and wrote no {}", info_file(home).display()),
    }
}

/// The usual port, or any free one when somebody else has it.
fn port(usual: u16) -> String {
    let free = TcpListener::bind(("127.0.0.1", usual)).is_ok();
    if free { usual } else { 0 }.to_string()
}
