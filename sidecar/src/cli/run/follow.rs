//! Shows a run while it is under way: one line a task on a terminal, one line a change elsewhere.

use crate::cli::client::Client;
use crate::cli::{Context, output};
use futures_util::StreamExt;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use rozet_observability::plan::TaskStatus;
use rozet_observability::run::{Run, RunProgress, RunView, TaskView};
use serde_json::json;
use std::collections::HashMap;
use std::io::IsTerminal;
use std::time::Duration;

/// Longest frame of the progress stream, in bytes.
const MAX_FRAME_BYTES: usize = 1024 * 1024;
/// Tasks that have a line of their own on a terminal.
const MAX_BARS: usize = 30;

/// How the following ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Followed {
    ToItsEnd,
    /// Ctrl-C: the run was cancelled.
    Cancelled,
    /// Ctrl-C again: nobody waited for its end.
    Left,
}

/// Shows the run until it is over. The first Ctrl-C cancels it, the second leaves at once.
pub(super) async fn follow(context: &mut Context, client: &Client, run_id: &str) -> anyhow::Result<Followed> {
    let mut shown = Shown::new(run_id);
    let watched = tokio::select! {
        watched = watch(context, client, run_id, &mut shown) => Some(watched),
        _ = tokio::signal::ctrl_c() => None,
    };
    if let Some(watched) = watched {
        shown.clear();
        return watched.map(|()| Followed::ToItsEnd);
    }
    context.out.note("cancelling the run; Ctrl-C again leaves at once");
    let cancelling = async {
        let path = format!("/v1/runs/{run_id}/cancel");
        // A run that has just ended by itself cannot be cancelled any more: its end is shown all the same.
        let _: Result<Run, _> = client.post(&path, &json!({})).await;
        watch(context, client, run_id, &mut shown).await
    };
    let followed = tokio::select! {
        watched = cancelling => watched.map(|()| Followed::Cancelled),
        _ = tokio::signal::ctrl_c() => Ok(Followed::Left),
    };
    shown.clear();
    followed
}

/// Reads the progress stream until the run is over.
async fn watch(
    context: &mut Context,
    client: &Client,
    run_id: &str,
    shown: &mut Shown,
) -> anyhow::Result<()> {
    let response = client.open(&format!("/v1/runs/{run_id}/progress")).await?;
    let mut chunks = response.bytes_stream();
    let mut buffer: Vec<u8> = Vec::new();
    while let Some(chunk) = chunks.next().await {
        buffer.extend_from_slice(&chunk?);
        let mut done = None;
        while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = buffer.drain(..=end).collect();
            let frame = line.strip_prefix(b"data:");
            if let Some(progress) = frame.and_then(|data| serde_json::from_slice::<RunProgress>(data).ok()) {
                done = Some(progress.done);
            }
        }
        if let Some(done) = done {
            let view: RunView = client.get(&format!("/v1/runs/{run_id}")).await?;
            shown.update(context, &view);
            if done {
                return Ok(());
            }
        }
        if buffer.len() > MAX_FRAME_BYTES {
            anyhow::bail!("the sidecar's stream makes no sense");
        }
    }
    anyhow::bail!(
        "the sidecar ended while the run was under way: `rozet-sidecar up` goes on with it, `rozet-sidecar show {run_id}` \
         shows it"
    )
}

/// What is on the screen.
struct Shown {
    bars: Option<(MultiProgress, HashMap<String, ProgressBar>)>,
    last: HashMap<String, String>,
}

impl Shown {
    fn new(run_id: &str) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bars = terminal.then(|| {
            let bars = MultiProgress::new();
            let _ = bars.println(format!("{run_id} (Ctrl-C cancels it)"));
            (bars, HashMap::new())
        });
        Self { bars, last: HashMap::new() }
    }

    fn update(&mut self, context: &mut Context, view: &RunView) {
        for (place, task) in view.tasks.iter().enumerate() {
            let line = line(task);
            let id = &task.task.task_id;
            match &mut self.bars {
                Some((bars, lines)) if place < MAX_BARS => {
                    let bar = lines.entry(id.clone()).or_insert_with(|| {
                        let bar = bars.add(ProgressBar::new_spinner());
                        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                            bar.set_style(style);
                        }
                        bar.enable_steady_tick(Duration::from_millis(120));
                        bar
                    });
                    let over = matches!(
                        task.task.status,
                        TaskStatus::Completed | TaskStatus::Failed | TaskStatus::Cancelled
                    );
                    if over { bar.finish_with_message(line) } else { bar.set_message(line) }
                }
                Some(_) => {}
                None => {
                    let state = state(task);
                    if self.last.get(id) != Some(&state) {
                        context.out.note(&line);
                        self.last.insert(id.clone(), state);
                    }
                }
            }
        }
    }

    fn clear(&mut self) {
        if let Some((bars, _)) = &self.bars {
            let _ = bars.clear();
        }
    }
}

/// What must change for another line where no line can be rewritten.
fn state(view: &TaskView) -> String {
    format!("{}{}", view.task.status.as_str(), view.attempts.len())
}

/// One task in one line: where it stands, what it does or waits for, time and spend.
fn line(view: &TaskView) -> String {
    let task = &view.task;
    let mut line = format!("{} {}", task.task_id, task.status.as_str());
    if view.attempts.len() > 1 {
        line.push_str(&format!(" (attempt {})", view.attempts.len()));
    }
    let doing = match (&view.activity, &view.waits_for) {
        (Some(activity), _) => activity.clone(),
        (None, Some(waits_for)) => format!("waits for {}", waits_for.what),
        (None, None) => task.description.clone(),
    };
    line.push_str(&format!(": {}", output::plain(&doing).chars().take(100).collect::<String>()));
    if let Some(attempt) = view.attempts.last() {
        let ended = attempt.ended_at.unwrap_or_else(crate::clock::now_ms);
        let seconds = u32::try_from(ended.saturating_sub(attempt.started_at)).unwrap_or_default();
        line.push_str(&format!(
            " [{:.1} s{}]",
            f64::from(seconds) / 1_000.0,
            crate::spend::told(&attempt.usage)
        ));
    }
    line
}
