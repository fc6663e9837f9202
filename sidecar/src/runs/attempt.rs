//! One attempt at a task, from the first look at the workspace to the evidence.

use super::announce::Announcer;
use super::judge::{self, Seen};
use super::live::Live;
use super::oversight::Oversight;
use super::watch::{self, Snapshot};
use super::writes::Writes;
use crate::clock::now_ms;
use crate::sandbox::{self, Mechanism};
use crate::settings::RunSettings;
use crate::tools::{Host, Leases, ToolContext, ToolError};
use crate::worker::{Job, Overseer as _, Report, Stopped, Worker};
use rozet_observability::plan::{Check, Claim, Evidence, Task, TaskStatus, Usage};
use rozet_observability::run::{Attempt, FileChange};
use rozet_observability::store::{Lease, Store, StoreError};
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Characters of a claim's statement that are kept.
const MAX_STATEMENT_CHARS: usize = 2_000;

/// What a worker may take beyond its time to end itself.
const GRACE: Duration = Duration::from_secs(10);

/// What an attempt is made of.
pub(super) struct Undertaking {
    pub(super) job: Job,
    pub(super) attempt: Attempt,
    /// None when only the checks are run.
    pub(super) worker: Option<Arc<dyn Worker>>,
    pub(super) writes: Arc<Writes>,
    pub(super) live: Live,
    pub(super) announcer: Announcer,
    pub(super) slot: super::slots::Slot,
    pub(super) oversight: Arc<Oversight>,
}

/// How it ended.
pub(super) struct Ended {
    pub(super) attempt: Attempt,
    /// Why the worker stopped, when it did not say that it is done.
    pub(super) stopped: Option<Stopped>,
    pub(super) provider: Option<String>,
}

impl Undertaking {
    /// Works and judges. Nothing is left running when it comes back.
    pub(super) async fn carry_out(mut self) -> Ended {
        let provider = self.worker.as_ref().map(|worker| worker.provider(&self.job.settings));
        let before = self.look_before().await;
        let stopped = match &self.worker {
            None => None,
            Some(worker) => {
                let allowance = Arc::clone(&self.job.allowance);
                let too_long = async {
                    allowance.used_up().await;
                    tokio::time::sleep(GRACE).await;
                };
                tokio::select! {
                    biased;
                    outcome = worker.work(self.job.clone()) => match outcome {
                        Ok(report) => {
                            self.claimed(report).await;
                            None
                        }
                        Err(stopped) => Some(stopped),
                    },
                    () = too_long => {
                        self.job.cancel.cancel();
                        let minutes = self.job.settings.task_timeout.as_secs_f64() / 60.0;
                        Some(Stopped::TimedOut(format!("it took longer than {minutes:.1} minutes")))
                    }
                }
            }
        };
        // A worker that was cut off may have left a call.
        self.job.tools.idle().await;
        // Whoever watched knows better why it was ended than the worker does.
        let stopped = self.oversight.why_stopped().or(stopped);
        self.refresh();
        let judged = stopped.is_none() && !self.job.cancel.is_cancelled();
        if judged {
            self.verifying().await;
        }
        self.look_after(&before).await;
        if judged {
            let cancel = self.job.cancel.clone();
            let evidence = self.evidence(&before);
            match cancel.run_until_cancelled(evidence).await {
                Some(evidence) => self.attempt.evidence = evidence,
                None => {
                    self.job.tools.idle().await;
                    return self.ended(Some(Stopped::Cancelled), provider);
                }
            }
        }
        let cut_off = stopped.is_none() && !judged;
        let stopped = if cut_off { Some(Stopped::Cancelled) } else { stopped };
        self.ended(stopped, provider)
    }

    fn ended(mut self, stopped: Option<Stopped>, provider: Option<String>) -> Ended {
        self.refresh();
        self.attempt.ended_at = Some(now_ms());
        drop(self.slot);
        Ended { attempt: self.attempt, stopped, provider }
    }

    /// Takes over what was noted of the attempt while the worker was at it.
    fn refresh(&mut self) {
        let known = self.live.read(|state| {
            let of_task = state.attempts.get(&self.attempt.task_id)?;
            of_task.iter().find(|known| known.number == self.attempt.number).cloned()
        });
        if let Some(known) = known {
            self.attempt.usage = known.usage;
            self.attempt.model = known.model;
            self.attempt.session_id = known.session_id;
            self.attempt.sandboxed = known.sandboxed;
        }
    }

    async fn claimed(&mut self, report: Report) {
        let statement: String = report.statement.chars().take(MAX_STATEMENT_CHARS).collect();
        self.refresh();
        let tokens = |usage: &Usage| usage.input_tokens.saturating_add(usage.output_tokens);
        if tokens(&report.usage) >= tokens(&self.attempt.usage) {
            // Also when it is over the budget: the work is done, and the next attempt's budget is looked at anew.
            let _ = self.job.overseer.spent(report.usage, report.model.as_deref());
        }
        let claim = Claim {
            by: self.attempt.worker.as_str().to_owned(),
            statement: self.announcer.redacted(&statement),
            at: now_ms(),
        };
        self.attempt.claim = Some(claim);
    }

    /// The task is claimed; its checks are about to run.
    async fn verifying(&mut self) {
        let (now, claim) = (now_ms(), self.attempt.claim.clone());
        let change = move |task: &mut Task| -> Result<(), StoreError> {
            task.advance(TaskStatus::Verifying, now)?;
            task.claim = claim;
            Ok(())
        };
        let noted = self.announcer.store().note_attempt(self.attempt.clone(), change, now).await;
        match noted {
            Ok(change) => self.announcer.changed(&self.live, &self.attempt, &change).await,
            Err(error) => tracing::error!(%error, task_id = self.attempt.task_id, "a claim cannot be stored"),
        }
    }

    async fn look_before(&self) -> Before {
        let (root, files) = (self.writes.root.clone(), self.job.task.files.clone());
        let watched = self.worker.is_some();
        let named: Vec<String> = self.job.task.checks.iter().filter_map(unchanged_path).collect();
        let looked = tokio::task::spawn_blocking(move || {
            let snapshot = watched.then(|| Snapshot::take(&root));
            let kept: Vec<_> = if watched {
                let one = |path: &String| !root.join(path).is_dir();
                files.iter().filter(|path| one(path)).map(|path| watch::keep(&root, path)).collect()
            } else {
                Vec::new()
            };
            let hash = |path: String| {
                let state = watch::state_of(&root, &path).map(|state| state.sha256);
                (path, state)
            };
            (snapshot, kept, named.into_iter().map(hash).collect())
        });
        let (snapshot, kept, hashes) = looked.await.unwrap_or_default();
        let names: Vec<String> =
            kept.iter().map(|file: &rozet_observability::store::KeptFile| file.path.clone()).collect();
        if !kept.is_empty() {
            match self.announcer.store().keep_files(self.writes.attempt.clone(), kept).await {
                Ok(()) => {
                    self.writes.kept.lock().unwrap_or_else(PoisonError::into_inner).extend(names);
                }
                Err(error) => tracing::error!(%error, "what files were before cannot be kept"),
            }
        }
        Before { snapshot, hashes }
    }

    /// Puts what was changed beside what was claimed.
    async fn look_after(&mut self, before: &Before) {
        let Some(snapshot) = before.snapshot.clone() else { return };
        let (plan_id, task_id, _) = self.writes.attempt.clone();
        let kept = self.announcer.store().kept_files(plan_id, task_id).await.unwrap_or_default();
        let own: HashSet<String> =
            self.writes.kept.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        let theirs = self.leased_by_others().await;
        let root = self.writes.root.clone();
        let looked = tokio::task::spawn_blocking(move || {
            let after = Snapshot::take(&root);
            let mut paths = after.changed_since(&snapshot);
            // What another task may write at the same time is that one's doing.
            paths.retain(|path| own.contains(path) || !watch::is_declared(&theirs, path));
            let changes = paths.into_iter().filter_map(|path| {
                let earlier = kept.iter().find(|file| file.path == path);
                let now = watch::state_of(&root, &path);
                let before = earlier.and_then(|file| file.state.clone());
                // Touched, but the same as before.
                if earlier.is_some() && before == now {
                    return None;
                }
                let restorable = earlier.is_some_and(|file| file.state.is_none() || file.content.is_some());
                Some(FileChange { path, before, after: now, restorable })
            });
            changes.collect::<Vec<_>>()
        });
        self.attempt.files = looked.await.unwrap_or_default();
        let declared = &self.job.task.files;
        let stray = self.attempt.files.iter().filter(|change| !watch::is_declared(declared, &change.path));
        self.attempt.drift = stray.map(|change| change.path.clone()).collect();
        if self.attempt.files.is_empty() && self.attempt.claim.is_some() && !declared.is_empty() {
            self.attempt.reason = Some("the worker says that it is done, but no file was changed".to_owned());
        }
    }

    /// Paths, relative to the workspace, that other attempts hold, or held while this one was under way.
    async fn leased_by_others(&self) -> Vec<String> {
        let leases = self.announcer.store().leases(now_ms()).await.unwrap_or_default();
        let root = format!("{}/", self.writes.root.display());
        let others = leases.into_iter().filter(|lease| lease.owner != self.writes.lease.owner);
        let held = others.filter_map(|lease| lease.path.strip_prefix(&root).map(str::to_owned));
        held.chain(self.written_beside()).collect()
    }

    /// Paths that attempts at other tasks of the run were to write, or wrote, and that have ended since this one began:
    /// their leases are given up by now.
    fn written_beside(&self) -> Vec<String> {
        let (own, began) = (&self.attempt.task_id, self.attempt.started_at);
        self.live.read(|state| {
            let others = state.attempts.values().flatten().filter(|other| other.task_id != *own);
            let beside = others.filter(|other| other.ended_at.is_none_or(|ended| ended >= began));
            let paths = beside.flat_map(|other| {
                let declared = state.task(&other.task_id).map(|task| task.files.clone()).unwrap_or_default();
                let written = other.files.iter().filter(|change| change.restorable);
                declared.into_iter().chain(written.map(|change| change.path.clone())).collect::<Vec<_>>()
            });
            paths.collect()
        })
    }

    async fn evidence(&self, before: &Before) -> Vec<Evidence> {
        let seen = Seen {
            root: &self.writes.root,
            before: &before.hashes,
            changes: before
                .snapshot
                .as_ref()
                .filter(|seen| !seen.partial)
                .map(|_| self.attempt.files.as_slice()),
            tools: &self.job.tools,
        };
        if self.job.task.checks.iter().any(|check| matches!(check, Check::Command { .. })) {
            let mechanism = sandbox::choose(self.job.tools.sandbox);
            self.oversight.ran(mechanism.is_ok_and(|mechanism| mechanism != Mechanism::None));
        }
        let mut evidence = judge::evidence(&self.job.task, &seen).await;
        for seen in &mut evidence {
            seen.detail = self.announcer.redacted(&seen.detail);
        }
        evidence
    }
}

/// What was seen before the work began.
struct Before {
    snapshot: Option<Snapshot>,
    hashes: BTreeMap<String, Option<String>>,
}

fn unchanged_path(check: &Check) -> Option<String> {
    match check {
        Check::FileUnchanged { path } => Some(path.clone()),
        _ => None,
    }
}

/// The right to write of an attempt that is about to begin.
pub(super) fn writes(store: Store, root: PathBuf, lease: &Lease, attempt: &Attempt) -> Arc<Writes> {
    Arc::new(Writes {
        store,
        root,
        lease: Lease { paths: Vec::new(), ..lease.clone() },
        attempt: (attempt.plan_id.clone(), attempt.task_id.clone(), attempt.number),
        kept: std::sync::Mutex::default(),
    })
}

/// Where an attempt's tools work.
///
/// # Errors
/// When the workspace cannot be entered.
pub(super) fn tools(
    settings: &RunSettings,
    writes: &Arc<Writes>,
    cancel: &CancellationToken,
    host: &Arc<Host>,
) -> Result<ToolContext, ToolError> {
    let leases = Arc::clone(writes) as Arc<dyn Leases>;
    ToolContext::new(&writes.root, leases, settings.sandbox, settings.network, cancel.clone(), host)
}
