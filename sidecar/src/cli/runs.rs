//! `runs`, `show`, `tasks`, and what may be done with a run or a task: `cancel`, `pause`, `resume`, `retry`, `confirm`, `undo`.

use super::client::Client;
use super::{Context, output, run};
use anyhow::{Context as _, bail};
use rozet_observability::run::{Run, RunView};
use serde::Deserialize;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct ListArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// How many, the newest first, 1 to 200
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
}

#[derive(clap::Args)]
pub(super) struct RunArgs {
    /// The run [default: the newest]
    run: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(super) struct TargetArgs {
    /// The run, or `latest`
    run: String,
    /// One task of it, such as T1 [default: the whole run]
    task: Option<String>,
}

#[derive(clap::Args)]
pub(super) struct TaskArgs {
    /// The run, or `latest`
    run: String,
    /// The task, such as T1
    task: String,
}

#[derive(clap::Args)]
pub(super) struct UndoArgs {
    #[command(flatten)]
    target: TaskArgs,
    /// Only tell what would be done
    #[arg(long)]
    preview: bool,
}

#[derive(Deserialize)]
struct Runs {
    runs: Vec<Run>,
}

pub(super) async fn list(context: &mut Context, args: &ListArgs) -> anyhow::Result<ExitCode> {
    let client = Client::find(context)?;
    let Runs { runs } = client.get(&format!("/v1/runs?limit={}", args.limit)).await?;
    if args.json {
        context.out.line(&serde_json::to_string_pretty(&runs)?);
        return Ok(ExitCode::SUCCESS);
    }
    if runs.is_empty() {
        context.out.line("there are no runs yet: begin one with `rozet-sidecar run \"what is to be done\"`");
    }
    for run in &runs {
        let reason = run.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
        let line = format!(
            "{}  {:9}  {:8}  {}{}{reason}",
            run.run_id,
            run.status.as_str(),
            run.worker.as_str(),
            run.directory,
            crate::spend::told(&run.usage)
        );
        if !context.out.line(&output::plain(&line)) {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn show(context: &mut Context, args: &RunArgs) -> anyhow::Result<ExitCode> {
    let client = Client::find(context)?;
    let view = view(&client, args.run.as_deref()).await?;
    if args.json {
        context.out.line(&serde_json::to_string_pretty(&view)?);
    } else {
        run::print_summary(context, &view);
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn tasks(context: &mut Context, args: &RunArgs) -> anyhow::Result<ExitCode> {
    let client = Client::find(context)?;
    let view = view(&client, args.run.as_deref()).await?;
    if args.json {
        context.out.line(&serde_json::to_string_pretty(&view.tasks)?);
        return Ok(ExitCode::SUCCESS);
    }
    for task in &view.tasks {
        let doing = match (&task.activity, &task.waits_for) {
            (Some(activity), _) => activity.clone(),
            (None, Some(waits_for)) => format!("waits for {}", waits_for.what),
            (None, None) => task.task.description.clone(),
        };
        let seconds = crate::clock::now_ms().saturating_sub(task.task.since) / 1_000;
        let line =
            format!("{:5} {:9} {:>6} s  {doing}", task.task.task_id, task.task.status.as_str(), seconds);
        context.out.line(&output::plain(&line));
    }
    Ok(ExitCode::SUCCESS)
}

/// What may be done with a whole run or one task.
#[derive(Debug, Clone, Copy)]
pub(super) enum Action {
    Cancel,
    Pause,
    Resume,
    Retry,
}

impl Action {
    const fn word(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Retry => "retry",
        }
    }
}

pub(super) async fn act(
    context: &mut Context,
    args: &TargetArgs,
    action: Action,
) -> anyhow::Result<ExitCode> {
    let client = Client::find(context)?;
    let view = view(&client, Some(&args.run)).await?;
    let word = action.word();
    match (&args.task, action) {
        (None, _) => {
            let run: Run = client.post(&format!("/v1/runs/{}/{word}", view.run.run_id), &json!({})).await?;
            context.out.line(&format!("{} is {}", run.run_id, run.status.as_str()));
        }
        (Some(task), Action::Cancel | Action::Retry) => {
            let path = task_path(&view, task, word)?;
            let _: Value = client.post(&path, &json!({})).await?;
            context.out.line(&format!("{task}: {word} is done"));
        }
        (Some(_), Action::Pause | Action::Resume) => bail!("only a whole run can be paused and resumed"),
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn confirm(context: &mut Context, args: &TaskArgs) -> anyhow::Result<ExitCode> {
    let client = Client::find(context)?;
    let view = view(&client, Some(&args.run)).await?;
    let _: Value = client.post(&task_path(&view, &args.task, "confirm")?, &json!({})).await?;
    context.out.line(&format!("{} is completed", args.task));
    Ok(ExitCode::SUCCESS)
}

#[derive(Deserialize)]
struct Undone {
    files: Vec<UndoneFile>,
}

#[derive(Deserialize)]
struct UndoneFile {
    path: String,
    action: String,
}

pub(super) async fn undo(context: &mut Context, args: &UndoArgs) -> anyhow::Result<ExitCode> {
    let client = Client::find(context)?;
    let view = view(&client, Some(&args.target.run)).await?;
    let path = task_path(&view, &args.target.task, "undo")?;
    let undone: Undone = client.post(&path, &json!({"preview": args.preview})).await?;
    for file in &undone.files {
        context.out.line(&output::plain(&format!("{} {}", file.action, file.path)));
    }
    if args.preview {
        context.out.note("nothing was touched: this is what `undo` without --preview does");
    }
    Ok(ExitCode::SUCCESS)
}

/// The run of that id, or the newest.
async fn view(client: &Client, run_id: Option<&str>) -> anyhow::Result<RunView> {
    let run_id = match run_id.filter(|run_id| *run_id != "latest") {
        Some(run_id) => run_id.to_owned(),
        None => {
            let Runs { runs } = client.get("/v1/runs?limit=1").await?;
            let newest = runs.into_iter().next();
            newest.context("there are no runs yet: begin one with `rozet-sidecar run`")?.run_id
        }
    };
    if !is_plain(&run_id) {
        bail!("{} is no run: see `rozet-sidecar runs`", output::plain(&run_id));
    }
    client.get(&format!("/v1/runs/{run_id}")).await
}

fn task_path(view: &RunView, task: &str, action: &str) -> anyhow::Result<String> {
    if !view.tasks.iter().any(|view| view.task.task_id == task) {
        let known: Vec<&str> = view.tasks.iter().map(|view| view.task.task_id.as_str()).collect();
        bail!("{} has no task {}; it has {}", view.run.run_id, output::plain(task), known.join(", "));
    }
    Ok(format!("/v1/tasks/{}/{task}/{action}", view.run.plan_id))
}

/// Whether a name can be part of a path as it is.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}
