//! `permissions`: what agents ask for, and the answers.

use super::client::Client;
use super::{Context, output};
use crate::clock::now_ms;
use anyhow::bail;
use rozet_observability::ask::{Ask, AskAnswer, AskKind, AskList, AskReply};
use std::process::ExitCode;

/// Shortest id that is shown.
const SHORT_ID: usize = 12;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// Show those that were settled lately, too
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Allow what is asked for
    Allow {
        /// The ask; the beginning of its id is enough
        id: String,
        /// And whatever is like it, for as long as OpenCode runs
        #[arg(long)]
        always: bool,
    },
    /// Refuse what is asked for, or decline a question
    Deny {
        /// The ask; the beginning of its id is enough
        id: String,
        /// What the agent is told
        #[arg(long)]
        message: Option<String>,
    },
    /// Answer a question
    Answer {
        /// The ask; the beginning of its id is enough
        id: String,
        /// One answer for each question; where one question lets you choose several, all of them
        #[arg(required = true)]
        answers: Vec<String>,
    },
}

pub(super) async fn run(context: &mut Context, args: Args) -> anyhow::Result<ExitCode> {
    let client = Client::find(context)?;
    let Some(action) = args.action else { return list(context, &client, args.all, args.json).await };
    let (id, reply) = match action {
        Action::Allow { id, always } => {
            let answer = if always { AskAnswer::Always } else { AskAnswer::Once };
            (id, Reply::Plain(AskReply { answer: Some(answer), ..AskReply::default() }))
        }
        Action::Deny { id, message } => {
            (id, Reply::Plain(AskReply { answer: Some(AskAnswer::Reject), message, ..AskReply::default() }))
        }
        Action::Answer { id, answers } => (id, Reply::Answers(answers)),
    };
    let ask = find(&client, &id).await?;
    let reply = match reply {
        Reply::Plain(reply) => reply,
        Reply::Answers(answers) => AskReply { answers: Some(sorted(&ask, answers)), ..AskReply::default() },
    };
    let ask: Ask = client.post(&format!("/v1/asks/{}/answer", ask.ask_id), &reply).await?;
    if args.json {
        context.out.line(&serde_json::to_string_pretty(&ask)?);
    } else {
        context.out.line(&output::plain(&format!("{} is {}: {}", ask.ask_id, ask.state.as_str(), ask.title)));
    }
    Ok(ExitCode::SUCCESS)
}

/// What is to be sent.
enum Reply {
    Plain(AskReply),
    Answers(Vec<String>),
}

/// Answers by question.
fn sorted(ask: &Ask, answers: Vec<String>) -> Vec<Vec<String>> {
    match ask.questions.as_slice() {
        [one] if one.multiple => vec![answers],
        _ => answers.into_iter().map(|answer| vec![answer]).collect(),
    }
}

/// The ask whose id begins like that.
async fn find(client: &Client, id: &str) -> anyhow::Result<Ask> {
    let AskList { asks } = client.get("/v1/asks?state=all&limit=1000").await?;
    let shown = output::plain(id);
    let found: Vec<&Ask> = asks.iter().filter(|ask| ask.ask_id.starts_with(id)).collect();
    if let Some(ask) = found.iter().find(|ask| ask.ask_id == id) {
        return Ok((*ask).clone());
    }
    match found.as_slice() {
        [ask] => Ok((*ask).clone()),
        [] => bail!("there is no ask {shown}: see `rozet-sidecar permissions`"),
        several => {
            let ids: Vec<&str> = several.iter().take(5).map(|ask| ask.ask_id.as_str()).collect();
            bail!("{shown} is the beginning of several asks ({}): give more of the id", ids.join(", "))
        }
    }
}

async fn list(context: &mut Context, client: &Client, all: bool, json: bool) -> anyhow::Result<ExitCode> {
    let state = if all { "all" } else { "waiting" };
    let AskList { asks } = client.get(&format!("/v1/asks?state={state}&limit=1000")).await?;
    if json {
        context.out.line(&serde_json::to_string_pretty(&asks)?);
        return Ok(ExitCode::SUCCESS);
    }
    if asks.is_empty() {
        context.out.line("nobody asks for anything");
    }
    for ask in &asks {
        if !show(context, ask) {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// False when nobody reads any more.
fn show(context: &mut Context, ask: &Ask) -> bool {
    let now = now_ms();
    let who = match (&ask.task_id, &ask.agent) {
        (Some(task), _) => format!("{task} in {}", ask.session_id),
        (None, Some(agent)) => format!("{agent} in {}", ask.session_id),
        (None, None) => ask.session_id.clone(),
    };
    let state = match (ask.answered_at, ask.expires_at) {
        (Some(at), _) => {
            let by = ask.answered_by.as_deref().map_or_else(String::new, |by| format!(" by {by}"));
            format!("{}{by} {} ago", ask.state.as_str(), output::time(now.saturating_sub(at)))
        }
        (None, Some(at)) => format!(
            "waits for {}, denied in {}",
            output::time(now.saturating_sub(ask.asked_at)),
            output::time(at.saturating_sub(now))
        ),
        (None, None) => format!("waits for {}", output::time(now.saturating_sub(ask.asked_at))),
    };
    let mut lines = vec![format!("{:SHORT_ID$}  {}", ask.ask_id, ask.title), format!("    {who}, {state}")];
    let more = ask.command.as_ref().or(ask.path.as_ref()).filter(|more| !ask.title.contains(more.as_str()));
    lines.extend(more.map(|more| format!("    {}", more.lines().next().unwrap_or_default())));
    if ask.kind == AskKind::Question {
        for question in &ask.questions {
            let options: Vec<&str> = question.options.iter().map(|option| option.label.as_str()).collect();
            lines.push(format!("    {} [{}]", question.question, options.join(" | ")));
        }
    }
    lines.iter().all(|line| context.out.line(&output::plain(line)))
}
