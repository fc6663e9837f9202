//! The daemon's life, from the lock to the last log line.

use super::vitals::Vitals;
use super::{info, lock, log_file, port, shutdown};
use crate::asks::Asks;
use crate::clock::now_ms;
use crate::folders::Folders;
use crate::forward::{Forwarder, Target};
use crate::http::{self, AdHoc, AppState};
use crate::identity;
use crate::intake::{Collector, Intake, Producer, Rules};
use crate::opencode::Calls;
use crate::planner::{Models, Planner};
use crate::runs::Coordinator;
use crate::settings::{Environment, Flags, Layers, ObservabilitySettings, PlannerSettings};
use crate::tools::Host;
use crate::verify::Verifier;
use crate::worker;
use anyhow::{Context, anyhow};
use axum::serve::ListenerExt;
use rozet_observability::event::source;
use rozet_observability::store::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Longest shutdown; what is still running then is left to the next start.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);
/// Reports on tasks that may wait to be acted on.
const REPORTS: usize = 1_024;

/// What the command line decides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    pub(crate) port: u16,
    pub(crate) dashboard_port: u16,
}

/// Runs until a signal ends it.
///
/// # Errors
/// When it cannot start: another daemon runs, a port is taken, the settings are wrong, or the database
/// cannot be opened. Nothing is left behind then.
pub(crate) async fn run(folders: Folders, environment: Environment, options: Options) -> anyhow::Result<()> {
    let began = Instant::now();
    folders.make().map_err(|message| anyhow!(message))?;
    let _lock = match lock::acquire(&folders.pid()) {
        Ok(lock) => lock,
        Err(lock::LockError::Held(pid)) => {
            let pid = pid.map_or_else(String::new, |pid| format!(" (pid {pid})"));
            return Err(anyhow!("rozet-sidecar already runs{pid} on {}", folders.state.display()));
        }
        Err(lock::LockError::File(error)) => {
            return Err(error).with_context(|| format!("cannot lock {}", folders.pid().display()));
        }
    };
    let layers = Layers::read(&environment, &folders.config, None, Flags::default())?;
    let settings = PlannerSettings::resolve(&layers)?;
    let observability = ObservabilitySettings::resolve(&layers)?;
    let target = observability.forward_to.as_ref().map(Target::new).transpose();
    let target = target.map_err(|message| anyhow!("ROZET_OBSERVABILITY_URL: {message}"))?;
    log_file::init(&folders.log()).with_context(|| format!("cannot open {}", folders.log().display()))?;
    let api = port::bind(options.port, "--port").await.map_err(|message| anyhow!(message))?;
    let dashboard =
        port::bind(options.dashboard_port, "--dashboard-port").await.map_err(|message| anyhow!(message))?;
    let info = info::describe(api.local_addr()?.port(), dashboard.local_addr()?.port(), now_ms());
    let token = identity::read_or_make_token(&folders.token())
        .with_context(|| format!("cannot read or make the token {}", folders.token().display()))?;
    let store = Store::open(&folders.database(), now_ms(), observability.store_options())?;
    if let Some(kept) = store.set_aside_now() {
        tracing::error!(kept = %kept.display(), "the database was corrupt: it was set aside and a fresh one started");
    }

    let forwarder = match target {
        Some(target) => Some(Forwarder::begin(store.clone(), target, info.clone()).await?),
        None => None,
    };
    let cancel = CancellationToken::new();
    let tasks = TaskTracker::new();
    let mut secrets = settings.secrets();
    secrets.extend(observability.secrets());
    secrets.extend(environment.secrets());
    secrets.push(token.clone());
    let rules = Rules { secrets, kept: observability.kept, off: !observability.enabled };
    let (reports, inbox) = mpsc::channel(REPORTS);
    let own = Producer::new(source::SIDECAR, &folders.spool())?;
    let intake = Intake::new(store.clone(), rules, own, reports);
    let calls = Calls::new(intake.links().clone());
    let models = Models::new(calls.clone(), store.clone(), tasks.clone());
    let host = Host::new(&environment, &folders).context("cannot make the folders of commands")?;
    let opencode = environment.get("ROZET_OPENCODE_BIN").map(str::to_owned);
    let workers =
        worker::workers(calls.clone(), opencode.as_deref(), Arc::clone(&host), tasks.clone(), cancel.clone());
    let coordinator = Coordinator::new(
        environment.clone(),
        &folders,
        intake.clone(),
        Arc::clone(&host),
        calls.clone(),
        workers,
        (tasks.clone(), cancel.clone()),
    );
    let planner = Planner::new(
        environment,
        &folders,
        settings,
        models,
        intake.clone(),
        coordinator.clone(),
        (tasks.clone(), cancel.clone()),
    );
    // Before anything is verified or reported: runs that were under way are theirs alone.
    coordinator.recover().await;
    let asks = Asks::new(intake.clone(), calls.clone(), coordinator.clone(), (tasks.clone(), cancel.clone()));
    asks.recover().await;
    if let Err(error) = intake.presence().recover(&store).await {
        tracing::error!(%error, "what plugins said before cannot be read");
    }
    let vitals = Vitals::new(store.clone(), folders.spool());
    spawn(&tasks, &cancel, vitals.clone().run());
    spawn(&tasks, &cancel, asks.clone().run());
    let verifier =
        Verifier::new(intake.clone(), coordinator.clone(), tasks.clone(), cancel.clone(), Arc::clone(&host));
    spawn(&tasks, &cancel, async move { verifier.run(inbox).await });
    let collector = Collector::new(folders.spool(), intake.clone());
    spawn(&tasks, &cancel, async move { collector.run().await });
    let forwarding = forwarder.as_ref().map(Forwarder::progress);
    if let Some(forwarder) = forwarder {
        spawn(&tasks, &cancel, forwarder.run());
    }
    let contexts = Arc::new(AdHoc::new(host, store.clone(), cancel.clone()));
    let state = AppState::new(
        info.clone(),
        token,
        (intake.clone(), forwarding, vitals),
        (planner, coordinator, asks),
        calls,
        contexts,
        cancel.clone(),
    );
    // Before anybody can find the daemon and end it.
    let mut signals = shutdown::Signals::listen()?;
    for listener in [api, dashboard] {
        serve(&tasks, listener, &state);
    }
    info::write_info(&folders.info(), &info)
        .with_context(|| format!("cannot write {}", folders.info().display()))?;
    tracing::info!(
        url = info.url,
        dashboard_url = info.dashboard_url,
        pid = info.pid,
        ms = elapsed_ms(began),
        "ready"
    );

    let signal = signals.received().await;
    let began = Instant::now();
    tracing::info!(signal, "shutdown 1/4: no new requests, live streams are closed");
    // Removed first: whoever looks for the daemon from now on does not find a dying one.
    let _ = std::fs::remove_file(folders.info());
    cancel.cancel();
    tasks.close();
    tracing::info!(running = tasks.len(), "shutdown 2/4: waiting for what is under way");
    if tokio::time::timeout(SHUTDOWN_DEADLINE, tasks.wait()).await.is_err() {
        tracing::warn!(running = tasks.len(), "shutdown 2/4: the deadline has passed, the rest is left");
    }
    tracing::info!("shutdown 3/4: the store is closed");
    intake.finish();
    store.close().await;
    tracing::info!(ms = elapsed_ms(began), "shutdown 4/4: done");
    Ok(())
}

fn serve(tasks: &TaskTracker, listener: TcpListener, state: &Arc<AppState>) {
    let router = http::router(Arc::clone(state));
    let cancel = state.cancel.clone();
    // Small answers and single frames leave at once instead of waiting for the reader's acknowledgement.
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    tasks.spawn(async move {
        let served =
            axum::serve(listener, router).with_graceful_shutdown(async move { cancel.cancelled().await });
        if let Err(error) = served.await {
            tracing::error!(%error, "the server ended");
        }
    });
}

fn spawn(tasks: &TaskTracker, cancel: &CancellationToken, work: impl Future<Output = ()> + Send + 'static) {
    let cancel = cancel.clone();
    tasks.spawn(async move {
        cancel.run_until_cancelled(work).await;
    });
}

fn elapsed_ms(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
