//! Beginning tasks: a free place, a share of the budget, the leases, then a worker.

use super::Actor;
use crate::clock::now_ms;
use crate::runs::attempt::{self, Undertaking};
use crate::runs::oversight::Oversight;
use crate::runs::slots::{NoSlot, Slot};
use crate::runs::writes::Writes;
use crate::runs::{judge, owner, owner_words, writes};
use crate::tools::ToolContext;
use crate::worker::{Allowance, Job, Overseer, ProgressGate, Worker};
use rozet_observability::plan::{Plan, Task, TaskStatus, Usage, WaitsFor, WaitsForKind};
use rozet_observability::run::{Attempt, AttemptOutcome, Run};
use rozet_observability::store::{Begin, Begun, Lease, Scope, Spend, StoreError};
use std::sync::{Arc, Mutex, Weak};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What a lease outlives its attempt's longest time by, in milliseconds.
const LEASE_GRACE_MS: i64 = 120_000;
/// Smallest share of a budget that is worth beginning with, in tokens.
const LEAST_TOKENS: u64 = 2_000;

impl Actor {
    /// Begins every task that can begin now.
    pub(super) async fn begin_ready(&mut self) -> Result<(), StoreError> {
        let now = Instant::now();
        let (candidates, parallel) = self.live.read(|state| {
            let may_begin =
                |task: &&Task| match (task.status, task.waits_for.as_ref().map(|waits| waits.kind)) {
                    (TaskStatus::Ready, _) => true,
                    (TaskStatus::Blocked, Some(WaitsForKind::Lock)) => true,
                    (TaskStatus::Blocked, Some(WaitsForKind::Provider)) => {
                        self.wake.is_none_or(|wake| wake <= now)
                    }
                    _ => false,
                };
            let candidates: Vec<Task> = state.plan.tasks.iter().filter(may_begin).cloned().collect();
            (candidates, usize::try_from(state.run.parallel).unwrap_or(1))
        });
        let before = self.under_way.len();
        let wanted = candidates.len();
        for task in candidates {
            if self.under_way.len() >= parallel {
                let busy = format!("a free worker: {parallel} of this run are busy");
                self.waits(&task, WaitsForKind::Task, busy);
                continue;
            }
            if !self.begin(&task).await? {
                break;
            }
        }
        self.waiting = self.under_way.len() - before < wanted;
        Ok(())
    }

    /// Notes what a ready task waits for; nothing is stored, as it changes from moment to moment.
    fn waits(&self, task: &Task, kind: WaitsForKind, what: String) {
        if task.status != TaskStatus::Ready {
            return;
        }
        let waits_for = WaitsFor { kind, what };
        let known = self.live.read(|state| state.waits.get(&task.task_id) == Some(&waits_for));
        if !known {
            self.live.change(|state| state.waits.insert(task.task_id.clone(), waits_for));
        }
    }

    /// Begins one task; false when no other can begin now either.
    async fn begin(&mut self, task: &Task) -> Result<bool, StoreError> {
        let worker = self.shared.worker(self.live.read(|state| state.run.worker));
        let provider =
            worker.as_ref().map_or_else(|| "none".to_owned(), |worker| worker.provider(&self.settings));
        let slot = match self.shared.slots.take(&provider, self.settings.parallel) {
            Ok(slot) => slot,
            Err(NoSlot::Busy) => {
                let busy = format!("a free worker: all {} are busy", self.settings.parallel);
                self.waits(task, WaitsForKind::Task, busy);
                return Ok(false);
            }
            Err(NoSlot::Limited { until, at_once }) => {
                self.wake = until.or(self.wake);
                let what = match until {
                    Some(until) => {
                        let seconds = until.saturating_duration_since(Instant::now()).as_secs() + 1;
                        format!("{provider} limits the rate: asked again in {seconds} s")
                    }
                    None => format!("{provider} limits the rate: {at_once} at once"),
                };
                self.waits(task, WaitsForKind::Provider, what);
                return Ok(false);
            }
        };
        let now = now_ms();
        let Some((limits, amount)) = self.allowance(task, worker.is_some(), now).await? else {
            if self.under_way.is_empty() {
                self.block(
                    task,
                    WaitsForKind::Budget,
                    "the budget of the task, the run or the day is used up",
                )
                .await?;
            } else {
                self.waits(
                    task,
                    WaitsForKind::Budget,
                    "what is under way holds the rest of the budget".into(),
                );
            }
            slot.unused();
            return Ok(true);
        };
        let (run, plan, number) = self.live.read(|state| {
            (Arc::new(state.run.clone()), Arc::new(state.plan.clone()), state.next_number(&task.task_id))
        });
        let attempt = Attempt {
            run_id: run.run_id.clone(),
            plan_id: run.plan_id.clone(),
            task_id: task.task_id.clone(),
            number,
            worker: run.worker,
            session_id: None,
            model: None,
            outcome: AttemptOutcome::Running,
            reason: None,
            claim: None,
            evidence: Vec::new(),
            files: Vec::new(),
            drift: Vec::new(),
            sandboxed: None,
            usage: Usage::default(),
            started_at: now,
            ended_at: None,
        };
        let wall = i64::try_from(run.limits.task_wall_ms).unwrap_or(i64::MAX);
        let paths = if worker.is_some() { task.files.as_slice() } else { &[] };
        let lease = Lease {
            owner: owner(&attempt),
            holder: self.shared.holder.clone(),
            paths: paths.iter().map(|path| writes::absolute(&self.root, path)).collect(),
            ends_at: now.saturating_add(wall).saturating_add(LEASE_GRACE_MS),
        };
        let cancel = self.cancel.child_token();
        let writes = attempt::writes(self.announcer().store().clone(), self.root.clone(), &lease, &attempt);
        let tools = match attempt::tools(&self.settings, &writes, &cancel, &self.shared.host) {
            Ok(tools) => tools,
            Err(error) => {
                self.block(task, WaitsForKind::Human, &error.to_string()).await?;
                slot.unused();
                return Ok(true);
            }
        };
        let begin = Begin { attempt: attempt.clone(), lease: lease.clone(), limits, amount, now_ms: now };
        let change = move |task: &mut Task| -> Result<(), StoreError> {
            task.advance(TaskStatus::Running, now)?;
            task.claim = None;
            task.evidence = Vec::new();
            Ok(())
        };
        let change = match self.announcer().store().begin_attempt(begin, change).await? {
            Begun::Started(change) => change,
            Begun::Held(held) => {
                let path = held.path.strip_prefix(&format!("{}/", self.root.display())).unwrap_or(&held.path);
                let what = format!("{path}, which {} may write", owner_words(&held.owner));
                self.block(task, WaitsForKind::Lock, &what).await?;
                slot.unused();
                return Ok(true);
            }
            // Another run was quicker; what it gives back wakes this one.
            Begun::OverBudget(..) => {
                self.waits(
                    task,
                    WaitsForKind::Budget,
                    "what is under way holds the rest of the budget".into(),
                );
                slot.unused();
                return Ok(true);
            }
        };
        self.announcer().changed(&self.live, &attempt, &change).await;
        let feedback = self.live.read(|state| {
            let last = state.attempts.get(&task.task_id)?.iter().rev().find(|last| last.number < number)?;
            (last.outcome == AttemptOutcome::Failed)
                .then(|| judge::feedback(last.reason.as_deref(), &last.evidence, &last.drift))
        });
        self.undertake(
            change.task,
            worker,
            Start { run, plan, attempt, cancel, writes, tools, feedback, amount, slot },
        );
        Ok(true)
    }

    fn undertake(&mut self, task: Task, worker: Option<Arc<dyn Worker>>, start: Start) {
        let Start { run, plan, attempt, cancel, writes, tools, feedback, amount, slot } = start;
        let task_id = task.task_id.clone();
        self.under_way.insert(task_id.clone(), cancel.clone());
        let allowance = Arc::new(Allowance::new(self.settings.task_timeout));
        let oversight = Arc::new_cyclic(|overseer: &Weak<Oversight>| {
            let (shared, tools, overseer) = (Arc::clone(&self.shared), tools.clone(), overseer.clone());
            Oversight {
                live: self.live.clone(),
                intake: self.announcer().intake.clone(),
                tasks: self.shared.tasks.clone(),
                task_id: task.task_id.clone(),
                number: attempt.number,
                allowance: Arc::clone(&allowance),
                allowed: Mutex::new(amount),
                prices: self.settings.budget.prices.clone(),
                gate: Mutex::new(ProgressGate::new(self.settings.idle_steps)),
                cancel: cancel.clone(),
                why: Mutex::default(),
                adopt: Box::new(move |session_id| shared.adopt(session_id, &tools, overseer.clone())),
            }
        });
        self.overseers.insert(task_id.clone(), Arc::clone(&oversight));
        let job = Job {
            run,
            plan,
            task,
            attempt: attempt.number,
            feedback,
            settings: Arc::clone(&self.settings),
            tools,
            overseer: Arc::clone(&oversight) as Arc<dyn Overseer>,
            allowance,
            cancel,
        };
        let (live, announcer) = (self.live.clone(), self.announcer().clone());
        let undertaking = Undertaking { job, attempt, worker, writes, live, announcer, slot, oversight };
        let future = self.attempts.spawn(undertaking.carry_out());
        self.futures.insert(future.id(), task_id);
    }

    /// What a task may use now, with the limits that it counts against; none when that is too little to begin with.
    async fn allowance(
        &self,
        task: &Task,
        works: bool,
        now: i64,
    ) -> Result<Option<([Spend; 3], Spend)>, StoreError> {
        let (limits, share) = self.limits();
        if !works {
            return Ok(Some((limits, Spend::default())));
        }
        let (plan_id, run_id) = self.live.read(|state| (state.run.plan_id.clone(), state.run.run_id.clone()));
        let scopes =
            [Scope::Task(plan_id, task.task_id.clone()), Scope::Run(run_id), Scope::Day(now / 86_400_000)];
        let amount = self.left(scopes, limits, share).await?;
        let enough = amount.tokens >= LEAST_TOKENS && amount.cost_usd > 0.0;
        Ok(enough.then_some((limits, amount)))
    }
}

/// What an attempt begins with.
struct Start {
    run: Arc<Run>,
    plan: Arc<Plan>,
    attempt: Attempt,
    cancel: CancellationToken,
    writes: Arc<Writes>,
    tools: ToolContext,
    feedback: Option<String>,
    amount: Spend,
    slot: Slot,
}
