//! What all runs share: the free places, the workers, and which runs are under way.

use super::actor::Asked;
use super::announce::Announcer;
use super::live::Live;
use super::oversight::Oversight;
use super::slots::Slots;
use crate::folders::Folders;
use crate::intake::Intake;
use crate::opencode::Calls;
use crate::settings::Environment;
use crate::tools::{Host, ToolContext};
use crate::worker::{Overseer, Worker};
use rozet_observability::run::WorkerKind;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Carries plans out. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Coordinator(pub(super) Arc<Shared>);

/// What every run may use.
pub(crate) struct Shared {
    pub(super) announcer: Announcer,
    pub(super) environment: Environment,
    pub(super) config_folder: PathBuf,
    pub(super) slots: Slots,
    pub(super) host: Arc<Host>,
    /// The plugins that are connected.
    pub(super) calls: Calls,
    workers: Vec<Arc<dyn Worker>>,
    /// This process, as the holder of leases.
    pub(super) holder: String,
    pub(super) tasks: TaskTracker,
    pub(super) cancel: CancellationToken,
    state: Mutex<State>,
    /// Wakes those who wait for a run to begin.
    pub(super) began: Notify,
}

#[derive(Default)]
struct State {
    /// By run: those under way.
    active: HashMap<String, Active>,
    /// By OpenCode session: the attempt that works in it.
    adopted: HashMap<String, Adopted>,
    /// Plans that somebody is about to begin.
    beginning: HashSet<String>,
}

/// The sole right to begin a plan; it ends when dropped.
pub(super) struct Beginning {
    shared: Arc<Shared>,
    plan_id: String,
}

impl Drop for Beginning {
    fn drop(&mut self) {
        self.shared.state().beginning.remove(&self.plan_id);
    }
}

/// A run that is under way.
#[derive(Clone)]
pub(super) struct Active {
    pub(super) live: Live,
    pub(super) commands: mpsc::Sender<Asked>,
}

/// The attempt that works in an OpenCode session.
#[derive(Clone)]
pub(crate) struct Adopted {
    pub(crate) tools: ToolContext,
    overseer: Weak<Oversight>,
}

impl Adopted {
    /// Who watches the attempt, while it is under way.
    pub(crate) fn overseer(&self) -> Option<Arc<dyn Overseer>> {
        self.overseer.upgrade().map(|overseer| overseer as Arc<dyn Overseer>)
    }

    /// The plan and the task that it is an attempt at, while it is under way.
    pub(super) fn task(&self) -> Option<(String, String)> {
        let overseer = self.overseer.upgrade()?;
        let plan_id = overseer.live.read(|state| state.plan.plan_id.clone());
        Some((plan_id, overseer.task_id.clone()))
    }
}

impl Coordinator {
    /// Makes the coordinator; nothing is begun yet.
    pub(crate) fn new(
        environment: Environment,
        folders: &Folders,
        intake: Intake,
        host: Arc<Host>,
        calls: Calls,
        workers: Vec<Arc<dyn Worker>>,
        (tasks, cancel): (TaskTracker, CancellationToken),
    ) -> Self {
        Self(Arc::new(Shared {
            announcer: Announcer { intake },
            environment,
            config_folder: folders.config.clone(),
            slots: Slots::default(),
            host,
            calls,
            workers,
            holder: super::holder::this_process(),
            tasks,
            cancel,
            state: Mutex::default(),
            began: Notify::new(),
        }))
    }

    /// The attempt that works in this OpenCode session.
    pub(crate) fn adopted(&self, session_id: &str) -> Option<Adopted> {
        self.0.state().adopted.get(session_id).cloned()
    }

    /// Whether workers are at this plan: then nobody else's word moves its tasks.
    pub(crate) fn is_under_way(&self, plan_id: &str) -> bool {
        self.0.state().active.values().any(|active| active.live.read(|state| state.plan.plan_id == plan_id))
    }
}

impl Shared {
    pub(super) fn worker(&self, kind: WorkerKind) -> Option<Arc<dyn Worker>> {
        self.workers.iter().find(|worker| worker.kind() == kind).cloned()
    }

    pub(super) fn active(&self, run_id: &str) -> Option<Active> {
        self.state().active.get(run_id).cloned()
    }

    /// Every run that is under way.
    pub(super) fn all_active(&self) -> Vec<Active> {
        self.state().active.values().cloned().collect()
    }

    /// Notes that a run is under way; false when it was already.
    pub(super) fn enter(&self, run_id: &str, active: Active) -> bool {
        let mut state = self.state();
        if state.active.contains_key(run_id) {
            return false;
        }
        state.active.insert(run_id.to_owned(), active);
        true
    }

    /// The right to begin a plan; none while somebody else begins it, or workers are at it.
    pub(super) fn beginning(self: &Arc<Self>, plan_id: &str) -> Option<Beginning> {
        let mut state = self.state();
        let is_of = |active: &Active| active.live.read(|state| state.plan.plan_id == plan_id);
        if state.active.values().any(is_of) || !state.beginning.insert(plan_id.to_owned()) {
            return None;
        }
        Some(Beginning { shared: Arc::clone(self), plan_id: plan_id.to_owned() })
    }

    pub(super) fn forget(&self, run_id: &str) {
        self.state().active.remove(run_id);
    }

    pub(super) fn adopt(&self, session_id: &str, tools: &ToolContext, overseer: Weak<Oversight>) {
        self.state().adopted.insert(session_id.to_owned(), Adopted { tools: tools.clone(), overseer });
    }

    pub(super) fn disown(&self, session_id: Option<&str>) {
        if let Some(session_id) = session_id {
            self.state().adopted.remove(session_id);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
