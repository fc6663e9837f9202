//! Tasks follow the work, and plans follow their conversation: the lists that the model keeps, what it says by our tool,
//! compaction, prompts that are taken back, sessions that go on in another process, and plans that follow one another.
#![allow(clippy::indexing_slicing, reason = "a test that cannot go on should stop where it stands")]

use anyhow::{Context, Result, ensure};
use rozet_e2e::opencode_server::OpenCodeServer;
use rozet_e2e::rig::Rig;
use rozet_e2e::scripted_model::{Delta, PlannerScript, Recorded, Script, Step};
use rozet_e2e::sidecar::Sidecar;
use rozet_e2e::wait::until;
use rozet_observability::event::StoredEvent;
use rozet_observability::plan::{Plan, Task, TaskStatus};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const WITHIN: Duration = Duration::from_secs(20);
/// Deserves a plan; the model does nothing for it but say so.
const PLANNED: &str = "Create alpha.txt with one line, then create beta.txt with another, and check both.";
const IN_PLAN: &str = "<rozet-plan>";

fn said(text: &str) -> Step {
    Step::says([Delta::text(text)])
}

/// A model that plans two files and does what each prompt's script says.
fn script(by_prompt: BTreeMap<String, Vec<Step>>) -> Script {
    let task = |id: &str, file: &str, after: &[&str]| {
        json!({"id": id, "description": format!("Create {file} with one line"), "files": [file], "depends_on": after,
            "checks": [{"type": "file_exists", "path": file}]})
    };
    let plan = json!({"summary": "Two files", "tasks": [task("T1", "alpha.txt", &[]), task("T2", "beta.txt", &["T1"])]});
    Script {
        title: "Two files".into(),
        planner: PlannerScript::Always(Step::says([Delta::text(&plan.to_string())])),
        worker: vec![said("I will see to it.")],
        by_prompt,
        tasks: BTreeMap::new(),
    }
}

struct Stage {
    rig: Rig,
    sidecar: Sidecar,
    server: OpenCodeServer,
    session: String,
}

impl Stage {
    /// A session with a plan, in which nothing has been done.
    async fn planned(by_prompt: BTreeMap<String, Vec<Step>>) -> Result<Self> {
        let rig = Rig::of(script(by_prompt)).await?;
        let sidecar = rig.sidecar().await?;
        let server = OpenCodeServer::start(&rig.artifacts.opencode, &rig.home).await?;
        let session = server.session().await?;
        server.prompt(&session, PLANNED).await?;
        let stage = Self { rig, sidecar, server, session };
        until("the plan", WITHIN, async || Ok(stage.plans().await?.pop())).await?;
        Ok(stage)
    }

    async fn plans(&self) -> Result<Vec<Plan>> {
        self.sidecar.client.plans(&self.session).await
    }

    async fn task(&self, index: usize, status: TaskStatus) -> Result<Task> {
        until(status.as_str(), WITHIN, async || {
            let plan = self.plans().await?.into_iter().next().context("no plan")?;
            let task = plan.tasks.into_iter().nth(index).context("no task")?;
            ensure!(task.status == status, "it is {}", task.status.as_str());
            Ok(Some(task))
        })
        .await
    }

    /// The newest event of a kind of notification.
    async fn noted(&self, kind: &str) -> Result<StoredEvent> {
        until(kind, WITHIN, async || {
            let events = self.sidecar.client.events().await?;
            Ok(events
                .into_iter()
                .rfind(|stored| stored.event.payload.get("kind").is_some_and(|known| known == kind)))
        })
        .await
    }

    /// What the model was asked last.
    fn last(&self) -> Result<Recorded> {
        self.rig.model.worker_requests().pop().context("the model was not asked")
    }

    async fn end(self) -> Result<()> {
        self.rig.model.verify()?;
        self.sidecar.stop().await
    }
}

fn calls(tool: &str, args: &Value) -> Step {
    // An id of its own for each call of a conversation.
    let id = format!("call_{tool}_{}", args.to_string().len());
    Step::says([Delta::tool(&id, tool, args.clone())])
}

fn todos(alpha: &str) -> Value {
    json!({"todos": [
        {"content": "Create alpha.txt with one line", "status": alpha, "priority": "high", "id": "1"},
        {"content": "Tell a joke", "status": "completed", "priority": "low", "id": "2"},
    ]})
}

#[tokio::test]
async fn opencodes_own_list_moves_the_task_that_is_the_same_work() -> Result<()> {
    let write = json!({"command": "echo one > alpha.txt", "description": "Writes"});
    let steps = vec![calls("todowrite", &todos("in_progress")), said("Begun.")];
    let ended = vec![calls("bash", &write), calls("todowrite", &todos("completed")), said("Done.")];
    let stage = Stage::planned([("begin it".into(), steps), ("end it".into(), ended)].into()).await?;
    stage.server.prompt(&stage.session, "begin it").await?;
    stage.task(0, TaskStatus::Running).await?;
    stage.server.prompt(&stage.session, "end it").await?;
    let task = stage.task(0, TaskStatus::Completed).await?;
    ensure!(task.claim.is_some());
    stage.task(1, TaskStatus::Ready).await?;
    stage.end().await
}

#[tokio::test]
async fn the_model_says_how_tasks_stand_and_is_told_what_became_of_it() -> Result<()> {
    let lie = json!({"task_id": "T1", "action": "done", "evidence": "I wrote it, trust me"});
    let wrong = json!({"task_id": 7, "action": ["done"]});
    let stuck = json!({"task_id": "T1", "action": "blocked", "reason": "the disk is full"});
    let by_prompt = [
        ("claim it".into(), vec![calls("rozet_task", &lie), calls("rozet_task", &wrong), said("I see.")]),
        ("give up".into(), vec![calls("rozet_task", &stuck), said("I wait.")]),
    ];
    let stage = Stage::planned(by_prompt.into()).await?;
    stage.server.prompt(&stage.session, "claim it").await?;
    let failed = stage.task(0, TaskStatus::Failed).await?;
    assert_eq!(failed.claim.context("no claim")?.statement, "I wrote it, trust me");
    let states = stage.server.tool_states(&stage.session).await?;
    let verdict = states[0]["output"].as_str().unwrap_or_default();
    ensure!(verdict.contains("T1 is not done") && verdict.contains("alpha.txt"), "{verdict}");
    assert_eq!(states[1]["status"], "error");
    ensure!(
        states[1]["error"].as_str().unwrap_or_default().contains("`task_id`: expected the task's id"),
        "{states:?}"
    );
    stage.server.prompt(&stage.session, "give up").await?;
    let blocked = stage.task(0, TaskStatus::Blocked).await?;
    assert_eq!(blocked.waits_for.context("it waits for nothing")?.what, "the disk is full");
    stage.end().await
}

#[tokio::test]
async fn a_plan_survives_compaction() -> Result<()> {
    let stage = Stage::planned(BTreeMap::new()).await?;
    stage.server.compact(&stage.session).await?;
    stage.noted("compacted").await?;
    let asked = stage.rig.model.requests();
    let summary = asked.iter().find(|asked| asked.role == rozet_e2e::scripted_model::Role::Summary);
    let summary = summary.context("nothing was summed up")?;
    ensure!(
        summary.body.to_string().contains("alpha.txt with one line"),
        "the plan is not in what is summed up"
    );
    stage.server.prompt(&stage.session, "go on").await?;
    ensure!(stage.last()?.system().contains(IN_PLAN), "{}", stage.last()?.system());
    stage.end().await
}

#[tokio::test]
async fn a_plan_goes_and_comes_back_with_its_prompt() -> Result<()> {
    let stage = Stage::planned(BTreeMap::new()).await?;
    let messages = stage.server.get(&format!("/session/{}/message", stage.session)).await?;
    let prompt = messages[0]["info"]["id"].as_str().context("no prompt")?.to_owned();
    stage.server.revert(&stage.session, &prompt).await?;
    let noted = stage.noted("reverted").await?;
    assert_eq!(noted.event.payload["message"], "the plan's prompt was taken back");
    stage.server.unrevert(&stage.session).await?;
    until("the plan to be back", WITHIN, async || {
        let noted = stage.noted("reverted").await?;
        Ok((noted.event.payload["message"] == "the plan's prompt is back").then_some(()))
    })
    .await?;
    stage.server.prompt(&stage.session, "what is next?").await?;
    ensure!(stage.last()?.system().contains(IN_PLAN), "the plan is not told any more");

    // Taken back, and then something else: the plan is gone.
    stage.server.revert(&stage.session, &prompt).await?;
    stage.server.prompt(&stage.session, "what is new?").await?;
    ensure!(!stage.last()?.system().contains(IN_PLAN), "{}", stage.last()?.system());
    stage.end().await
}

#[tokio::test]
async fn a_session_that_goes_on_elsewhere_finds_its_plan() -> Result<()> {
    let Stage { rig, sidecar, server, session } = Stage::planned(BTreeMap::new()).await?;
    drop(server);
    let server = OpenCodeServer::start(&rig.artifacts.opencode, &rig.home).await?;
    let stage = Stage { rig, sidecar, server, session };
    // The first step may come before the plan does.
    for _ in 0..2 {
        stage.server.prompt(&stage.session, "what is next?").await?;
    }
    ensure!(stage.last()?.system().contains(IN_PLAN), "{}", stage.last()?.system());
    stage.end().await
}

#[tokio::test]
async fn a_second_request_takes_the_place_of_the_first() -> Result<()> {
    let stage = Stage::planned(BTreeMap::new()).await?;
    let first = stage.plans().await?.pop().context("no plan")?;
    stage
        .server
        .prompt(&stage.session, "Now create gamma.txt instead, then delete it, and document both steps.")
        .await?;
    let older = until("the older plan to be over", WITHIN, async || {
        let plans = stage.plans().await?;
        let older = plans.into_iter().find(|plan| plan.plan_id == first.plan_id).context("it is gone")?;
        let is_over = older.tasks.iter().all(|task| task.status == TaskStatus::Cancelled);
        Ok(is_over.then_some(older))
    })
    .await?;
    assert_eq!(stage.noted("superseded").await?.event.payload["plan_id"], older.plan_id.as_str());
    stage.task(0, TaskStatus::Ready).await?;
    stage.end().await
}

#[tokio::test]
async fn every_hook_that_the_plugin_relies_on_is_called() -> Result<()> {
    let write = json!({"command": "echo one > alpha.txt", "description": "Writes"});
    let stage = Stage::planned([("work".into(), vec![calls("bash", &write), said("Done.")])].into()).await?;
    stage.server.prompt(&stage.session, "work").await?;
    stage.server.compact(&stage.session).await?;
    stage.noted("compacted").await?;
    // The end tells how often each hook was called.
    stage.server.dispose().await?;
    let ended = until("the session's end", WITHIN, async || {
        let events = stage.sidecar.client.events().await?;
        Ok(events.into_iter().find(|stored| stored.event.hook_event_type == "SessionEnd"))
    })
    .await?;
    let hooks = ended.event.payload["overhead"]["hooks"].as_array().context("no hooks")?.clone();
    let called = |name: &str| hooks.iter().any(|hook| hook["hook"] == name);
    let missing: Vec<&str> = [
        "config",
        "event",
        "chat.message",
        "chat.params",
        "experimental.chat.system.transform",
        "experimental.text.complete",
        "experimental.session.compacting",
        "tool.definition",
        "tool.execute.before",
        "tool.execute.after",
    ]
    .into_iter()
    .filter(|name| !called(name))
    .collect();
    assert_eq!(missing, [""; 0], "OpenCode no longer calls these");
    let faults = &ended.event.payload["overhead"]["hook_faults"];
    assert_eq!(faults, 0);
    stage.sidecar.stop().await
}
