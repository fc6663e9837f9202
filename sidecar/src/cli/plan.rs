//! `plan`.

use super::client::Client;
use super::{Context, output};
use crate::intake::{Draft, Producer};
use crate::settings::{Orchestrator, ProvidersFile};
use crate::{identity, planner};
use anyhow::{Context as _, bail};
use futures_util::StreamExt;
use rozet_observability::event::{BatchAck, Event, EventBatch, EventKind, source};
use rozet_observability::link::{LinkFrame, PlanAccepted, PlanRequest};
use rozet_observability::plan::Plan;
use serde_json::json;
use std::io::{IsTerminal, Read};
use std::process::ExitCode;
use std::time::Duration;

/// Longest wait for a plan; the daemon's planner has a shorter deadline and always answers.
const DEADLINE: Duration = Duration::from_secs(180);
/// Longest request from standard input, in bytes.
const MAX_STDIN_BYTES: u64 = 256 * 1024;
/// Longest frame of the link, in bytes.
const MAX_FRAME_BYTES: usize = 4 * 1024 * 1024;

#[derive(clap::Args)]
pub(super) struct Args {
    /// What is to be done; without it, or with `-`, it is read from standard input
    request: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// The workspace [default: this folder]
    #[arg(long)]
    directory: Option<std::path::PathBuf>,
    /// The session that the plan belongs to [default: a new one]
    #[arg(long, env = "ROZET_SESSION_ID", hide_env = true)]
    session_id: Option<String>,
    /// At most this many tasks, 1 to 50; the settings may say less
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=50))]
    max_tasks: Option<u32>,
    /// Print what the model would be asked, and ask nobody
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(context: &mut Context, args: &Args) -> anyhow::Result<ExitCode> {
    let text = request_text(args.request.as_deref())?;
    let directory = match &args.directory {
        Some(directory) => directory.clone(),
        None => std::env::current_dir()?,
    };
    let directory =
        directory.canonicalize().with_context(|| format!("cannot enter {}", directory.display()))?;
    let directory = directory.to_str().context("the workspace's path is not text")?.to_owned();
    if args.dry_run {
        return dry_run(context, args, text, directory).await;
    }
    let client = Client::find(context)?;
    let mut producer = Producer::new(source::CLI, &context.folders.spool())?;
    let session_id = match &args.session_id {
        Some(session_id) => session_id.clone(),
        None => format!("cli-{}", identity::random_hex(8)?),
    };
    let plan_id = format!("plan-{}", identity::random_hex(8)?);
    let request = request(plan_id, session_id.clone(), directory.clone(), text, args.max_tasks);
    let started = json!({"directory": directory, "plugin_version": env!("CARGO_PKG_VERSION")});
    emit(&client, &mut producer, &session_id, EventKind::SessionStart, started).await?;
    let planned = tokio::time::timeout(DEADLINE, ask(&client, &request)).await;
    let ended = json!({"reason": if matches!(planned, Ok(Ok(_))) { "closed" } else { "failed" }});
    emit(&client, &mut producer, &session_id, EventKind::SessionEnd, ended).await?;
    producer.finish();
    let plan = planned.context("the sidecar did not send the plan in time: see `rozet-sidecar logs`")??;
    if args.json {
        context.out.line(&serde_json::to_string_pretty(&plan)?);
    } else {
        print(context, &plan);
    }
    Ok(ExitCode::SUCCESS)
}

/// The request as given, or from standard input.
fn request_text(given: Option<&str>) -> anyhow::Result<String> {
    let text = match given {
        Some(text) if text != "-" => text.to_owned(),
        _ if std::io::stdin().is_terminal() => bail!("say what is to be done, or pipe it in"),
        _ => {
            let mut text = String::new();
            std::io::stdin()
                .take(MAX_STDIN_BYTES)
                .read_to_string(&mut text)
                .context("cannot read the request")?;
            text
        }
    };
    if text.trim().is_empty() {
        bail!("the request is empty: say what is to be done");
    }
    Ok(text)
}

fn request(
    plan_id: String,
    session_id: String,
    directory: String,
    text: String,
    max_tasks: Option<u32>,
) -> PlanRequest {
    PlanRequest {
        plan_id,
        session_id,
        directory,
        text,
        gate_reason: "asked for on the command line".into(),
        source_app: Some(source::CLI.into()),
        agent: None,
        session_model: None,
        max_tasks,
    }
}

/// Shows the question as it would be asked now; the daemon is not needed for that.
async fn dry_run(
    context: &mut Context,
    args: &Args,
    text: String,
    directory: String,
) -> anyhow::Result<ExitCode> {
    let file = ProvidersFile::read(&context.folders.providers_file())?;
    let settings = Orchestrator::resolve(&context.environment, &file)?;
    let request = request(String::new(), String::new(), directory, text, args.max_tasks);
    let asked = planner::preview(&request, &settings).await;
    context.out.line(&serde_json::to_string_pretty(&asked)?);
    Ok(ExitCode::SUCCESS)
}

/// Spooled before it is sent, as every event.
async fn emit(
    client: &Client,
    producer: &mut Producer,
    session_id: &str,
    kind: EventKind,
    payload: serde_json::Value,
) -> anyhow::Result<()> {
    let draft = Draft { source_app: source::CLI, session_id: session_id.to_owned(), kind, payload };
    let mut event: Event = producer.event(draft);
    rozet_observability::redact::redact_event(&mut event);
    let events = [event];
    producer.spool(&events);
    let ack: BatchAck = client.post("/v1/events", &EventBatch::new(producer.id(), &events)).await?;
    producer.acknowledge(ack.acked_seq);
    Ok(())
}

/// Listens before it asks: the plan cannot be missed.
async fn ask(client: &Client, request: &PlanRequest) -> anyhow::Result<Plan> {
    let response = client.open(&format!("/v1/link?session_id={}", percent(&request.session_id))).await?;
    let _: PlanAccepted = client.post("/v1/plans", request).await?;
    let mut chunks = response.bytes_stream();
    let mut buffer: Vec<u8> = Vec::new();
    while let Some(chunk) = chunks.next().await {
        buffer.extend_from_slice(&chunk?);
        while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = buffer.drain(..=end).collect();
            if let Some(LinkFrame::Plan { plan }) = frame(&line)
                && plan.plan_id == request.plan_id
            {
                return Ok(plan);
            }
        }
        if buffer.len() > MAX_FRAME_BYTES {
            bail!("the sidecar's stream makes no sense");
        }
    }
    bail!("the sidecar ended before the plan was ready")
}

/// The frame in one line of the stream; the daemon writes each frame as one `data:` line.
fn frame(line: &[u8]) -> Option<LinkFrame> {
    serde_json::from_slice(line.strip_prefix(b"data:")?).ok()
}

/// Escapes what a query cannot hold.
fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn print(context: &mut Context, plan: &Plan) {
    let origin = match (&plan.reason, &plan.model) {
        (None, Some(model)) => format!("by {model}"),
        (Some(reason), _) => format!("by the built-in planner: {reason}"),
        (None, None) => plan.origin.as_str().to_owned(),
    };
    let title = context.out.bold(&output::plain(&plan.summary));
    context.out.line(&title);
    context.out.line(&format!("{} in {} ms, {}", plan.plan_id, plan.latency_ms, output::plain(&origin)));
    for task in &plan.tasks {
        let after = match task.depends_on.as_slice() {
            [] => String::new(),
            ids => format!(" (after {})", ids.join(", ")),
        };
        context.out.line(&format!(
            "\n{} {}{after}",
            context.out.bold(&task.task_id),
            output::plain(&task.description)
        ));
        if !task.files.is_empty() {
            context.out.line(&format!("   files: {}", output::plain(&task.files.join(", "))));
        }
        for check in &task.checks {
            context.out.line(&format!("   check: {}", output::plain(&check.describe())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_id_stays_one_parameter() {
        assert_eq!(percent("ses_1&x=ü"), "ses_1%26x%3D%C3%BC");
    }

    #[test]
    fn only_data_lines_are_frames() {
        assert_eq!(frame(b"data: {\"type\":\"resync\"}\n"), Some(LinkFrame::Resync));
        assert_eq!(frame(b": heartbeat\n"), None);
    }
}
