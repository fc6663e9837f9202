//! What an event does not say of an ask: whose child asks, at which task it works, and how long it may wait.

use super::Asks;
use super::register::Waiting;
use crate::settings::{AskSettings, Flags};
use rozet_observability::plan::{Task, TaskStatus, WaitsForKind};
use rozet_observability::session::SessionSummary;

impl Asks {
    /// Looks up what is not known yet of those that wait.
    pub(super) async fn resolve_new(&self) {
        for waiting in self.register.waiting().into_iter().filter(|waiting| !waiting.resolved) {
            self.resolve(&waiting).await;
        }
    }

    async fn resolve(&self, waiting: &Waiting) {
        let asked = &waiting.asked;
        let ask = &asked.ask;
        let lineage = self.intake.store().lineage(ask.session_id.clone()).await.unwrap_or_else(|error| {
            tracing::warn!(%error, ask_id = ask.ask_id, "whose child asks cannot be looked up");
            Vec::new()
        });
        let root = match lineage.last().filter(|_| !asked.names_root) {
            Some(oldest) => oldest.parent_id.clone().unwrap_or_else(|| oldest.session_id.clone()),
            None => ask.root_session_id.clone(),
        };
        let is_connected = self.calls.is_connected(&asked.producer);
        let directory = self.calls.directory_of(&asked.producer);
        let directory = directory.or_else(|| lineage.iter().find_map(|session| session.directory.clone()));
        let worker = self.task_of_worker(&ask.session_id, &lineage);
        let of_worker = worker.is_some();
        let task = match worker {
            Some(task) => Some(task),
            None => self.task_of_plan(&root).await,
        };
        let settings = self.settings(directory.as_deref()).await;
        let may_expire = of_worker || root != ask.session_id || settings.of_all;
        let deadline_ms = i64::try_from(settings.deadline.as_millis()).unwrap_or(i64::MAX);
        let deadline_ms = match asked.timeout_ms.and_then(|ms| i64::try_from(ms).ok()) {
            Some(ms) => ms.min(deadline_ms),
            None => deadline_ms,
        };
        self.register.update(&ask.ask_id, |waiting| {
            let ask = &mut waiting.asked.ask;
            ask.root_session_id = root;
            (ask.plan_id, ask.task_id) = task.unzip();
            ask.expires_at = may_expire.then(|| ask.asked_at.saturating_add(deadline_ms));
            ask.agent = ask.agent.take().or_else(|| lineage.first()?.agent.clone());
            waiting.directory = directory;
            waiting.was_connected |= is_connected;
            waiting.resolved = true;
        });
    }

    async fn settings(&self, directory: Option<&str>) -> AskSettings {
        let Some(directory) = directory else { return AskSettings::default() };
        // Wrong settings are told of where they are looked at; an ask must not wait for ever because of them.
        let settings = self.coordinator.settings(directory, Flags::default()).await;
        settings.map(|settings| settings.asks).unwrap_or_default()
    }

    /// The task whose worker asks, itself or by a session below its own.
    fn task_of_worker(&self, session_id: &str, lineage: &[SessionSummary]) -> Option<(String, String)> {
        let above = lineage.iter().map(|session| session.session_id.as_str());
        let under_way =
            std::iter::once(session_id).chain(above).find_map(|id| self.coordinator.task_of_worker(id));
        let noted = || {
            let task = lineage.iter().find_map(|session| session.task.as_deref())?;
            task.split_once(' ').map(|(plan_id, task_id)| (plan_id.to_owned(), task_id.to_owned()))
        };
        under_way.or_else(noted)
    }

    /// The task that the main model is at, with its own tools or by sessions of its own.
    async fn task_of_plan(&self, root: &str) -> Option<(String, String)> {
        let plans = self.intake.store().plans_of_session(root.to_owned()).await.ok()?;
        let plan = plans.into_iter().next().filter(|plan| !self.coordinator.is_under_way(&plan.plan_id))?;
        let is_at_it = |task: &&Task| match task.status {
            TaskStatus::Running => true,
            TaskStatus::Blocked => waits_for_permission(task),
            _ => false,
        };
        let task = plan.tasks.iter().filter(is_at_it).max_by_key(|task| task.since)?;
        Some((plan.plan_id.clone(), task.task_id.clone()))
    }
}

/// Whether it is a permission that a task waits for.
pub(super) fn waits_for_permission(task: &Task) -> bool {
    task.waits_for.as_ref().is_some_and(|waits| waits.kind == WaitsForKind::Permission)
}
