//! Jobs and overseers for tests of workers.

mod server;

pub(crate) use server::{Answer, Asked, Server};

use super::{Allowance, Job, Overseer, Stopped};
use crate::settings::{RunSettings, SandboxMode, run_settings};
use crate::tools::{Host, Leases, Pending, ToolContext, ToolError};
use rozet_observability::plan::{Plan, PlanOrigin, Task, TaskStatus, Usage};
use rozet_observability::run::{Run, RunStatus, WorkerKind};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

/// What a job is made of; the second task is the job's.
pub(crate) struct JobForm {
    pub(crate) settings: RunSettings,
    pub(crate) tasks: Vec<Task>,
    pub(crate) feedback: Option<String>,
    pub(crate) attempt: u32,
    pub(crate) directory: String,
    pub(crate) session_id: String,
    pub(crate) session_model: Option<String>,
    /// Tokens beyond which the overseer says stop.
    pub(crate) tokens: u64,
    /// Steps beyond which the overseer says stop.
    pub(crate) steps: usize,
}

impl Default for JobForm {
    fn default() -> Self {
        let task = |number: usize, name: &str| Task {
            task_id: format!("T{number}"),
            description: format!("Do the {name} thing"),
            files: Vec::new(),
            checks: Vec::new(),
            depends_on: Vec::new(),
            status: TaskStatus::Ready,
            waits_for: None,
            since: 0,
            claim: None,
            evidence: Vec::new(),
        };
        Self {
            settings: run_settings(&[]),
            tasks: vec![task(1, "first"), task(2, "second"), task(3, "third")],
            feedback: None,
            attempt: 1,
            directory: "/w".into(),
            session_id: "ses_parent".into(),
            session_model: None,
            tokens: u64::MAX,
            steps: usize::MAX,
        }
    }
}

impl JobForm {
    /// The job, and who watches it.
    pub(crate) fn job(&self) -> (Job, Arc<Watcher>) {
        let watcher = Arc::new(Watcher {
            seen: Mutex::default(),
            tokens: self.tokens,
            steps: self.steps,
            home: tempfile::tempdir().unwrap(),
        });
        let cancel = CancellationToken::new();
        let run = Run {
            run_id: "r".into(),
            plan_id: "p".into(),
            session_id: self.session_id.clone(),
            directory: self.directory.clone(),
            worker: WorkerKind::Local,
            status: RunStatus::Running,
            reason: None,
            parallel: 1,
            limits: self.settings.limits(),
            usage: Usage::default(),
            branch: None,
            session_model: self.session_model.clone(),
            producer: None,
            started_at: 0,
            since: 0,
        };
        let plan = Plan {
            plan_id: "p".into(),
            session_id: self.session_id.clone(),
            directory: self.directory.clone(),
            request: "Do three things".into(),
            summary: "three things".into(),
            origin: PlanOrigin::Model,
            reason: None,
            model: None,
            tasks: self.tasks.clone(),
            created_at: 0,
            latency_ms: 0,
            usage: Usage::default(),
            prompt_version: "test".into(),
        };
        let job = Job {
            run: Arc::new(run),
            plan: Arc::new(plan),
            task: self.tasks[1].clone(),
            attempt: self.attempt,
            feedback: self.feedback.clone(),
            settings: Arc::new(self.settings.clone()),
            tools: ToolContext::new(
                watcher.home.path(),
                Arc::new(NoLeases),
                SandboxMode::Auto,
                false,
                cancel.clone(),
                &Host::of_test(watcher.home.path(), None),
            )
            .unwrap(),
            overseer: Arc::<Watcher>::clone(&watcher),
            allowance: Arc::new(Allowance::new(self.settings.task_timeout)),
            cancel,
        };
        (job, watcher)
    }
}

struct NoLeases;

impl Leases for NoLeases {
    fn write<'a>(&'a self, _: &'a str) -> Pending<'a, Result<(), ToolError>> {
        Box::pin(async { Ok(()) })
    }
}

/// An overseer that remembers.
pub(crate) struct Watcher {
    seen: Mutex<Seen>,
    tokens: u64,
    steps: usize,
    /// Workspace and home of the tools.
    home: tempfile::TempDir,
}

/// What an overseer was told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) activities: Vec<String>,
    pub(crate) steps: Vec<(String, String)>,
    pub(crate) usage: Usage,
    pub(crate) model: Option<String>,
    pub(crate) sessions: Vec<String>,
}

impl Watcher {
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }
}

impl Overseer for Watcher {
    fn activity(&self, line: String) {
        self.seen().activities.push(line);
    }

    fn spent(&self, total: Usage, model: Option<&str>) -> Result<(), Stopped> {
        let mut seen = self.seen();
        seen.usage = total;
        seen.model = model.map(str::to_owned);
        if total.input_tokens + total.output_tokens > self.tokens {
            return Err(Stopped::OverBudget("the task's tokens are used up".into()));
        }
        Ok(())
    }

    fn opened(&self, session_id: &str) {
        self.seen().sessions.push(session_id.to_owned());
    }

    fn stepped(&self, call: &str, outcome: &str) -> Result<(), Stopped> {
        let mut seen = self.seen();
        seen.steps.push((call.to_owned(), outcome.to_owned()));
        if seen.steps.len() > self.steps { Err(Stopped::Stuck("enough".into())) } else { Ok(()) }
    }

    fn ran(&self, _: bool) {}
}
