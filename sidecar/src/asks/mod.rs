//! What agents ask a person for: kept while it waits, answered from wherever the person is, and denied when nobody
//! answers in time. The plugin tells of asks by events; an answer goes back through OpenCode's own API.

mod answer;
mod deadline;
mod fact;
mod recovery;
mod register;
mod resolve;
mod tasks;

pub(crate) use answer::AskError;
pub(crate) use fact::of as fact_of;
pub(crate) use register::{Register, Wanted};

use crate::intake::{Draft, Intake};
use crate::opencode::Calls;
use crate::runs::Coordinator;
use rozet_observability::ask::Ask;
use rozet_observability::event::{EventKind, source};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Who denies what nobody has answered.
const SIDECAR: &str = "sidecar";
/// Between two looks at what waits.
const LOOK: Duration = Duration::from_secs(1);

/// Looks after all asks. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Asks {
    register: Register,
    intake: Intake,
    calls: Calls,
    coordinator: Coordinator,
    tasks: TaskTracker,
    cancel: CancellationToken,
}

impl Asks {
    pub(crate) fn new(
        intake: Intake,
        calls: Calls,
        coordinator: Coordinator,
        (tasks, cancel): (TaskTracker, CancellationToken),
    ) -> Self {
        let register = intake.asks().clone();
        Self { register, intake, calls, coordinator, tasks, cancel }
    }

    /// The asks that are wanted, of a session when one is given.
    pub(crate) async fn list(&self, wanted: Wanted, session_id: Option<&str>, limit: usize) -> Vec<Ask> {
        self.resolve_new().await;
        self.register.list(wanted, session_id, limit)
    }

    /// Looks after what waits until the daemon stops.
    pub(crate) async fn run(self) {
        let mut blocked = self.blocked_before().await;
        loop {
            let changed = self.register.changed();
            tokio::pin!(changed);
            changed.as_mut().enable();
            self.resolve_new().await;
            self.give_up_absent().await;
            self.deny_expired();
            self.block_tasks(&mut blocked).await;
            if self.register.any_wait() {
                let next = self.next_deadline().min(Instant::now() + LOOK);
                tokio::select! {
                    () = changed => {}
                    () = tokio::time::sleep_until(next) => {}
                }
            } else {
                changed.await;
            }
        }
    }

    /// Tells everyone how an ask ended.
    async fn announce(&self, ask: &Ask, payload: Value) {
        let mut payload = payload;
        if let Some(fields) = payload.as_object_mut() {
            fields.insert("ask_id".into(), json!(ask.ask_id));
            fields.insert("title".into(), json!(ask.title));
            fields.entry("level").or_insert_with(|| json!("info"));
        }
        let session_id = ask.session_id.clone();
        let draft = Draft { source_app: source::SIDECAR, session_id, kind: EventKind::Notification, payload };
        self.intake.record(vec![draft]).await;
    }
}
