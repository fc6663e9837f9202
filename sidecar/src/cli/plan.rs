//! `plan`.

use super::client::Client;
use super::{Context, output};
use crate::intake::{Draft, Producer};
use crate::{identity, planner};
use anyhow::{Context as _, bail};
use futures_util::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use rozet_observability::event::{BatchAck, Event, EventBatch, EventKind, source};
use rozet_observability::link::{LinkFrame, PlanAccepted, PlanCancelled, PlanRequest};
use rozet_observability::plan::{Plan, Usage};
use serde_json::{Value, json};
use std::io::{IsTerminal, Read};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// What shells say of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;
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
    directory: Option<PathBuf>,
    /// A settings file in place of the project's and your own providers.yaml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Who plans: openai, openrouter, groq, anthropic, gemini, ollama, openai-compatible, opencode or offline
    #[arg(long, env = "ROZET_ORCHESTRATOR_PROVIDER", hide_env = true)]
    provider: Option<String>,
    /// The model that plans
    #[arg(long, env = "ROZET_ORCHESTRATOR_MODEL", hide_env = true)]
    model: Option<String>,
    /// The session that the plan belongs to [default: a new one]
    #[arg(long, env = "ROZET_SESSION_ID", hide_env = true)]
    session_id: Option<String>,
    /// At most this many tasks, 1 to 50; the settings may say less
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=50))]
    max_tasks: Option<u32>,
    /// Print the exact request that the model would get, and ask nobody
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
    let request = request(args, directory, text)?;
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
fn spinner() -> ProgressBar {
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

fn request(args: &Args, directory: String, text: String) -> anyhow::Result<PlanRequest> {
    let config = args.config.as_ref().map(|path| {
        let path = path.canonicalize().with_context(|| format!("cannot read {}", path.display()))?;
        path.to_str().map(str::to_owned).context("the settings file's path is not text")
    });
    let session_id = match &args.session_id {
        Some(session_id) => session_id.clone(),
        None => format!("cli-{}", identity::random_hex(8)?),
    };
    let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    Ok(PlanRequest {
        plan_id: format!("plan-{}", identity::random_hex(8)?),
        session_id,
        directory,
        text,
        gate_reason: "asked for on the command line".into(),
        source_app: Some(source::CLI.into()),
        agent: None,
        session_model: None,
        max_tasks: args.max_tasks,
        producer: None,
        provider: given(&args.provider),
        model: given(&args.model),
        config: config.transpose()?,
        execute: None,
    })
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
    let _: BatchAck = client.post("/v1/events", &EventBatch::new(producer.id(), &events)).await?;
    producer.stored();
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
    let spent = spent(&plan.usage);
    context.out.line(&format!(
        "{} in {} ms, {}{spent}",
        plan.plan_id,
        plan.latency_ms,
        output::plain(&origin)
    ));
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

/// What the plan cost, when a model was asked.
fn spent(usage: &Usage) -> String {
    let tokens = usage.input_tokens + usage.output_tokens;
    match (tokens, usage.cost_usd) {
        (0, _) => String::new(),
        (_, None) => format!("; {tokens} tokens"),
        (_, Some(cost)) => {
            let estimated = if usage.cost_estimated { " by list price" } else { "" };
            format!("; {tokens} tokens, ${cost:.4}{estimated}")
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
    fn what_was_spent_is_told_as_far_as_it_is_known() {
        let usage = |cost_usd, cost_estimated| Usage {
            input_tokens: 900,
            output_tokens: 100,
            cost_usd,
            cost_estimated,
        };
        assert_eq!(spent(&Usage::default()), "");
        assert_eq!(spent(&usage(None, false)), "; 1000 tokens");
        assert_eq!(spent(&usage(Some(0.0123), false)), "; 1000 tokens, $0.0123");
        assert_eq!(spent(&usage(Some(0.0123), true)), "; 1000 tokens, $0.0123 by list price");
    }

    #[test]
    fn only_data_lines_are_frames() {
        assert_eq!(frame(b"data: {\"type\":\"resync\"}\n"), Some(LinkFrame::Resync));
        assert_eq!(frame(b": heartbeat\n"), None);
    }
}
