//! From a filter to streams of ids.

use super::cursor::{Column, Cursor};
use super::lines::{Line, Way};
use super::zones::Zones;
use super::{sessions, text};
use crate::reading::EventFilter;
use crate::store::StoreError;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::{Mutex, PoisonError};

/// So many events of a time are sorted by their ids; when there are more, the stretches of ids are looked through.
const SORTED_AT_ONCE: usize = 20_000;

/// The times that are wanted, where ids alone do not tell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) first: i64,
    pub(super) last: i64,
}

/// What must all be so.
pub(super) struct Wanted {
    pub(super) lines: Vec<Line>,
    pub(super) times: Option<Times>,
}

/// What a filter wants; none when nothing stored can be it.
pub(super) fn resolve(
    connection: &Connection,
    zones: &Mutex<Zones>,
    filter: &EventFilter,
    way: Way,
    newest: i64,
) -> Result<Option<Wanted>, StoreError> {
    let mut lines = Vec::new();
    let mut narrow = |column: Column, values: Option<Vec<Value>>| {
        let Some(values) = values else { return true };
        let cursors: Vec<Cursor> = values.into_iter().map(|value| Cursor::new(column, value, way)).collect();
        let is_possible = !cursors.is_empty();
        lines.push(Line::AnyOf(cursors));
        is_possible
    };
    let subtree = match &filter.subtree {
        None => None,
        Some(root) => Some(sessions::subtree(connection, root)?.into_iter().map(Value::from).collect()),
    };
    // A search without a word finds nothing.
    let text =
        filter.text.as_ref().map(|typed| text::expression(typed).into_iter().map(Value::from).collect());
    let tasks: Vec<Value> = filter.tasks.iter().cloned().map(Value::from).collect();
    let is_possible = narrow(Column::Text, text)
        && narrow(Column::Session, numbers(connection, SESSION, &filter.sessions)?)
        && narrow(Column::Session, subtree)
        && narrow(Column::Task, (!tasks.is_empty()).then_some(tasks))
        && narrow(Column::Tool, numbers(connection, WORD, &filter.tools)?)
        && narrow(Column::Type, numbers(connection, WORD, &filter.types)?)
        && narrow(Column::Source, numbers(connection, WORD, &filter.sources)?);
    if !is_possible {
        return Ok(None);
    }
    let mut times = None;
    if filter.from.is_some() || filter.to.is_some() {
        let wanted = Times { first: filter.from.unwrap_or(i64::MIN), last: filter.to.unwrap_or(i64::MAX) };
        match of_time(connection, wanted, way)? {
            Some(places) => lines.push(Line::Known(places)),
            None => {
                zones.lock().unwrap_or_else(PoisonError::into_inner).catch_up(connection, newest)?;
                times = Some(wanted);
            }
        }
    }
    if lines.is_empty() {
        lines.push(Line::AnyOf(vec![Cursor::new(Column::Every, Value::Null, way)]));
    }
    Ok(Some(Wanted { lines, times }))
}

pub(super) const OF_TIME: &str =
    "SELECT id FROM events INDEXED BY events_by_time WHERE timestamp BETWEEN ?1 AND ?2 LIMIT ?3";

/// The places of a time's events, when these are not too many.
fn of_time(connection: &Connection, times: Times, way: Way) -> Result<Option<Vec<i64>>, StoreError> {
    let mut statement = connection.prepare_cached(OF_TIME)?;
    let limit = i64::try_from(SORTED_AT_ONCE + 1).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![times.first, times.last, limit], |row| row.get::<_, i64>(0))?;
    let mut places = rows.map(|id| Ok(way.place(id?))).collect::<Result<Vec<_>, StoreError>>()?;
    places.sort_unstable();
    Ok((places.len() <= SORTED_AT_ONCE).then_some(places))
}

const SESSION: &str = "SELECT id FROM sessions WHERE session_id = ?1";
const WORD: &str = "SELECT id FROM words WHERE word = ?1";

/// The numbers that names have in the store; none when no name is given. A name that nothing has is left out.
fn numbers(connection: &Connection, sql: &str, names: &[String]) -> Result<Option<Vec<Value>>, StoreError> {
    if names.is_empty() {
        return Ok(None);
    }
    let mut statement = connection.prepare_cached(sql)?;
    let mut numbers = Vec::with_capacity(names.len());
    for name in names {
        numbers.extend(statement.query_row([name], |row| row.get::<_, i64>(0)).optional()?.map(Value::from));
    }
    Ok(Some(numbers))
}
