//! Figures of the whole store, counted from indexes alone.

use crate::reading::{DayCount, NameCount, Stats};
use crate::store::{Space, StoreError};
use rusqlite::Connection;

/// How long figures are told again before they are counted anew, in milliseconds.
const COUNTED_FOR_MS: i64 = 5_000;
/// Days that are named.
const MOST_DAYS: usize = 366;
/// Names of each sort that are named.
const MOST_NAMES: usize = 500;
const DAY_MS: i64 = 86_400_000;

/// What was counted last.
#[derive(Debug, Default)]
pub(in crate::store) struct Counted(Option<Counts>);

/// Figures that come from the database.
#[derive(Debug, Clone)]
pub(super) struct Counts {
    at: i64,
    events: i64,
    sessions: i64,
    ends: (i64, i64),
    by_day: Vec<DayCount>,
    by_type: Vec<NameCount>,
    by_source: Vec<NameCount>,
}

impl Counts {
    pub(super) fn with(self, space: Space) -> Stats {
        Stats {
            counted_at: self.at,
            events: self.events,
            sessions: self.sessions,
            bytes: space.total(),
            database_bytes: space.database,
            oldest: self.ends.0,
            newest: self.ends.1,
            by_day: self.by_day,
            by_type: self.by_type,
            by_source: self.by_source,
        }
    }
}

impl Counted {
    pub(super) fn read(&mut self, connection: &Connection, now_ms: i64) -> Result<Counts, StoreError> {
        if let Some(counts) = &self.0
            && (0..COUNTED_FOR_MS).contains(&(now_ms - counts.at))
        {
            return Ok(counts.clone());
        }
        let counts = count(connection, now_ms)?;
        self.0 = Some(counts.clone());
        Ok(counts)
    }
}

fn count(connection: &Connection, at: i64) -> Result<Counts, StoreError> {
    let _one_state = connection.unchecked_transaction()?;
    let by_type = by_name(connection, "type")?;
    let ends = connection.query_row(
        "SELECT (SELECT min(id) FROM events), (SELECT max(id) FROM events)",
        [],
        |row| {
            Ok((
                row.get::<_, Option<i64>>(0)?.unwrap_or_default(),
                row.get::<_, Option<i64>>(1)?.unwrap_or_default(),
            ))
        },
    )?;
    Ok(Counts {
        at,
        events: by_type.iter().map(|count| count.events).sum(),
        sessions: connection.query_row("SELECT count(*) FROM sessions", [], |row| row.get(0))?,
        ends,
        by_day: by_day(connection)?,
        by_type,
        by_source: by_name(connection, "source")?,
    })
}

fn by_name(connection: &Connection, column: &str) -> Result<Vec<NameCount>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT word, counted.events
         FROM (SELECT {column} AS name, count(*) AS events FROM events INDEXED BY events_by_{column} GROUP BY {column})
             AS counted
         JOIN words ON words.id = counted.name"
    ))?;
    let rows = statement.query_map([], |row| Ok(NameCount { name: row.get(0)?, events: row.get(1)? }))?;
    let mut counts: Vec<NameCount> = rows.collect::<Result<_, _>>()?;
    counts.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.name.cmp(&b.name)));
    counts.truncate(MOST_NAMES);
    Ok(counts)
}

/// The newest days that have events: each is leapt to and counted in the index of times.
fn by_day(connection: &Connection) -> Result<Vec<DayCount>, StoreError> {
    let mut newest = connection
        .prepare_cached("SELECT max(timestamp) FROM events INDEXED BY events_by_time WHERE timestamp < ?1")?;
    let mut counted = connection.prepare_cached(
        "SELECT count(*) FROM events INDEXED BY events_by_time WHERE timestamp >= ?1 AND timestamp < ?2",
    )?;
    let (mut days, mut before) = (Vec::new(), i64::MAX);
    while days.len() < MOST_DAYS {
        let Some(time) = newest.query_row([before], |row| row.get::<_, Option<i64>>(0))? else { break };
        let day = time.div_euclid(DAY_MS) * DAY_MS;
        let events = counted.query_row([day, day.saturating_add(DAY_MS)], |row| row.get(0))?;
        days.push(DayCount { day, events });
        before = day;
    }
    Ok(days)
}
