//! Begins runs, and takes up those that an earlier daemon left.

use super::actor::Actor;
use super::control::{RunError, is_given_up};
use super::draft;
use super::live::Live;
use super::shared::{Active, Coordinator};
use crate::clock::now_ms;
use crate::identity;
use crate::settings::{Flags, Layers, RunSettings};
use rozet_observability::plan::Plan;
use rozet_observability::run::{Run, RunRequest, RunStatus};
use rozet_observability::store::{Scope, Spend};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Commands that may wait.
const COMMANDS: usize = 64;
/// Runs that may be under way at once.
const MAX_RUNS: usize = 32;

impl Coordinator {
    /// Begins to carry a plan out.
    ///
    /// # Errors
    /// When there is no such plan, it makes no sense, workers are at it already, or the settings are wrong.
    pub(crate) async fn start(&self, request: RunRequest) -> Result<Run, RunError> {
        let plan = self.plan_of(&request).await?;
        if let Some(fault) = draft::fault(&plan) {
            return Err(RunError::Bad(fault));
        }
        // Held until the run is under way: of several who ask at once, one gets it.
        let Some(_beginning) = self.0.beginning(&plan.plan_id) else {
            return Err(RunError::Refused(format!("workers are at {} already", plan.plan_id)));
        };
        if self.0.all_active().len() >= MAX_RUNS {
            return Err(RunError::Refused(format!("{MAX_RUNS} runs are under way: wait for one to end")));
        }
        let root = self.workspace(&plan.directory)?;
        let flags = Flags {
            config: request.config.clone().map(PathBuf::from),
            worker: request.worker,
            parallel: request.parallel,
            run_usd: request.budget_usd,
            ..Flags::default()
        };
        let settings = self.settings(&plan.directory, flags).await?;
        let run = new_run(&plan, &request, &settings, &root)?;
        // A plan that was tried before is tried once more, but for what is completed.
        let plan = self.reopen_tasks(&plan.plan_id, is_given_up).await?;
        self.store().save_run(run.clone()).await?;
        let used = Spend {
            tokens: plan.usage.input_tokens.saturating_add(plan.usage.output_tokens),
            cost_usd: plan.usage.cost_usd.unwrap_or_default(),
        };
        let scopes = vec![Scope::Run(run.run_id.clone()), Scope::Day(now_ms() / 86_400_000)];
        self.store().add_spend(scopes, used).await?;
        let attempts = self.store().attempts(plan.plan_id.clone()).await?;
        self.drive(Live::new(run.clone(), plan, attempts), settings, root).await?;
        Ok(run)
    }

    /// Takes up what an earlier daemon left under way.
    pub(crate) async fn recover(&self) {
        match self.store().release_leases_of_others(self.0.holder.clone()).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "leases of an earlier daemon are given up"),
            Err(error) => tracing::error!(%error, "leases of an earlier daemon cannot be given up"),
        }
        let left = match self.store().runs_in(RunStatus::Running).await {
            Ok(left) => left,
            Err(error) => return tracing::error!(%error, "the runs of an earlier daemon cannot be read"),
        };
        for run in left {
            let run_id = run.run_id.clone();
            tracing::info!(run_id, "taking up a run that was under way");
            if let Err(error) = self.take_up(run).await {
                tracing::error!(run_id, %error, "a run cannot be taken up");
            }
        }
    }

    /// Goes on with a stored run.
    pub(super) async fn take_up(&self, mut run: Run) -> Result<Run, RunError> {
        let plan = self.store().plan(run.plan_id.clone()).await?.ok_or(RunError::NotFound("plan"))?;
        let attempts = self.store().attempts(plan.plan_id.clone()).await?;
        let (root, settings) = match self.place_of(&run).await {
            Ok(found) => found,
            Err(error) => {
                run.status = RunStatus::Paused;
                run.reason = Some(error.to_string());
                run.since = now_ms();
                self.store().save_run(run.clone()).await?;
                self.0.announcer.run(&Live::new(run, plan, attempts)).await;
                return Err(error);
            }
        };
        self.drive(Live::new(run.clone(), plan, attempts), settings, root).await?;
        Ok(run)
    }

    /// Where a stored run goes on, and with which settings.
    async fn place_of(&self, run: &Run) -> Result<(PathBuf, RunSettings), RunError> {
        let root = self.workspace(&run.directory)?;
        same_branch(run, &root)?;
        let flags = Flags { worker: Some(run.worker), ..Flags::default() };
        Ok((root, self.settings(&run.directory, flags).await?))
    }

    /// The folder that is worked in, without links in it.
    pub(super) fn workspace(&self, directory: &str) -> Result<PathBuf, RunError> {
        self.0.host.workspace(Path::new(directory)).map_err(|error| RunError::Refused(error.to_string()))
    }

    async fn drive(&self, live: Live, settings: RunSettings, root: PathBuf) -> Result<(), RunError> {
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let run_id = live.read(|state| state.run.run_id.clone());
        if !self.0.enter(&run_id, Active { live: live.clone(), commands }) {
            return Err(RunError::Refused(format!("{run_id} is under way already")));
        }
        self.0.announcer.intake.learn(settings.secrets());
        self.0.announcer.run(&live).await;
        self.0.began.notify_waiters();
        let actor = Actor::new(Arc::clone(&self.0), live, Arc::new(settings), root, inbox);
        self.0.tasks.spawn(actor.drive());
        Ok(())
    }

    async fn plan_of(&self, request: &RunRequest) -> Result<Plan, RunError> {
        if let Some(given) = &request.plan {
            let hex = || identity::random_hex(8).map_err(|error| RunError::Refused(error.to_string()));
            let session_id = match &request.session_id {
                Some(session_id) => session_id.clone(),
                None => format!("cli-{}", hex()?),
            };
            let plan = draft::plan(given.clone(), format!("plan-{}", hex()?), session_id)
                .map_err(|fault| RunError::Bad(fault.to_string()))?;
            let plan = self.0.announcer.intake.redact_plan(plan);
            self.store().save_plan(plan.clone()).await?;
            return Ok(plan);
        }
        match (&request.plan_id, &request.session_id) {
            (Some(plan_id), _) => self.store().plan(plan_id.clone()).await?.ok_or(RunError::NotFound("plan")),
            (None, Some(session_id)) => {
                let plans = self.store().plans_of_session(session_id.clone()).await?;
                plans.into_iter().next().ok_or(RunError::NotFound("plan of that session"))
            }
            (None, None) => Err(RunError::Bad("say which plan: plan_id, session_id or plan".into())),
        }
    }

    /// The settings as they are now, the project's included.
    pub(crate) async fn settings(&self, directory: &str, flags: Flags) -> Result<RunSettings, RunError> {
        let (environment, config_folder) = (self.0.environment.clone(), self.0.config_folder.clone());
        let directory = directory.to_owned();
        let reading = tokio::task::spawn_blocking(move || {
            let layers = Layers::read(&environment, &config_folder, Some(Path::new(&directory)), flags)?;
            RunSettings::resolve(&layers)
        });
        match reading.await {
            Ok(settings) => settings.map_err(|error| RunError::Bad(error.to_string())),
            Err(_) => Err(RunError::Refused("the settings cannot be read".into())),
        }
    }
}

fn new_run(plan: &Plan, request: &RunRequest, settings: &RunSettings, root: &Path) -> Result<Run, RunError> {
    let now = now_ms();
    let run_id = identity::random_hex(6).map_err(|error| RunError::Refused(error.to_string()))?;
    Ok(Run {
        run_id: format!("run-{run_id}"),
        plan_id: plan.plan_id.clone(),
        session_id: plan.session_id.clone(),
        directory: plan.directory.clone(),
        worker: settings.worker,
        status: RunStatus::Running,
        reason: None,
        parallel: settings.parallel,
        limits: settings.limits(),
        usage: plan.usage,
        branch: branch(root),
        session_model: request.session_model.clone(),
        producer: request.producer.clone(),
        started_at: now,
        since: now,
    })
}

/// What a git checkout is on: a branch, or a commit; see gitrepository-layout(5).
fn branch(root: &Path) -> Option<String> {
    let git = root.join(".git");
    let folder = match std::fs::read_to_string(&git) {
        // A worktree: a file that leads to its folder.
        Ok(text) => root.join(text.trim().strip_prefix("gitdir: ")?),
        Err(_) => git,
    };
    let head = std::fs::read_to_string(folder.join("HEAD")).ok()?;
    let head = head.trim();
    Some(head.strip_prefix("ref: refs/heads/").unwrap_or(head).to_owned())
}

fn same_branch(run: &Run, root: &Path) -> Result<(), RunError> {
    let now = branch(root);
    if run.branch.is_none() || run.branch == now {
        return Ok(());
    }
    let name = |branch: Option<&String>| branch.map_or_else(|| "none".to_owned(), Clone::clone);
    Err(RunError::Refused(format!(
        "the workspace is on {}, the run began on {}: switch back, then resume it, or begin a new run",
        name(now.as_ref()),
        name(run.branch.as_ref())
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkout_tells_what_it_is_on() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(branch(folder.path()), None);
        std::fs::create_dir(folder.path().join(".git")).unwrap();
        std::fs::write(folder.path().join(".git/HEAD"), "ref: refs/heads/feature/x\n").unwrap();
        assert_eq!(branch(folder.path()).as_deref(), Some("feature/x"));
        std::fs::write(folder.path().join(".git/HEAD"), "abc123\n").unwrap();
        assert_eq!(branch(folder.path()).as_deref(), Some("abc123"));
    }
}
