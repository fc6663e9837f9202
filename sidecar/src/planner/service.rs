//! Plans in the background: accepts a request at once, makes the plan, stores it, and tells everyone.

use super::workspace_log::WorkspaceLog;
use crate::intake::{Draft, Intake};
use crate::provider::{Model, Remote};
use crate::settings::Orchestrator;
use rozet_observability::event::{EventKind, source};
use rozet_observability::link::{LinkFrame, PlanRequest};
use rozet_observability::plan::Plan;
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
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
    settings: Orchestrator,
    model: Option<Box<dyn Model>>,
    intake: Intake,
    tasks: TaskTracker,
    cancel: CancellationToken,
    /// Per session, the plan in the making: a newer prompt ends it.
    in_flight: Mutex<HashMap<String, (String, CancellationToken)>>,
}

impl Planner {
    /// Makes the service; nothing is sent yet.
    ///
    /// # Errors
    /// When no HTTP client can be made for the configured provider.
    pub(crate) fn new(
        settings: Orchestrator,
        intake: Intake,
        tasks: TaskTracker,
        cancel: CancellationToken,
    ) -> Result<Self, String> {
        let model: Option<Box<dyn Model>> = match settings.model.clone() {
            None => None,
            Some(model) => Some(Box::new(Remote::new(model)?)),
        };
        let in_flight = Mutex::new(HashMap::new());
        Ok(Self(Arc::new(Inner { settings, model, intake, tasks, cancel, in_flight })))
    }

    /// Starts planning, unless this very plan is already in the making.
    ///
    /// # Errors
    /// When too many plans are in the making.
    pub(crate) fn accept(&self, request: PlanRequest) -> Result<(), Busy> {
        let cancel = self.0.cancel.child_token();
        {
            let Ok(mut in_flight) = self.0.in_flight.lock() else { return Err(Busy::TooMany) };
            match in_flight.get(&request.session_id) {
                Some((plan_id, _)) if *plan_id == request.plan_id => return Ok(()),
                Some((_, older)) => older.cancel(),
                None if in_flight.len() >= MAX_IN_FLIGHT => return Err(Busy::TooMany),
                None => {}
            }
            in_flight.insert(request.session_id.clone(), (request.plan_id.clone(), cancel.clone()));
        }
        let service = self.clone();
        self.0.tasks.spawn(async move {
            let session_id = request.session_id.clone();
            let plan_id = request.plan_id.clone();
            if cancel.run_until_cancelled(service.make(request)).await.is_none() {
                tracing::info!(plan_id, "planning was cancelled");
            }
            if let Ok(mut in_flight) = service.0.in_flight.lock()
                && in_flight.get(&session_id).is_some_and(|(current, _)| *current == plan_id)
            {
                in_flight.remove(&session_id);
            }
        });
        Ok(())
    }

    async fn make(&self, request: PlanRequest) {
        let inner = &self.0;
        // Asked again after it was made: the answer is the plan that is there.
        match inner.intake.store().plan(request.plan_id.clone()).await {
            Ok(Some(plan)) => return inner.intake.links().send(&LinkFrame::Plan { plan }),
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "a plan cannot be looked up"),
        }
        let max_tasks = inner.settings.cap(request.max_tasks);
        let log = WorkspaceLog::of(&request.directory);
        log.note(&format!("plan {} requested: {}", request.plan_id, request.gate_reason));
        let plan = super::plan(&request, inner.model.as_deref(), max_tasks, inner.settings.timeout).await;
        let plan = inner.intake.redact_plan(plan);
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
            tasks = plan.tasks.len(),
            latency_ms = plan.latency_ms,
            "planned"
        );
        if let Err(error) = inner.intake.store().save_plan(plan.clone()).await {
            tracing::error!(%error, plan_id = plan.plan_id, "a plan cannot be stored");
            log.note(&format!("plan {} could not be stored: {error}", plan.plan_id));
            return;
        }
        inner.intake.record(task_events(&plan, request.source_app.as_deref())).await;
        inner.intake.links().send(&LinkFrame::Plan { plan });
    }
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
