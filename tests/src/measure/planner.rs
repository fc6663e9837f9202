//! What planning costs besides the model: Rozet's own share of a plan, and the tokens that it adds.

use super::Measured;
use super::number::quantile;
use crate::artifacts::repository;
use crate::home::{Home, Planner};
use crate::main_job::{RunCommand, plan_json};
use crate::scripted_model::{Delta, PlannerScript, Script, ScriptedModel, Step};
use crate::sidecar::{Sidecar, command};
use anyhow::{Context, Result, bail};
use rozet_observability::link::{LinkFrame, PlanRequest};
use rozet_observability::plan::{Check, Plan, PlanOrigin, Task, TaskStatus, Usage};
use rozet_plugin_wasm::plan_block;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Plans that are thrown away first: connections and caches are made by them.
const WARM_UP: usize = 20;
const PLANS: usize = 400;
const MEDIAN_LIMIT_MS: f64 = 3.0;
const P99_LIMIT_MS: f64 = 15.0;
const PLAN_WITHIN: Duration = Duration::from_secs(20);
const PROMPT_LIMIT_TOKENS: f64 = 700.0;
const BLOCK_LIMIT_TOKENS: f64 = 500.0;

/// Measures from `POST /v1/plans` to the plan on the link, with a model that answers at once and this repository as the
/// workspace, one plan at a time and 16 at a time; then counts tokens.
///
/// # Errors
/// When the sidecar does not plan as it should.
pub async fn planner(binary: &Path) -> Result<Vec<Measured>> {
    let home = Home::temporary()?;
    let answer = Step::says([Delta::text(&plan_json(&RunCommand::find()).to_string())]);
    let script = Script {
        by_prompt: std::collections::BTreeMap::new(),
        title: String::new(),
        planner: PlannerScript::Always(answer),
        worker: vec![],
        tasks: BTreeMap::new(),
    };
    let model = ScriptedModel::start(script).await?;
    let home = home.with_planner(Planner::Model(model.endpoint().to_owned()));
    let sidecar = Sidecar::start(binary, &home).await?;
    let token = std::fs::read_to_string(home.rozet().join("state/token"))?;
    let bench = Bench {
        url: sidecar.info.url.clone(),
        token: token.trim().to_owned(),
        http: reqwest::Client::builder().no_proxy().build()?,
    };
    bench.plans("warm", WARM_UP, 1).await?;
    let mut numbers = Vec::new();
    for at_once in [1, 16] {
        let mut times = bench.plans(&format!("at{at_once}"), PLANS, at_once).await?;
        for (share, name, limit) in [(0.5, "median", MEDIAN_LIMIT_MS), (0.99, "p99", P99_LIMIT_MS)] {
            let name = format!("plan without the model's time, {at_once} at once, {name} of {PLANS}");
            numbers.push(Measured::time(name, quantile(&mut times, share), Some(limit)));
        }
    }
    sidecar.stop().await?;
    numbers.extend(tokens(binary, &home).await?);
    Ok(numbers)
}

struct Bench {
    url: String,
    token: String,
    http: reqwest::Client,
}

impl Bench {
    /// Plans `count` requests, `at_once` under way at any time; the time of each in milliseconds.
    async fn plans(&self, name: &str, count: usize, at_once: usize) -> Result<Vec<f64>> {
        let link = self.http.get(format!("{}/v1/link", self.url)).bearer_auth(&self.token).send().await?;
        let mut link = Frames { response: link.error_for_status()?, buffer: Vec::new() };
        let (mut begun, mut times) = (HashMap::new(), Vec::with_capacity(count));
        let mut next = 0;
        let mut posting = JoinSet::new();
        while times.len() < count {
            while next < count && begun.len() < at_once {
                let request = request(name, next);
                let post = self.http.post(format!("{}/v1/plans", self.url)).bearer_auth(&self.token);
                begun.insert(request.plan_id.clone(), Instant::now());
                posting.spawn(post.json(&request).send());
                next += 1;
            }
            let frame = tokio::time::timeout(PLAN_WITHIN, link.next()).await.context("no plan in time")??;
            let LinkFrame::Plan { plan } = frame else { continue };
            let Some(began) = begun.remove(&plan.plan_id) else { continue };
            if plan.origin != PlanOrigin::Model {
                bail!("the plan is not the model's: {:?}", plan.reason);
            }
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        while let Some(posted) = posting.join_next().await {
            posted??.error_for_status()?;
        }
        Ok(times)
    }
}

fn request(name: &str, number: usize) -> PlanRequest {
    PlanRequest {
        plan_id: format!("plan-{name}-{number}"),
        session_id: format!("session-{name}-{number}"),
        directory: repository().to_string_lossy().into_owned(),
        text: format!("create hello{number}.py that greets, then run it and fix README.md"),
        gate_reason: "a measurement".into(),
        source_app: None,
        agent: Some("build".into()),
        session_model: None,
        max_tasks: None,
        producer: None,
        provider: None,
        model: None,
        config: None,
        execute: None,
    }
}

struct Frames {
    response: reqwest::Response,
    buffer: Vec<u8>,
}

impl Frames {
    async fn next(&mut self) -> Result<LinkFrame> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = self.buffer.drain(..end + 2).collect();
                match event.strip_prefix(b"data: ") {
                    Some(data) => return Ok(serde_json::from_slice(data)?),
                    None => continue,
                }
            }
            self.buffer.extend(self.response.chunk().await?.context("the link ended")?);
        }
    }
}

/// Tokens in the encoding of OpenAI's current models; other providers' differ by some percent.
async fn tokens(binary: &Path, home: &Home) -> Result<Vec<Measured>> {
    let encoding = tiktoken_rs::o200k_base()?;
    let count = |text: &str| u32::try_from(encoding.encode_ordinary(text).len()).map(f64::from);
    let asked = command(binary, home, &["plan", "--dry-run", "create a hello world python script"]).await?;
    let asked: Value = serde_json::from_str(&asked.success()?.stdout)?;
    let messages = asked.pointer("/request/body/messages").and_then(Value::as_array);
    let texts: Vec<&str> =
        messages.into_iter().flatten().filter_map(|message| message.get("content")?.as_str()).collect();
    let [system, _] = texts.as_slice() else { bail!("not the two messages that were expected: {asked}") };
    let plan = six_tasks();
    let block = plan_block::render(&plan).context("no block")?;
    Ok(vec![
        Measured::tokens(
            "planner's prompt, without the workspace's facts",
            count(&texts.join("\n"))?,
            PROMPT_LIMIT_TOKENS,
        ),
        Measured::tokens("of these, its instructions", count(system)?, PROMPT_LIMIT_TOKENS),
        Measured::tokens(
            "main model's system prompt, a plan of six tasks",
            count(&block)?,
            BLOCK_LIMIT_TOKENS,
        ),
    ])
}

/// A plan as models write them: a sentence, two files and two checks for each task.
fn six_tasks() -> Plan {
    let what = [
        "Add a `size` check to the upload request and move it into its own function",
        "Show the server's message below the button when an upload is refused",
        "Make the retry button send the same file again instead of doing nothing",
        "Cover the size check and the retry with tests that use a file of 11 MB",
        "Describe the limit and the retry in the user guide's chapter on uploads",
        "Run the whole test suite and mend what the change has broken",
    ];
    let task = |(number, what): (usize, &&str)| Task {
        task_id: format!("T{}", number + 1),
        description: (*what).to_owned(),
        files: vec![format!("src/pages/upload{number}.tsx"), format!("src/api/client{number}.ts")],
        checks: vec![
            Check::FileContains { path: format!("src/api/client{number}.ts"), text: "maxUploadBytes".into() },
            Check::Command { command: "npm test -- --run upload".into() },
        ],
        depends_on: if number == 0 { vec![] } else { vec![format!("T{number}")] },
        status: if number == 0 { TaskStatus::Ready } else { TaskStatus::Planned },
        waits_for: None,
        since: 0,
        claim: None,
        evidence: vec![],
    };
    Plan {
        plan_id: "p".into(),
        session_id: "s".into(),
        directory: "/w".into(),
        request: String::new(),
        summary: "Uploads say why they are refused, and can be tried again".into(),
        origin: PlanOrigin::Model,
        reason: None,
        model: None,
        tasks: what.iter().enumerate().map(task).collect(),
        created_at: 0,
        latency_ms: 0,
        usage: Usage::default(),
        prompt_version: String::new(),
    }
}
