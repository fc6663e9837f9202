//! Between which times the events of each stretch of ids happened. Events of one time mostly arrive together, so a page
//! of a far-off time leaps over all the stretches that have none of it.

use crate::store::StoreError;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// Ids of a stretch, as a power of two.
const STRETCH_BITS: u32 = 12;
/// So many new events are read one by one; when there are more, all are read from the index of times.
const CAUGHT_UP_SINGLY: i64 = 20_000;

/// The times of all stretches, read when they are first needed and kept up from then on.
#[derive(Debug, Default)]
pub(in crate::store) struct Zones {
    stretches: BTreeMap<i64, (i64, i64)>,
    /// The newest id that they know of.
    newest: i64,
}

impl Zones {
    /// Learns of everything up to the newest event.
    pub(super) fn catch_up(&mut self, connection: &Connection, newest: i64) -> Result<(), StoreError> {
        if newest <= self.newest {
            return Ok(());
        }
        if self.newest == 0 || newest - self.newest > CAUGHT_UP_SINGLY {
            self.stretches.clear();
            let mut statement =
                connection.prepare_cached("SELECT id, timestamp FROM events INDEXED BY events_by_time")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                self.note(row.get(0)?, row.get(1)?);
            }
        } else {
            let mut statement =
                connection.prepare_cached("SELECT id, timestamp FROM events WHERE id > ?1")?;
            let mut rows = statement.query([self.newest])?;
            while let Some(row) = rows.next()? {
                self.note(row.get(0)?, row.get(1)?);
            }
        }
        self.newest = newest;
        Ok(())
    }

    fn note(&mut self, id: i64, time: i64) {
        let (first, last) = self.stretches.entry(id >> STRETCH_BITS).or_insert((time, time));
        *first = time.min(*first);
        *last = time.max(*last);
    }

    /// The first id, from `from` on going up or down, whose stretch has events of the times between.
    pub(super) fn seek(&self, from: i64, upwards: bool, (first, last): (i64, i64)) -> Option<i64> {
        let stretch = from >> STRETCH_BITS;
        let has_some = |(_, times): &(&i64, &(i64, i64))| times.0 <= last && times.1 >= first;
        if upwards {
            let (found, _) = self.stretches.range(stretch..).find(has_some)?;
            Some(from.max(found << STRETCH_BITS))
        } else {
            let (found, _) = self.stretches.range(..=stretch).rev().find(has_some)?;
            Some(from.min(((found + 1) << STRETCH_BITS) - 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_without_the_time_are_leapt_over() {
        let mut zones = Zones::default();
        for id in 1..=20_000_i64 {
            zones.note(id, id * 10);
        }
        zones.note(20_001, 55);
        assert_eq!(zones.seek(20_001, false, (50, 60)), Some(20_001), "it came late");
        assert_eq!(zones.seek(16_383, false, (50, 60)), Some(4_095));
        assert_eq!(zones.seek(1, true, (100_000, 100_100)), Some(8_192));
        assert_eq!(zones.seek(9_000, true, (100_000, 100_100)), Some(9_000));
        assert_eq!(zones.seek(20_001, false, (900_000, 990_000)), None);
    }
}
