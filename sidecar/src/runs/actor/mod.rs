//! The life of one run: begins what is ready, takes in what ended, obeys, and stops when nothing can go on.

mod begin;
mod budget;
mod end;

use super::announce::Announcer;
use super::attempt::Ended;
use super::live::Live;
use super::outcome;
use super::oversight::Oversight;
use super::permission;
use super::shared::Shared;
use crate::clock::now_ms;
use crate::settings::RunSettings;
use rozet_observability::plan::{InvalidTransition, Task, TaskStatus, WaitsFor, WaitsForKind};
use rozet_observability::run::{BudgetChange, RunStatus};
use rozet_observability::store::StoreError;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{self, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A plugin that has not been connected for this long has ended with its OpenCode.
const GONE_AFTER: Duration = Duration::from_secs(5);

/// What is waited for may come free without a word, such as a lease at its end.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What somebody wants of a run that is under way.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::runs) enum Command {
    Cancel(String),
    Pause(String),
    CancelTask(String),
    RetryTask(String),
    /// A task waits for this permission; with none, it goes on.
    Permission(String, Option<String>),
    /// It may use so much from now on.
    Budget(BudgetChange),
}

/// A command, and who waits for it to be done.
pub(in crate::runs) type Asked = (Command, oneshot::Sender<Result<(), String>>);

/// Why attempts are being ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Cancel,
    Pause,
    /// The daemon stops: the next start goes on.
    Shutdown,
}

pub(in crate::runs) struct Actor {
    shared: Arc<Shared>,
    live: Live,
    settings: Arc<RunSettings>,
    root: PathBuf,
    commands: mpsc::Receiver<Asked>,
    cancel: CancellationToken,
    attempts: JoinSet<Ended>,
    /// By task: what ends its attempt.
    under_way: HashMap<String, CancellationToken>,
    /// By task: who watches its attempt.
    overseers: HashMap<String, Arc<Oversight>>,
    /// The task of each attempt's future.
    futures: HashMap<task::Id, String>,
    cancelled_tasks: Vec<String>,
    ending: Option<Ending>,
    /// When a provider may be asked again.
    wake: Option<Instant>,
    /// Whether a task could begin but for a place, a file or the budget.
    waiting: bool,
}

impl Actor {
    pub(in crate::runs) fn new(
        shared: Arc<Shared>,
        live: Live,
        settings: Arc<RunSettings>,
        root: PathBuf,
        commands: mpsc::Receiver<Asked>,
    ) -> Self {
        let cancel = shared.cancel.child_token();
        Self {
            shared,
            live,
            settings,
            root,
            commands,
            cancel,
            attempts: JoinSet::new(),
            under_way: HashMap::new(),
            overseers: HashMap::new(),
            futures: HashMap::new(),
            cancelled_tasks: Vec::new(),
            ending: None,
            wake: None,
            waiting: false,
        }
    }

    fn announcer(&self) -> &Announcer {
        &self.shared.announcer
    }

    /// Until the run is over, paused, or the daemon stops.
    pub(in crate::runs) async fn drive(mut self) {
        self.recover().await;
        let deadline = self.live.read(|state| {
            let gone = u64::try_from(now_ms().saturating_sub(state.run.since)).unwrap_or_default();
            Instant::now() + Duration::from_millis(state.run.limits.run_wall_ms.saturating_sub(gone))
        });
        let shared = Arc::clone(&self.shared);
        let opencode_ended = self.opencode_ended();
        tokio::pin!(opencode_ended);
        loop {
            // Listened for before looking: what is given back in between is not missed.
            let freed = shared.slots.freed();
            tokio::pin!(freed);
            freed.as_mut().enable();
            if let Err(error) = self.begin_ready().await {
                tracing::error!(%error, "a run cannot go on");
                return self.stop(Ending::Pause, RunStatus::Paused, "its state cannot be stored").await;
            }
            if let Some((status, reason)) = self.end_reached() {
                return self.finish(status, reason).await;
            }
            let wake = self.wake;
            tokio::select! {
                biased;
                () = self.shared.cancel.cancelled() => return self.interrupt(Ending::Shutdown).await,
                Some((command, done)) = self.commands.recv() => {
                    if let Some((ending, status, reason)) = self.obey(command, done).await {
                        return self.stop(ending, status, &reason).await;
                    }
                }
                Some(joined) = self.attempts.join_next_with_id() => {
                    if let Some(reason) = self.joined(joined).await {
                        return self.stop(Ending::Pause, RunStatus::Paused, &reason).await;
                    }
                }
                () = &mut opencode_ended => {
                    let reason = "the OpenCode that it began in has ended";
                    return self.stop(Ending::Pause, RunStatus::Paused, reason).await;
                }
                () = &mut freed => {}
                () = tokio::time::sleep(LOOK_AGAIN), if self.waiting => {}
                () = tokio::time::sleep_until(wake.unwrap_or(deadline)), if wake.is_some() => self.wake = None,
                () = tokio::time::sleep_until(deadline) => {
                    return self.stop(Ending::Cancel, RunStatus::Failed, "the run's time is over").await;
                }
            }
        }
    }

    /// Ends when the OpenCode that asked for the run is gone and its workers are to end with it.
    fn opencode_ended(&self) -> impl Future<Output = ()> + use<> {
        let producer = self.live.read(|state| state.run.producer.clone());
        let producer = producer.filter(|_| !self.settings.outlive_opencode);
        let calls = self.shared.calls.clone();
        async move {
            let Some(producer) = producer else { return std::future::pending().await };
            let mut seen = Instant::now();
            while seen.elapsed() < GONE_AFTER {
                tokio::time::sleep(GONE_AFTER / 10).await;
                if calls.is_connected(&producer) {
                    seen = Instant::now();
                }
            }
        }
    }

    async fn obey(
        &mut self,
        command: Command,
        done: oneshot::Sender<Result<(), String>>,
    ) -> Option<(Ending, RunStatus, String)> {
        let answer = match command {
            Command::Cancel(reason) => {
                // Answered at once: whoever wants to see the end watches the run.
                let _ = done.send(Ok(()));
                return Some((Ending::Cancel, RunStatus::Cancelled, reason));
            }
            Command::Pause(reason) => {
                let _ = done.send(Ok(()));
                return Some((Ending::Pause, RunStatus::Paused, reason));
            }
            Command::CancelTask(task_id) => self.cancel_task(&task_id).await,
            Command::RetryTask(task_id) => self.retry_task(&task_id).await,
            Command::Budget(change) => self.budget(change).await,
            Command::Permission(task_id, what) => self.permission(&task_id, what).await,
        };
        let _ = done.send(answer);
        None
    }

    async fn cancel_task(&mut self, task_id: &str) -> Result<(), String> {
        if let Some(cancel) = self.under_way.get(task_id) {
            self.cancelled_tasks.push(task_id.to_owned());
            cancel.cancel();
            return Ok(());
        }
        self.set_task(task_id, |task| task.advance(TaskStatus::Cancelled, now_ms())).await
    }

    /// Its attempt stays under way meanwhile.
    async fn permission(&mut self, task_id: &str, what: Option<String>) -> Result<(), String> {
        if !self.under_way.contains_key(task_id) {
            return Err(format!("{task_id} is not under way"));
        }
        let now = now_ms();
        let change = move |task: &mut Task| -> Result<(), StoreError> {
            Ok(permission::change(task, what.as_deref(), now)?)
        };
        let changed =
            self.announcer().store().change_task(self.plan_id(), task_id.to_owned(), change, now).await;
        let task = changed.map_err(|error| error.to_string())?.task;
        if let Some(oversight) = self.overseers.get(task_id) {
            oversight.allowance.wait_for_person(task.status == TaskStatus::Blocked);
        }
        self.announcer().permission(&self.live, &task).await;
        Ok(())
    }

    async fn retry_task(&mut self, task_id: &str) -> Result<(), String> {
        if self.under_way.contains_key(task_id) {
            return Err(format!("{task_id} is under way"));
        }
        self.set_task(task_id, |task| task.advance(TaskStatus::Planned, now_ms())).await?;
        self.reopen_blocked().await.map_err(|error| error.to_string())
    }

    async fn set_task(
        &mut self,
        task_id: &str,
        change: impl Fn(&mut Task) -> Result<(), InvalidTransition> + Send + 'static,
    ) -> Result<(), String> {
        let plan_id = self.plan_id();
        let change = move |task: &mut Task| -> Result<(), StoreError> { Ok(change(task)?) };
        let changed =
            self.announcer().store().change_task(plan_id, task_id.to_owned(), change, now_ms()).await;
        let changed = changed.map_err(|error| error.to_string())?;
        self.announcer().tasks(&self.live, &[changed.task]).await;
        Ok(())
    }

    /// Tasks that waited for one that had failed are planned again; those whose dependencies are done become ready.
    async fn reopen_blocked(&mut self) -> Result<(), StoreError> {
        let now = now_ms();
        let change = move |task: &mut Task| -> Result<bool, StoreError> {
            let waits = task.waits_for.as_ref().is_some_and(|waits| waits.kind == WaitsForKind::Task);
            if task.status == TaskStatus::Blocked && waits {
                task.advance(TaskStatus::Planned, now)?;
                return Ok(true);
            }
            Ok(false)
        };
        let plan = self.announcer().store().change_tasks(self.plan_id(), change, now).await?;
        self.announcer().tasks(&self.live, &plan.tasks).await;
        Ok(())
    }

    fn plan_id(&self) -> String {
        self.live.read(|state| state.plan.plan_id.clone())
    }

    async fn block(&mut self, task: &Task, kind: WaitsForKind, what: &str) -> Result<(), StoreError> {
        let waits_for = Some(WaitsFor { kind, what: what.to_owned() });
        if task.status == TaskStatus::Blocked && task.waits_for == waits_for {
            return Ok(());
        }
        let change = move |task: &mut Task| -> Result<(), StoreError> {
            if task.status != TaskStatus::Blocked {
                task.advance(TaskStatus::Blocked, now_ms())?;
            }
            task.waits_for = waits_for;
            Ok(())
        };
        let store = self.announcer().store();
        let change = store.change_task(self.plan_id(), task.task_id.clone(), change, now_ms()).await?;
        self.announcer().tasks(&self.live, &[change.task]).await;
        Ok(())
    }

    /// How the run ends, when nothing is under way and nothing will be by itself.
    fn end_reached(&self) -> Option<(RunStatus, Option<String>)> {
        if !self.under_way.is_empty() {
            return None;
        }
        self.live.read(|state| outcome::end_of_run(&state.plan.tasks))
    }

    async fn finish(self, status: RunStatus, reason: Option<String>) {
        let mut run = self.live.read(|state| state.run.clone());
        run.status = status;
        run.reason = reason;
        run.since = now_ms();
        // Stored, then not under way any more, then shown: whoever sees the end may begin it again.
        if let Err(error) = self.announcer().store().save_run(run.clone()).await {
            tracing::error!(%error, "the end of a run cannot be stored");
        }
        self.shared.forget(&run.run_id);
        self.live.change(|state| state.run = run);
        self.announcer().run(&self.live).await;
    }

    /// Ends what is under way, then the run.
    async fn stop(mut self, ending: Ending, status: RunStatus, reason: &str) {
        self.interrupt_attempts(ending).await;
        if ending == Ending::Cancel {
            let now = now_ms();
            let change = move |task: &mut Task| outcome::cancel_open(task, now);
            match self.announcer().store().change_tasks(self.plan_id(), change, now).await {
                Ok(plan) => self.announcer().tasks(&self.live, &plan.tasks).await,
                Err(error) => tracing::error!(%error, "tasks cannot be cancelled"),
            }
        }
        self.finish(status, Some(reason.to_owned())).await;
    }

    /// Ends what is under way and leaves the run as it is.
    async fn interrupt(mut self, ending: Ending) {
        self.interrupt_attempts(ending).await;
        self.shared.forget(&self.live.read(|state| state.run.run_id.clone()));
    }
}
