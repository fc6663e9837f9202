//! Streams of event ids in the order of a page. Going down, ids are held as their negatives: what comes next is then
//! always larger.

use super::cursor::Cursor;
use super::scan::{Look, Scan};
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

/// What a line says of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Here is the next event that is wanted.
    At(i64),
    /// There is none before this place; it must be asked again from there.
    From(i64),
    /// There are no more.
    End,
}

/// What one field of a filter wants.
pub(super) enum Line {
    /// Values that are alternatives, each by its index.
    AnyOf(Vec<Cursor>),
    /// Events that are looked at one after the other.
    Each(Box<Scan>),
    /// A look at the single event that all other lines agree on. Comes last.
    One(Look),
    /// Stretches of places, in their order and apart from each other, outside of which nothing is wanted.
    Within(Vec<(i64, i64)>),
}

impl Line {
    /// What comes from `from` on; `from` never goes back.
    pub(super) fn seek(&mut self, connection: &Connection, from: i64) -> Result<Next, StoreError> {
        match self {
            Self::AnyOf(cursors) => {
                let mut first: Option<i64> = None;
                for cursor in cursors {
                    if let Some(place) = cursor.seek(connection, from)? {
                        first = Some(first.map_or(place, |first| first.min(place)));
                    }
                }
                Ok(first.map_or(Next::End, Next::At))
            }
            Self::Each(scan) => scan.seek(connection, from),
            Self::One(look) => look.at(connection, from),
            Self::Within(stretches) => {
                let index = stretches.partition_point(|(_, last)| *last < from);
                Ok(stretches.get(index).map_or(Next::End, |(first, _)| Next::At(from.max(*first))))
            }
        }
    }
}

/// Joins stretches that touch.
pub(super) fn joined(mut stretches: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    stretches.sort_unstable();
    let mut apart: Vec<(i64, i64)> = Vec::new();
    for (first, last) in stretches {
        match apart.last_mut() {
            Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
            _ => apart.push((first, last)),
        }
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_leapt_between() {
        let connection = Connection::open_in_memory().unwrap();
        let mut line = Line::Within(joined(vec![(20, 30), (1, 3), (4, 9), (25, 40)]));
        let mut seek = |from| line.seek(&connection, from).unwrap();
        assert_eq!(
            [seek(-5), seek(2), seek(9), seek(10), seek(35), seek(41)],
            [Next::At(1), Next::At(2), Next::At(9), Next::At(20), Next::At(35), Next::End]
        );
    }
}
