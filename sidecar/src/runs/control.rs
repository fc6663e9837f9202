//! What people, plugins and programs may do with runs and tasks, and what they are told of them.

use super::actor::Command;
use super::live::{Live, State};
use super::outcome;
use super::report;
use super::shared::Coordinator;
use super::undo;
use crate::clock::now_ms;
use rozet_observability::plan::{Check, CheckOutcome, Evidence, Plan, Task, TaskStatus, WaitsForKind};
use rozet_observability::reading::RestoredFile;
use rozet_observability::run::{Run, RunProgress, RunStatus, RunView, TaskView};
use rozet_observability::store::{Store, StoreError};
use std::time::Duration;
use thiserror::Error;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

/// Longest wait for a command to be obeyed.
const OBEYED_WITHIN: Duration = Duration::from_secs(5);

/// Why something cannot be done with a run, in words for a person.
#[derive(Debug, Error)]
pub(crate) enum RunError {
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// What was asked for makes no sense.
    #[error("{0}")]
    Bad(String),
    /// It makes sense, but not now.
    #[error("{0}")]
    Refused(String),
    #[error("the store cannot do this now: {0}")]
    Store(#[from] StoreError),
}

impl Coordinator {
    pub(super) fn store(&self) -> &Store {
        self.0.announcer.store()
    }

    /// Ends a run. What was under way is stopped; nothing is left running.
    ///
    /// # Errors
    /// When there is no such run, or it is over.
    pub(crate) async fn cancel(&self, run_id: &str) -> Result<Run, RunError> {
        if let Some(active) = self.0.active(run_id) {
            self.ask(run_id, Command::Cancel("somebody cancelled it".into())).await?;
            return Ok(settled(&active.live).await);
        }
        let mut run = self.stored(run_id).await?;
        if run.status != RunStatus::Paused {
            return Err(RunError::Refused(format!("{run_id} is {}", run.status.as_str())));
        }
        let now = now_ms();
        let change = move |task: &mut Task| outcome::cancel_open(task, now);
        let plan = self.store().change_tasks(run.plan_id.clone(), change, now).await?;
        run.status = RunStatus::Cancelled;
        run.reason = Some("somebody cancelled it".into());
        run.since = now;
        self.store().save_run(run.clone()).await?;
        let attempts = self.store().attempts(run.plan_id.clone()).await?;
        let live = Live::new(run.clone(), plan, attempts);
        let tasks = live.read(|state| state.plan.tasks.clone());
        self.0.announcer.tasks(&live, &tasks).await;
        self.0.announcer.run(&live).await;
        Ok(run)
    }

    /// Stops what is under way until [`Self::resume`].
    ///
    /// # Errors
    /// When the run is not under way.
    pub(crate) async fn pause(&self, run_id: &str) -> Result<Run, RunError> {
        match self.0.active(run_id) {
            Some(active) => {
                self.ask(run_id, Command::Pause("somebody paused it".into())).await?;
                Ok(settled(&active.live).await)
            }
            None => {
                let run = self.stored(run_id).await?;
                Err(RunError::Refused(format!("{run_id} is {}, not under way", run.status.as_str())))
            }
        }
    }

    /// Goes on with a paused run.
    ///
    /// # Errors
    /// When it is not paused, or its workspace is on another branch than before.
    pub(crate) async fn resume(&self, run_id: &str) -> Result<Run, RunError> {
        let run = self.idle(run_id).await?;
        if run.status != RunStatus::Paused {
            return Err(RunError::Refused(format!(
                "{run_id} is {}, not paused: see retry",
                run.status.as_str()
            )));
        }
        // What waited for a person or for budget is looked at anew.
        let reopen = |task: &Task| {
            let kind = task.waits_for.as_ref().map(|waits| waits.kind);
            task.status == TaskStatus::Blocked && !matches!(kind, Some(WaitsForKind::Human))
        };
        self.reopen(run, reopen).await
    }

    /// Tries everything again that is not completed.
    ///
    /// # Errors
    /// When the run is under way, or completed.
    pub(crate) async fn retry(&self, run_id: &str) -> Result<Run, RunError> {
        let run = self.idle(run_id).await?;
        if run.status == RunStatus::Completed {
            return Err(RunError::Refused(format!("{run_id} is completed: there is nothing to retry")));
        }
        self.reopen(run, is_given_up).await
    }

    /// Tries one task again, and what waits for it.
    ///
    /// # Errors
    /// When it is completed, under way, or belongs to no run.
    pub(crate) async fn retry_task(&self, plan_id: &str, task_id: &str) -> Result<Run, RunError> {
        let run = self.run_of(plan_id).await?;
        if self.0.active(&run.run_id).is_some() {
            self.ask(&run.run_id, Command::RetryTask(task_id.to_owned())).await?;
            return Ok(run);
        }
        if self.task(plan_id, task_id).await?.status == TaskStatus::Completed {
            return Err(RunError::Refused(format!("{task_id} is completed: there is nothing to retry")));
        }
        let wanted = task_id.to_owned();
        let reopen = move |task: &Task| {
            let waits = task.waits_for.as_ref().is_some_and(|waits| waits.kind == WaitsForKind::Task);
            (task.task_id == wanted && is_given_up(task)) || (task.status == TaskStatus::Blocked && waits)
        };
        self.reopen(run, reopen).await
    }

    /// Ends one task; what depends on it waits.
    ///
    /// # Errors
    /// When it is over, or there is no such task.
    pub(crate) async fn cancel_task(&self, plan_id: &str, task_id: &str) -> Result<(), RunError> {
        self.task(plan_id, task_id).await?;
        if let Ok(run) = self.run_of(plan_id).await
            && self.0.active(&run.run_id).is_some()
        {
            return self.ask(&run.run_id, Command::CancelTask(task_id.to_owned())).await;
        }
        let change = |task: &mut Task| -> Result<(), StoreError> {
            Ok(task.advance(TaskStatus::Cancelled, now_ms())?)
        };
        let changed =
            self.store().change_task(plan_id.to_owned(), task_id.to_owned(), change, now_ms()).await;
        changed.map(|_| ()).map_err(refused)
    }

    /// A person confirms what only a person can judge: what nobody could judge counts as seen by them.
    ///
    /// # Errors
    /// When the task waits for no person.
    pub(crate) async fn confirm_task(&self, plan_id: &str, task_id: &str) -> Result<(), RunError> {
        let waits = self.task(plan_id, task_id).await?.waits_for;
        if !waits.is_some_and(|waits| waits.kind == WaitsForKind::Human) {
            return Err(RunError::Refused(format!("{task_id} waits for no person")));
        }
        let now = now_ms();
        let change = move |task: &mut Task| -> Result<(), StoreError> {
            task.advance(TaskStatus::Verifying, now)?;
            let confirm = |seen: &mut Evidence| {
                if seen.outcome == CheckOutcome::NotRun {
                    seen.outcome = CheckOutcome::Passed;
                    seen.detail = format!("confirmed by a person; before: {}", seen.detail);
                    seen.observed_at = now;
                }
            };
            task.evidence.iter_mut().for_each(confirm);
            if task.evidence.is_empty() {
                task.evidence.push(Evidence {
                    check: Check::Manual { question: "is it done?".into() },
                    outcome: CheckOutcome::Passed,
                    detail: "confirmed by a person".into(),
                    observed_at: now,
                    duration_ms: 0,
                    sha256: None,
                });
            }
            task.advance(TaskStatus::Completed, now)?;
            Ok(())
        };
        let changed = self.store().change_task(plan_id.to_owned(), task_id.to_owned(), change, now).await;
        let changed = changed.map_err(refused)?;
        let Ok(run) = self.run_of(plan_id).await else { return Ok(()) };
        let tasks: Vec<Task> = std::iter::once(changed.task).chain(changed.released).collect();
        match self.0.active(&run.run_id) {
            Some(active) => {
                self.0.announcer.tasks(&active.live, &tasks).await;
                self.0.slots.notify();
            }
            // What it held back may go on.
            None if run.status == RunStatus::Paused => drop(self.resume(&run.run_id).await),
            None => {}
        }
        Ok(())
    }

    /// Puts a task's files back to what they were; with `preview`, tells what would be done.
    ///
    /// # Errors
    /// When the task is under way, or a file was changed since: nothing is touched then.
    pub(crate) async fn undo(
        &self,
        plan_id: &str,
        task_id: &str,
        preview: bool,
    ) -> Result<Vec<RestoredFile>, RunError> {
        let task = self.task(plan_id, task_id).await?;
        if matches!(task.status, TaskStatus::Running | TaskStatus::Verifying) {
            return Err(RunError::Refused(format!("{task_id} is under way: cancel it first")));
        }
        let plan = self.store().plan(plan_id.to_owned()).await?.ok_or(RunError::NotFound("plan"))?;
        let root = self.workspace(&plan.directory)?;
        let attempts = self.store().attempts(plan_id.to_owned()).await?;
        let attempts: Vec<_> = attempts.into_iter().filter(|attempt| attempt.task_id == task_id).collect();
        let kept = self.store().kept_files(plan_id.to_owned(), task_id.to_owned()).await?;
        let undone = tokio::task::spawn_blocking(move || undo::undo(&root, &attempts, kept, preview));
        let undone = undone.await.map_err(|_| RunError::Refused("the files cannot be put back".into()))??;
        if !preview && task.status != TaskStatus::Cancelled {
            let change = |task: &mut Task| -> Result<(), StoreError> {
                Ok(task.advance(TaskStatus::Cancelled, now_ms())?)
            };
            let (plan_id, task_id) = (plan_id.to_owned(), task_id.to_owned());
            let changed = self.store().change_task(plan_id.clone(), task_id, change, now_ms()).await?;
            if let Ok(live) = self.live_of_plan(&plan_id).await {
                self.0.announcer.tasks(&live, &[changed.task]).await;
            }
        }
        Ok(undone)
    }

    /// One run with its tasks.
    ///
    /// # Errors
    /// When there is no such run.
    pub(crate) async fn view(&self, run_id: &str) -> Result<RunView, RunError> {
        Ok(self.live(run_id).await?.read(State::view))
    }

    /// The newest runs.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn list(&self, limit: u32) -> Result<Vec<Run>, RunError> {
        let stored = self.store().runs(limit).await?;
        let newest = |run: Run| {
            self.0.active(&run.run_id).map_or(run, |active| active.live.read(|state| state.run.clone()))
        };
        Ok(stored.into_iter().map(newest).collect())
    }

    /// A plan's tasks with all that is known of them.
    ///
    /// # Errors
    /// When there is no such plan.
    pub(crate) async fn tasks(&self, plan_id: &str) -> Result<Vec<TaskView>, RunError> {
        if let Ok(live) = self.live_of_plan(plan_id).await {
            return Ok(live.read(|state| state.view().tasks));
        }
        let plan = self.store().plan(plan_id.to_owned()).await?.ok_or(RunError::NotFound("plan"))?;
        let view = |task: Task| TaskView {
            plan_id: plan_id.to_owned(),
            run_id: None,
            waits_for: task.waits_for.clone(),
            activity: None,
            attempts: Vec::new(),
            task,
        };
        Ok(plan.tasks.into_iter().map(view).collect())
    }

    /// Where a run stands, for those who wait.
    ///
    /// # Errors
    /// When there is no such run.
    pub(crate) async fn progress(&self, run_id: &str) -> Result<RunProgress, RunError> {
        Ok(self.live(run_id).await?.read(report::progress))
    }

    /// Where a session's newest run stands; none when it has had none.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn progress_of_session(
        &self,
        session_id: &str,
    ) -> Result<Option<RunProgress>, RunError> {
        match self.store().run_of_session(session_id.to_owned()).await? {
            Some(run) => self.progress(&run.run_id).await.map(Some),
            None => Ok(None),
        }
    }

    /// Whether a plan was ever begun.
    pub(crate) async fn has_run(&self, plan_id: &str) -> bool {
        self.run_of(plan_id).await.is_ok()
    }

    /// Tells of every change of a run from now on; none when it is not under way.
    pub(crate) fn changes(&self, run_id: &str) -> Option<watch::Receiver<u64>> {
        self.0.active(run_id).map(|active| active.live.watch())
    }

    /// Waits until some run begins, at most for `longest`.
    pub(crate) async fn began(&self, longest: Duration) {
        let _ = tokio::time::timeout(longest, self.0.began.notified()).await;
    }

    /// Plans tasks once more; those that nothing stands in the way of are ready then.
    pub(super) async fn reopen_tasks(
        &self,
        plan_id: &str,
        reopen: impl Fn(&Task) -> bool + Send + 'static,
    ) -> Result<Plan, RunError> {
        let now = now_ms();
        let change = move |task: &mut Task| -> Result<bool, StoreError> {
            let wanted = reopen(task);
            if wanted {
                task.advance(TaskStatus::Planned, now)?;
            }
            Ok(wanted)
        };
        self.store().change_tasks(plan_id.to_owned(), change, now).await.map_err(refused)
    }

    async fn reopen(
        &self,
        mut run: Run,
        reopen: impl Fn(&Task) -> bool + Send + 'static,
    ) -> Result<Run, RunError> {
        self.reopen_tasks(&run.plan_id, reopen).await?;
        run.status = RunStatus::Running;
        run.reason = None;
        // An OpenCode that has ended is not waited for: any other that works in the folder will do.
        run.producer = run.producer.filter(|producer| self.0.calls.is_connected(producer));
        run.since = now_ms();
        self.store().save_run(run.clone()).await?;
        self.take_up(run).await
    }

    pub(super) async fn ask(&self, run_id: &str, command: Command) -> Result<(), RunError> {
        let over = || RunError::Refused(format!("{run_id} is not under way any more"));
        let active = self.0.active(run_id).ok_or_else(over)?;
        let (done, answered) = oneshot::channel();
        active.commands.send((command, done)).await.map_err(|_| over())?;
        match tokio::time::timeout(OBEYED_WITHIN, answered).await {
            Ok(Ok(answer)) => answer.map_err(RunError::Refused),
            Ok(Err(_)) => Err(over()),
            Err(_) => Err(RunError::Refused(format!("{run_id} does not react: see `rozet-sidecar logs`"))),
        }
    }

    async fn live(&self, run_id: &str) -> Result<Live, RunError> {
        if let Some(active) = self.0.active(run_id) {
            return Ok(active.live);
        }
        let run = self.stored(run_id).await?;
        let plan = self.store().plan(run.plan_id.clone()).await?.ok_or(RunError::NotFound("plan"))?;
        let attempts = self.store().attempts(run.plan_id.clone()).await?;
        Ok(Live::new(run, plan, attempts))
    }

    async fn live_of_plan(&self, plan_id: &str) -> Result<Live, RunError> {
        let run = self.run_of(plan_id).await?;
        self.live(&run.run_id).await
    }

    async fn stored(&self, run_id: &str) -> Result<Run, RunError> {
        self.store().run(run_id.to_owned()).await?.ok_or(RunError::NotFound("run"))
    }

    async fn run_of(&self, plan_id: &str) -> Result<Run, RunError> {
        self.store().run_of_plan(plan_id.to_owned()).await?.ok_or(RunError::NotFound("run of that plan"))
    }

    /// A run that is not under way.
    async fn idle(&self, run_id: &str) -> Result<Run, RunError> {
        if self.0.active(run_id).is_some() {
            return Err(RunError::Refused(format!("{run_id} is under way")));
        }
        self.stored(run_id).await
    }

    async fn task(&self, plan_id: &str, task_id: &str) -> Result<Task, RunError> {
        let plan = self.store().plan(plan_id.to_owned()).await?.ok_or(RunError::NotFound("plan"))?;
        plan.tasks.into_iter().find(|task| task.task_id == task_id).ok_or(RunError::NotFound("task"))
    }
}

/// Whether nobody will do the task by itself any more.
pub(super) const fn is_given_up(task: &Task) -> bool {
    matches!(task.status, TaskStatus::Failed | TaskStatus::Cancelled | TaskStatus::Blocked)
}

/// Waits until what was under way has ended.
async fn settled(live: &Live) -> Run {
    let deadline = Instant::now() + OBEYED_WITHIN;
    let mut changes = live.watch();
    loop {
        let run = live.read(|state| state.run.clone());
        if run.status != RunStatus::Running {
            return run;
        }
        if tokio::time::timeout_at(deadline, changes.changed()).await.is_err() {
            return run;
        }
    }
}

/// A change that a task's life does not allow is no fault of the store.
fn refused(error: StoreError) -> RunError {
    match error {
        StoreError::Transition(error) => RunError::Refused(error.to_string()),
        StoreError::Missing(what) => RunError::NotFound(what),
        other => RunError::Store(other),
    }
}
