//! What is summed up while events are stored: spans of tool calls and attempts, and what was used.

use crate::event::{Event, EventKind};
use crate::reading::UsageSum;
use crate::store::StoreError;
use rusqlite::{Connection, params};
use serde_json::Value;

/// How a span stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    UnderWay = 0,
    Completed = 1,
    Failed = 2,
    Blocked = 3,
    Cancelled = 4,
}

/// A span that begins or ends with an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SpanChange {
    /// 0 a tool call, 1 an attempt at a task.
    kind: i64,
    key: String,
    outcome: Outcome,
    started_at: i64,
    at: i64,
}

impl SpanChange {
    pub(super) fn of(event: &Event, kind: EventKind) -> Option<Self> {
        let outcome = match kind {
            EventKind::ToolRequested | EventKind::TaskStarted => Outcome::UnderWay,
            EventKind::ToolCompleted | EventKind::TaskCompleted => Outcome::Completed,
            EventKind::ToolFailed | EventKind::TaskFailed => Outcome::Failed,
            EventKind::TaskBlocked => Outcome::Blocked,
            // An attempt that was cut off is told of in words.
            EventKind::Notification if event.payload.contains_key("attempt") => Outcome::Cancelled,
            _ => return None,
        };
        let text = |name: &str| event.payload.get(name).and_then(Value::as_str);
        let number = |name: &str| event.payload.get(name).and_then(Value::as_i64);
        let (kind, key) = match kind {
            EventKind::ToolRequested | EventKind::ToolCompleted | EventKind::ToolFailed => {
                (0, text("call_id")?.to_owned())
            }
            _ => {
                let task = format!("{} {}", text("plan_id")?, text("task_id")?);
                let again = number("attempt").filter(|number| *number > 1);
                (1, again.map_or_else(|| task.clone(), |number| format!("{task} {number}")))
            }
        };
        let took = number("duration_ms").filter(|took| *took >= 0).unwrap_or_default();
        let started_at = event.timestamp.saturating_sub(took);
        Some(Self { kind, key, outcome, started_at, at: event.timestamp })
    }

    pub(super) fn note(
        &self,
        connection: &Connection,
        session: i64,
        name: Option<i64>,
        event: i64,
    ) -> Result<(), StoreError> {
        let begins = self.outcome == Outcome::UnderWay;
        // A beginning that comes after its end, from a spool, changes only the beginning.
        connection
            .prepare_cached(
                "INSERT INTO spans (session, kind, key, name, started_at, ended_at, outcome, began, ended)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (session, kind, key) DO UPDATE SET
                     name = coalesce(name, excluded.name),
                     started_at = min(started_at, excluded.started_at),
                     ended_at = coalesce(excluded.ended_at, ended_at),
                     outcome = CASE excluded.outcome WHEN 0 THEN outcome ELSE excluded.outcome END,
                     ended = coalesce(excluded.ended, ended)",
            )?
            .execute(params![
                session,
                self.kind,
                self.key,
                name,
                self.started_at,
                (!begins).then_some(self.at),
                self.outcome as i64,
                event,
                (!begins).then_some(event),
            ])?;
        Ok(())
    }
}

/// What an event says was used.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::store) struct Used {
    /// 0 a turn that OpenCode reports, 1 an attempt that the sidecar counted.
    via: i64,
    /// The session, when it is not the event's own.
    pub(in crate::store) session_id: Option<String>,
    pub(super) model: Option<String>,
    pub(super) task: String,
    input: i64,
    output: i64,
    reasoning: i64,
    cache_read: i64,
    cache_write: i64,
    cost_usd: f64,
    estimated: bool,
    unpriced: bool,
}

impl Used {
    pub(in crate::store) fn of(event: &Event, kind: EventKind) -> Option<Self> {
        let usage = event.payload.get("usage")?.as_object()?;
        let count = |name: &str| usage.get(name).and_then(Value::as_i64).unwrap_or_default().max(0);
        let text = |name: &str| event.payload.get(name).and_then(Value::as_str);
        let cost = usage.get("cost_usd").and_then(Value::as_f64).filter(|cost| cost.is_finite());
        let turn = Self {
            via: 0,
            session_id: None,
            model: event.model_name.clone(),
            task: String::new(),
            input: count("input_tokens"),
            output: count("output_tokens"),
            reasoning: count("reasoning_tokens"),
            cache_read: count("cache_read_tokens"),
            cache_write: count("cache_write_tokens"),
            cost_usd: cost.unwrap_or_default(),
            estimated: usage.get("cost_estimated").and_then(Value::as_bool).unwrap_or_default(),
            unpriced: cost.is_none(),
        };
        match kind {
            EventKind::Stop => Some(turn),
            EventKind::TaskCompleted
            | EventKind::TaskFailed
            | EventKind::TaskBlocked
            | EventKind::Notification => {
                // Only an attempt has a number.
                event.payload.get("attempt")?;
                Some(Self {
                    via: 1,
                    session_id: text("session_id").map(str::to_owned),
                    model: text("model").map(str::to_owned),
                    task: format!("{} {}", text("plan_id")?, text("task_id")?),
                    ..turn
                })
            }
            _ => None,
        }
    }

    /// Whether the sidecar counted it, not OpenCode.
    pub(in crate::store) const fn is_attempt(&self) -> bool {
        self.via == 1
    }

    /// How much it is.
    pub(in crate::store) const fn sum(&self) -> UsageSum {
        UsageSum {
            input_tokens: self.input,
            output_tokens: self.output,
            reasoning_tokens: self.reasoning,
            cache_read_tokens: self.cache_read,
            cache_write_tokens: self.cache_write,
            cost_usd: self.cost_usd,
            cost_estimated: self.estimated,
            cost_incomplete: self.unpriced,
            turns: 1,
        }
    }

    pub(super) fn note(
        &self,
        connection: &Connection,
        session: i64,
        model: i64,
        agent: i64,
    ) -> Result<(), StoreError> {
        if self.input == 0 && self.output == 0 && self.cost_usd <= 0.0 {
            return Ok(());
        }
        connection
            .prepare_cached(
                "INSERT INTO usage (session, via, model, agent, task, input, output, reasoning, cache_read, cache_write,
                     cost_usd, estimated, unpriced, turns)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 1)
                 ON CONFLICT DO UPDATE SET
                     input = input + excluded.input, output = output + excluded.output,
                     reasoning = reasoning + excluded.reasoning, cache_read = cache_read + excluded.cache_read,
                     cache_write = cache_write + excluded.cache_write, cost_usd = cost_usd + excluded.cost_usd,
                     estimated = max(estimated, excluded.estimated), unpriced = max(unpriced, excluded.unpriced),
                     turns = turns + 1",
            )?
            .execute(params![
                session,
                self.via,
                model,
                agent,
                self.task,
                self.input,
                self.output,
                self.reasoning,
                self.cache_read,
                self.cache_write,
                self.cost_usd,
                self.estimated,
                self.unpriced,
            ])?;
        Ok(())
    }
}
