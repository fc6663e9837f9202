//! How a session stood at a time: its events up to then, folded in the order in which they happened.

use super::page;
use super::sessions::family;
use crate::event::{Event, EventKind};
use crate::plan::{Task, TaskStatus};
use crate::reading::{RunningTool, SessionAt, TaskAt, UsageSum};
use crate::session::SessionState;
use crate::store::StoreError;
use crate::store::append::Used;
use rusqlite::{Connection, params};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// Most events that are read, of the session and its descendants together.
const MOST_EVENTS: usize = 200_000;
/// Most tool calls that are named.
const MOST_RUNNING: usize = 500;
/// Characters of the prompt.
const PROMPT_HEAD_CHARS: usize = 200;

pub(super) fn read(
    connection: &Connection,
    session_id: &str,
    time: i64,
) -> Result<Option<SessionAt>, StoreError> {
    let _one_state = connection.unchecked_transaction()?;
    let family = family(connection, session_id)?;
    let Some((root, ..)) = family.first() else { return Ok(None) };
    let mut fold = Fold::default();
    let mut telling = Vec::new();
    for (row, ..) in &family {
        let mut happened = happened(connection, *row, time, MOST_EVENTS - fold.events)?;
        fold.events += happened.len();
        if row == root {
            happened.sort_unstable_by_key(|event| (event.at, event.id));
            fold.state = happened.iter().rev().find_map(|event| SessionState::after(&event.kind));
        }
        telling.extend(happened.into_iter().filter(|event| event.tells()).map(|event| (event.at, event.id)));
    }
    telling.sort_unstable();
    for (_, id) in telling {
        if let Some(stored) = page::one(connection, id)? {
            fold.event(&stored.event, session_id);
        }
    }
    let mut running = Vec::new();
    for (row, session_id, _) in &family {
        running_tools(connection, *row, session_id, time, &mut running)?;
    }
    running.sort_by_key(|tool| tool.started_at);
    running.truncate(MOST_RUNNING);
    let children = family.iter().skip(1).map(|(_, session_id, _)| session_id.as_str());
    Ok(Some(fold.finish(session_id, time, running, children)))
}

/// An event before its payload is read.
struct Happened {
    at: i64,
    id: i64,
    kind: String,
    is_trusted: bool,
}

impl Happened {
    /// Whether its payload says how things stand. Events of the known form say nothing of tasks and usage: anyone on the
    /// machine can send them.
    fn tells(&self) -> bool {
        match EventKind::from_name(&self.kind) {
            Some(EventKind::UserPromptSubmit) => true,
            Some(
                EventKind::TaskPlanned
                | EventKind::TaskAssigned
                | EventKind::TaskStarted
                | EventKind::TaskClaimed
                | EventKind::TaskCompleted
                | EventKind::TaskFailed
                | EventKind::TaskBlocked
                | EventKind::Notification
                | EventKind::Stop,
            ) => self.is_trusted,
            _ => false,
        }
    }
}

fn happened(
    connection: &Connection,
    session: i64,
    time: i64,
    most: usize,
) -> Result<Vec<Happened>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT events.timestamp, events.id, words.word, events.producer IS NOT NULL
         FROM events INDEXED BY events_by_session JOIN words ON words.id = events.type
         WHERE session = ?1 AND timestamp <= ?2 ORDER BY events.id LIMIT ?3",
    )?;
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![session, time, limit], |row| {
        Ok(Happened { at: row.get(0)?, id: row.get(1)?, kind: row.get(2)?, is_trusted: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn running_tools(
    connection: &Connection,
    session: i64,
    session_id: &str,
    time: i64,
    out: &mut Vec<RunningTool>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT key, coalesce(word, ''), started_at FROM spans INDEXED BY spans_by_session
         LEFT JOIN words ON words.id = spans.name
         WHERE session = ?1 AND kind = 0 AND started_at <= ?2 AND (ended_at IS NULL OR ended_at > ?2)
         ORDER BY began DESC LIMIT ?3",
    )?;
    let limit = i64::try_from(MOST_RUNNING).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![session, time, limit], |row| {
        Ok(RunningTool {
            session_id: session_id.to_owned(),
            call_id: row.get(0)?,
            tool: row.get(1)?,
            started_at: row.get(2)?,
        })
    })?;
    for tool in rows {
        out.push(tool?);
    }
    Ok(())
}

/// What has happened so far.
#[derive(Default)]
struct Fold {
    events: usize,
    state: Option<SessionState>,
    prompt: Option<String>,
    /// The plan whose tasks were last spoken of.
    plan_id: Option<String>,
    plans: BTreeMap<String, Vec<Known>>,
    /// What each session used in turns and in attempts.
    used: HashMap<String, [UsageSum; 2]>,
}

/// A task, and what it waits for.
struct Known {
    at: TaskAt,
    depends_on: Vec<String>,
}

impl Fold {
    fn event(&mut self, event: &Event, root: &str) {
        let Some(kind) = EventKind::from_name(&event.hook_event_type) else { return };
        let text = |name: &str| event.payload.get(name).and_then(Value::as_str);
        if kind == EventKind::UserPromptSubmit {
            if event.session_id == root
                && let Some(prompt) = text("prompt")
            {
                self.prompt = Some(prompt.chars().take(PROMPT_HEAD_CHARS).collect());
            }
            return;
        }
        if let Some(used) = Used::of(event, kind) {
            let session_id = used.session_id.clone().unwrap_or_else(|| event.session_id.clone());
            let [turns, attempts] = self.used.entry(session_id).or_default();
            (if used.is_attempt() { attempts } else { turns }).add(&used.sum());
        }
        let Some(plan_id) = text("plan_id") else { return };
        if kind == EventKind::Notification && text("action") == Some("edit_plan") {
            self.edited(plan_id, event.payload.get("tasks"));
            return;
        }
        let told: Option<Task> =
            event.payload.get("task").and_then(|task| serde_json::from_value(task.clone()).ok());
        let task_id = told.as_ref().map(|task| task.task_id.as_str()).or_else(|| text("task_id"));
        let (Some(task_id), Some(status)) = (task_id, told.as_ref().map(|task| task.status).or(after(kind)))
        else {
            return;
        };
        self.plan_id = Some(plan_id.to_owned());
        let tasks = self.plans.entry(plan_id.to_owned()).or_default();
        let place = tasks.iter().position(|known| known.at.task_id == task_id).unwrap_or_else(|| {
            let (task_id, description) = (task_id.to_owned(), String::new());
            let at = TaskAt { task_id, description, status, since: event.timestamp, worker_session: None };
            tasks.push(Known { at, depends_on: Vec::new() });
            tasks.len() - 1
        });
        let Some(known) = tasks.get_mut(place) else { return };
        if known.at.status != status {
            known.at.since = event.timestamp;
        }
        known.at.status = status;
        if let Some(task) = told {
            (known.at.description, known.depends_on) = (task.description, task.depends_on);
        }
        if let Some(worker) = text("session_id") {
            known.at.worker_session = Some(worker.to_owned());
        }
    }

    /// Somebody changed the plan: these are its tasks now, in this order.
    fn edited(&mut self, plan_id: &str, tasks: Option<&Value>) {
        let named = tasks.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let places: HashMap<&str, usize> = named.enumerate().map(|(place, id)| (id, place)).collect();
        if let Some(known) = self.plans.get_mut(plan_id).filter(|_| !places.is_empty()) {
            known.retain(|known| places.contains_key(known.at.task_id.as_str()));
            known.sort_by_key(|known| places.get(known.at.task_id.as_str()).copied());
        }
    }

    fn finish<'f>(
        mut self,
        session_id: &str,
        time: i64,
        running: Vec<RunningTool>,
        children: impl Iterator<Item = &'f str>,
    ) -> SessionAt {
        let mut usage = UsageSum::default();
        let [turns, attempts] = self.used.remove(session_id).unwrap_or_default();
        usage.add(&turns);
        usage.add(&attempts);
        for child in children {
            let [turns, attempts] = self.used.remove(child).unwrap_or_default();
            usage.add(if turns.tokens() >= attempts.tokens() { &turns } else { &attempts });
        }
        let plan = self.plan_id.as_ref().and_then(|plan_id| self.plans.remove(plan_id));
        SessionAt {
            session_id: session_id.to_owned(),
            time,
            state: self.state,
            prompt: self.prompt,
            plan_id: self.plan_id,
            tasks: released(plan.unwrap_or_default()),
            running,
            usage,
            events: i64::try_from(self.events).unwrap_or(i64::MAX),
            cut: self.events >= MOST_EVENTS,
        }
    }
}

/// Where an event that does not show its task leaves it.
const fn after(kind: EventKind) -> Option<TaskStatus> {
    Some(match kind {
        EventKind::TaskPlanned => TaskStatus::Planned,
        EventKind::TaskStarted => TaskStatus::Running,
        EventKind::TaskClaimed => TaskStatus::Verifying,
        EventKind::TaskCompleted => TaskStatus::Completed,
        EventKind::TaskFailed => TaskStatus::Failed,
        EventKind::TaskBlocked => TaskStatus::Blocked,
        _ => return None,
    })
}

/// No event says that a task has become ready: it is when all that it depends on is completed.
fn released(mut tasks: Vec<Known>) -> Vec<TaskAt> {
    let completed: HashMap<String, i64> = tasks
        .iter()
        .filter(|known| known.at.status == TaskStatus::Completed)
        .map(|known| (known.at.task_id.clone(), known.at.since))
        .collect();
    for known in tasks.iter_mut().filter(|known| known.at.status == TaskStatus::Planned) {
        let ready: Option<Vec<i64>> =
            known.depends_on.iter().map(|task_id| completed.get(task_id).copied()).collect();
        if let Some(times) = ready {
            known.at.status = TaskStatus::Ready;
            known.at.since = times.into_iter().fold(known.at.since, i64::max);
        }
    }
    tasks.into_iter().map(|known| known.at).collect()
}
