//! Asking the daemon for a plan, and what there is to say about it on a command line.

use crate::cli::client::Client;
use crate::identity;
use crate::intake::{Draft, Producer};
use anyhow::{Context as _, bail};
use futures_util::StreamExt;
use rozet_observability::event::{BatchAck, Event, EventBatch, EventKind, source};
use rozet_observability::link::{LinkFrame, PlanAccepted, PlanRequest};
use rozet_observability::plan::Plan;
use std::io::{IsTerminal, Read};
use std::path::PathBuf;

/// Longest request from standard input, in bytes.
const MAX_STDIN_BYTES: u64 = 256 * 1024;
/// Longest frame of the link, in bytes.
const MAX_FRAME_BYTES: usize = 4 * 1024 * 1024;

/// What is to be planned, and by whom.
#[derive(clap::Args)]
pub(in crate::cli) struct Asking {
    /// What is to be done; without it, or with `-`, it is read from standard input
    pub(in crate::cli) request: Option<String>,
    /// The workspace [default: this folder]
    #[arg(long)]
    pub(in crate::cli) directory: Option<PathBuf>,
    /// A settings file in place of the project's and your own providers.yaml
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// Who plans: openai, openrouter, groq, anthropic, gemini, ollama, openai-compatible, opencode or offline
    #[arg(long, env = "ROZET_ORCHESTRATOR_PROVIDER", hide_env = true)]
    pub(in crate::cli) provider: Option<String>,
    /// The model that plans
    #[arg(long, env = "ROZET_ORCHESTRATOR_MODEL", hide_env = true)]
    pub(in crate::cli) model: Option<String>,
    /// The session that the plan belongs to [default: a new one]
    #[arg(long, env = "ROZET_SESSION_ID", hide_env = true)]
    pub(in crate::cli) session_id: Option<String>,
    /// At most this many tasks, 1 to 50; the settings may say less
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=50))]
    pub(in crate::cli) max_tasks: Option<u32>,
}

impl Asking {
    /// The request, with its workspace entered and its text read.
    ///
    /// # Errors
    /// When the workspace, the settings file or the text cannot be used.
    pub(in crate::cli) fn request(&self) -> anyhow::Result<PlanRequest> {
        let text = request_text(self.request.as_deref())?;
        request(self, self.workspace()?, text)
    }

    /// The workspace, an absolute path.
    ///
    /// # Errors
    /// When it cannot be entered.
    pub(in crate::cli) fn workspace(&self) -> anyhow::Result<String> {
        let directory = match &self.directory {
            Some(directory) => directory.clone(),
            None => std::env::current_dir()?,
        };
        let directory =
            directory.canonicalize().with_context(|| format!("cannot enter {}", directory.display()))?;
        Ok(directory.to_str().context("the workspace's path is not text")?.to_owned())
    }
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

fn request(args: &Asking, directory: String, text: String) -> anyhow::Result<PlanRequest> {
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

/// Spooled before it is sent, as every event.
pub(in crate::cli) async fn emit(
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
pub(in crate::cli) async fn ask(client: &Client, request: &PlanRequest) -> anyhow::Result<Plan> {
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
