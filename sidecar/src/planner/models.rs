//! From settings to the model that a request is planned by: metered, and shared by identical questions.

use super::metered::Metered;
use super::shared::{Flights, OneFlight};
use crate::opencode::{Calls, ways};
use crate::provider::{Clients, Model, OpenCodeModel};
use crate::settings::{Choice, OpenCodeSettings, PlannerSettings};
use rozet_observability::link::PlanRequest;
use rozet_observability::store::Store;
use std::sync::Arc;
use tokio_util::task::TaskTracker;

/// Why the built-in planner plans when nothing was configured and no OpenCode is there.
const NOBODY: &str = "no model is configured for planning, and no OpenCode is connected to lend its own";
/// Why it plans when the person wants it so.
const OFFLINE: &str = "planning without a model is what the settings say";

/// Makes models and keeps their clients.
pub(crate) struct Models {
    calls: Calls,
    store: Store,
    tasks: TaskTracker,
    flights: Flights,
    clients: Clients,
}

impl Models {
    pub(crate) fn new(calls: Calls, store: Store, tasks: TaskTracker) -> Self {
        Self { calls, store, tasks, flights: Flights::default(), clients: Clients::default() }
    }

    /// The model for a request; the error says in words for a person why there is none.
    pub(super) fn of(
        &self,
        settings: &PlannerSettings,
        request: &PlanRequest,
    ) -> Result<Arc<dyn Model>, String> {
        let model: Arc<dyn Model> = match &settings.choice {
            Choice::Offline => return Err(OFFLINE.to_owned()),
            Choice::Remote(model) => self.clients.of(model)?,
            Choice::OpenCode(opencode) => self.opencode(settings, opencode, request, true),
            Choice::Unset(opencode) => {
                let producer = request.producer.as_deref();
                if !opencode.base_url_is_set && !self.calls.reach(producer, &request.directory) {
                    return Err(NOBODY.to_owned());
                }
                self.opencode(settings, opencode, request, false)
            }
        };
        let metered = Metered {
            model,
            store: self.store.clone(),
            session_id: request.session_id.clone(),
            budget: settings.budget.clone(),
            tasks: self.tasks.clone(),
        };
        Ok(Arc::new(OneFlight { model: Arc::new(metered), flights: self.flights.clone() }))
    }

    fn opencode(
        &self,
        settings: &PlannerSettings,
        opencode: &OpenCodeSettings,
        request: &PlanRequest,
        anywhere: bool,
    ) -> Arc<dyn Model> {
        let ways = ways(&self.calls, opencode, request.producer.as_deref(), &request.directory, anywhere);
        Arc::new(OpenCodeModel::new(
            ways,
            opencode.clone(),
            request.session_model.clone(),
            &request.session_id,
            settings.timeout,
            &self.tasks,
        ))
    }
}
