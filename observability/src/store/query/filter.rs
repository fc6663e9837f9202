//! From a filter to streams of ids.

use super::cursor::{Column, Cursor};
use super::lines::{Line, Way, joined};
use super::scan::{Look, Scan, Test};
use super::{sessions, text};
use crate::reading::EventFilter;
use crate::store::StoreError;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params};

/// Hours of a time whose stretches of ids are read; where there are more, its events are looked for among all.
const MOST_HOURS: usize = 20_000;
const HOUR_MS: i64 = 60 * 60 * 1_000;

/// A filter in the store's own numbers.
pub(super) struct Resolved {
    test: Test,
    /// The search in the index's language.
    text: Option<String>,
}

/// The filter with names looked up; none when nothing stored can be what is wanted.
pub(super) fn resolve(connection: &Connection, filter: &EventFilter) -> Result<Option<Resolved>, StoreError> {
    let mut test = Test::default();
    if !filter.sessions.is_empty() {
        test.sessions.push(numbers(connection, SESSION, &filter.sessions)?.into_iter().collect());
    }
    if let Some(root) = &filter.subtree {
        test.sessions.push(sessions::subtree(connection, root)?.into_iter().collect());
    }
    let words = |names: &[String]| -> Result<Option<_>, StoreError> {
        if names.is_empty() {
            return Ok(None);
        }
        Ok(Some(numbers(connection, WORD, names)?.into_iter().collect()))
    };
    test.source = words(&filter.sources)?;
    test.kind = words(&filter.types)?;
    test.tool = words(&filter.tools)?;
    test.task = (!filter.tasks.is_empty()).then(|| filter.tasks.iter().cloned().collect());
    if filter.from.is_some() || filter.to.is_some() {
        test.times = Some((filter.from.unwrap_or(i64::MIN), filter.to.unwrap_or(i64::MAX)));
    }
    let text = filter.text.as_ref().map(|typed| text::expression(typed));
    let nothing =
        |words: &Option<std::collections::HashSet<i64>>| words.as_ref().is_some_and(|words| words.is_empty());
    let is_impossible = test.sessions.iter().any(|wanted| wanted.is_empty())
        || [&test.source, &test.kind, &test.tool].into_iter().any(nothing)
        || test.times.is_some_and(|(first, last)| first > last)
        // A search without a word finds nothing.
        || text == Some(None);
    Ok((!is_impossible).then(|| Resolved { test, text: text.flatten() }))
}

impl Resolved {
    /// Whether what is wanted can be told from events that no index has yet.
    pub(super) const fn is_told_by_rows(&self) -> bool {
        self.text.is_none()
    }

    /// What is wanted among events that no index has yet.
    pub(super) fn by_rows(&self, way: Way) -> Vec<Line> {
        vec![Line::Each(Box::new(Scan::new(self.test.clone(), way)))]
    }

    /// What is wanted among events that the indexes have. Where other lines do not tell it, each event's time is looked
    /// at last.
    pub(super) fn by_indexes(&self, connection: &Connection, way: Way) -> Result<Vec<Line>, StoreError> {
        let mut lines = Vec::new();
        if let Some((first, last)) = self.test.times
            && let Some(stretches) = of_time(connection, first, last, way)?
        {
            lines.push(Line::Within(stretches));
        }
        let mut narrow = |column: Column, values: Vec<Value>| {
            lines
                .push(Line::AnyOf(values.into_iter().map(|value| Cursor::new(column, value, way)).collect()));
        };
        if let Some(text) = &self.text {
            narrow(Column::Text, vec![text.clone().into()]);
        }
        let test = &self.test;
        for sessions in &test.sessions {
            narrow(Column::Session, sessions.iter().map(|session| Value::from(*session)).collect());
        }
        if let Some(tasks) = &test.task {
            narrow(Column::Task, tasks.iter().cloned().map(Value::from).collect());
        }
        for (column, words) in
            [(Column::Tool, &test.tool), (Column::Type, &test.kind), (Column::Source, &test.source)]
        {
            if let Some(words) = words {
                narrow(column, words.iter().map(|word| Value::from(*word)).collect());
            }
        }
        let others = lines.iter().any(|line| matches!(line, Line::AnyOf(_)));
        if !others || test.times.is_some() {
            lines.push(match (others, test.times) {
                (true, Some(times)) => Line::One(Look::new(times, way)),
                _ => {
                    let test = Test { times: test.times, ..Test::default() };
                    Line::Each(Box::new(Scan::new(test, way)))
                }
            });
        }
        Ok(lines)
    }
}

pub(super) const OF_TIME: &str = "SELECT min(first), max(last) FROM search.hours WHERE hour BETWEEN ?1 AND ?2
     GROUP BY hour ORDER BY hour LIMIT ?3";

/// Between which places a time's events are; none when that takes too long to tell.
fn of_time(
    connection: &Connection,
    first: i64,
    last: i64,
    way: Way,
) -> Result<Option<Vec<(i64, i64)>>, StoreError> {
    let mut statement = connection.prepare_cached(OF_TIME)?;
    let limit = i64::try_from(MOST_HOURS + 1).unwrap_or(i64::MAX);
    let hours = params![first.div_euclid(HOUR_MS), last.div_euclid(HOUR_MS), limit];
    let rows = statement.query_map(hours, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    let mut stretches = Vec::new();
    for row in rows {
        let (first, last) = row?;
        stretches.push(match way {
            Way::Up => (first, last),
            Way::Down => (way.place(last), way.place(first)),
        });
    }
    Ok((stretches.len() <= MOST_HOURS).then(|| joined(stretches)))
}

const SESSION: &str = "SELECT id FROM sessions WHERE session_id = ?1";
const WORD: &str = "SELECT id FROM words WHERE word = ?1";

/// The numbers that names have in the store. A name that nothing has is left out.
fn numbers(connection: &Connection, sql: &str, names: &[String]) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut numbers = Vec::with_capacity(names.len());
    for name in names {
        numbers.extend(statement.query_row([name], |row| row.get::<_, i64>(0)).optional()?);
    }
    Ok(numbers)
}
