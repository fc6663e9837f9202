//! What carrying plans out costs besides the work: a task's overhead, large graphs, parallel tasks, cancelling, tools.

use super::Measured;
use super::number::quantile;
use crate::home::Home;
use crate::process::with_argument;
use crate::sidecar::Sidecar;
use anyhow::{Context, Result, bail};
use rozet_observability::plan::Check;
use rozet_observability::run::{PlanDraft, Run, RunRequest, RunStatus, RunView, TaskDraft, WorkerKind};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Tasks in a row, and how often.
const CHAIN: usize = 25;
const CHAINS: usize = 9;
const OVERHEAD_LIMIT_MS: f64 = 5.0;
const DIAMOND: usize = 500;
const DIAMOND_LIMIT_MS: f64 = 3_000.0;
const PARALLEL_LIMIT_MS: f64 = 1_250.0;
const CANCEL_LIMIT_MS: f64 = 1_000.0;
const CANCELS: usize = 5;
const CALLS: usize = 200;
const READ_LIMIT_MS: f64 = 1.0;
const SHELL_LIMIT_MS: f64 = 15.0;
const DEFINITIONS_LIMIT_TOKENS: f64 = 900.0;
const WITHIN: Duration = Duration::from_secs(60);

/// Measures runs whose tasks nobody works at, so that what remains is Rozet's own share, and the tools.
///
/// # Errors
/// When a run does not go as it should.
pub async fn runs(binary: &Path) -> Result<Vec<Measured>> {
    let home = Home::temporary()?;
    let sidecar = Sidecar::start(binary, &home).await?;
    let token = std::fs::read_to_string(home.rozet().join("state/token"))?;
    let workspace = home.workspace();
    std::fs::write(workspace.join("file"), "x".repeat(10_000))?;
    let bench = Bench {
        url: sidecar.info.url.clone(),
        token: token.trim().to_owned(),
        http: reqwest::Client::builder().no_proxy().build()?,
        workspace,
    };
    let mut numbers = bench.graphs().await?;
    numbers.push(bench.cancelling().await?);
    numbers.extend(bench.tools().await?);
    sidecar.stop().await?;
    Ok(numbers)
}

struct Bench {
    url: String,
    token: String,
    http: reqwest::Client,
    workspace: PathBuf,
}

fn task(number: usize, check: Check, depends_on: Vec<String>) -> TaskDraft {
    TaskDraft {
        task_id: format!("T{number}"),
        description: "nothing to do".into(),
        files: vec![],
        checks: vec![check],
        depends_on,
    }
}

fn there() -> Check {
    Check::FileExists { path: "file".into() }
}

fn command(line: &str) -> Check {
    Check::Command { command: line.into() }
}

impl Bench {
    async fn graphs(&self) -> Result<Vec<Measured>> {
        let chain = |length: usize| -> Vec<TaskDraft> {
            let before = |number: usize| if number == 0 { vec![] } else { vec![format!("T{}", number - 1)] };
            (0..length).map(|number| task(number, there(), before(number))).collect()
        };
        self.timed(chain(CHAIN), 1).await?;
        let mut chains = Vec::with_capacity(CHAINS);
        for _ in 0..CHAINS {
            #[expect(clippy::cast_precision_loss, reason = "a small count")]
            chains.push(self.timed(chain(CHAIN), 1).await? / CHAIN as f64);
        }
        let name = format!("a task that nobody works at, one check, median of {CHAINS} chains of {CHAIN}");
        let mut numbers = vec![Measured::time(name, quantile(&mut chains, 0.5), Some(OVERHEAD_LIMIT_MS))];
        let last = DIAMOND - 1;
        let mut diamond: Vec<TaskDraft> = vec![task(0, there(), vec![])];
        diamond.extend((1..last).map(|number| task(number, there(), vec!["T0".into()])));
        diamond.push(task(last, there(), (1..last).map(|number| format!("T{number}")).collect()));
        let name = format!("{DIAMOND} tasks in a diamond, 4 at once");
        numbers.push(Measured::time(name, self.timed(diamond, 4).await?, Some(DIAMOND_LIMIT_MS)));
        let four = (0..4).map(|number| task(number, command("sleep 1"), vec![])).collect();
        let name = "four tasks of 1 s, 4 at once";
        numbers.push(Measured::time(name, self.timed(four, 4).await?, Some(PARALLEL_LIMIT_MS)));
        Ok(numbers)
    }

    /// From `POST /v1/runs` to the end of the run, in milliseconds.
    async fn timed(&self, tasks: Vec<TaskDraft>, parallel: u32) -> Result<f64> {
        let began = Instant::now();
        let run = self.start(tasks, parallel).await?;
        let mut progress = self.open(&format!("/v1/runs/{}/progress", run.run_id)).await?;
        while let Some(chunk) = tokio::time::timeout(WITHIN, progress.chunk()).await?? {
            if String::from_utf8_lossy(&chunk).contains("\"done\":true") {
                break;
            }
        }
        let view: RunView = self.get(&format!("/v1/runs/{}", run.run_id)).await?;
        if view.run.status != RunStatus::Completed {
            bail!("the run is {}: {:?}", view.run.status.as_str(), view.run.reason);
        }
        // By the daemon's clock: the reader of the stream is told at most ten times a second.
        let ended =
            view.tasks.iter().flat_map(|task| &task.attempts).filter_map(|attempt| attempt.ended_at).max();
        let by_clock = ended.and_then(|ended| u32::try_from(ended - view.run.started_at).ok());
        Ok(by_clock.map_or_else(|| began.elapsed().as_secs_f64() * 1e3, f64::from))
    }

    /// From `cancel` until no process of the run's is left.
    async fn cancelling(&self) -> Result<Measured> {
        let mut times = Vec::with_capacity(CANCELS);
        for round in 0..CANCELS {
            let mark = format!("31{round}.{}", std::process::id());
            let line = format!("(setsid sleep {mark} &) ; sleep {mark}");
            let tasks = (0..4).map(|number| task(number, command(&line), vec![])).collect();
            let run = self.start(tasks, 4).await?;
            let deadline = Instant::now() + WITHIN;
            while with_argument(|argument| argument == mark)?.len() < 8 {
                if Instant::now() > deadline {
                    bail!("the commands did not start");
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let left_over = || with_argument(|argument| argument.contains(&mark));
            let began = Instant::now();
            let _: Run = self.post(&format!("/v1/runs/{}/cancel", run.run_id), &json!({})).await?;
            while !left_over()?.is_empty() {
                if Instant::now() > deadline {
                    bail!("processes are left: {:?}", left_over()?);
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        let name = format!("cancel to last of 8 processes gone, slowest of {CANCELS}");
        Ok(Measured::time(name, quantile(&mut times, 1.0), Some(CANCEL_LIMIT_MS)))
    }

    async fn tools(&self) -> Result<Vec<Measured>> {
        let mut read = self.calls("read_file", &json!({"path": "file"})).await?;
        let mut shell = self.calls("execute_bash", &json!({"command": "true"})).await?;
        let listed: Value = self.get("/v1/tools").await?;
        let definitions = listed.get("tools").context("no tools")?.to_string();
        let tokens = tiktoken_rs::o200k_base()?.encode_ordinary(&definitions).len();
        Ok(vec![
            Measured::time(
                format!("read_file of 10 kB over HTTP, median of {CALLS}"),
                quantile(&mut read, 0.5),
                Some(READ_LIMIT_MS),
            ),
            Measured::time(
                format!("execute_bash `true` over HTTP, sandboxed, median of {CALLS}"),
                quantile(&mut shell, 0.5),
                Some(SHELL_LIMIT_MS),
            ),
            Measured::tokens(
                "the tools' definitions",
                f64::from(u32::try_from(tokens)?),
                DEFINITIONS_LIMIT_TOKENS,
            ),
        ])
    }

    async fn calls(&self, name: &str, arguments: &Value) -> Result<Vec<f64>> {
        let body = json!({"directory": self.workspace, "session_id": "bench", "arguments": arguments});
        let mut times = Vec::with_capacity(CALLS);
        for number in 0..CALLS + 10 {
            let began = Instant::now();
            let answer: Value = self.post(&format!("/v1/tools/{name}"), &body).await?;
            if answer.get("sandboxed") == Some(&json!(false)) {
                bail!("this system confines no commands: {answer}");
            }
            // The first ones make connections and look for the sandbox.
            if number >= 10 {
                times.push(began.elapsed().as_secs_f64() * 1e3);
            }
        }
        Ok(times)
    }

    async fn start(&self, tasks: Vec<TaskDraft>, parallel: u32) -> Result<Run> {
        let directory = self.workspace.to_string_lossy().into_owned();
        let plan = PlanDraft { directory, summary: "a measurement".into(), tasks };
        let request = RunRequest {
            plan: Some(plan),
            worker: Some(WorkerKind::None),
            parallel: Some(parallel),
            ..RunRequest::default()
        };
        self.post("/v1/runs", &serde_json::to_value(request)?).await
    }

    async fn post<T: serde::de::DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T> {
        let request = self.http.post(format!("{}{path}", self.url)).bearer_auth(&self.token).json(body);
        let answer = request.timeout(WITHIN).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("{path}: {status}: {text}");
        }
        Ok(serde_json::from_str(&text)?)
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T> {
        Ok(self.open(path).await?.json().await?)
    }

    async fn open(&self, path: &str) -> Result<reqwest::Response> {
        let request = self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.token);
        Ok(request.send().await?.error_for_status()?)
    }
}
