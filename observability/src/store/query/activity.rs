//! How much happened when: of long times from what the index counted of each hour, of short ones from the events
//! themselves, the newest first and only so many.

use super::page::{self, find};
use crate::reading::{Activity, ActivityLine, EventFilter, EventRange};
use crate::store::{StoreError, search};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeMap, HashSet};

/// Most spans of one answer.
pub(super) const MOST_BUCKETS: u32 = 240;
/// Events that are counted one by one.
const MOST_EVENTS: u32 = 100_000;
/// The shortest time that is counted by whole hours, in milliseconds.
const LONG_MS: i64 = 2 * HOUR_MS;
const HOUR_MS: i64 = 60 * 60 * 1_000;

/// Which spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spans {
    from: i64,
    bucket_ms: i64,
    count: usize,
}

impl Spans {
    fn new(from: i64, to: i64, buckets: u32) -> Self {
        let buckets = i64::from(buckets.clamp(1, MOST_BUCKETS));
        let length = to.saturating_sub(from).max(1);
        let bucket_ms = length.saturating_add(buckets - 1) / buckets;
        Self { from, bucket_ms, count: usize::try_from(buckets).unwrap_or(1) }
    }

    /// The same in whole hours: at most as many spans, each at least as long.
    fn of_hours(self) -> Self {
        let from = self.from.div_euclid(HOUR_MS).saturating_mul(HOUR_MS);
        let bucket_ms = self.bucket_ms.saturating_add(HOUR_MS - 1) / HOUR_MS * HOUR_MS;
        let length = self.to().saturating_sub(from);
        let count = usize::try_from(length.saturating_add(bucket_ms - 1) / bucket_ms).unwrap_or(1);
        Self { from, bucket_ms, count: count.max(1) }
    }

    fn to(self) -> i64 {
        self.from.saturating_add(self.bucket_ms.saturating_mul(i64::try_from(self.count).unwrap_or(i64::MAX)))
    }

    fn place(self, time: i64) -> Option<usize> {
        let place = usize::try_from(time.checked_sub(self.from)?.div_euclid(self.bucket_ms)).ok()?;
        (place < self.count).then_some(place)
    }
}

/// Counts by type and span.
struct Counts {
    spans: Spans,
    types: BTreeMap<i64, Vec<i64>>,
}

impl Counts {
    fn add(&mut self, kind: i64, time: i64, events: i64) {
        let Some(place) = self.spans.place(time) else { return };
        let counts = self.types.entry(kind).or_insert_with(|| vec![0; self.spans.count]);
        if let Some(count) = counts.get_mut(place) {
            *count += events;
        }
    }
}

pub(super) fn read(
    connection: &Connection,
    filter: &EventFilter,
    (from, to): (i64, i64),
    buckets: u32,
) -> Result<Activity, StoreError> {
    let _one_state = connection.unchecked_transaction()?;
    let spans = Spans::new(from, to, buckets);
    let plain = plain(connection, filter)?;
    let by_hours = match &plain {
        Some(wanted) if to.saturating_sub(from) >= LONG_MS => {
            in_hours(connection, wanted, spans)? > i64::from(MOST_EVENTS)
        }
        _ => false,
    };
    let (counts, cut) = match &plain {
        Some(wanted) if by_hours => (of_hours(connection, wanted, spans.of_hours())?, false),
        _ => one_by_one(connection, filter, spans)?,
    };
    let spans = counts.spans;
    let mut name = connection.prepare_cached("SELECT word FROM words WHERE id = ?1")?;
    let mut types = Vec::with_capacity(counts.types.len());
    for (kind, counts) in counts.types {
        types.push(ActivityLine { hook_event_type: name.query_row([kind], |row| row.get(0))?, counts });
    }
    types.sort_by_cached_key(|line| (-line.counts.iter().sum::<i64>(), line.hook_event_type.clone()));
    Ok(Activity { from: spans.from, to: spans.to(), bucket_ms: spans.bucket_ms, types, cut })
}

/// What the hours can tell: sources and types, by their words.
struct Plain {
    sources: Option<HashSet<i64>>,
    types: Option<HashSet<i64>>,
}

impl Plain {
    fn wants(&self, source: i64, kind: i64) -> bool {
        let any =
            |wanted: &Option<HashSet<i64>>, word| wanted.as_ref().is_none_or(|wanted| wanted.contains(&word));
        any(&self.sources, source) && any(&self.types, kind)
    }
}

/// The filter, where the hours can tell it.
fn plain(connection: &Connection, filter: &EventFilter) -> Result<Option<Plain>, StoreError> {
    let EventFilter { sessions, subtree, sources, types, tools, tasks, from: _, to: _, text } = filter;
    if !sessions.is_empty() || subtree.is_some() || !tools.is_empty() || !tasks.is_empty() || text.is_some() {
        return Ok(None);
    }
    let mut word = connection.prepare_cached("SELECT id FROM words WHERE word = ?1")?;
    let mut words = |names: &[String]| -> Result<Option<HashSet<i64>>, StoreError> {
        if names.is_empty() {
            return Ok(None);
        }
        let mut found = HashSet::new();
        for name in names {
            found.extend(word.query_row([name], |row| row.get::<_, i64>(0)).optional()?);
        }
        Ok(Some(found))
    };
    Ok(Some(Plain { sources: words(sources)?, types: words(types)? }))
}

pub(super) const HOURS: &str =
    "SELECT hour, source, type, events FROM search.hours WHERE hour BETWEEN ?1 AND ?2";

/// Tells what was counted of each hour of a time.
pub(super) fn each_hour(
    connection: &Connection,
    first: i64,
    last: i64,
    mut told: impl FnMut(i64, i64, i64, i64),
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(HOURS)?;
    let mut rows = statement.query(params![first, last])?;
    while let Some(row) = rows.next()? {
        told(row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
    }
    Ok(())
}

/// Tells each event that is not counted by hours yet: its time, source and type.
pub(super) fn each_newer(
    connection: &Connection,
    mut told: impl FnMut(i64, i64, i64),
) -> Result<(), StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT timestamp, source, type FROM events WHERE id > ?1 LIMIT ?2")?;
    let mut rows = statement.query(params![search::indexed(connection)?, MOST_EVENTS])?;
    while let Some(row) = rows.next()? {
        told(row.get(0)?, row.get(1)?, row.get(2)?);
    }
    Ok(())
}

fn in_hours(connection: &Connection, wanted: &Plain, spans: Spans) -> Result<i64, StoreError> {
    let mut sum = 0;
    let (first, last) = (spans.from.div_euclid(HOUR_MS), spans.to().div_euclid(HOUR_MS));
    each_hour(connection, first, last, |_, source, kind, events| {
        sum += if wanted.wants(source, kind) { events } else { 0 };
    })?;
    Ok(sum)
}

fn of_hours(connection: &Connection, wanted: &Plain, spans: Spans) -> Result<Counts, StoreError> {
    let mut counts = Counts { spans, types: BTreeMap::new() };
    let (first, last) = (spans.from.div_euclid(HOUR_MS), spans.to().div_euclid(HOUR_MS));
    each_hour(connection, first, last, |hour, source, kind, events| {
        if wanted.wants(source, kind) {
            counts.add(kind, hour.saturating_mul(HOUR_MS), events);
        }
    })?;
    each_newer(connection, |time, source, kind| {
        if wanted.wants(source, kind) {
            counts.add(kind, time, 1);
        }
    })?;
    Ok(counts)
}

fn one_by_one(
    connection: &Connection,
    filter: &EventFilter,
    spans: Spans,
) -> Result<(Counts, bool), StoreError> {
    let filter =
        EventFilter { from: Some(spans.from), to: Some(spans.to().saturating_sub(1)), ..filter.clone() };
    let range = EventRange { before: None, after: None, limit: MOST_EVENTS, newest_first: true };
    let found = find(connection, &filter, range, page::newest(connection)?)?;
    let mut counts = Counts { spans, types: BTreeMap::new() };
    let mut look = connection.prepare_cached("SELECT timestamp, type FROM events WHERE id = ?1")?;
    for id in found.ids {
        let row = look.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        if let Some((time, kind)) = row {
            counts.add(kind, time, 1);
        }
    }
    Ok((counts, found.next.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{ProducerFigures, Store, StoreOptions};
    use serde_json::json;

    #[test]
    fn spans_cover_what_is_asked_for() {
        let spans = Spans::new(1_000, 61_000, 60);
        assert_eq!((spans.bucket_ms, spans.count, spans.to()), (1_000, 60, 61_000));
        assert_eq!(
            [spans.place(999), spans.place(1_000), spans.place(60_999), spans.place(61_000)],
            [None, Some(0), Some(59), None]
        );
        let spans = Spans::new(HOUR_MS / 2, 10 * HOUR_MS, 240).of_hours();
        assert_eq!((spans.from, spans.bucket_ms, spans.count), (0, HOUR_MS, 10));
        assert!(spans.to() >= 10 * HOUR_MS);
        let spans = Spans::new(i64::MIN, i64::MAX, 1);
        assert!(spans.place(0).is_none_or(|place| place == 0));
        Spans::new(5, 5, 0);
    }

    #[tokio::test]
    async fn hours_and_single_events_tell_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("rozet.db"), 0, StoreOptions::default()).unwrap();
        let events = (1..=500_u64).map(|seq| {
            let kind = if seq % 5 == 0 { "Stop" } else { "ToolCompleted" };
            let at = 10 * HOUR_MS + i64::try_from(seq).unwrap() * HOUR_MS / 50;
            let event = json!({"event_id": format!("p.{seq}"), "producer": "p", "seq": seq, "source_app": "a",
                "session_id": "s", "hook_event_type": kind, "payload": {}, "timestamp": at});
            serde_json::from_value(event).unwrap()
        });
        store.append("p".into(), events.collect(), ProducerFigures::default()).await.unwrap();
        let spans = Spans::new(10 * HOUR_MS, 21 * HOUR_MS, 11).of_hours();
        // Whether the index has them yet or not.
        for _ in 0..3 {
            let told = store.read(move |connection| {
                let filter = EventFilter { sources: vec!["a".into()], ..EventFilter::default() };
                let plain = plain(connection, &filter)?.unwrap();
                let (single, cut) = one_by_one(connection, &filter, spans)?;
                Ok((of_hours(connection, &plain, spans)?.types, single.types, cut))
            });
            let (hours, single, cut) = told.await.unwrap();
            assert!(!cut && hours == single, "{hours:?} {single:?}");
            let most = hours.values().max_by_key(|counts| counts.iter().sum::<i64>()).unwrap();
            assert_eq!((most.len(), most.iter().sum::<i64>(), most[5]), (11, 400, 40));
            tokio::time::timeout(std::time::Duration::from_secs(10), async {
                while store.indexed().await.unwrap() < 500 {
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
            })
            .await
            .unwrap();
        }
    }
}
