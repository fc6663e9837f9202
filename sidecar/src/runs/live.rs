//! A run as it stands, in memory, for those who look at it.

use rozet_observability::plan::{Plan, Task, TaskStatus, Usage, WaitsFor, WaitsForKind};
use rozet_observability::run::{Attempt, AttemptOutcome, Run, RunStatus, RunView, TaskView};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// A run, its plan and its attempts. Cheap to clone; every clone sees the same.
#[derive(Clone)]
pub(super) struct Live(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Counts the changes.
    changes: watch::Sender<u64>,
}

/// What is known of a run.
pub(super) struct State {
    pub(super) run: Run,
    pub(super) plan: Plan,
    /// By task, the first attempt first.
    pub(super) attempts: BTreeMap<String, Vec<Attempt>>,
    /// What each worker does now.
    pub(super) activity: HashMap<String, String>,
    /// What ready tasks wait for.
    pub(super) waits: HashMap<String, WaitsFor>,
}

impl Live {
    pub(super) fn new(run: Run, plan: Plan, attempts: Vec<Attempt>) -> Self {
        let state = State::new(run, plan, attempts);
        Self(Arc::new(Shared { state: Mutex::new(state), changes: watch::Sender::new(0) }))
    }

    /// Looks at it.
    pub(super) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state())
    }

    /// Changes it, and wakes those who watch.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state());
        self.0.changes.send_modify(|count| *count += 1);
        changed
    }

    /// Wakes its holder at every change.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(super) fn new(run: Run, plan: Plan, all: Vec<Attempt>) -> Self {
        let mut attempts: BTreeMap<String, Vec<Attempt>> = BTreeMap::new();
        for attempt in all {
            attempts.entry(attempt.task_id.clone()).or_default().push(attempt);
        }
        Self { run, plan, attempts, activity: HashMap::new(), waits: HashMap::new() }
    }

    pub(super) fn task(&self, task_id: &str) -> Option<&Task> {
        self.plan.tasks.iter().find(|task| task.task_id == task_id)
    }

    /// Puts a task's new state in the place of the old.
    pub(super) fn set_task(&mut self, task: &Task) {
        if let Some(known) = self.plan.tasks.iter_mut().find(|known| known.task_id == task.task_id) {
            *known = task.clone();
        }
        self.waits.remove(&task.task_id);
        if task.status != TaskStatus::Running && task.status != TaskStatus::Verifying {
            self.activity.remove(&task.task_id);
        }
    }

    /// Puts an attempt's new state in the place of the old, or adds it.
    pub(super) fn set_attempt(&mut self, attempt: &Attempt) {
        let of_task = self.attempts.entry(attempt.task_id.clone()).or_default();
        match of_task.iter_mut().find(|known| known.number == attempt.number) {
            Some(known) => *known = attempt.clone(),
            None => of_task.push(attempt.clone()),
        }
        self.run.usage = self.usage();
    }

    fn usage(&self) -> Usage {
        let mut usage = self.plan.usage;
        let of_run = self.attempts.values().flatten().filter(|attempt| attempt.run_id == self.run.run_id);
        of_run.for_each(|attempt| usage.add(&attempt.usage));
        usage
    }

    /// The number that the next attempt at a task has.
    pub(super) fn next_number(&self, task_id: &str) -> u32 {
        let last = self.attempts.get(task_id).and_then(|attempts| attempts.last());
        last.map_or(1, |attempt| attempt.number.saturating_add(1))
    }

    /// Attempts at a task that count as tried since the run was last begun.
    pub(super) fn failures(&self, task_id: &str) -> u32 {
        let failed = |attempt: &&Attempt| {
            attempt.outcome == AttemptOutcome::Failed && attempt.started_at >= self.run.since
        };
        let count = self.attempts.get(task_id).map_or(0, |attempts| attempts.iter().filter(failed).count());
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// What a task waits for, whatever its status.
    fn waits_for(&self, task: &Task) -> Option<WaitsFor> {
        let waits = |kind, what: String| Some(WaitsFor { kind, what });
        match task.status {
            TaskStatus::Blocked => task.waits_for.clone(),
            TaskStatus::Planned | TaskStatus::Ready if self.run.status == RunStatus::Paused => {
                let why = self.run.reason.as_deref().unwrap_or("somebody paused it");
                waits(WaitsForKind::Human, format!("the run is paused: {why}"))
            }
            TaskStatus::Planned => {
                let open = task
                    .depends_on
                    .iter()
                    .filter(|id| self.task(id).is_some_and(|other| other.status != TaskStatus::Completed));
                let open: Vec<&str> = open.map(String::as_str).collect();
                waits(WaitsForKind::Task, open.join(", "))
            }
            TaskStatus::Ready => {
                let known = self.waits.get(&task.task_id).cloned();
                known.or_else(|| waits(WaitsForKind::Task, "a free worker".to_owned()))
            }
            TaskStatus::Running
            | TaskStatus::Verifying
            | TaskStatus::Completed
            | TaskStatus::Failed
            | TaskStatus::Cancelled => None,
        }
    }

    pub(super) fn task_view(&self, task: &Task) -> TaskView {
        TaskView {
            plan_id: self.plan.plan_id.clone(),
            run_id: Some(self.run.run_id.clone()),
            waits_for: self.waits_for(task),
            activity: self.activity.get(&task.task_id).cloned(),
            attempts: self.attempts.get(&task.task_id).cloned().unwrap_or_default(),
            task: task.clone(),
        }
    }

    pub(super) fn view(&self) -> RunView {
        RunView {
            run: self.run.clone(),
            summary: self.plan.summary.clone(),
            tasks: self.plan.tasks.iter().map(|task| self.task_view(task)).collect(),
        }
    }
}
