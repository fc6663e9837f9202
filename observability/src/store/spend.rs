//! What planning has used of a session's budget. Reserved before a model is asked: what is cut off in between has
//! been spent, as far as anyone knows.

use super::StoreError;
use rusqlite::{Connection, OptionalExtension, params};

/// An amount, or a limit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spend {
    /// Tokens, sent and received.
    pub tokens: u64,
    /// US dollars; estimates included.
    pub cost_usd: f64,
}

pub(super) fn of_session(connection: &Connection, session_id: &str) -> Result<Spend, StoreError> {
    let row = connection
        .prepare_cached("SELECT tokens, cost_usd FROM planning_spend WHERE session_id = ?1")?
        .query_row([session_id], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))
        .optional()?;
    let (tokens, cost_usd) = row.unwrap_or_default();
    Ok(Spend { tokens: u64::try_from(tokens).unwrap_or_default(), cost_usd })
}

/// Takes the amount off the limit, if it is still there; otherwise tells what has been spent.
pub(super) fn reserve(
    connection: &Connection,
    session_id: &str,
    amount: Spend,
    limit: Spend,
) -> Result<Result<(), Spend>, StoreError> {
    let spent = of_session(connection, session_id)?;
    let fits = spent.tokens.saturating_add(amount.tokens) <= limit.tokens
        && spent.cost_usd + amount.cost_usd <= limit.cost_usd;
    if !fits {
        return Ok(Err(spent));
    }
    change(connection, session_id, count(amount.tokens), amount.cost_usd)?;
    Ok(Ok(()))
}

/// Puts what was really used in the place of what was reserved.
pub(super) fn settle(
    connection: &Connection,
    session_id: &str,
    reserved: Spend,
    used: Spend,
) -> Result<(), StoreError> {
    let tokens = count(used.tokens).saturating_sub(count(reserved.tokens));
    change(connection, session_id, tokens, used.cost_usd - reserved.cost_usd)
}

fn change(connection: &Connection, session_id: &str, tokens: i64, cost_usd: f64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO planning_spend (session_id, tokens, cost_usd) VALUES (?1, max(0, ?2), max(0.0, ?3))
             ON CONFLICT DO UPDATE SET tokens = max(0, tokens + ?2), cost_usd = max(0.0, cost_usd + ?3)",
        )?
        .execute(params![session_id, tokens, cost_usd])?;
    Ok(())
}

fn count(tokens: u64) -> i64 {
    i64::try_from(tokens).unwrap_or(i64::MAX)
}
