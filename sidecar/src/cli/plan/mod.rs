//! `plan`.

mod asking;
mod print;

pub(super) use asking::{Asking, ask, emit};
pub(super) use print::print;

use super::Context;
use super::client::Client;
use crate::intake::Producer;
use crate::planner;
use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use rozet_observability::event::{EventKind, source};
use rozet_observability::link::{PlanCancelled, PlanRequest};
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

/// What shells say of a program that Ctrl-C ended.
pub(super) const INTERRUPTED: u8 = 130;
/// Longest wait for a plan; the daemon's planner has a shorter deadline and always answers.
pub(super) const DEADLINE: Duration = Duration::from_secs(180);

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    asking: Asking,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print the exact request that the model would get, and ask nobody
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(context: &mut Context, args: &Args) -> anyhow::Result<ExitCode> {
    let request = args.asking.request()?;
    if args.dry_run {
        return dry_run(context, &request).await;
    }
    let client = Client::find(context)?;
    let mut producer = Producer::new(source::CLI, &context.folders.spool())?;
    let session_id = request.session_id.clone();
    let started = json!({"directory": request.directory, "plugin_version": env!("CARGO_PKG_VERSION")});
    emit(&client, &mut producer, &session_id, EventKind::SessionStart, started).await?;
    let spinner = spinner();
    let planned = tokio::select! {
        planned = tokio::time::timeout(DEADLINE, ask(&client, &request)) => Some(planned),
        _ = tokio::signal::ctrl_c() => None,
    };
    spinner.finish_and_clear();
    if planned.is_none() {
        let _: PlanCancelled =
            client.post(&format!("/v1/plans/{}/cancel", request.plan_id), &json!({})).await?;
    }
    let reason = match &planned {
        Some(Ok(Ok(_))) => "closed",
        Some(_) => "failed",
        None => "cancelled",
    };
    emit(&client, &mut producer, &session_id, EventKind::SessionEnd, json!({"reason": reason})).await?;
    producer.finish();
    let Some(planned) = planned else {
        context.out.note("cancelled: no plan was made");
        return Ok(ExitCode::from(INTERRUPTED));
    };
    let plan = planned.context("the sidecar did not send the plan in time: see `rozet-sidecar logs`")??;
    if args.json {
        context.out.line(&serde_json::to_string_pretty(&plan)?);
    } else {
        print(context, &plan);
    }
    Ok(ExitCode::SUCCESS)
}

/// Turns on a terminal, and stays away elsewhere.
pub(super) fn spinner() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let spinner = ProgressBar::new_spinner().with_message("planning");
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        spinner.set_style(style);
    }
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}

/// Shows the request as the daemon would send it now, or, without a daemon, as this command line would.
async fn dry_run(context: &mut Context, request: &PlanRequest) -> anyhow::Result<ExitCode> {
    let asked: Value = match Client::find(context) {
        Ok(client) => client.post("/v1/plans/preview", request).await?,
        Err(_) => {
            let settings = planner::settings_of(request, &context.environment, &context.folders.config)?;
            let facts = planner::Workspaces::default().look(request).await;
            planner::preview(request, &settings, &facts, "").await
        }
    };
    context.out.line(&serde_json::to_string_pretty(&asked)?);
    Ok(ExitCode::SUCCESS)
}
