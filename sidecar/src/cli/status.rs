//! `status`.

use super::client::Client;
use super::{Context, output};
use crate::clock::now_ms;
use crate::daemon;
use rozet_observability::ask::AskList;
use rozet_observability::reading::Forwarded;
use rozet_observability::reading::Health;
use rozet_observability::reading::ProducerHealth;
use rozet_observability::store::{Durability, StoreHealth};
use serde_json::json;
use std::process::ExitCode;

/// Producers that are shown, the newest ones.
const PRODUCERS: usize = 8;

/// Exit code when the daemon does not run.
const NOT_RUNNING: u8 = 3;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &mut Context, args: &Args) -> anyhow::Result<ExitCode> {
    if daemon::is_running(&context.folders.pid()).is_none() {
        if args.json {
            context.out.line(&json!({"running": false}).to_string());
        } else {
            context.out.line("rozet-sidecar is not running. Start it with `rozet-sidecar up`.");
        }
        return Ok(ExitCode::from(NOT_RUNNING));
    }
    let client = Client::find(context)?;
    let health: Health = client.get("/v1/health").await?;
    if args.json {
        let mut value = serde_json::to_value(&health)?;
        if let Some(object) = value.as_object_mut() {
            object.insert("running".into(), json!(true));
        }
        context.out.line(&serde_json::to_string_pretty(&value)?);
        return Ok(ExitCode::SUCCESS);
    }
    let up_for = u64::try_from(now_ms().saturating_sub(health.info.started_at)).unwrap_or_default() / 1_000;
    let bold = context.out.bold("rozet-sidecar");
    context
        .out
        .line(&format!("{bold} {} runs for {up_for} s (pid {})", health.info.version, health.info.pid));
    context.out.line(&format!("  dashboard  {} (also on {})", health.info.url, health.info.dashboard_url));
    if health.off {
        context
            .out
            .line("  events     switched off: nothing is stored or streamed (ROZET_OBSERVABILITY_ENABLED)");
    }
    show_store(context, &health.store);
    if let Some(forwarded) = &health.forwarded {
        show_forwarded(context, forwarded);
    }
    show_producers(context, &health.producers);
    // A daemon of an earlier version does not know of them.
    if let Ok(waiting) = client.get::<AskList>("/v1/asks?limit=1000").await {
        show_asks(context, waiting.asks.len());
    }
    if let Some(kept) = health.store.set_aside {
        context.out.note(&format!(
            "warning: a corrupt database was set aside as {kept}. Delete it when you need it no more."
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn show_store(context: &mut Context, store: &StoreHealth) {
    context.out.line(&format!(
        "  events     {} stored, {} and {} of index",
        store.events,
        output::bytes(store.bytes),
        output::bytes(store.index_bytes)
    ));
    let survive = match store.durability {
        Durability::Process => "acknowledged events survive the death of any process, not power loss",
        Durability::Power => "acknowledged events survive power loss",
    };
    context.out.line(&format!("  durability {}: {survive}", store.durability.as_str()));
    context.out.line(&format!(
        "  kept       for {} days, up to {}",
        store.max_age_days,
        output::bytes(store.max_bytes)
    ));
    let masked: Vec<String> = store.redacted.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    if !masked.is_empty() {
        context.out.line(&format!("  masked     {}, since this start", masked.join(", ")));
    }
    context.out.line(&format!("  database   {}", store.path));
}

fn show_forwarded(context: &mut Context, forwarded: &Forwarded) {
    let url = output::plain(&forwarded.url);
    context.out.line(&format!(
        "  forwarded  {} events to {url}, {} refused there, since this start",
        forwarded.taken, forwarded.refused
    ));
    if let Some(problem) = &forwarded.problem {
        context.out.note(&format!("warning: events are not forwarded now: {}", output::plain(problem)));
    }
}

/// What agents wait for, when they wait.
fn show_asks(context: &mut Context, waiting: usize) {
    if waiting > 0 {
        context
            .out
            .line(&format!("  asks       {waiting} wait for an answer: see `rozet-sidecar permissions`"));
    }
}

/// The newest producers, and all in one line.
fn show_producers(context: &mut Context, producers: &[ProducerHealth]) {
    let figures = |of: &dyn Fn(&ProducerHealth) -> i64| producers.iter().map(of).sum::<i64>();
    context.out.line(&format!(
        "  delivery   {} missing, {} dropped, {} duplicates, {} rejected, {} coalesced, {} masked",
        figures(&|one| one.missing),
        figures(&|one| one.dropped),
        figures(&|one| one.duplicates),
        figures(&|one| one.rejected),
        figures(&|one| one.coalesced),
        figures(&|one| one.redacted)
    ));
    for one in producers.iter().take(PRODUCERS) {
        context.out.line(&format!(
            "             {:<36} {} events, {} missing, {} dropped, {} duplicates, {} rejected, {} coalesced, {} masked",
            output::plain(&one.producer),
            one.last_seq,
            one.missing,
            one.dropped,
            one.duplicates,
            one.rejected,
            one.coalesced,
            one.redacted
        ));
    }
}
