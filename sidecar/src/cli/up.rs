//! `up` and `restart`.

use super::client::Client;
use super::{Context, down};
use crate::daemon::{self, Options};
use crate::settings::{DEFAULT_DASHBOARD_PORT, DEFAULT_PORT};
use anyhow::{Context as _, anyhow, bail};
use rozet_observability::reading::Health;
use std::fs::File;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;
use tokio::time::Instant;

/// Longest wait for a started daemon to be healthy.
const START_DEADLINE: Duration = Duration::from_secs(15);
/// Between two looks at a starting daemon.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Where to listen.
#[derive(clap::Args, Clone, Copy)]
pub(super) struct Ports {
    /// Port of the API and the dashboard; 0 takes a free one [default: 4000]
    #[arg(long, env = "ROZET_OBSERVABILITY_SERVER_PORT", hide_env = true)]
    port: Option<u16>,
    /// Second port of the dashboard; 0 takes a free one [default: 5173]
    #[arg(long, env = "ROZET_OBSERVABILITY_CLIENT_PORT", hide_env = true)]
    dashboard_port: Option<u16>,
}

#[derive(clap::Args)]
pub(super) struct Args {
    /// Stay in this terminal; Ctrl-C stops the daemon
    #[arg(long)]
    pub(super) foreground: bool,
    /// Leave the terminal that started it; used by `up` itself
    #[arg(long, hide = true, requires = "foreground")]
    detached: bool,
    #[command(flatten)]
    pub(super) ports: Ports,
}

/// Runs the daemon in this process.
pub(super) fn foreground(context: Context, args: &Args) -> anyhow::Result<ExitCode> {
    if args.detached {
        rustix::process::setsid().context("cannot leave the terminal")?;
    }
    let options = Options {
        port: args.ports.port.unwrap_or(DEFAULT_PORT),
        dashboard_port: args.ports.dashboard_port.unwrap_or(DEFAULT_DASHBOARD_PORT),
    };
    // Two threads serve; SQLite's writer and its readers have their own.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let Context { environment, folders, mut out } = context;
    if !args.detached {
        out.note(&format!("rozet-sidecar runs in this terminal; its log is {}", folders.log().display()));
    }
    runtime.block_on(daemon::run(folders, environment, options))?;
    Ok(ExitCode::SUCCESS)
}

/// Starts the daemon and returns when it is healthy.
pub(super) async fn background(context: &mut Context, ports: &Ports) -> anyhow::Result<ExitCode> {
    if daemon::is_running(&context.folders.pid()).is_some() {
        return already_running(context).await;
    }
    context.folders.make().map_err(|message| anyhow!(message))?;
    let stderr = context.folders.stderr();
    let errors = File::create(&stderr).with_context(|| format!("cannot write {}", stderr.display()))?;
    let mut child = spawn(context, ports, errors)?;
    let client = match wait_for(context, &mut child).await {
        Ok(client) => client,
        Err(error) => {
            // A daemon that did not come up in time must not come up later, unnoticed.
            let _ = child.kill();
            let _ = child.wait();
            if daemon::is_running(&context.folders.pid()).is_none() {
                return Err(error);
            }
            // Another `up` was faster: what was wanted is there.
            return already_running(context).await;
        }
    };
    context.out.line(&format!("rozet-sidecar is up (pid {}).", client.info.pid));
    report(context, &client).await
}

async fn already_running(context: &mut Context) -> anyhow::Result<ExitCode> {
    let client = wait_for_running(context).await?;
    context.out.line(&format!("rozet-sidecar already runs (pid {}).", client.info.pid));
    report(context, &client).await
}

/// Stops the daemon and starts it on the ports it had, unless others are given.
pub(super) async fn restart(context: &mut Context, ports: &Ports) -> anyhow::Result<ExitCode> {
    let before = daemon::read_info(&context.folders);
    let kept = |url: Option<&str>| url?.rsplit_once(':')?.1.parse().ok();
    let ports = Ports {
        port: ports.port.or_else(|| kept(before.as_ref().map(|info| info.url.as_str()))),
        dashboard_port: ports
            .dashboard_port
            .or_else(|| kept(before.as_ref().map(|info| info.dashboard_url.as_str()))),
    };
    down::run(context).await?;
    background(context, &ports).await
}

fn spawn(context: &Context, ports: &Ports, errors: File) -> anyhow::Result<Child> {
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let mut command = Command::new(program);
    command.args(["up", "--foreground", "--detached"]);
    for (flag, port) in [("--port", ports.port), ("--dashboard-port", ports.dashboard_port)] {
        if let Some(port) = port {
            command.args([flag, &port.to_string()]);
        }
    }
    command
        .current_dir(&context.folders.state)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(errors)
        .spawn()
        .context("cannot start the daemon")
}

async fn wait_for(context: &Context, child: &mut Child) -> anyhow::Result<Client> {
    let deadline = Instant::now() + START_DEADLINE;
    loop {
        if let Some(info) = daemon::read_info(&context.folders)
            && info.pid == child.id()
        {
            let client = Client::of(context, info)?;
            if client.get::<serde_json::Value>("/health").await.is_ok() {
                return Ok(client);
            }
        }
        if let Some(status) = child.try_wait()? {
            let said = std::fs::read_to_string(context.folders.stderr()).unwrap_or_default();
            match said.trim().strip_prefix("error: ") {
                Some(reason) => bail!("rozet-sidecar did not start: {reason}"),
                None => bail!(
                    "rozet-sidecar ended at its start ({status}): see {}",
                    context.folders.stderr().display()
                ),
            }
        }
        if Instant::now() > deadline {
            bail!(
                "rozet-sidecar did not become healthy within {} s: see {}",
                START_DEADLINE.as_secs(),
                context.folders.log().display()
            );
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Someone else's `up` may still be under way.
async fn wait_for_running(context: &Context) -> anyhow::Result<Client> {
    let deadline = Instant::now() + START_DEADLINE;
    loop {
        match Client::find(context) {
            Ok(client) => return Ok(client),
            Err(error) if Instant::now() > deadline => return Err(error),
            Err(_) => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}

async fn report(context: &mut Context, client: &Client) -> anyhow::Result<ExitCode> {
    let health: Health = client.get("/v1/health").await?;
    let also = &client.info.dashboard_url;
    context.out.line(&format!("  dashboard  {} (also on {also})", client.info.url));
    context.out.line(&format!("  database   {}", health.store.path));
    context.out.line(&format!("  log        {}", context.folders.log().display()));
    context.out.line(&format!("  settings   {}", context.folders.providers_file().display()));
    if let Some(kept) = health.store.set_aside {
        context.out.note(&format!(
            "warning: the database was corrupt. It is kept as {kept}; a fresh one was started, so earlier events are not shown."
        ));
    }
    Ok(ExitCode::SUCCESS)
}
