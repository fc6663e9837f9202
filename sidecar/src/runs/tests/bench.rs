//! A coordinator over a real store and a real workspace, with a worker that does what it is told.

use crate::folders::Folders;
use crate::intake::{Intake, Producer, Rules};
use crate::opencode::Calls;
use crate::provider::Pending;
use crate::runs::Coordinator;
use crate::settings::{Environment, RunSettings};
use crate::tools::Host;
use crate::worker::{Job, Report, Stopped, Worker};
use rozet_observability::event::source;
use rozet_observability::plan::{Check, Task, TaskStatus, Usage};
use rozet_observability::run::{
    Attempt, PlanDraft, Run, RunRequest, RunStatus, RunView, TaskDraft, WorkerKind,
};
use rozet_observability::store::{Store, StoreOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Longest wait for what a test expects.
const DEADLINE: Duration = Duration::from_secs(20);

type Work = dyn Fn(Job) -> Pending<'static, Result<Report, Stopped>> + Send + Sync;

/// Task, number, and the feedback that it got.
pub(super) type Attempted = (String, u32, Option<String>);

/// Does what the test says, and keeps a record.
struct Scripted {
    work: Box<Work>,
    begun: Arc<Mutex<Vec<Attempted>>>,
}

impl Worker for Scripted {
    fn kind(&self) -> WorkerKind {
        WorkerKind::Local
    }

    fn provider(&self, _: &RunSettings) -> String {
        "scripted".into()
    }

    fn work(&self, job: Job) -> Pending<'_, Result<Report, Stopped>> {
        let step = (job.task.task_id.clone(), job.attempt, job.feedback.clone());
        self.begun.lock().unwrap().push(step);
        (self.work)(job)
    }

    fn end_left_over<'a>(&'a self, _: &'a RunSettings, _: &'a Run, _: &'a Attempt) -> Pending<'a, ()> {
        Box::pin(async {})
    }
}

pub(super) struct Bench {
    pub(super) home: TempDir,
    pub(super) workspace: PathBuf,
    pub(super) coordinator: Coordinator,
    pub(super) store: Store,
    pub(super) cancel: CancellationToken,
    pub(super) tasks: TaskTracker,
    pub(super) calls: Calls,
    begun: Arc<Mutex<Vec<Attempted>>>,
}

/// What a worker says when it is done.
pub(super) fn done(statement: &str) -> Report {
    Report { statement: statement.into(), usage: Usage::default(), model: None }
}

impl Bench {
    pub(super) fn new<F>(work: impl Fn(Job) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Report, Stopped>> + Send + 'static,
    {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("w")).unwrap();
        Self::in_home(home, work)
    }

    /// A coordinator over what is in `home`, as after a restart.
    pub(super) fn in_home<F>(home: TempDir, work: impl Fn(Job) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Report, Stopped>> + Send + 'static,
    {
        let environment = Environment::of(&[
            ("ROZET_HOME", home.path().to_str().unwrap()),
            ("ROZET_WORKERS_PROVIDER", "ollama"),
            ("ROZET_WORKERS_MODEL", "nobody-asks-it"),
        ]);
        let folders = Folders::find(&environment).unwrap();
        folders.make().unwrap();
        let store = Store::open(&folders.database(), 0, StoreOptions::default()).unwrap();
        let (cancel, tasks) = (CancellationToken::new(), TaskTracker::new());
        let own = Producer::new(source::SIDECAR, &folders.spool()).unwrap();
        let (reports, _) = tokio::sync::mpsc::channel(1);
        let intake = Intake::new(store.clone(), Rules::default(), own, reports);
        let calls = Calls::new(intake.links().clone());
        let begun = Arc::new(Mutex::new(Vec::new()));
        let work: Box<Work> = Box::new(move |job| Box::pin(work(job)));
        let workers: Vec<Arc<dyn Worker>> = vec![Arc::new(Scripted { work, begun: Arc::clone(&begun) })];
        let coordinator = Coordinator::new(
            environment,
            &folders,
            intake,
            Host::of_test(home.path(), None),
            calls.clone(),
            workers,
            (tasks.clone(), cancel.clone()),
        );
        let workspace = home.path().join("w").canonicalize().unwrap();
        Self { home, workspace, coordinator, store, cancel, tasks, calls, begun }
    }

    /// Begins a run of these tasks.
    pub(super) async fn start(&self, tasks: Vec<TaskDraft>) -> Run {
        self.request(tasks, |_| {}).await
    }

    pub(super) async fn request(&self, tasks: Vec<TaskDraft>, change: impl FnOnce(&mut RunRequest)) -> Run {
        let directory = self.workspace.to_str().unwrap().to_owned();
        let plan = PlanDraft { directory, summary: "a test".into(), tasks };
        let mut request =
            RunRequest { plan: Some(plan), worker: Some(WorkerKind::Local), ..RunRequest::default() };
        change(&mut request);
        self.coordinator.start(request).await.unwrap()
    }

    /// Waits until the run looks like that.
    pub(super) async fn until(&self, run: &Run, wanted: impl Fn(&RunView) -> bool) -> RunView {
        let deadline = tokio::time::Instant::now() + DEADLINE;
        loop {
            let view = self.coordinator.view(&run.run_id).await.unwrap();
            if wanted(&view) {
                return view;
            }
            assert!(tokio::time::Instant::now() < deadline, "it never came to that: {view:#?}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until nothing more happens by itself.
    pub(super) async fn settled(&self, run: &Run) -> RunView {
        self.until(run, |view| view.run.status != RunStatus::Running).await
    }

    /// Which attempts were begun, in order: task, number, and the feedback that they got.
    pub(super) fn begun(&self) -> Vec<Attempted> {
        self.begun.lock().unwrap().clone()
    }

    /// Stops as a daemon does, and leaves the home.
    pub(super) async fn stop(self) -> TempDir {
        self.cancel.cancel();
        self.tasks.close();
        tokio::time::timeout(DEADLINE, self.tasks.wait()).await.unwrap();
        self.store.close().await;
        self.home
    }

    pub(super) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.workspace.join(path)).unwrap_or_default()
    }
}

/// A task that writes a file and is proved by it.
pub(super) fn writes(id: &str, file: &str, after: &[&str]) -> TaskDraft {
    TaskDraft {
        task_id: id.into(),
        description: format!("write {file}"),
        files: vec![file.into()],
        checks: vec![Check::FileContains { path: file.into(), text: "done".into() }],
        depends_on: after.iter().map(|id| (*id).to_owned()).collect(),
    }
}

/// Does what [`writes`] asks for.
pub(super) fn write(root: &Path, task: &Task) {
    for file in &task.files {
        std::fs::write(root.join(file), format!("done by {}", task.task_id)).unwrap();
    }
}

pub(super) fn status(view: &RunView, id: &str) -> TaskStatus {
    view.tasks.iter().find(|view| view.task.task_id == id).unwrap().task.status
}
