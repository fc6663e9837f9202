//! Removing the oldest events, and what is left without any.

use crate::store::StoreError;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What goes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bound {
    /// What arrived before this day, in days since 1970.
    Day(i64),
    /// The oldest, whenever it arrived.
    Oldest,
}

/// What went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Removed {
    pub(super) events: usize,
}

/// Notes which event is the first of a day. Days never go back, whatever the clock does. What is there before any day is
/// known, as after a migration, counts as of the first one.
pub(super) fn note_day(connection: &Connection, day: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO days SELECT ?1, CASE WHEN EXISTS (SELECT 1 FROM days)
                 THEN coalesce((SELECT max(id) FROM events), 0) + 1
                 ELSE coalesce((SELECT min(id) FROM events), 1) END
             WHERE NOT EXISTS (SELECT 1 FROM days WHERE day >= ?1)",
        )?
        .execute([day])?;
    Ok(())
}

/// The newest and the oldest day that is noted.
pub(super) fn days(connection: &Connection) -> Result<(Option<i64>, Option<i64>), StoreError> {
    Ok(connection
        .prepare_cached("SELECT (SELECT max(day) FROM days), (SELECT min(day) FROM days)")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// Removes at most `most` events; the newest one always stays, for ids go on from it.
pub(super) fn remove(connection: &Connection, bound: Bound, most: u32) -> Result<Removed, StoreError> {
    let newest: Option<i64> = connection.query_row("SELECT max(id) FROM events", [], |row| row.get(0))?;
    let Some(newest) = newest else { return Ok(Removed::default()) };
    let below = match bound {
        Bound::Oldest => newest,
        // Of what came before the first day that was noted, nobody knows the day: it is as old as that.
        Bound::Day(day) => connection
            .prepare_cached(
                "SELECT first_event FROM days WHERE day >= ?1 AND EXISTS (SELECT 1 FROM days WHERE day < ?1)
                 ORDER BY day LIMIT 1",
            )?
            .query_row([day], |row| row.get(0))
            .optional()?
            .map_or(0, |first: i64| first.min(newest)),
    };
    let gone = Gone::read(connection, below, most)?;
    if gone.last == 0 {
        return Ok(Removed::default());
    }
    connection.prepare_cached("DELETE FROM events WHERE id <= ?1")?.execute([gone.last])?;
    connection.prepare_cached("DELETE FROM responses WHERE event <= ?1")?.execute([gone.last])?;
    // The day that the oldest event is of stays.
    connection
        .prepare_cached(
            "DELETE FROM days WHERE day < (SELECT max(day) FROM days WHERE first_event <= ?1 + 1)",
        )?
        .execute([gone.last])?;
    for (producer, seq) in &gone.producers {
        connection
            .prepare_cached("UPDATE producers SET removed_seq = max(removed_seq, ?2) WHERE id = ?1")?
            .execute(params![producer, seq])?;
    }
    for (body, uses) in &gone.bodies {
        connection
            .prepare_cached("UPDATE bodies SET refs = refs - ?2 WHERE id = ?1")?
            .execute(params![body, uses])?;
        connection.prepare_cached("DELETE FROM bodies WHERE id = ?1 AND refs <= 0")?.execute([body])?;
    }
    for (session, events) in &gone.sessions {
        remove_from_session(connection, *session, *events)?;
    }
    Ok(Removed { events: gone.events })
}

/// What the oldest events are referred to by.
#[derive(Default)]
struct Gone {
    events: usize,
    last: i64,
    producers: BTreeMap<i64, i64>,
    sessions: BTreeMap<i64, i64>,
    bodies: BTreeMap<i64, i64>,
}

impl Gone {
    fn read(connection: &Connection, below: i64, most: u32) -> Result<Self, StoreError> {
        let mut gone = Self::default();
        let mut statement = connection.prepare_cached(
            "SELECT id, session, producer, seq, bodies FROM events WHERE id < ?1 ORDER BY id LIMIT ?2",
        )?;
        let mut rows = statement.query(params![below, most])?;
        while let Some(row) = rows.next()? {
            gone.events += 1;
            gone.last = row.get(0)?;
            *gone.sessions.entry(row.get(1)?).or_default() += 1;
            if let Some(producer) = row.get::<_, Option<i64>>(2)? {
                let last = gone.producers.entry(producer).or_default();
                *last = (*last).max(row.get(3)?);
            }
            if let Some(bodies) = row.get::<_, Option<String>>(4)? {
                let named: Map<String, Value> = serde_json::from_str(&bodies).unwrap_or_default();
                for id in named.values().filter_map(Value::as_i64) {
                    *gone.bodies.entry(id).or_default() += 1;
                }
            }
        }
        Ok(gone)
    }
}

/// A session without events goes with all that belongs to it, unless a run of it is still to be carried out.
fn remove_from_session(connection: &Connection, session: i64, events: i64) -> Result<(), StoreError> {
    let row: Option<(String, i64)> = connection
        .prepare_cached(
            "UPDATE sessions SET events = max(0, events - ?2) WHERE id = ?1 RETURNING session_id, events",
        )?
        .query_row(params![session, events], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((session_id, left)) = row else { return Ok(()) };
    let is_needed = connection
        .prepare_cached("SELECT 1 FROM runs WHERE session_id = ?1 AND status IN ('running', 'paused')")?
        .exists([&session_id])?;
    if left > 0 || is_needed {
        return Ok(());
    }
    for statement in [
        "DELETE FROM spend WHERE scope IN (SELECT 'task ' || plan_id || ' ' || task_id FROM tasks
             WHERE plan_id IN (SELECT plan_id FROM plans WHERE session_id = ?1))",
        "DELETE FROM spend WHERE scope IN (SELECT 'run ' || run_id FROM runs WHERE session_id = ?1)",
        "DELETE FROM spend WHERE scope = 'planning ' || ?1",
        "DELETE FROM kept_files WHERE plan_id IN (SELECT plan_id FROM plans WHERE session_id = ?1)",
        "DELETE FROM attempts WHERE plan_id IN (SELECT plan_id FROM plans WHERE session_id = ?1)",
        "DELETE FROM tasks WHERE plan_id IN (SELECT plan_id FROM plans WHERE session_id = ?1)",
        "DELETE FROM runs WHERE session_id = ?1",
        "DELETE FROM plans WHERE session_id = ?1",
        "DELETE FROM sessions WHERE session_id = ?1",
    ] {
        connection.prepare_cached(statement)?.execute([&session_id])?;
    }
    for statement in ["DELETE FROM spans WHERE session = ?1", "DELETE FROM usage WHERE session = ?1"] {
        connection.prepare_cached(statement)?.execute([session])?;
    }
    Ok(())
}
