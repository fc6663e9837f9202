//! Ending attempts: what became of them, and what that means for the tasks behind them.

use super::{Actor, Ending};
use crate::clock::now_ms;
use crate::runs::attempt::{self, Ended};
use crate::runs::outcome::{self, After};
use crate::runs::owner;
use crate::runs::shared::Shared;
use crate::settings::RunSettings;
use crate::worker::Stopped;
use rozet_observability::plan::{Evidence, Task, TaskStatus, WaitsForKind};
use rozet_observability::run::{Attempt, AttemptOutcome, Run};
use rozet_observability::store::{End, Lease, Spend, StoreError};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{self, JoinError};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Longest wait for workers that were told to end; then they are dropped, which ends them too.
const END_DEADLINE: Duration = Duration::from_millis(800);

impl Actor {
    /// Takes in an attempt that ended; tells why the run must pause, when it must.
    pub(super) async fn joined(&mut self, joined: Result<(task::Id, Ended), JoinError>) -> Option<String> {
        match joined {
            Ok((id, ended)) => {
                self.futures.remove(&id);
                self.ended(ended).await
            }
            // Dropped, or ended by a defect of ours: the attempt is as it was noted last.
            Err(error) => {
                let task_id = self.futures.remove(&error.id())?;
                let stopped = if error.is_cancelled() {
                    Stopped::Cancelled
                } else {
                    Stopped::Stuck("the worker ended by a defect of Rozet's".to_owned())
                };
                let attempt = self.live.read(|state| state.attempts.get(&task_id)?.last().cloned());
                let mut attempt = attempt?;
                attempt.ended_at = Some(now_ms());
                self.ended(Ended { attempt, stopped: Some(stopped), provider: None }).await
            }
        }
    }

    /// Stores how an attempt ended and tells everyone; tells why the run must pause, when it must.
    async fn ended(&mut self, ended: Ended) -> Option<String> {
        let Ended { mut attempt, stopped, provider } = ended;
        let task_id = attempt.task_id.clone();
        self.under_way.remove(&task_id);
        self.overseers.remove(&task_id);
        self.shared.disown(attempt.session_id.as_deref());
        let by_person = self.cancelled_tasks.iter().position(|cancelled| *cancelled == task_id);
        let by_person = by_person.map(|place| self.cancelled_tasks.swap_remove(place)).is_some();
        let failures = self.live.read(|state| state.failures(&task_id)) + 1;
        let may_retry = failures < self.live.read(|state| state.run.limits.max_attempts);
        let ending = match (by_person, self.ending) {
            (true, _) | (_, Some(Ending::Cancel)) => outcome::Cut::Cancelled,
            (_, Some(Ending::Pause | Ending::Shutdown)) | (false, None) => outcome::Cut::Interrupted,
        };
        let After { outcome, status, waits_for, reason, pause, limited } =
            outcome::after(stopped.as_ref(), &attempt.evidence, ending, may_retry);
        attempt.outcome = outcome;
        attempt.reason = reason.or(attempt.reason);
        if let (Some(provider), Some(pause)) = (&provider, limited) {
            self.wake = Some(self.shared.slots.limited(provider, pause));
        } else if let (Some(provider), AttemptOutcome::Passed) = (&provider, outcome) {
            self.shared.slots.went_well(provider);
        }
        let usage = attempt.usage;
        let used = Spend {
            tokens: usage.input_tokens.saturating_add(usage.output_tokens),
            cost_usd: usage.cost_usd.unwrap_or_default(),
        };
        let now = now_ms();
        let (claim, evidence) = (attempt.claim.clone(), attempt.evidence.clone());
        let change = move |task: &mut Task| -> Result<(), StoreError> {
            // An attempt that ends does not wait for a permission any more.
            if task.status == TaskStatus::Blocked {
                task.advance(TaskStatus::Running, now)?;
            }
            // Judged without a claim, as after a crash: nothing is completed but through verification.
            if status == TaskStatus::Completed && task.status == TaskStatus::Running {
                task.advance(TaskStatus::Verifying, now)?;
            }
            // A failed task that is tried again passes through `failed`.
            if status == TaskStatus::Ready && outcome == AttemptOutcome::Failed {
                task.advance(TaskStatus::Failed, now)?;
            }
            task.advance(status, now)?;
            task.claim = claim;
            task.evidence = evidence;
            task.waits_for = waits_for;
            Ok(())
        };
        let end = End { attempt: attempt.clone(), owner: owner(&attempt), used, now_ms: now };
        match self.announcer().store().end_attempt(end, change).await {
            Ok(change) => self.announcer().changed(&self.live, &attempt, &change).await,
            Err(error) => {
                tracing::error!(%error, task_id, "the end of an attempt cannot be stored");
                return Some("its state cannot be stored".to_owned());
            }
        }
        // Who waited for its files, or its place, may go on.
        self.shared.slots.notify();
        if matches!(status, TaskStatus::Failed | TaskStatus::Cancelled) && self.ending.is_none() {
            self.block_dependents(&task_id, status).await;
        }
        pause
    }

    /// Whatever depends on a task that will not be done, directly or not, waits for that task.
    async fn block_dependents(&mut self, task_id: &str, status: TaskStatus) {
        let mut dead = vec![task_id.to_owned()];
        let tasks = self.live.read(|state| state.plan.tasks.clone());
        loop {
            let next = tasks.iter().find(|task| {
                task.status == TaskStatus::Planned
                    && !dead.contains(&task.task_id)
                    && task.depends_on.iter().any(|id| dead.contains(id))
            });
            let Some(task) = next else { return };
            let what = format!("{task_id}, which is {}: retry it", status.as_str());
            if let Err(error) = self.block(task, WaitsForKind::Task, &what).await {
                return tracing::error!(%error, "a dependent task cannot be blocked");
            }
            dead.push(task.task_id.clone());
        }
    }

    pub(super) async fn interrupt_attempts(&mut self, ending: Ending) {
        self.ending = Some(ending);
        self.cancel.cancel();
        let mut deadline = Instant::now() + END_DEADLINE;
        while !self.attempts.is_empty() {
            match tokio::time::timeout_at(deadline, self.attempts.join_next_with_id()).await {
                Ok(Some(joined)) => drop(self.joined(joined).await),
                Ok(None) => break,
                Err(_) => {
                    tracing::warn!(left = self.attempts.len(), "workers did not end in time and are dropped");
                    self.attempts.abort_all();
                    deadline = Instant::now() + END_DEADLINE;
                }
            }
        }
    }

    /// What an earlier daemon left: tasks that were under way are judged, those that are proved are kept, the others
    /// are done anew. They are under way meanwhile, so that the run obeys.
    pub(super) async fn recover(&mut self) {
        let left = self.live.read(|state| {
            let asks = |task: &Task| {
                let kind = task.waits_for.as_ref().map(|waits| waits.kind);
                task.status == TaskStatus::Blocked && kind == Some(WaitsForKind::Permission)
            };
            let open = |task: &&Task| {
                matches!(task.status, TaskStatus::Running | TaskStatus::Verifying) || asks(task)
            };
            state.plan.tasks.iter().filter(open).cloned().collect::<Vec<_>>()
        });
        for task in left {
            let attempt = self.live.read(|state| state.attempts.get(&task.task_id)?.last().cloned());
            let Some(mut attempt) = attempt.filter(|attempt| attempt.outcome == AttemptOutcome::Running)
            else {
                let _ = self.set_task(&task.task_id, |task| task.advance(TaskStatus::Ready, now_ms())).await;
                continue;
            };
            attempt.reason = Some("the sidecar ended while it was under way".to_owned());
            let cancel = self.cancel.child_token();
            self.under_way.insert(task.task_id.clone(), cancel.clone());
            let task_id = task.task_id.clone();
            let left_over = LeftOver {
                task,
                attempt,
                run: self.live.read(|state| state.run.clone()),
                root: self.root.clone(),
                settings: Arc::clone(&self.settings),
                shared: Arc::clone(&self.shared),
                cancel,
            };
            let future = self.attempts.spawn(left_over.judged());
            self.futures.insert(future.id(), task_id);
        }
    }
}

/// An attempt of an earlier daemon's.
struct LeftOver {
    task: Task,
    attempt: Attempt,
    run: Run,
    root: PathBuf,
    settings: Arc<RunSettings>,
    shared: Arc<Shared>,
    cancel: CancellationToken,
}

impl LeftOver {
    /// Ends what is left of it and looks whether the task is proved. What is not is as if cut off.
    async fn judged(mut self) -> Ended {
        self.attempt.evidence = self.evidence().await.unwrap_or_default();
        self.attempt.ended_at = Some(now_ms());
        let proved = outcome::is_proved(&self.attempt.evidence);
        let stopped = (!proved).then_some(Stopped::Cancelled);
        Ended { attempt: self.attempt, stopped, provider: None }
    }

    /// None when it was cut off.
    async fn evidence(&self) -> Option<Vec<Evidence>> {
        if let Some(worker) = self.shared.worker(self.attempt.worker) {
            let ending = worker.end_left_over(&self.settings, &self.run, &self.attempt);
            self.cancel.run_until_cancelled(ending).await?;
        }
        let lease = Lease {
            owner: owner(&self.attempt),
            holder: self.shared.holder.clone(),
            paths: Vec::new(),
            ends_at: 0,
        };
        let store = self.shared.announcer.store().clone();
        let writes = attempt::writes(store, self.root.clone(), &lease, &self.attempt);
        let tools = attempt::tools(&self.settings, &writes, &self.cancel, &self.shared.host).ok()?;
        let looking = outcome::evidence_after_a_crash(&self.task, &tools);
        let evidence = self.cancel.run_until_cancelled(looking).await;
        tools.idle().await;
        evidence
    }
}
