//! Events looked at one by one: the newest, which no index has yet, and those of a time.

use super::lines::{Next, Way};
use crate::store::StoreError;
use rusqlite::{Connection, OptionalExtension, Row};
use std::collections::{HashSet, VecDeque};

/// Events that are looked at in one go.
const PIECE: i64 = 1_024;

/// What an event's row must have. Values of one field are alternatives; no value at all is never met.
#[derive(Debug, Clone, Default)]
pub(super) struct Test {
    /// Each set is one demand.
    pub(super) sessions: Vec<HashSet<i64>>,
    pub(super) source: Option<HashSet<i64>>,
    pub(super) kind: Option<HashSet<i64>>,
    pub(super) tool: Option<HashSet<i64>>,
    pub(super) task: Option<HashSet<String>>,
    /// In milliseconds since 1970.
    pub(super) times: Option<(i64, i64)>,
}

impl Test {
    /// Whether a row of `session, source, type, tool, task, timestamp`, from the second column on, has it.
    fn is_met(&self, row: &Row<'_>) -> Result<bool, rusqlite::Error> {
        if let Some((first, last)) = self.times
            && !(first..=last).contains(&row.get(6)?)
        {
            return Ok(false);
        }
        for (column, wanted) in [(2, &self.source), (3, &self.kind), (4, &self.tool)] {
            if let Some(wanted) = wanted
                && !row.get::<_, Option<i64>>(column)?.is_some_and(|word| wanted.contains(&word))
            {
                return Ok(false);
            }
        }
        if let Some(wanted) = &self.task
            && !row.get::<_, Option<String>>(5)?.is_some_and(|task| wanted.contains(&task))
        {
            return Ok(false);
        }
        let session = row.get(1)?;
        Ok(self.sessions.iter().all(|wanted| wanted.contains(&session)))
    }
}

/// Where the looking is.
pub(super) struct Scan {
    test: Test,
    way: Way,
    /// Places that have it, and are not yet passed.
    ahead: VecDeque<i64>,
    /// Up to this place, it included, everything has been looked at since the last leap.
    seen: Option<i64>,
}

impl Scan {
    pub(super) const fn new(test: Test, way: Way) -> Self {
        Self { test, way, ahead: VecDeque::new(), seen: None }
    }

    pub(super) const fn sql(way: Way) -> &'static str {
        match way {
            Way::Down => {
                "SELECT id, session, source, type, tool, task, timestamp FROM events
                 WHERE id <= ?1 ORDER BY id DESC LIMIT ?2"
            }
            Way::Up => {
                "SELECT id, session, source, type, tool, task, timestamp FROM events
                 WHERE id >= ?1 ORDER BY id LIMIT ?2"
            }
        }
    }

    pub(super) fn seek(&mut self, connection: &Connection, from: i64) -> Result<Next, StoreError> {
        while let Some(place) = self.ahead.front() {
            if *place >= from {
                return Ok(Next::At(*place));
            }
            self.ahead.pop_front();
        }
        if let Some(seen) = self.seen
            && seen >= from
        {
            return Ok(Next::From(seen.saturating_add(1)));
        }
        let mut statement = connection.prepare_cached(Self::sql(self.way))?;
        let mut rows = statement.query([self.way.place(from), PIECE])?;
        let (mut count, mut last) = (0, from);
        while let Some(row) = rows.next()? {
            count += 1;
            last = self.way.place(row.get(0)?);
            if self.test.is_met(row)? {
                self.ahead.push_back(last);
            }
        }
        let has_ended = count < PIECE;
        self.seen = Some(if has_ended { i64::MAX } else { last });
        Ok(match self.ahead.front() {
            Some(place) => Next::At(*place),
            None if has_ended => Next::End,
            None => Next::From(last.saturating_add(1)),
        })
    }
}

/// A look at one event's time.
pub(super) struct Look {
    times: (i64, i64),
    way: Way,
}

impl Look {
    pub(super) const fn new(times: (i64, i64), way: Way) -> Self {
        Self { times, way }
    }

    pub(super) fn at(&self, connection: &Connection, place: i64) -> Result<Next, StoreError> {
        let time: Option<i64> = connection
            .prepare_cached("SELECT timestamp FROM events WHERE id = ?1")?
            .query_row([self.way.place(place)], |row| row.get(0))
            .optional()?;
        let (first, last) = self.times;
        let is_of_it = time.is_some_and(|time| (first..=last).contains(&time));
        Ok(if is_of_it { Next::At(place) } else { Next::From(place.saturating_add(1)) })
    }
}
