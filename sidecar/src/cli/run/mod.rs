//! `run`: plan, show, confirm, carry out, and tell what was proved.

mod file;
mod follow;
mod summary;

pub(super) use summary::print as print_summary;

use super::client::Client;
use super::plan::{self, Asking, DEADLINE, INTERRUPTED};
use super::{Context, output};
use crate::intake::Producer;
use anyhow::{Context as _, bail};
use follow::Followed;
use rozet_observability::event::{EventKind, source};
use rozet_observability::link::PlanCancelled;
use rozet_observability::run::{Run, RunRequest, RunStatus, RunView, WorkerKind};
use serde_json::json;
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    asking: Asking,
    /// Carry out this plan (YAML or JSON) in place of asking for one
    #[arg(long, value_name = "FILE", conflicts_with_all = ["request", "provider", "model", "max_tasks"])]
    plan: Option<PathBuf>,
    /// Do not ask before workers begin
    #[arg(long, short)]
    yes: bool,
    /// Tasks at once, 1 to 32 [default: the settings]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=32))]
    parallel: Option<u32>,
    /// US dollars that the run may cost, its plan included [default: the settings]
    #[arg(long)]
    budget_usd: Option<f64>,
    /// Who does the tasks: sessions of OpenCode, Rozet's own loop on a configured provider, or nobody, so that only the
    /// checks are run [default: the settings]
    #[arg(long, value_enum)]
    worker: Option<WorkerName>,
    /// Print the run as JSON at its end
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum WorkerName {
    Opencode,
    Local,
    None,
}

pub(super) async fn run(context: &mut Context, args: &Args) -> anyhow::Result<ExitCode> {
    let client = Client::find(context)?;
    let mut request = RunRequest {
        worker: args.worker.map(|worker| match worker {
            WorkerName::Opencode => WorkerKind::Opencode,
            WorkerName::Local => WorkerKind::Local,
            WorkerName::None => WorkerKind::None,
        }),
        parallel: args.parallel,
        budget_usd: args.budget_usd,
        ..RunRequest::default()
    };
    match &args.plan {
        Some(path) => {
            let mut draft = file::read(path)?;
            draft.directory = args.asking.workspace()?;
            let ids: Vec<&str> = draft.tasks.iter().map(|task| task.task_id.as_str()).collect();
            context.out.note(&output::plain(&format!("{}: {}", draft.summary, ids.join(", "))));
            request.plan = Some(draft);
            request.session_id = args.asking.session_id.clone();
        }
        None => {
            let Some((plan_id, config)) = planned(context, args, &client).await? else {
                return Ok(ExitCode::from(INTERRUPTED));
            };
            request.plan_id = Some(plan_id);
            request.config = config;
        }
    }
    if !args.yes && !confirmed(context)? {
        context.out.note("nothing was begun");
        return Ok(ExitCode::FAILURE);
    }
    let run: Run = client.post("/v1/runs", &request).await?;
    carried_out(context, &client, &run.run_id, args.json).await
}

/// Follows a run to its end, and says how it ended.
pub(super) async fn carried_out(
    context: &mut Context,
    client: &Client,
    run_id: &str,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let followed = follow::follow(context, client, run_id).await?;
    if followed == Followed::Left {
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let view: RunView = client.get(&format!("/v1/runs/{run_id}")).await?;
    if as_json {
        context.out.line(&serde_json::to_string_pretty(&view)?);
    } else {
        summary::print(context, &view);
    }
    Ok(match (followed, view.run.status) {
        (Followed::Cancelled | Followed::Left, _) => ExitCode::from(INTERRUPTED),
        (Followed::ToItsEnd, RunStatus::Completed) => ExitCode::SUCCESS,
        (Followed::ToItsEnd, _) => ExitCode::FAILURE,
    })
}

/// Asks for the plan and shows it; none when Ctrl-C ended that.
async fn planned(
    context: &mut Context,
    args: &Args,
    client: &Client,
) -> anyhow::Result<Option<(String, Option<String>)>> {
    let mut request = args.asking.request()?;
    // Carried out when the person has seen it, whatever the settings say.
    request.execute = Some(false);
    let mut producer = Producer::new(source::CLI, &context.folders.spool())?;
    let started = json!({"directory": request.directory, "plugin_version": env!("CARGO_PKG_VERSION")});
    plan::emit(client, &mut producer, &request.session_id, EventKind::SessionStart, started).await?;
    producer.finish();
    let spinner = plan::spinner();
    let planned = tokio::select! {
        planned = tokio::time::timeout(DEADLINE, plan::ask(client, &request)) => Some(planned),
        _ = tokio::signal::ctrl_c() => None,
    };
    spinner.finish_and_clear();
    let Some(planned) = planned else {
        let path = format!("/v1/plans/{}/cancel", request.plan_id);
        let _: PlanCancelled = client.post(&path, &json!({})).await?;
        context.out.note("cancelled: no plan was made");
        return Ok(None);
    };
    let plan = planned.context("the sidecar did not send the plan in time: see `rozet-sidecar logs`")??;
    if !args.json {
        plan::print(context, &plan);
    }
    Ok(Some((plan.plan_id, request.config)))
}

/// Asks the person. Without a terminal nobody can answer.
fn confirmed(context: &mut Context) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("nobody can be asked here whether workers may begin: pass --yes");
    }
    context.out.text("\nLet workers carry this out? [y/N] ");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
