//! What the main job did, as a program reads it.

use super::script::{LEAKED, LEAKED_BLOCKS, TASKS};
use crate::opencode::Run;
use crate::scripted_model::ScriptedModel;
use rozet_observability::event::StoredEvent;
use rozet_observability::plan::{CheckOutcome, Evidence, Plan, PlanOrigin, Task, TaskStatus};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Events without which no session is whole.
const NEEDED: [&str; 3] = ["SessionStart", "UserPromptSubmit", "SessionEnd"];
/// Events without which the scripted job is not done.
const NEEDED_OF_SCRIPT: [&str; 4] = ["TaskPlanned", "ToolRequested", "ToolCompleted", "TaskCompleted"];

/// The whole story of one prompt.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What was asked.
    pub prompt: String,
    /// OpenCode's session, when it came that far.
    pub session_id: Option<String>,
    /// OpenCode's exit code; none when a signal ended it.
    pub opencode_exit_code: Option<i32>,
    /// What the model said in the end.
    pub answer: String,
    /// The plan, when one was made.
    pub plan: Option<PlanReport>,
    /// Whether the scripted model found the plan in its system prompt; none with a real model.
    pub model_saw_plan: Option<bool>,
    /// Whether anything that OpenCode stored of the session holds leaked thinking.
    pub stored_think_text: bool,
    /// Whether the file is in the workspace.
    pub hello_py_exists: bool,
    /// Stored events.
    pub events: Events,
    /// What was kept from view, summed over the session's turns.
    pub hidden: Hidden,
    /// The time that Rozet itself took inside OpenCode, in milliseconds: factory and hooks, without waits
    /// for the plan. None when the session's end was not seen.
    pub rozet_added_ms: Option<f64>,
    /// The time that the first step waited for its plan, in milliseconds.
    pub plan_wait_ms: Option<f64>,
    /// Where the dashboard answers.
    pub dashboard_url: String,
    /// Where OpenCode worked.
    pub workspace: PathBuf,
    /// From OpenCode's start to its end, in milliseconds.
    pub elapsed_ms: u64,
    /// Promises that do not hold, in words; empty when all is well.
    pub broken_promises: Vec<String>,
    /// The end of OpenCode's error output, when it failed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub opencode_stderr: String,
}

/// A plan at a glance.
#[derive(Debug, Clone, Serialize)]
pub struct PlanReport {
    /// Its id.
    pub plan_id: String,
    /// What it is about.
    pub summary: String,
    /// Who made it.
    pub origin: PlanOrigin,
    /// Why it is not the model's.
    pub reason: Option<String>,
    /// The model that was asked.
    pub model: Option<String>,
    /// From the request to the plan, in milliseconds.
    pub latency_ms: u64,
    /// Its tasks.
    pub tasks: Vec<TaskReport>,
}

/// A task at a glance.
#[derive(Debug, Clone, Serialize)]
pub struct TaskReport {
    /// `T1`, `T2`, …
    pub task_id: String,
    /// What was to be done.
    pub description: String,
    /// Where it stands.
    pub status: TaskStatus,
    /// What it waits for, when blocked.
    pub waits_for: Option<String>,
    /// What the sidecar saw.
    pub evidence: Vec<Evidence>,
}

/// Stored events, counted.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Events {
    /// By `hook_event_type`.
    pub by_type: BTreeMap<String, usize>,
    /// By `source_app`.
    pub by_source: BTreeMap<String, usize>,
    /// All of them.
    pub total: usize,
}

/// What was kept from view.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hidden {
    /// Parts of reasoning that OpenCode keeps apart from text.
    pub reasoning_parts: u64,
    /// Their length, in UTF-16 units.
    pub reasoning_chars: u64,
    /// Blocks of thinking that had leaked into text.
    pub leaked_blocks: u64,
    /// Their length, in UTF-16 units.
    pub leaked_chars: u64,
}

impl Report {
    pub(super) fn new(prompt: &str, dashboard: &str, workspace: &Path, run: &Run, elapsed: Duration) -> Self {
        let failed = run.finished.code != Some(0);
        Self {
            prompt: prompt.to_owned(),
            session_id: run.session_id.clone(),
            opencode_exit_code: run.finished.code,
            answer: run.answer.trim().to_owned(),
            plan: None,
            model_saw_plan: None,
            stored_think_text: holds_thinking(&run.answer),
            hello_py_exists: workspace.join("hello.py").is_file(),
            events: Events::default(),
            hidden: Hidden::default(),
            rozet_added_ms: None,
            plan_wait_ms: None,
            dashboard_url: dashboard.to_owned(),
            workspace: workspace.to_owned(),
            elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            broken_promises: vec![],
            opencode_stderr: if failed {
                crate::process::tail(&run.finished.stderr).to_owned()
            } else {
                String::new()
            },
        }
    }

    pub(super) fn add_plan(&mut self, plan: Option<Plan>) {
        self.plan = plan.map(|plan| PlanReport {
            plan_id: plan.plan_id,
            summary: plan.summary,
            origin: plan.origin,
            reason: plan.reason,
            model: plan.model,
            latency_ms: plan.latency_ms,
            tasks: plan.tasks.into_iter().map(TaskReport::from).collect(),
        });
    }

    pub(super) fn add_events(&mut self, stored: &[StoredEvent]) {
        for StoredEvent { event, .. } in stored {
            *self.events.by_type.entry(event.hook_event_type.clone()).or_default() += 1;
            *self.events.by_source.entry(event.source_app.clone()).or_default() += 1;
            self.events.total += 1;
            if Some(&event.session_id) != self.session_id.as_ref() {
                continue;
            }
            match event.hook_event_type.as_str() {
                "Stop" => self.add_hidden(event.payload.get("hidden")),
                "SessionEnd" => self.add_overhead(event.payload.get("overhead")),
                _ => {}
            }
        }
    }

    fn add_hidden(&mut self, hidden: Option<&Value>) {
        let turn = hidden.and_then(|hidden| Hidden::deserialize(hidden).ok()).unwrap_or_default();
        self.hidden.reasoning_parts += turn.reasoning_parts;
        self.hidden.reasoning_chars += turn.reasoning_chars;
        self.hidden.leaked_blocks += turn.leaked_blocks;
        self.hidden.leaked_chars += turn.leaked_chars;
    }

    fn add_overhead(&mut self, overhead: Option<&Value>) {
        let Some(overhead) = overhead else { return };
        let number = |value: &Value, name: &str| value.get(name).and_then(Value::as_f64);
        let hooks: f64 = overhead
            .get("hooks")
            .and_then(Value::as_array)
            .map(|hooks| hooks.iter().filter_map(|hook| number(hook, "total_ms")).sum())
            .unwrap_or_default();
        self.rozet_added_ms = number(overhead, "factory_ms").map(|factory| factory + hooks);
        self.plan_wait_ms = number(overhead, "plan_wait_ms");
    }

    pub(super) fn add_stored(&mut self, export: &Value) {
        self.stored_think_text |= holds_thinking(&export.to_string());
    }

    pub(super) fn add_model(&mut self, model: &ScriptedModel) {
        let requests = model.worker_requests();
        self.model_saw_plan = Some(requests.iter().any(|request| {
            let system = request.system();
            let tasks = self.plan.iter().flat_map(|plan| &plan.tasks);
            let mut seen = tasks.map(|task| system.contains(&task.description)).peekable();
            seen.peek().is_some() && seen.all(|seen| seen)
        }));
        if requests.iter().any(|request| holds_thinking(&request.history())) {
            self.broken_promises.push("the model was sent its own leaked thinking again".into());
        }
        if let Err(error) = model.verify() {
            self.broken_promises.push(error.to_string());
        }
    }

    /// Lists the promises that do not hold.
    pub(super) fn judged(mut self, scripted: bool) -> Self {
        let proved = self.plan.iter().flat_map(|plan| &plan.tasks).any(TaskReport::is_proved);
        let planned = self.plan.as_ref().is_some_and(|plan| !plan.tasks.is_empty());
        let skipped = !scripted && self.events.by_type.contains_key("PlanSkipped");
        let mut promises = vec![
            (self.opencode_exit_code == Some(0), "OpenCode exits with 0"),
            (!self.stored_think_text, "no leaked thinking is stored"),
            (planned || skipped, "there is a plan with at least one task"),
        ];
        if scripted {
            let by_planner = self.plan.as_ref().is_some_and(|plan| {
                let texts: Vec<&str> = plan.tasks.iter().map(|task| task.description.as_str()).collect();
                plan.origin == PlanOrigin::Offline || texts == TASKS
            });
            promises.extend([
                (by_planner, "a plan of the model's origin has the model's tasks"),
                (self.model_saw_plan == Some(true), "the model finds the plan in its system prompt"),
                (self.hello_py_exists, "hello.py exists"),
                (proved, "the task that made hello.py is completed on evidence"),
                (self.hidden.leaked_blocks == LEAKED_BLOCKS, "every hidden block is counted"),
            ]);
        }
        let broken =
            promises.into_iter().filter(|(holds, _)| !holds).map(|(_, what)| format!("not so: {what}"));
        self.broken_promises.extend(broken);
        let of_script = if scripted { NEEDED_OF_SCRIPT.as_slice() } else { &[] };
        for kind in NEEDED.iter().chain(of_script) {
            if !self.events.by_type.contains_key(*kind) {
                self.broken_promises.push(format!("no {kind} event is stored"));
            }
        }
        self
    }
}

impl TaskReport {
    fn is_proved(&self) -> bool {
        self.status == TaskStatus::Completed
            && self.evidence.iter().any(|seen| {
                seen.outcome == CheckOutcome::Passed && seen.check.describe().contains("hello.py")
            })
    }
}

impl From<Task> for TaskReport {
    fn from(task: Task) -> Self {
        Self {
            task_id: task.task_id,
            description: task.description,
            status: task.status,
            waits_for: task.waits_for.map(|waits| waits.what),
            evidence: task.evidence,
        }
    }
}

/// Whether the sidecar has nothing more to do for a task in this state after OpenCode has ended.
pub(super) const fn is_decided(status: TaskStatus) -> bool {
    match status {
        TaskStatus::Completed | TaskStatus::Failed | TaskStatus::Blocked | TaskStatus::Cancelled => true,
        TaskStatus::Planned | TaskStatus::Ready | TaskStatus::Running | TaskStatus::Verifying => false,
    }
}

fn holds_thinking(text: &str) -> bool {
    text.contains("<think") || text.contains("</think") || text.contains(LEAKED)
}
