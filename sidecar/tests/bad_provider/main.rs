//! Whatever a model provider does, a prompt ends in time in a plan that can be worked on, with a reason that is true,
//! and without a secret in the log.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod answers;
#[path = "../common/mod.rs"]
mod common;
mod connections;

use common::provider::{Provider, Reply, Request};
use common::{DEADLINE, Home, Sidecar};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// What the planner is given, and what a busy machine may add to it, in milliseconds.
const TIMEOUT_MS: u64 = 2_500;
const MARGIN_MS: u64 = 1_500;
/// Cases that are tried at once.
const AT_ONCE: usize = 8;

const KEY: &str = "key-of-the-bad-provider";
/// In every prompt, and in most that providers and models say here; never in the log.
const OF_THE_PROMPT: &str = "zanzibar";
const OF_THE_MODEL: &str = "quokka";

/// One bad thing, and what is to become of it.
struct Case {
    name: &'static str,
    /// What the provider does; another address where nobody answers takes its place.
    does: Result<Reply, String>,
    ends: Ends,
}

enum Ends {
    /// The built-in planner's plan; the reason has one of these words.
    Offline(&'static [&'static str]),
    /// The model's plan, as [`shape`] tells it.
    Model(&'static str),
}

impl Case {
    fn offline(name: &'static str, does: Reply, reason: &'static [&'static str]) -> Self {
        Self { name, does: Ok(does), ends: Ends::Offline(reason) }
    }

    /// Named in the prompt, so that the provider knows which case it is asked for.
    fn file(&self) -> String {
        format!("case-{}.py", self.name)
    }
}

#[tokio::test]
async fn whatever_a_provider_does_there_is_a_plan_in_time_and_a_reason() {
    let full = connections::full().await;
    let cases: Vec<Case> =
        connections::cases(&full.address).await.into_iter().chain(answers::cases()).collect();
    let replies: Vec<(String, Reply)> =
        cases.iter().filter_map(|case| Some((case.file(), case.does.clone().ok()?))).collect();
    let provider = Provider::start(move |request, _| reply(&replies, request)).await;
    let home = Home::new()
        .set("ROZET_ORCHESTRATOR_API_KEY", KEY)
        .set("ROZET_ORCHESTRATOR_TIMEOUT_MS", &TIMEOUT_MS.to_string());
    let sidecar = home.start();

    let outcomes: Vec<(Value, Result<(), String>)> = stream::iter(&cases)
        .map(|case| async {
            let plan = planned(&sidecar, &home, case, &provider.url).await;
            let outcome = judged(case, &plan).map_err(|why| format!("{}: {why}: {plan}", case.name));
            (plan, outcome)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let wrong: Vec<&String> = outcomes.iter().filter_map(|(_, outcome)| outcome.as_ref().err()).collect();
    assert!(wrong.is_empty(), "{} of {} cases: {wrong:#?}", wrong.len(), cases.len());

    let plans: Vec<&Value> = outcomes.iter().map(|(plan, _)| plan).collect();
    every_task_is_told(&sidecar, &plans).await;
    let log = std::fs::read_to_string(home.state("logs/sidecar.log")).unwrap();
    assert!(log.matches("\"planned\"").count() >= cases.len(), "{log}");
    for secret in [KEY, OF_THE_PROMPT, OF_THE_MODEL] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
}

fn reply(replies: &[(String, Reply)], request: &Request) -> Reply {
    let asked = request.body["messages"][1]["content"].as_str().unwrap_or_default();
    let known = replies.iter().find(|(file, _)| asked.contains(file.as_str()));
    known.map_or_else(|| Reply::status(418, "{}"), |(_, reply)| reply.clone())
}

/// Plans in a workspace and a session of the case's own.
async fn planned(sidecar: &Sidecar, home: &Home, case: &Case, usual: &str) -> Value {
    let workspace = home.path(case.name);
    std::fs::create_dir(&workspace).unwrap();
    let workspace = workspace.canonicalize().unwrap();
    std::os::unix::fs::symlink("/etc", workspace.join("outside")).unwrap();
    let address = case.does.as_ref().err().map_or(usual, String::as_str);
    let config = home.path(&format!("{}.yaml", case.name));
    let settings = json!({"orchestrator":
        {"provider": "openai-compatible", "model": "bad", "endpoint": format!("{address}/v1")}});
    std::fs::write(&config, settings.to_string()).unwrap();
    let request = json!({"plan_id": case.name, "session_id": case.name, "directory": workspace, "gate_reason": "a test",
        "config": config, "text": format!("create {} as in {OF_THE_PROMPT}, then run it", case.file())});
    let (status, answer) = sidecar.post("/v1/plans", &request).await;
    assert_eq!(status, 202, "{answer}");
    sidecar.wait_for_plan(case.name, |_| true).await
}

fn judged(case: &Case, plan: &Value) -> Result<(), String> {
    sound(plan, Path::new(plan["directory"].as_str().unwrap_or_default()))?;
    let reason = plan["reason"].as_str();
    match case.ends {
        Ends::Offline(words) => {
            let told = reason.unwrap_or_default();
            expect(plan["origin"] == "offline", "not planned offline")?;
            expect(words.iter().any(|word| told.contains(word)), "another reason")?;
            expect(
                ![KEY, OF_THE_PROMPT, OF_THE_MODEL].iter().any(|word| told.contains(word)),
                "tells too much",
            )?;
            expect(shape(plan).contains(&format!("({})", case.file())), "not what was asked for")
        }
        Ends::Model(wanted) => {
            expect(plan["origin"] == "model" && reason.is_none(), "not the model's")?;
            expect(shape(plan) == wanted, &format!("its shape is {}", shape(plan)))
        }
    }
}

/// What holds for every plan.
fn sound(plan: &Value, workspace: &Path) -> Result<(), String> {
    let latency = plan["latency_ms"].as_u64().unwrap_or(u64::MAX);
    expect(latency < TIMEOUT_MS + MARGIN_MS, "too late")?;
    let tasks = plan["tasks"].as_array().ok_or("no tasks")?;
    expect((1..=6).contains(&tasks.len()), "too few tasks, or too many")?;
    expect(tasks.iter().any(|task| task["status"] == "ready"), "no task to begin with")?;
    for (number, task) in tasks.iter().enumerate() {
        let description = task["description"].as_str().unwrap_or_default();
        expect(!description.is_empty() && !description.chars().any(char::is_control), "a bad description")?;
        expect(task["task_id"] == format!("T{}", number + 1), "a bad id")?;
        let waits = task["depends_on"].as_array().is_some_and(|ids| !ids.is_empty());
        expect(task["status"] == if waits { "planned" } else { "ready" }, "a bad status")?;
        expect(task["checks"].as_array().is_some_and(|checks| !checks.is_empty()), "no check")?;
        let of_checks =
            task["checks"].as_array().into_iter().flatten().filter_map(|check| check["path"].as_str());
        let files = task["files"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for path in files.chain(of_checks) {
            let inside = !path.split('/').any(|part| part == "..") && !path.starts_with("outside");
            expect(inside && workspace.join(path).starts_with(workspace), "a file outside")?;
        }
    }
    Ok(())
}

fn expect(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}

/// `description (files) kinds of checks <dependencies`, for each task.
fn shape(plan: &Value) -> String {
    let list = |value: &Value, field: Option<&str>| -> String {
        let texts = value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|item| field.map_or(item, |name| &item[name]).as_str());
        texts.collect::<Vec<_>>().join(",")
    };
    let tasks = plan["tasks"].as_array().into_iter().flatten().map(|task| {
        let (description, files) =
            (task["description"].as_str().unwrap_or_default(), list(&task["files"], None));
        let (checks, after) = (list(&task["checks"], Some("type")), list(&task["depends_on"], None));
        format!("{description} ({files}) {checks} <{after}")
    });
    tasks.collect::<Vec<_>>().join("; ")
}

/// A `TaskPlanned` for each task, with the plan's reason.
async fn every_task_is_told(sidecar: &Sidecar, plans: &[&Value]) {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let events = sidecar.get("/events/recent?limit=1000").await;
        let told = |plan: &Value| {
            let of_plan = events.as_array().into_iter().flatten().filter(|event| {
                let payload = &event["payload"];
                event["hook_event_type"] == "TaskPlanned"
                    && (&event["session_id"], &payload["plan_id"]) == (&plan["session_id"], &plan["plan_id"])
                    && (&payload["plan_reason"], &payload["origin"]) == (&plan["reason"], &plan["origin"])
            });
            of_plan.count() == plan["tasks"].as_array().map_or(0, Vec::len)
        };
        let Some(untold) = plans.iter().find(|plan| !told(plan)) else { return };
        assert!(Instant::now() < deadline, "not every task is told of {untold}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
