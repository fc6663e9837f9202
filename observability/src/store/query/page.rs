//! A page of events: the ids that all fields of a filter agree on, and then the events themselves.

use super::PATIENCE;
use super::filter;
use super::lines::{Line, Next, Way};
use crate::event::StoredEvent;
use crate::hub::weight;
use crate::reading::{EventFilter, EventPage, EventRange};
use crate::store::StoreError;
use crate::store::read::{COLUMNS, TABLES, stored_event};
use crate::store::search;
use rusqlite::{Connection, OptionalExtension};
use std::time::Instant;

/// What the events of a page weigh together, in bytes; a page of heavier ones is shorter.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Reads a page, all of it from one state of the store.
pub(super) fn read(
    connection: &Connection,
    filter: &EventFilter,
    range: EventRange,
) -> Result<EventPage, StoreError> {
    let _one_state = connection.unchecked_transaction()?;
    let newest = newest(connection)?;
    let found = find(connection, filter, range, newest)?;
    let (mut events, mut bytes, mut next) = (Vec::with_capacity(found.ids.len()), 0, found.next);
    for id in found.ids {
        if bytes >= MOST_BYTES {
            next = events.last().map(|event: &StoredEvent| event.id);
            break;
        }
        // A search index may still know an event that the store has removed.
        if let Some(event) = one(connection, id)? {
            bytes += weight(&event);
            events.push(event);
        }
    }
    Ok(EventPage { events, next, newest })
}

/// Ids of a page, and where the next one begins.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) ids: Vec<i64>,
    pub(super) next: Option<i64>,
}

pub(super) fn find(
    connection: &Connection,
    filter: &EventFilter,
    range: EventRange,
    newest: i64,
) -> Result<Found, StoreError> {
    let way = if range.newest_first { Way::Down } else { Way::Up };
    let top = range.before.map_or(newest, |before| before.saturating_sub(1).min(newest));
    let bottom = range.after.map_or(0, |after| after.max(0)).saturating_add(1).max(oldest(connection)?);
    let Some(wanted) = filter::resolve(connection, filter)? else { return Ok(Found::default()) };
    let indexed = search::indexed(connection)?;
    // What is indexed, and what is newer.
    let mut parts = vec![(bottom, top.min(indexed), true)];
    if wanted.is_told_by_rows() {
        parts.push((bottom.max(indexed.saturating_add(1)), top, false));
    }
    if way == Way::Down {
        parts.reverse();
    }
    let mut search = Search {
        connection,
        way,
        limit: usize::try_from(range.limit).unwrap_or(usize::MAX),
        began: Instant::now(),
        found: Found::default(),
    };
    for (bottom, top, is_indexed) in parts {
        if top < bottom || search.found.next.is_some() {
            continue;
        }
        let mut lines = if is_indexed { wanted.by_indexes(connection, way)? } else { wanted.by_rows(way) };
        let (first, last) = match way {
            Way::Down => (way.place(top), way.place(bottom)),
            Way::Up => (bottom, top),
        };
        search.run(&mut lines, first, last)?;
    }
    Ok(search.found)
}

/// The looking for a page's ids.
struct Search<'c> {
    connection: &'c Connection,
    way: Way,
    limit: usize,
    began: Instant,
    found: Found,
}

impl Search<'_> {
    /// Adds what all lines agree on, from the first place to the last.
    fn run(&mut self, lines: &mut [Line], first: i64, last: i64) -> Result<(), StoreError> {
        let mut place = first;
        while place <= last {
            if self.began.elapsed() > PATIENCE {
                // Nothing more is wanted before this place.
                self.found.next = Some(self.way.place(place.saturating_sub(1)));
                return Ok(());
            }
            match self.ask(lines, place)? {
                Next::End => return Ok(()),
                Next::From(next) => place = next,
                Next::At(at) if at > last => return Ok(()),
                Next::At(_) if self.found.ids.len() == self.limit => {
                    // There is one more: the next page begins behind the last of this one.
                    self.found.next = self.found.ids.last().copied();
                    return Ok(());
                }
                Next::At(at) => {
                    self.found.ids.push(self.way.place(at));
                    place = at.saturating_add(1);
                }
            }
        }
        Ok(())
    }

    /// Asks each line once, from what those before it said on.
    fn ask(&self, lines: &mut [Line], place: i64) -> Result<Next, StoreError> {
        let mut reached = place;
        for line in lines {
            match line.seek(self.connection, reached)? {
                Next::At(at) => reached = at,
                other => return Ok(other),
            }
        }
        // They agree where none went further.
        Ok(if reached == place { Next::At(place) } else { Next::From(reached) })
    }
}

/// One event as it is now.
pub(super) fn one(connection: &Connection, id: i64) -> Result<Option<StoredEvent>, StoreError> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE events.id = ?1"))?;
    Ok(statement.query_row([id], |row| stored_event(connection, row)).optional()?)
}

/// The id of the newest event; 0 when there is none.
pub(super) fn newest(connection: &Connection) -> Result<i64, StoreError> {
    let newest: Option<i64> =
        connection.prepare_cached("SELECT max(id) FROM events")?.query_row([], |row| row.get(0))?;
    Ok(newest.unwrap_or_default())
}

/// The id of the oldest event; 0 when there is none.
pub(super) fn oldest(connection: &Connection) -> Result<i64, StoreError> {
    let oldest: Option<i64> =
        connection.prepare_cached("SELECT min(id) FROM events")?.query_row([], |row| row.get(0))?;
    Ok(oldest.unwrap_or_default())
}

/// When the oldest event happened.
pub(super) fn oldest_at(connection: &Connection) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT timestamp FROM events ORDER BY id LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?)
}
