//! Where events enter the daemon: redacted, stored, and, when a trusted producer sent them, acted upon.

mod links;
mod producer;
mod spool;

pub(crate) use links::{Links, SentFrame};
pub(crate) use producer::{Draft, Producer};
pub(crate) use spool::{Collector, waiting};

use crate::asks::{self, Register};
use crate::presence::Presence;
use rozet_observability::event::{self, BatchAck, Event, EventBatch, EventKind, Rejection, StoredEvent};
use rozet_observability::plan::{Check, Plan};
use rozet_observability::redact::{Counts, Kinds, Redactor};
use rozet_observability::store::{AppendOutcome, Imported, ProducerFigures, RespondError, Store, StoreError};
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::{mpsc, oneshot};

/// Something that a trusted producer says about a task.
#[derive(Debug)]
pub(crate) struct TaskReport {
    pub(crate) plan_id: String,
    pub(crate) task_id: String,
    pub(crate) session_id: String,
    pub(crate) kind: ReportKind,
    /// Answered once the task has been changed, so that the acknowledgement says that too.
    pub(crate) acted: oneshot::Sender<()>,
}

/// What is said.
#[derive(Debug, Clone)]
pub(crate) enum ReportKind {
    Started,
    Claimed {
        by: String,
        statement: String,
        at: i64,
    },
    /// The model cannot go on with it.
    Blocked {
        reason: String,
    },
}

/// The way in. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Intake(Arc<Inner>);

/// What becomes of events.
#[derive(Clone, Default)]
pub(crate) struct Rules {
    /// Values that are masked wherever they stand.
    pub(crate) secrets: Vec<String>,
    /// Kinds of secrets that stay as they are.
    pub(crate) kept: Kinds,
    /// Nothing is stored or streamed. What producers report of tasks is acted on all the same.
    pub(crate) off: bool,
}

struct Inner {
    store: Store,
    links: Links,
    kept: Kinds,
    off: bool,
    /// Values that are masked wherever they stand, and what masks them.
    secrets: RwLock<(Vec<String>, Arc<Redactor>)>,
    reports: mpsc::Sender<TaskReport>,
    asks: Register,
    presence: Presence,
    own: Mutex<Producer>,
}

impl Intake {
    /// Opens the way in; reports on tasks go to `reports`.
    pub(crate) fn new(store: Store, rules: Rules, own: Producer, reports: mpsc::Sender<TaskReport>) -> Self {
        let Rules { secrets, kept, off } = rules;
        let redactor = Arc::new(Redactor::new(&secrets).keeping(kept));
        let (links, own, secrets) = (Links::new(), Mutex::new(own), RwLock::new((secrets, redactor)));
        Self(Arc::new(Inner {
            store,
            links,
            kept,
            off,
            secrets,
            reports,
            asks: Register::default(),
            presence: Presence::default(),
            own,
        }))
    }

    /// Masks these values too from now on.
    pub(crate) fn learn(&self, secrets: Vec<String>) {
        let is_known = |known: &[String]| secrets.iter().all(|secret| known.contains(secret));
        if is_known(&self.0.secrets.read().unwrap_or_else(PoisonError::into_inner).0) {
            return;
        }
        let mut known = self.0.secrets.write().unwrap_or_else(PoisonError::into_inner);
        known.0.extend(secrets);
        known.0.sort_unstable();
        known.0.dedup();
        known.1 = Arc::new(Redactor::new(&known.0).keeping(self.0.kept));
    }

    fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.0.secrets.read().unwrap_or_else(PoisonError::into_inner).1)
    }

    /// Whether events are neither stored nor streamed.
    pub(crate) fn is_off(&self) -> bool {
        self.0.off
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// What trusted producers say that agents ask for.
    pub(crate) fn asks(&self) -> &Register {
        &self.0.asks
    }

    /// What plugins say of themselves.
    pub(crate) fn presence(&self) -> &Presence {
        &self.0.presence
    }

    pub(crate) fn links(&self) -> &Links {
        &self.0.links
    }

    /// Stores an event of the known form; where nothing is stored, it comes back without a number. Anyone on the machine
    /// can send one: nothing is done on its word.
    pub(crate) async fn known_form(&self, mut event: Event) -> Result<Arc<StoredEvent>, StoreError> {
        if self.0.off {
            return Ok(Arc::new(StoredEvent { id: 0, event }));
        }
        self.redact(&mut event);
        self.0.store.append_known_form(event).await
    }

    /// Stores a trusted producer's batch and acts on what it says of tasks. Acting comes before the
    /// acknowledgement: a batch that is cut off in between comes again, and acting twice is harmless.
    pub(crate) async fn batch(&self, batch: EventBatch) -> Result<BatchAck, StoreError> {
        let EventBatch { producer, events, coalesced, dropped } = batch;
        let mut accepted = Vec::with_capacity(events.len());
        let mut rejected = Vec::new();
        let mut acked_seq = 0;
        for (index, body) in (0_u32..).zip(events) {
            let seq = body.get("seq").and_then(Value::as_u64);
            match event::from_producer(body, &producer) {
                Ok(mut event) => {
                    acked_seq = acked_seq.max(event.seq);
                    self.redact(&mut event);
                    accepted.push(event);
                }
                Err(error) => {
                    acked_seq = acked_seq.max(seq.unwrap_or_default());
                    rejected.push(Rejection { index, field: error.field.to_owned(), message: error.message });
                }
            }
        }
        let reports: Vec<_> = accepted.iter().filter_map(report).collect();
        accepted.iter().for_each(|event| self.0.presence.note(event));
        let any_wait = self.0.asks.any_wait()
            || accepted.iter().any(|event| event.hook_event_type == EventKind::PermissionRequest.as_str());
        let asks = accepted.iter().filter_map(|event| asks::fact_of(event, any_wait)).collect();
        let figures = ProducerFigures {
            rejected: u32::try_from(rejected.len()).unwrap_or(u32::MAX),
            coalesced,
            dropped,
        };
        let outcome = match self.0.off {
            true => AppendOutcome::default(),
            false => self.0.store.append(producer.clone(), accepted, figures).await?,
        };
        self.0.asks.note(asks);
        for (report, acted) in reports {
            // A closed channel means that the daemon is stopping: the report comes again from the spool.
            self.0.reports.send(report).await.map_err(|_| StoreError::Closed)?;
            acted.await.map_err(|_| StoreError::Closed)?;
        }
        let stored = u32::try_from(outcome.stored.len()).unwrap_or(u32::MAX);
        Ok(BatchAck { producer, acked_seq, stored, duplicates: outcome.duplicates, rejected })
    }

    /// Stores events that were exported before. Nothing is done on their word.
    pub(crate) async fn import(&self, mut events: Vec<Event>) -> Result<Imported, StoreError> {
        events.iter_mut().for_each(|event| self.redact(event));
        self.0.store.import(events).await
    }

    /// Notes what became of an event's question, redacted.
    pub(crate) async fn note_answer(
        &self,
        id: i64,
        mut status: Map<String, Value>,
        at: i64,
    ) -> Result<Arc<StoredEvent>, RespondError> {
        self.redactor().map(&mut status, &mut Counts::default());
        self.0.store.note_answer(id, status, at).await
    }

    /// Records events that the daemon itself makes.
    pub(crate) async fn record(&self, drafts: Vec<Draft>) {
        if self.0.off {
            return;
        }
        let (producer, events) = {
            let Ok(mut own) = self.0.own.lock() else { return };
            let mut events: Vec<Event> = drafts.into_iter().map(|draft| own.event(draft)).collect();
            events.iter_mut().for_each(|event| self.redact(event));
            own.spool(&events);
            (own.id().to_owned(), events)
        };
        let stored = self.0.store.append(producer, events, ProducerFigures::default()).await;
        let Ok(mut own) = self.0.own.lock() else { return };
        match stored {
            Ok(_) => own.stored(),
            // They stay in the spool, which the next start takes in.
            Err(error) => {
                own.not_stored();
                tracing::error!(%error, "the daemon's own events cannot be stored");
            }
        }
    }

    /// Masks secrets in a text.
    pub(crate) fn redact_text(&self, text: &str) -> String {
        self.redactor().text(text, &mut Counts::default()).into_owned()
    }

    fn redact(&self, event: &mut Event) {
        self.redactor().event(event);
    }

    /// Masks secrets in everything that a plan shows.
    pub(crate) fn redact_plan(&self, mut plan: Plan) -> Plan {
        let redact = |text: &mut String| *text = self.redact_text(text);
        redact(&mut plan.request);
        redact(&mut plan.summary);
        for task in &mut plan.tasks {
            redact(&mut task.description);
            task.files.iter_mut().for_each(redact);
            for check in &mut task.checks {
                self.redact_check(check);
            }
        }
        plan
    }

    /// A check with a secret in it is left to a person: masked, it would judge something else.
    fn redact_check(&self, check: &mut Check) {
        let said = check.describe();
        let shown = self.redact_text(&said);
        if shown != said {
            *check = Check::Manual { question: shown };
        }
    }

    /// Closes the daemon's own spool: everything in it has been stored.
    pub(crate) fn finish(&self) {
        if let Ok(mut own) = self.0.own.lock() {
            own.finish();
        }
    }
}

fn report(event: &Event) -> Option<(TaskReport, oneshot::Receiver<()>)> {
    let text = |name: &str| event.payload.get(name).and_then(Value::as_str).map(str::to_owned);
    let kind = match event.hook_event_type.as_str() {
        "TaskStarted" => ReportKind::Started,
        "TaskClaimed" => ReportKind::Claimed {
            by: text("by").unwrap_or_default(),
            statement: text("statement").unwrap_or_default(),
            at: event.timestamp,
        },
        "TaskBlocked" => ReportKind::Blocked { reason: text("reason").unwrap_or_default() },
        _ => return None,
    };
    let (acted, receiver) = oneshot::channel();
    let (plan_id, task_id, session_id) = (text("plan_id")?, text("task_id")?, event.session_id.clone());
    Some((TaskReport { plan_id, task_id, session_id, kind, acted }, receiver))
}
