//! Streams of event ids in the order of a page, each from one index. Going down, ids are held as their negatives: what
//! comes next is then always larger.

use super::cursor::Cursor;
use crate::store::StoreError;
use rusqlite::Connection;

/// The way that a page goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Newest first.
    Down,
    /// Oldest first.
    Up,
}

impl Way {
    /// An id's place on the way, and the other way round.
    pub(super) const fn place(self, id: i64) -> i64 {
        match self {
            Self::Down => id.saturating_neg(),
            Self::Up => id,
        }
    }
}

/// What one field of a filter wants.
pub(super) enum Line {
    /// Values that are alternatives.
    AnyOf(Vec<Cursor>),
    /// Places, in their order.
    Known(Vec<i64>),
}

impl Line {
    /// The first place from `from` on.
    pub(super) fn seek(&mut self, connection: &Connection, from: i64) -> Result<Option<i64>, StoreError> {
        match self {
            Self::AnyOf(cursors) => {
                let mut first: Option<i64> = None;
                for cursor in cursors {
                    if let Some(place) = cursor.seek(connection, from)? {
                        first = Some(first.map_or(place, |first| first.min(place)));
                    }
                }
                Ok(first)
            }
            Self::Known(places) => {
                let index = places.partition_point(|place| *place < from);
                Ok(places.get(index).copied())
            }
        }
    }
}
