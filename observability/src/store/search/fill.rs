//! Brings the index up to the store.

use super::text;
use crate::store::StoreError;
use rusqlite::{Connection, params};
use std::collections::HashMap;

/// Events of one transaction.
const CHUNK: i64 = 20_000;
/// Pages of the full text that are merged after some of it was forgotten.
const MERGED_PAGES: i64 = 1_000;
/// A day's hours stay counted for this long after the newest one, in hours.
const COUNTED_HOURS: i64 = 400 * 24;
const HOUR_MS: i64 = 60 * 60 * 1_000;

/// What an event can have.
#[derive(Debug, Clone, Copy)]
enum Mark {
    Type = 1,
    Source = 2,
    Tool = 3,
    Task = 4,
}

/// Indexes the next events; how many there were.
pub(super) fn index_some(connection: &Connection) -> Result<usize, StoreError> {
    let transaction = connection.unchecked_transaction()?;
    let last: i64 = super::state(connection, "last").and_then(|last| last.parse().ok()).unwrap_or_default();
    let (mut next, mut count) = (last, 0);
    let mut hours: HashMap<(i64, i64, i64), Hour> = HashMap::new();
    {
        let mut events = connection.prepare_cached(
            "SELECT id, timestamp, source, type, tool, task, payload, bodies FROM store.events
             WHERE id > ?1 ORDER BY id LIMIT ?2",
        )?;
        let mut mark = connection.prepare_cached("INSERT OR IGNORE INTO marks VALUES (?1, ?2, ?3)")?;
        let mut find = connection.prepare_cached("INSERT INTO found (rowid, text) VALUES (?1, ?2)")?;
        let mut rows = events.query(params![last, CHUNK])?;
        let mut found = String::new();
        while let Some(row) = rows.next()? {
            next = row.get(0)?;
            let (at, source, kind): (i64, i64, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
            mark.execute(params![Mark::Type as i64, kind, next])?;
            mark.execute(params![Mark::Source as i64, source, next])?;
            if let Some(tool) = row.get::<_, Option<i64>>(4)? {
                mark.execute(params![Mark::Tool as i64, tool, next])?;
            }
            if let Some(task) = row.get_ref(5)?.as_str_or_null().unwrap_or_default() {
                mark.execute(params![Mark::Task as i64, task, next])?;
            }
            let hour = hours.entry((at.div_euclid(HOUR_MS), source, kind)).or_insert(Hour::new(next));
            hour.events += 1;
            hour.last = next;
            found.clear();
            text::of_payload(row.get_ref(6)?.as_str().unwrap_or_default(), &mut found);
            if let Some(bodies) = row.get_ref(7)?.as_str_or_null().unwrap_or_default() {
                text::of_bodies(connection, bodies, &mut found)?;
            }
            if !found.is_empty() {
                find.execute(params![next, found])?;
            }
            count += 1;
        }
    }
    for ((hour, source, kind), seen) in hours {
        seen.note(connection, hour, source, kind)?;
    }
    if count > 0 {
        super::set_state(connection, "last", &next.to_string())?;
    }
    transaction.commit()?;
    Ok(count)
}

/// Events of one hour, source and type.
struct Hour {
    events: i64,
    first: i64,
    last: i64,
}

impl Hour {
    const fn new(first: i64) -> Self {
        Self { events: 0, first, last: first }
    }

    fn note(&self, connection: &Connection, hour: i64, source: i64, kind: i64) -> Result<(), StoreError> {
        connection
            .prepare_cached(
                "INSERT INTO hours VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET
                     events = events + excluded.events, first = min(first, excluded.first),
                     last = max(last, excluded.last)",
            )?
            .execute(params![hour, source, kind, self.events, self.first, self.last])?;
        Ok(())
    }
}

/// Forgets events that the store no longer has; how many there were. How many there were in an hour is remembered for
/// longer.
pub(super) fn forget_some(connection: &Connection) -> Result<usize, StoreError> {
    let oldest: Option<i64> =
        connection.query_row("SELECT min(id) FROM store.events", [], |row| row.get(0))?;
    let Some(oldest) = oldest else { return Ok(0) };
    let forgotten = connection
        .prepare_cached(
            "DELETE FROM found WHERE rowid IN (
                 SELECT rowid FROM found WHERE rowid < ?1 ORDER BY rowid LIMIT ?2)",
        )?
        .execute(params![oldest, CHUNK])?;
    if forgotten == 0 {
        return Ok(0);
    }
    let mut next = first_mark(connection, &(0, Value::Null))?;
    while let Some((kind, value)) = next {
        connection
            .prepare_cached("DELETE FROM marks WHERE kind = ?1 AND value = ?2 AND event < ?3")?
            .execute(params![kind, value, oldest])?;
        next = first_mark(connection, &(kind, value))?;
    }
    connection
        .prepare_cached("DELETE FROM hours WHERE hour < (SELECT max(hour) FROM hours) - ?1")?
        .execute([COUNTED_HOURS])?;
    // What is forgotten takes room until it is merged away.
    connection
        .prepare_cached("INSERT INTO found (found, rank) VALUES ('merge', ?1)")?
        .execute([-MERGED_PAGES])?;
    connection.execute_batch("PRAGMA main.incremental_vacuum(2000)")?;
    Ok(forgotten)
}

type Value = rusqlite::types::Value;

/// The first kind and value after these that any event has.
fn first_mark(connection: &Connection, after: &(i64, Value)) -> Result<Option<(i64, Value)>, StoreError> {
    use rusqlite::OptionalExtension;
    Ok(connection
        .prepare_cached(
            "SELECT kind, value FROM marks WHERE (kind, value) > (?1, ?2) ORDER BY kind, value LIMIT 1",
        )?
        .query_row(params![after.0, after.1], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}
