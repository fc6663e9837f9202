//! Plans in the background: accepts a request at once, makes the plan, stores it, and tells everyone.

use super::repository::Workspaces;
use super::workspace_log::WorkspaceLog;
use super::{Facts, Material, Models, context, prompt, succession};
use crate::folders::Folders;
use crate::intake::{Draft, Intake};
use crate::provider::{Model, Question};
use crate::runs::Coordinator;
use crate::settings::{ConfigError, Environment, Flags, Layers, PlannerSettings};
use rozet_observability::event::{EventKind, source};
use rozet_observability::link::{LinkFrame, PlanRequest};
use rozet_observability::plan::Plan;
use rozet_observability::run::RunRequest;
use rozet_observability::store::BeforePlanning;
use serde_json::json;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Plans that may be in the making at once.
const MAX_IN_FLIGHT: usize = 64;

/// Why a request was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Busy {
    /// Too many plans are in the making.
    TooMany,
}

/// The planning service. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Planner(Arc<Inner>);

struct Inner {
    environment: Environment,
    config_folder: PathBuf,
    /// What holds everywhere, for requests whose own settings cannot be read.
    settings: PlannerSettings,
    models: Models,
    workspaces: Workspaces,
    intake: Intake,
    coordinator: Coordinator,
    tasks: TaskTracker,
    cancel: CancellationToken,
    in_flight: Mutex<HashMap<String, InFlight>>,
}

/// The plan of one session that is in the making.
struct InFlight {
    plan_id: String,
    text: String,
    cancel: CancellationToken,
}

/// A plan, redacted.
enum Made {
    Now(Plan),
    /// Asked for again after it was made: the answer is the plan that is there.
    Before(Plan),
}

/// What a plan is made of and by.
struct Prepared {
    settings: PlannerSettings,
    /// What is wrong with the settings, when they are.
    problem: Option<String>,
    facts: Facts,
    before: BeforePlanning,
}

impl Planner {
    /// Makes the service; nothing is sent yet.
    pub(crate) fn new(
        environment: Environment,
        folders: &Folders,
        settings: PlannerSettings,
        models: Models,
        intake: Intake,
        coordinator: Coordinator,
        (tasks, cancel): (TaskTracker, CancellationToken),
    ) -> Self {
        let config_folder = folders.config.clone();
        Self(Arc::new(Inner {
            environment,
            config_folder,
            settings,
            models,
            workspaces: Workspaces::default(),
            intake,
            coordinator,
            tasks,
            cancel,
            in_flight: Mutex::default(),
        }))
    }

    /// Starts planning, unless this very plan is already in the making. An older plan of the session is given up,
    /// but when it is for the same words: then both wait for the one answer.
    ///
    /// # Errors
    /// When too many plans are in the making.
    pub(crate) fn accept(&self, request: PlanRequest) -> Result<(), Busy> {
        let cancel = self.0.cancel.child_token();
        {
            let mut in_flight = self.in_flight();
            match in_flight.get(&request.session_id) {
                Some(older) if older.plan_id == request.plan_id => return Ok(()),
                Some(older) if older.text != request.text => older.cancel.cancel(),
                Some(_) => {}
                None if in_flight.len() >= MAX_IN_FLIGHT => return Err(Busy::TooMany),
                None => {}
            }
            let (plan_id, text) = (request.plan_id.clone(), request.text.clone());
            in_flight.insert(request.session_id.clone(), InFlight { plan_id, text, cancel: cancel.clone() });
        }
        let service = self.clone();
        self.0.tasks.spawn(async move {
            let made = cancel.run_until_cancelled(service.make(&request)).await;
            let log = WorkspaceLog::of(&request.directory);
            match made {
                None => {
                    service.forget(&request);
                    log.note(&format!("plan {} cancelled", request.plan_id));
                    tracing::info!(plan_id = request.plan_id, "planning was cancelled");
                }
                // From here on it is a plan, whatever is cancelled.
                Some(plan) => {
                    service.publish(plan, request.source_app.as_deref(), &log).await;
                    // Given up while it was being published, it is a plan, and nobody's to carry out.
                    if !cancel.is_cancelled() {
                        service.execute(&request).await;
                    }
                    // Last: whoever waits for the session's run sees the plan or its run at any moment.
                    service.forget(&request);
                }
            }
        });
        Ok(())
    }

    /// Hands the plan to workers, where that is wanted.
    async fn execute(&self, request: &PlanRequest) {
        let coordinator = &self.0.coordinator;
        let wanted = match request.execute {
            Some(wanted) => wanted,
            None => {
                let flags = Flags { config: request.config.clone().map(PathBuf::from), ..Flags::default() };
                let settings = coordinator.settings(&request.directory, flags).await;
                settings.is_ok_and(|settings| settings.auto_execute)
            }
        };
        // Asked for again, a plan is not carried out again.
        if !wanted || coordinator.has_run(&request.plan_id).await {
            return;
        }
        let run = RunRequest {
            plan_id: Some(request.plan_id.clone()),
            session_model: request.session_model.clone(),
            producer: request.producer.clone(),
            config: request.config.clone(),
            ..RunRequest::default()
        };
        if let Err(error) = coordinator.start(run).await {
            tracing::warn!(plan_id = request.plan_id, %error, "a plan is not carried out");
            let message = format!("the plan is not carried out: {error}");
            let draft = Draft {
                source_app: source::SIDECAR,
                session_id: request.session_id.clone(),
                kind: EventKind::Notification,
                payload: json!({"level": "warning", "message": message, "plan_id": request.plan_id}),
            };
            self.0.intake.record(vec![draft]).await;
        }
    }

    fn forget(&self, request: &PlanRequest) {
        let mut in_flight = self.in_flight();
        if in_flight.get(&request.session_id).is_some_and(|current| current.plan_id == request.plan_id) {
            in_flight.remove(&request.session_id);
        }
    }

    /// Whether a plan of this session is in the making.
    pub(crate) fn is_planning(&self, session_id: &str) -> bool {
        self.in_flight().contains_key(session_id)
    }

    /// Gives a plan up; false when it is not in the making.
    pub(crate) fn cancel(&self, plan_id: &str) -> bool {
        let mut in_flight = self.in_flight();
        let session =
            in_flight.iter().find(|(_, plan)| plan.plan_id == plan_id).map(|(session, _)| session.clone());
        let given_up = session.and_then(|session| in_flight.remove(&session));
        given_up.inspect(|plan| plan.cancel.cancel()).is_some()
    }

    /// What the model would be asked for this request; nobody is asked.
    pub(crate) async fn preview(&self, request: &PlanRequest) -> Result<serde_json::Value, String> {
        let prepared = self.prepare(request).await;
        match prepared.problem {
            Some(problem) => Err(problem),
            None => {
                let context = context::of(&prepared.before, request);
                Ok(preview(request, &prepared.settings, &prepared.facts, &context).await)
            }
        }
    }

    async fn make(&self, request: &PlanRequest) -> Made {
        let began = Instant::now();
        let inner = &self.0;
        let Prepared { settings, problem, facts, before } = self.prepare(request).await;
        let context = context::of(&before, request);
        if let Some(plan) = before.plan {
            return Made::Before(plan);
        }
        WorkspaceLog::of(&request.directory)
            .note(&format!("plan {} requested: {}", request.plan_id, request.gate_reason));
        inner.intake.learn(settings.secrets());
        let model = match problem {
            Some(problem) => Err(problem),
            None => inner.models.of(&settings, request),
        };
        let material = Material {
            request,
            facts: &facts,
            context: &context,
            instructions: settings.system_prompt.as_ref().map(|prompt| prompt.text.as_str()),
            max_tasks: settings.cap(request.max_tasks),
        };
        let model = model.as_ref().map(|model| &**model as &dyn Model).map_err(Clone::clone);
        let plan = super::plan(&material, model, began, settings.timeout).await;
        Made::Now(inner.intake.redact_plan(plan))
    }

    async fn publish(&self, made: Made, source_app: Option<&str>, log: &WorkspaceLog) {
        let intake = &self.0.intake;
        let plan = match made {
            Made::Before(plan) => return intake.links().send(&LinkFrame::Plan { plan }),
            Made::Now(plan) => plan,
        };
        let reason = plan.reason.as_deref().unwrap_or("as the model wrote it");
        log.note(&format!(
            "plan {} ready: {} tasks, origin {} ({reason}), {} ms",
            plan.plan_id,
            plan.tasks.len(),
            plan.origin.as_str(),
            plan.latency_ms
        ));
        tracing::info!(
            plan_id = plan.plan_id,
            origin = plan.origin.as_str(),
            reason = plan.reason,
            model = plan.model,
            tasks = plan.tasks.len(),
            input_tokens = plan.usage.input_tokens,
            output_tokens = plan.usage.output_tokens,
            latency_ms = plan.latency_ms,
            "planned"
        );
        if let Err(error) = intake.store().save_plan(plan.clone()).await {
            tracing::error!(%error, plan_id = plan.plan_id, "a plan cannot be stored");
            log.note(&format!("plan {} could not be stored: {error}", plan.plan_id));
            return;
        }
        // Sent first: somebody waits for it. The events tell of it to those who do not.
        let events = task_events(&plan, source_app);
        intake.links().send(&LinkFrame::Plan { plan: plan.clone() });
        intake.record(events).await;
        succession::end_older(intake, &self.0.coordinator, &plan).await;
    }

    async fn prepare(&self, request: &PlanRequest) -> Prepared {
        let (resolved, facts, before) = tokio::join!(
            self.settings_of(request),
            self.0.workspaces.look(request),
            context::before(self.0.intake.store(), request)
        );
        let (settings, problem) = match resolved {
            Ok(settings) => (settings, None),
            Err(problem) => (self.0.settings.clone(), Some(problem)),
        };
        Prepared { settings, problem, facts, before }
    }

    /// The settings as they are now, the project's included.
    async fn settings_of(&self, request: &PlanRequest) -> Result<PlannerSettings, String> {
        let (inner, request) = (Arc::clone(&self.0), request.clone());
        let reading = tokio::task::spawn_blocking(move || {
            settings_of(&request, &inner.environment, &inner.config_folder)
        });
        match reading.await {
            Ok(settings) => settings.map_err(|error| error.to_string()),
            Err(_) => Err("the settings cannot be read".to_owned()),
        }
    }

    fn in_flight(&self) -> std::sync::MutexGuard<'_, HashMap<String, InFlight>> {
        self.0.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The settings for a request: its own word over every layer that holds in its workspace.
///
/// # Errors
/// Names what is wrong, and where.
pub(crate) fn settings_of(
    request: &PlanRequest,
    environment: &Environment,
    config_folder: &Path,
) -> Result<PlannerSettings, ConfigError> {
    let flags = Flags {
        provider: request.provider.clone(),
        model: request.model.clone(),
        config: request.config.clone().map(PathBuf::from),
        ..Flags::default()
    };
    let workspace = Some(Path::new(&request.directory));
    PlannerSettings::resolve(&Layers::read(environment, config_folder, workspace, flags)?)
}

/// What the model of these settings would be asked.
pub(crate) async fn preview(
    request: &PlanRequest,
    settings: &PlannerSettings,
    facts: &Facts,
    context: &str,
) -> serde_json::Value {
    let max_tasks = settings.cap(request.max_tasks);
    let instructions = settings.system_prompt.as_ref().map(|prompt| prompt.text.as_str());
    let question: Question = prompt::question(&Material { request, facts, context, instructions, max_tasks });
    let mut preview = crate::provider::preview(&settings.choice, request, question).await;
    if let Some(fields) = preview.as_object_mut() {
        fields.insert("max_tasks".into(), json!(max_tasks));
        fields.insert("prompt_version".into(), json!(prompt::version(instructions)));
    }
    preview
}

fn task_events(plan: &Plan, source_app: Option<&str>) -> Vec<Draft> {
    let source_app = match source_app {
        Some(source::CLI) => source::CLI,
        _ => source::SIDECAR,
    };
    (1_usize..)
        .zip(&plan.tasks)
        .map(|(number, task)| Draft {
            source_app,
            session_id: plan.session_id.clone(),
            kind: EventKind::TaskPlanned,
            payload: json!({
                "plan_id": plan.plan_id, "task": task, "index": number, "of": plan.tasks.len(),
                "origin": plan.origin, "plan_reason": plan.reason,
            }),
        })
        .collect()
}
