//! The events of one value, read from its index in pieces.

use super::lines::Way;
use crate::store::StoreError;
use rusqlite::Connection;
use rusqlite::types::Value;
use std::collections::VecDeque;

/// Ids of the first piece, and of one after a leap.
const FEW: usize = 16;
/// Ids of a piece when it goes on and on.
const MANY: usize = 1_024;

/// What is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Session,
    Source,
    Type,
    Tool,
    Task,
    Text,
}

impl Column {
    #[cfg(test)]
    pub(super) const ALL: [Self; 6] =
        [Self::Session, Self::Source, Self::Type, Self::Tool, Self::Task, Self::Text];

    /// Takes the value as `?1`, the id to begin with as `?2` and how many as `?3`.
    pub(super) const fn sql(self, way: Way) -> &'static str {
        macro_rules! marked {
            ($kind:literal) => {
                match way {
                    Way::Down => concat!(
                        "SELECT event FROM search.marks WHERE kind = ",
                        $kind,
                        " AND value = ?1 AND event <= ?2 ORDER BY event DESC LIMIT ?3"
                    ),
                    Way::Up => concat!(
                        "SELECT event FROM search.marks WHERE kind = ",
                        $kind,
                        " AND value = ?1 AND event >= ?2 ORDER BY event LIMIT ?3"
                    ),
                }
            };
        }
        match self {
            Self::Session => match way {
                Way::Down => {
                    "SELECT id FROM events INDEXED BY events_by_session WHERE session = ?1 AND id <= ?2 ORDER BY id DESC LIMIT ?3"
                }
                Way::Up => {
                    "SELECT id FROM events INDEXED BY events_by_session WHERE session = ?1 AND id >= ?2 ORDER BY id LIMIT ?3"
                }
            },
            Self::Type => marked!("1"),
            Self::Source => marked!("2"),
            Self::Tool => marked!("3"),
            Self::Task => marked!("4"),
            Self::Text => match way {
                Way::Down => {
                    "SELECT rowid FROM search.found WHERE found MATCH ?1 AND rowid <= ?2 ORDER BY rowid DESC LIMIT ?3"
                }
                Way::Up => {
                    "SELECT rowid FROM search.found WHERE found MATCH ?1 AND rowid >= ?2 ORDER BY rowid LIMIT ?3"
                }
            },
        }
    }
}

/// Where the reading of one value is.
pub(super) struct Cursor {
    column: Column,
    value: Value,
    way: Way,
    /// Places that were read and not yet passed.
    ahead: VecDeque<i64>,
    /// The last place of the piece before, and from the first one to it.
    last: Option<(i64, i64)>,
    piece: usize,
    done: bool,
}

impl Cursor {
    pub(super) fn new(column: Column, value: impl Into<Value>, way: Way) -> Self {
        Self { column, value: value.into(), way, ahead: VecDeque::new(), last: None, piece: FEW, done: false }
    }

    /// The first place from `from` on; `from` never goes back.
    pub(super) fn seek(&mut self, connection: &Connection, from: i64) -> Result<Option<i64>, StoreError> {
        while let Some(place) = self.ahead.front() {
            if *place >= from {
                return Ok(Some(*place));
            }
            self.ahead.pop_front();
        }
        if self.done {
            return Ok(None);
        }
        // Whoever goes on nearby goes on so; after a leap, only few may be wanted.
        let goes_on = self.last.is_none_or(|(last, length)| from.saturating_sub(last) <= length + 1);
        self.piece = if goes_on { (self.piece * 2).min(MANY) } else { FEW };
        let mut statement = connection.prepare_cached(self.column.sql(self.way))?;
        let limit = i64::try_from(self.piece).unwrap_or(i64::MAX);
        let rows =
            statement.query_map((&self.value, self.way.place(from), limit), |row| row.get::<_, i64>(0))?;
        for id in rows {
            self.ahead.push_back(self.way.place(id?));
        }
        self.done = self.ahead.len() < self.piece;
        let first = self.ahead.front().copied();
        self.last = first.zip(self.ahead.back()).map(|(first, last)| (*last, last - first));
        Ok(first)
    }
}
