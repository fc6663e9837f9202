//! What has been used of budgets. Reserved before a model is asked: what is cut off in between has been spent, as far
//! as anyone knows.

use super::StoreError;
use rusqlite::{Connection, OptionalExtension, params};

/// What a budget is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The planning of one session.
    Planning(String),
    /// All attempts at one task: its plan and its id.
    Task(String, String),
    /// One run.
    Run(String),
    /// One day in UTC, as days since 1970.
    Day(i64),
}

impl Scope {
    fn key(&self) -> String {
        match self {
            Self::Planning(session_id) => format!("planning {session_id}"),
            Self::Task(plan_id, task_id) => format!("task {plan_id} {task_id}"),
            Self::Run(run_id) => format!("run {run_id}"),
            Self::Day(day) => format!("day {day}"),
        }
    }
}

/// An amount, or a limit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spend {
    /// Tokens, sent and received.
    pub tokens: u64,
    /// US dollars; estimates included.
    pub cost_usd: f64,
}

impl Spend {
    /// Whether as much again as `amount` stays under `limit`.
    #[must_use]
    pub fn leaves_room(&self, amount: Self, limit: Self) -> bool {
        self.tokens.saturating_add(amount.tokens) <= limit.tokens
            && self.cost_usd + amount.cost_usd <= limit.cost_usd
    }
}

pub(super) fn of(connection: &Connection, scope: &Scope) -> Result<Spend, StoreError> {
    let row = connection
        .prepare_cached("SELECT tokens, cost_usd FROM spend WHERE scope = ?1")?
        .query_row([scope.key()], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))
        .optional()?;
    let (tokens, cost_usd) = row.unwrap_or_default();
    Ok(Spend { tokens: u64::try_from(tokens).unwrap_or_default(), cost_usd })
}

/// Takes the amount off the limit, if it is still there; otherwise tells what has been spent.
pub(super) fn reserve(
    connection: &Connection,
    scope: &Scope,
    amount: Spend,
    limit: Spend,
) -> Result<Result<(), Spend>, StoreError> {
    let spent = of(connection, scope)?;
    if !spent.leaves_room(amount, limit) {
        return Ok(Err(spent));
    }
    change(connection, scope, count(amount.tokens), amount.cost_usd)?;
    Ok(Ok(()))
}

/// Puts what was really used in the place of what was reserved.
pub(super) fn settle(
    connection: &Connection,
    scope: &Scope,
    reserved: Spend,
    used: Spend,
) -> Result<(), StoreError> {
    let tokens = count(used.tokens).saturating_sub(count(reserved.tokens));
    change(connection, scope, tokens, used.cost_usd - reserved.cost_usd)
}

fn change(connection: &Connection, scope: &Scope, tokens: i64, cost_usd: f64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO spend (scope, tokens, cost_usd) VALUES (?1, max(0, ?2), max(0.0, ?3))
             ON CONFLICT DO UPDATE SET tokens = max(0, tokens + ?2), cost_usd = max(0.0, cost_usd + ?3)",
        )?
        .execute(params![scope.key(), tokens, cost_usd])?;
    Ok(())
}

fn count(tokens: u64) -> i64 {
    i64::try_from(tokens).unwrap_or(i64::MAX)
}
