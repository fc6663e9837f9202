//! What the workers did, as a program reads it.

use super::script::TASKS;
use crate::main_job::Stage;
use crate::opencode::Run;
use crate::scripted_model::ScriptedModel;
use rozet_observability::event::StoredEvent;
use rozet_observability::plan::TaskStatus;
use rozet_observability::run::{AttemptOutcome, RunStatus, RunView, TaskView, WorkerKind};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Events without which the story is not whole.
const NEEDED: [&str; 9] = [
    "SessionStart",
    "TaskPlanned",
    "RunStarted",
    "TaskAssigned",
    "TaskClaimed",
    "TaskFailed",
    "TaskCompleted",
    "SubagentStart",
    "RunEnded",
];

/// The whole story of one prompt.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What was asked.
    pub prompt: String,
    /// OpenCode's session, when it came that far.
    pub session_id: Option<String>,
    /// OpenCode's exit code; none when a signal ended it.
    pub opencode_exit_code: Option<i32>,
    /// What the main model said in the end.
    pub answer: String,
    /// The run with its tasks, attempts and evidence.
    pub run: Option<RunView>,
    /// Whether the main model was told that workers are at it.
    pub model_was_told: bool,
    /// Whether what `rozet_wait` brought it holds the evidence.
    pub model_got_evidence: bool,
    /// Events by type.
    pub events: BTreeMap<String, usize>,
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

impl Report {
    pub(super) fn new(prompt: &str, stage: &Stage<'_>, run: &Run, elapsed: Duration) -> Self {
        let failed = run.finished.code != Some(0);
        let stderr = if failed { crate::process::tail(&run.finished.stderr) } else { "" };
        Self {
            prompt: prompt.to_owned(),
            session_id: run.session_id.clone(),
            opencode_exit_code: run.finished.code,
            answer: run.answer.trim().to_owned(),
            run: None,
            model_was_told: false,
            model_got_evidence: false,
            events: BTreeMap::new(),
            dashboard_url: stage.dashboard_url.to_owned(),
            workspace: stage.workspace.to_owned(),
            elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            broken_promises: Vec::new(),
            opencode_stderr: stderr.to_owned(),
        }
    }

    pub(super) fn add_events(&mut self, stored: &[StoredEvent]) {
        for StoredEvent { event, .. } in stored {
            *self.events.entry(event.hook_event_type.clone()).or_default() += 1;
        }
    }

    pub(super) fn add_model(&mut self, model: &ScriptedModel) {
        let requests = model.worker_requests();
        self.model_was_told = requests.iter().any(|request| request.system().contains("Rozet's workers"));
        let history = requests.last().map(crate::scripted_model::Recorded::history).unwrap_or_default();
        self.model_got_evidence = history.contains("evidence:") && history.contains("passed");
        if let Err(error) = model.verify() {
            self.broken_promises.push(error.to_string());
        }
    }

    /// Two tasks that were under way at the same time, when there were any.
    #[must_use]
    pub fn in_parallel(&self) -> Option<(&str, &str)> {
        let spans: Vec<_> = self.tasks().iter().filter_map(span).collect();
        spans.iter().enumerate().find_map(|(place, (id, began, ended))| {
            let beside = spans.iter().skip(place + 1).find(|(_, other, over)| other < ended && began < over);
            beside.map(|(other, ..)| (*id, *other))
        })
    }

    /// The task whose first attempt failed its check, and whose next one passed.
    #[must_use]
    pub fn mended(&self) -> Option<&TaskView> {
        self.tasks().iter().find(|view| {
            let outcomes: Vec<_> = view.attempts.iter().map(|attempt| attempt.outcome).collect();
            outcomes == [AttemptOutcome::Failed, AttemptOutcome::Passed]
        })
    }

    fn tasks(&self) -> &[TaskView] {
        self.run.as_ref().map_or(&[], |view| &view.tasks)
    }

    /// Lists the promises that do not hold.
    pub(super) fn judged(mut self) -> Self {
        let run = self.run.as_ref().map(|view| &view.run);
        let completed = self.tasks().iter().filter(|view| view.task.status == TaskStatus::Completed).count();
        let proved = self.tasks().iter().all(|view| !view.task.evidence.is_empty());
        let sessions = self.tasks().iter().flat_map(|view| &view.attempts);
        let in_opencode = sessions.clone().all(|attempt| attempt.session_id.is_some());
        let unbounded = sessions.filter(|attempt| attempt.sandboxed == Some(false)).count();
        let promises = [
            (self.opencode_exit_code == Some(0), "OpenCode exits with 0"),
            (run.is_some_and(|run| run.status == RunStatus::Completed), "the run is completed"),
            (run.is_some_and(|run| run.worker == WorkerKind::Opencode), "workers are OpenCode's sessions"),
            (completed == TASKS.len() && proved, "every task is completed on evidence"),
            (in_opencode, "every attempt has a session of its own"),
            (self.in_parallel().is_some(), "two tasks were under way at once"),
            (self.mended().is_some(), "a task failed its first check and passed the second"),
            (self.model_was_told, "the main model is told that workers are at it"),
            (self.model_got_evidence, "the main model gets the evidence"),
            (unbounded == 0, "commands ran in a sandbox"),
        ];
        let broken =
            promises.into_iter().filter(|(holds, _)| !holds).map(|(_, what)| format!("not so: {what}"));
        let broken: Vec<String> = broken.collect();
        self.broken_promises.extend(broken);
        for kind in NEEDED {
            if !self.events.contains_key(kind) {
                self.broken_promises.push(format!("no {kind} event is stored"));
            }
        }
        self
    }
}

/// A task with the moments at which its work began and ended.
fn span(view: &TaskView) -> Option<(&str, i64, i64)> {
    let began = view.attempts.first()?.started_at;
    let ended = view.attempts.last()?.ended_at?;
    Some((&view.task.task_id, began, ended))
}
