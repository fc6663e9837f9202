//! A page of events: the ids that all fields of a filter agree on, and then the events themselves.

use super::PATIENCE;
use super::filter::{self, Wanted};
use super::lines::Way;
use super::zones::Zones;
use crate::event::StoredEvent;
use crate::hub::weight;
use crate::reading::{EventFilter, EventPage, EventRange};
use crate::store::StoreError;
use crate::store::read::{COLUMNS, TABLES, stored_event};
use rusqlite::{Connection, OptionalExtension};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What the events of a page weigh together, in bytes; a page of heavier ones is shorter.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Reads a page, all of it from one state of the store.
pub(super) fn read(
    connection: &Connection,
    zones: &Mutex<Zones>,
    filter: &EventFilter,
    range: EventRange,
) -> Result<EventPage, StoreError> {
    let _one_state = connection.unchecked_transaction()?;
    let newest = newest(connection)?;
    let found = find(connection, zones, filter, range, newest)?;
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
    zones: &Mutex<Zones>,
    filter: &EventFilter,
    range: EventRange,
    newest: i64,
) -> Result<Found, StoreError> {
    let way = if range.newest_first { Way::Down } else { Way::Up };
    let top = range.before.map_or(newest, |before| before.saturating_sub(1).min(newest));
    let bottom = range.after.map_or(0, |after| after.max(0)).saturating_add(1);
    let (first, last) = match way {
        Way::Down => (top, bottom),
        Way::Up => (bottom, top),
    };
    if top < bottom {
        return Ok(Found::default());
    }
    let Some(wanted) = filter::resolve(connection, zones, filter, way, newest)? else {
        return Ok(Found::default());
    };
    let limit = usize::try_from(range.limit).unwrap_or(usize::MAX);
    Search { connection, zones, wanted, way }.run(way.place(first), way.place(last), limit)
}

struct Search<'c> {
    connection: &'c Connection,
    zones: &'c Mutex<Zones>,
    wanted: Wanted,
    way: Way,
}

impl Search<'_> {
    fn run(mut self, first: i64, last: i64, limit: usize) -> Result<Found, StoreError> {
        let began = Instant::now();
        let (mut found, mut from) = (Found::default(), first);
        while let Some(place) = self.agreed(from, last, began)? {
            match place {
                Agreed::At(place) if found.ids.len() == limit => {
                    // There is one more: the next page begins behind the last of this one.
                    found.next = Some(found.ids.last().copied().unwrap_or(self.way.place(place)));
                    break;
                }
                Agreed::At(place) => {
                    found.ids.push(self.way.place(place));
                    from = place.saturating_add(1);
                }
                Agreed::NotYet(place) => {
                    found.next = Some(self.way.place(place.saturating_sub(1)));
                    break;
                }
            }
        }
        Ok(found)
    }

    /// The first place from `from` on that all lines have.
    fn agreed(&mut self, from: i64, last: i64, began: Instant) -> Result<Option<Agreed>, StoreError> {
        let mut place = from;
        loop {
            let before = place;
            if let Some(times) = self.wanted.times {
                let zones = self.zones.lock().unwrap_or_else(PoisonError::into_inner);
                let upwards = self.way == Way::Up;
                let found = zones.seek(self.way.place(place), upwards, (times.first, times.last));
                let Some(id) = found else { return Ok(None) };
                place = self.way.place(id);
            }
            for line in &mut self.wanted.lines {
                let Some(found) = line.seek(self.connection, place)? else { return Ok(None) };
                place = found;
            }
            if place > last {
                return Ok(None);
            }
            if place == before && self.is_of_time(place)? {
                return Ok(Some(Agreed::At(place)));
            }
            if place == before {
                place = place.saturating_add(1);
            }
            if began.elapsed() > PATIENCE {
                return Ok(Some(Agreed::NotYet(place)));
            }
        }
    }

    fn is_of_time(&self, place: i64) -> Result<bool, StoreError> {
        let Some(times) = self.wanted.times else { return Ok(true) };
        let time: Option<i64> = self
            .connection
            .prepare_cached("SELECT timestamp FROM events WHERE id = ?1")?
            .query_row([self.way.place(place)], |row| row.get(0))
            .optional()?;
        Ok(time.is_some_and(|time| (times.first..=times.last).contains(&time)))
    }
}

enum Agreed {
    At(i64),
    /// The time is up: nothing is wanted before this place.
    NotYet(i64),
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
