//! How well each producer's events arrive.

use super::AppendOutcome;
use crate::reading::ProducerHealth;
use crate::store::StoreError;
use rusqlite::{Connection, params};

/// What a batch says of its producer beside the events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProducerFigures {
    /// Events of the batch that could not be read.
    pub rejected: u32,
    /// In all, since the producer began.
    pub coalesced: u64,
    /// In all, since the producer began.
    pub dropped: u64,
}

impl ProducerFigures {
    pub(super) fn note(
        self,
        connection: &Connection,
        producer: i64,
        (last_seq, redacted): (i64, u32),
        outcome: &AppendOutcome,
    ) -> Result<(), StoreError> {
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        connection
            .prepare_cached(
                "UPDATE producers SET last_seq = max(last_seq, ?2), stored = stored + ?3,
                     duplicates = duplicates + ?4, rejected = rejected + ?5, coalesced = max(coalesced, ?6),
                     dropped = max(dropped, ?7), redacted = redacted + ?8
                 WHERE id = ?1",
            )?
            .execute(params![
                producer,
                last_seq,
                i64::try_from(outcome.stored.len()).unwrap_or(i64::MAX),
                outcome.duplicates,
                self.rejected,
                count(self.coalesced),
                count(self.dropped),
                redacted,
            ])?;
        Ok(())
    }
}

/// The newest producers first.
pub(in crate::store) fn producers(
    connection: &Connection,
    limit: u32,
) -> Result<Vec<ProducerHealth>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT name, last_seq, CASE imported WHEN 1 THEN 0 ELSE max(0, last_seq - stored - rejected) END, duplicates, rejected, coalesced, dropped, redacted
         FROM producers ORDER BY id DESC LIMIT ?1",
    )?;
    let rows = statement.query_map([limit], |row| {
        Ok(ProducerHealth {
            producer: row.get(0)?,
            last_seq: row.get(1)?,
            missing: row.get(2)?,
            duplicates: row.get(3)?,
            rejected: row.get(4)?,
            coalesced: row.get(5)?,
            dropped: row.get(6)?,
            redacted: row.get(7)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
