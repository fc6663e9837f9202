//! `status`.

use super::client::Client;
use super::{Context, output};
use crate::clock::now_ms;
use crate::daemon;
use crate::http::FullHealth;
use serde_json::json;
use std::process::ExitCode;

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
    let health: FullHealth = client.get("/v1/health").await?;
    if args.json {
        let mut value = serde_json::to_value(&health)?;
        if let Some(object) = value.as_object_mut() {
            object.insert("running".into(), json!(true));
        }
        context.out.line(&serde_json::to_string_pretty(&value)?);
        return Ok(ExitCode::SUCCESS);
    }
    let up_for = u64::try_from(now_ms().saturating_sub(health.info.started_at)).unwrap_or_default() / 1_000;
    let (missing, rejected) = health.producers.iter().fold((0, 0), |(missing, rejected), producer| {
        (missing + producer.missing, rejected + producer.rejected)
    });
    let bold = context.out.bold("rozet-sidecar");
    context
        .out
        .line(&format!("{bold} {} runs for {up_for} s (pid {})", health.info.version, health.info.pid));
    context.out.line(&format!("  dashboard  {} (also on {})", health.info.url, health.info.dashboard_url));
    context.out.line(&format!(
        "  events     {} stored, {}, {missing} missing, {rejected} rejected",
        health.store.events,
        output::bytes(health.store.bytes)
    ));
    context.out.line("  kept       acknowledged events survive the death of any process, not power loss");
    context.out.line(&format!("  database   {}", health.store.path));
    if let Some(kept) = health.store.set_aside {
        context.out.note(&format!(
            "warning: a corrupt database was set aside as {kept}. Delete it when you need it no more."
        ));
    }
    Ok(ExitCode::SUCCESS)
}
