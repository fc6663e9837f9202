//! Figures of the whole store, from what the index counted of each hour and from the newest events.

use super::page;
use crate::reading::{DayCount, NameCount, Stats};
use crate::store::{Space, StoreError, read, search};
use rusqlite::Connection;
use std::collections::BTreeMap;

/// Days that are named.
const MOST_DAYS: usize = 366;
/// Names of each sort that are named.
const MOST_NAMES: usize = 500;
const DAY_MS: i64 = 86_400_000;
const HOURS_A_DAY: i64 = 24;

/// Counts everything, from one state of the store.
pub(super) fn read(connection: &Connection, at: i64, space: Space) -> Result<Stats, StoreError> {
    let _one_state = connection.unchecked_transaction()?;
    let (mut days, mut types, mut sources) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut add = |day: i64, source: i64, kind: i64, events: i64| {
        *days.entry(day).or_insert(0_i64) += events;
        *types.entry(kind).or_insert(0_i64) += events;
        *sources.entry(source).or_insert(0_i64) += events;
    };
    let mut hours = connection.prepare_cached("SELECT hour, source, type, events FROM search.hours")?;
    let mut rows = hours.query([])?;
    while let Some(row) = rows.next()? {
        let hour: i64 = row.get(0)?;
        add(hour.div_euclid(HOURS_A_DAY), row.get(1)?, row.get(2)?, row.get(3)?);
    }
    let mut newer = connection.prepare_cached("SELECT timestamp, source, type FROM events WHERE id > ?1")?;
    let mut rows = newer.query([search::indexed(connection)?])?;
    while let Some(row) = rows.next()? {
        let time: i64 = row.get(0)?;
        add(time.div_euclid(DAY_MS), row.get(1)?, row.get(2)?, 1);
    }
    let by_day = days.into_iter().rev().take(MOST_DAYS);
    Ok(Stats {
        counted_at: at,
        events: read::count(connection)?,
        sessions: connection.query_row("SELECT count(*) FROM sessions", [], |row| row.get(0))?,
        bytes: space.total(),
        database_bytes: space.database,
        oldest: page::oldest(connection)?,
        newest: page::newest(connection)?,
        by_day: by_day.map(|(day, events)| DayCount { day: day.saturating_mul(DAY_MS), events }).collect(),
        by_type: named(connection, types)?,
        by_source: named(connection, sources)?,
    })
}

fn named(connection: &Connection, counts: BTreeMap<i64, i64>) -> Result<Vec<NameCount>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT word FROM words WHERE id = ?1")?;
    let mut named = Vec::with_capacity(counts.len());
    for (word, events) in counts {
        named.push(NameCount { name: statement.query_row([word], |row| row.get(0))?, events });
    }
    named.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.name.cmp(&b.name)));
    named.truncate(MOST_NAMES);
    Ok(named)
}
