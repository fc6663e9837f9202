//! The store keeps to its bounds: by age and by size, over a long time, and nothing that is left is harmed.
#![cfg(feature = "store")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

use rozet_observability::event::Event;
use rozet_observability::reading::SessionFilter;
use rozet_observability::store::{ProducerFigures, Store, StoreOptions};
use serde_json::json;
use std::time::{Duration, Instant};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
const MIB: u64 = 1024 * 1024;

fn event(seq: u64, session: &str, at: i64, text: &str) -> Event {
    serde_json::from_value(json!({
        "event_id": format!("p.{seq}"), "producer": "p", "seq": seq, "source_app": "rozet-opencode",
        "session_id": session, "hook_event_type": "ToolCompleted", "timestamp": at,
        "payload": {"tool": "bash", "call_id": format!("c{seq}"), "output": text},
    }))
    .unwrap()
}

/// Time passes only where the test says so.
fn by_hand() -> StoreOptions {
    StoreOptions { look_every: Duration::MAX, index_after: Duration::ZERO, ..StoreOptions::default() }
}

/// Words that do not repeat themselves, so that the index grows as it would in life.
fn prose(seed: u64, words: u64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut text = String::new();
    for _ in 0..words {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(&format!("w{} ", state % 50_000));
    }
    text
}

#[tokio::test]
async fn a_year_of_events_stays_within_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let bound = 16 * MIB;
    let options = StoreOptions { max_bytes: bound, ..by_hand() };
    let store = Store::open(&folder.path().join("rozet.db"), 0, options).unwrap();
    let (mut seq, mut largest, mut written) = (0, 0, 0);
    for day in 0..365_i64 {
        let now = day * DAY_MS;
        let session = format!("s{day}");
        for _ in 0..4 {
            let events: Vec<Event> = (0..50)
                .map(|_| {
                    seq += 1;
                    // One in ten is long enough to be kept apart.
                    event(seq, &session, now, &prose(seq, if seq % 10 == 0 { 600 } else { 60 }))
                })
                .collect();
            written += events
                .iter()
                .map(|event| event.payload["output"].as_str().unwrap().len() as u64)
                .sum::<u64>();
            store.append("p".into(), events, ProducerFigures::default()).await.unwrap();
        }
        store.keep_bounds(now).await.unwrap();
        // In a real day there is time for it.
        let newest = store.recent(1).await.unwrap()[0].id;
        let deadline = Instant::now() + Duration::from_secs(20);
        while store.indexed().await.unwrap() < newest {
            assert!(Instant::now() < deadline, "the index does not follow");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        largest = largest.max(store.space().total());
    }
    assert!(written > 3 * bound, "{written} bytes would fit anyway");
    // Logs, and an index that follows in its own time, come on top for a moment.
    assert!(largest < bound + bound / 2, "{largest} bytes at most");
    let recent = store.recent(100).await.unwrap();
    assert_eq!(recent.last().unwrap().event.seq, seq, "the newest stay");
    assert_eq!(
        recent[0].event.payload["output"],
        prose(recent[0].event.seq, if recent[0].event.seq % 10 == 0 { 600 } else { 60 })
    );
    assert_eq!(store.producers(1).await.unwrap()[0].missing, 0, "what was removed is not missing");
    let sessions = store.sessions(SessionFilter::default(), None, 1_000).await.unwrap().sessions;
    assert!(sessions.len() < 365 && sessions[0].session_id == "s364", "{}", sessions.len());
    store.close().await;
    let at_rest = Store::open(&folder.path().join("rozet.db"), 0, options).unwrap();
    assert!(at_rest.space().total() <= bound + bound / 8, "{:?}", at_rest.space());
}

#[tokio::test]
async fn what_came_before_the_first_look_is_not_older_than_that() {
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions { max_age: Duration::from_secs(30 * 86_400), ..by_hand() };
    let store = Store::open(&folder.path().join("rozet.db"), 0, options).unwrap();
    let events = (1..=3).map(|seq| event(seq, "s", 0, "text")).collect();
    store.append("p".into(), events, ProducerFigures::default()).await.unwrap();
    for (day, left) in [(100, 3), (101, 3), (130, 3), (131, 1)] {
        store.keep_bounds(day * DAY_MS).await.unwrap();
        assert_eq!(store.recent(10).await.unwrap().len(), left, "day {day}");
    }
}

#[tokio::test]
async fn what_is_too_old_goes_and_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions { max_age: Duration::from_secs(30 * 86_400), ..by_hand() };
    let store = Store::open(&folder.path().join("rozet.db"), 0, options).unwrap();
    let append = |events: Vec<Event>| store.append("p".into(), events, ProducerFigures::default());
    let long = "long ".repeat(1_000);
    // Their own times lie: it counts when they arrived.
    store.keep_bounds(100 * DAY_MS).await.unwrap();
    append(vec![event(1, "old", 250_000_000_000_000, &long), event(2, "old", 0, "short")]).await.unwrap();
    store.keep_bounds(120 * DAY_MS).await.unwrap();
    append(vec![event(3, "new", 0, &long)]).await.unwrap();
    store.keep_bounds(129 * DAY_MS).await.unwrap();
    assert_eq!(store.recent(10).await.unwrap().len(), 3);
    store.keep_bounds(132 * DAY_MS).await.unwrap();
    let left = store.recent(10).await.unwrap();
    assert_eq!(left.iter().map(|event| event.id).collect::<Vec<_>>(), [3]);
    assert_eq!(left[0].event.payload["output"], long, "it was shared with one that is gone");
    assert_eq!(store.sessions(SessionFilter::default(), None, 9).await.unwrap().sessions.len(), 1);
    let again = append(vec![event(1, "old", 0, "again"), event(4, "new", 0, "next")]).await.unwrap();
    assert_eq!((again.duplicates, again.stored[0].id), (1, 4));
    // The clock goes back: nothing is older for that.
    store.keep_bounds(90 * DAY_MS).await.unwrap();
    assert_eq!(store.recent(10).await.unwrap().len(), 2);
    store.keep_bounds(500 * DAY_MS).await.unwrap();
    assert_eq!(store.recent(10).await.unwrap().len(), 1, "the newest stays, for ids go on from it");
}

#[tokio::test]
async fn what_came_before_the_first_look_is_as_old_as_that() {
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions { max_age: Duration::from_secs(30 * 86_400), ..by_hand() };
    let store = Store::open(&folder.path().join("rozet.db"), 0, options).unwrap();
    let append = |events: Vec<Event>| store.append("p".into(), events, ProducerFigures::default());
    append(vec![event(1, "s", 0, "one"), event(2, "s", 0, "two")]).await.unwrap();
    store.keep_bounds(100 * DAY_MS).await.unwrap();
    append(vec![event(3, "s", 0, "three")]).await.unwrap();
    store.keep_bounds(129 * DAY_MS).await.unwrap();
    assert_eq!(store.recent(10).await.unwrap().len(), 3);
    store.keep_bounds(131 * DAY_MS).await.unwrap();
    assert_eq!(store.recent(10).await.unwrap().len(), 1);
}
