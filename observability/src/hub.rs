//! The live hub: every stored event, to every reader, without any reader slowing the writer.

use crate::event::StoredEvent;
use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use thiserror::Error;
use tokio::sync::watch;

/// Events that a reader may lag behind before it must read what it missed from the store.
const BACKLOG: usize = 4_096;
/// What these may weigh together, in bytes.
const BACKLOG_BYTES: usize = 16 * 1024 * 1024;
/// Events that a reader gets at once.
const AT_ONCE: usize = 256;
/// What these may weigh together, in bytes: readers that stand still keep no more than this each.
const AT_ONCE_BYTES: usize = 256 * 1024;

/// Streams stored events in the order of their ids. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hub {
    backlog: Arc<Mutex<Backlog>>,
    /// Tells readers that there is something new.
    news: watch::Sender<()>,
}

/// What readers may still have to read.
#[derive(Debug, Default)]
struct Backlog {
    waiting: VecDeque<(Arc<Live>, usize)>,
    /// How many went before the first that waits.
    gone: u64,
    bytes: usize,
}

/// An event on its way to readers. It is written as JSON once, for all of them.
#[derive(Debug)]
pub struct Live {
    /// The event.
    pub event: Arc<StoredEvent>,
    /// Whether it was stored before and has changed since.
    pub changed: bool,
    frame: OnceLock<Bytes>,
}

/// A frame of the known form, in which what changed is an event like any other.
#[derive(Serialize)]
#[serde(tag = "type", content = "data", rename_all = "lowercase")]
enum Frame<'a> {
    Event(&'a StoredEvent),
}

impl Live {
    /// `{"type":"event","data":…}` as JSON.
    #[must_use]
    pub fn frame(&self) -> Bytes {
        self.frame
            .get_or_init(|| serde_json::to_vec(&Frame::Event(&self.event)).unwrap_or_default().into())
            .clone()
    }
}

/// Why a reader gets no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReadError {
    /// It was too slow: what it missed is in the store.
    #[error("the reader was too slow")]
    Lagged,
    /// The hub is gone.
    #[error("the hub is closed")]
    Closed,
}

/// One reader's place in the stream.
#[derive(Debug)]
pub struct Reader {
    backlog: Arc<Mutex<Backlog>>,
    /// How many it has read or missed.
    next: u64,
    news: watch::Receiver<()>,
}

impl Hub {
    /// Makes a hub without readers.
    #[must_use]
    pub fn new() -> Self {
        Self { backlog: Arc::default(), news: watch::Sender::new(()) }
    }

    /// Everything that is stored from now on.
    #[must_use]
    pub fn subscribe(&self) -> Reader {
        let backlog = lock(&self.backlog);
        let (next, news) = (backlog.end(), self.news.subscribe());
        drop(backlog);
        Reader { backlog: Arc::clone(&self.backlog), next, news }
    }

    /// How many readers there are.
    #[must_use]
    pub fn readers(&self) -> usize {
        self.news.receiver_count()
    }

    pub(crate) fn publish(&self, events: Vec<Arc<StoredEvent>>) {
        self.push(events.into_iter().map(|event| (event, false)));
    }

    /// Tells readers of an event that was stored before.
    pub(crate) fn publish_change(&self, event: Arc<StoredEvent>) {
        self.push(std::iter::once((event, true)));
    }

    fn push(&self, events: impl ExactSizeIterator<Item = (Arc<StoredEvent>, bool)>) {
        let mut backlog = lock(&self.backlog);
        if self.news.receiver_count() == 0 {
            backlog.forget(events.len());
            return;
        }
        for (event, changed) in events {
            backlog.push(Live { event, changed, frame: OnceLock::new() });
        }
        drop(backlog);
        self.news.send_replace(());
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// What was stored since the last call, at most 256 events and about 256 KiB; waits for the first. Nothing is lost when the wait is
    /// given up.
    ///
    /// # Errors
    /// When the reader was too slow, for this and every later call, or when the hub is gone.
    pub async fn recv(&mut self) -> Result<Vec<Arc<Live>>, ReadError> {
        loop {
            // Looked at before the backlog is: what comes in between is told of again.
            self.news.mark_unchanged();
            let events = self.take()?;
            if !events.is_empty() {
                return Ok(events);
            }
            self.news.changed().await.map_err(|_| ReadError::Closed)?;
        }
    }

    fn take(&mut self) -> Result<Vec<Arc<Live>>, ReadError> {
        let backlog = lock(&self.backlog);
        let read = self.next.checked_sub(backlog.gone).ok_or(ReadError::Lagged)?;
        let read = usize::try_from(read).unwrap_or(usize::MAX);
        let (mut events, mut bytes) = (Vec::new(), 0);
        for (live, weight) in backlog.waiting.iter().skip(read).take(AT_ONCE) {
            if bytes >= AT_ONCE_BYTES {
                break;
            }
            bytes += weight;
            events.push(Arc::clone(live));
        }
        self.next += events.len() as u64;
        Ok(events)
    }
}

impl Backlog {
    fn end(&self) -> u64 {
        self.gone + self.waiting.len() as u64
    }

    /// Nobody reads: there is nothing to keep.
    fn forget(&mut self, passed: usize) {
        self.gone = self.end() + passed as u64;
        self.waiting.clear();
        self.bytes = 0;
    }

    fn push(&mut self, live: Live) {
        // Once as an event, once as JSON.
        let bytes = 2 * weight(&live.event);
        self.bytes += bytes;
        self.waiting.push_back((Arc::new(live), bytes));
        while self.waiting.len() > BACKLOG || (self.bytes > BACKLOG_BYTES && self.waiting.len() > 1) {
            if let Some((_, bytes)) = self.waiting.pop_front() {
                self.bytes -= bytes;
                self.gone += 1;
            }
        }
    }
}

fn lock(backlog: &Mutex<Backlog>) -> MutexGuard<'_, Backlog> {
    backlog.lock().unwrap_or_else(PoisonError::into_inner)
}

/// About how much memory an event takes, in bytes.
pub(crate) fn weight(stored: &StoredEvent) -> usize {
    let event = &stored.event;
    let fields = event.payload.iter().chain(&event.extra);
    200 + fields.map(|(name, value)| name.len() + of_value(value)).sum::<usize>()
}

fn of_value(value: &Value) -> usize {
    32 + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(of_value).sum(),
        Value::Object(fields) => fields.iter().map(|(name, value)| name.len() + of_value(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(id: i64, text: &str) -> Arc<StoredEvent> {
        let event = json!({"id": id, "event_id": "e", "source_app": "a", "session_id": "s", "hook_event_type": "Stop",
            "payload": {"text": text}, "timestamp": 1});
        Arc::new(serde_json::from_value(event).unwrap())
    }

    fn ids(events: &[Arc<Live>]) -> Vec<i64> {
        events.iter().map(|live| live.event.id).collect()
    }

    #[tokio::test]
    async fn readers_get_everything_from_when_they_came_written_once() {
        let hub = Hub::new();
        hub.publish(vec![event(1, "")]);
        let (mut one, mut other) = (hub.subscribe(), hub.subscribe());
        hub.publish(vec![event(2, ""), event(3, "")]);
        hub.publish_change(event(1, "new"));
        let (first, second) = (one.recv().await.unwrap(), other.recv().await.unwrap());
        assert_eq!((ids(&first), ids(&second)), (vec![2, 3, 1], vec![2, 3, 1]));
        assert!(first[2].changed && !first[1].changed);
        assert_eq!(first[0].frame().as_ptr(), second[0].frame().as_ptr());
        let frame: Value = serde_json::from_slice(&first[0].frame()).unwrap();
        assert_eq!((&frame["type"], &frame["data"]["id"]), (&json!("event"), &json!(2)));
        drop((one, other));
        hub.publish(vec![event(4, "")]);
        assert_eq!((hub.readers(), lock(&hub.backlog).waiting.len()), (0, 0), "nothing is kept for nobody");
    }

    #[tokio::test]
    async fn who_is_too_slow_is_told_and_the_others_go_on() {
        let hub = Hub::new();
        let (mut slow, mut quick) = (hub.subscribe(), hub.subscribe());
        let mut read = 0;
        for id in 0..=i64::try_from(BACKLOG).unwrap() {
            hub.publish(vec![event(id, "")]);
            if id % 100 == 0 {
                read += quick.recv().await.unwrap().len();
            }
        }
        while read <= BACKLOG {
            read += quick.recv().await.unwrap().len();
        }
        assert_eq!(slow.recv().await.unwrap_err(), ReadError::Lagged);
        drop(hub);
        assert_eq!(quick.recv().await.unwrap_err(), ReadError::Closed);
    }

    #[tokio::test]
    async fn what_waits_is_bounded_in_bytes_too() {
        let hub = Hub::new();
        let mut slow = hub.subscribe();
        let long = "x".repeat(BACKLOG_BYTES / 8);
        (0..8).for_each(|id| hub.publish(vec![event(id, &long)]));
        assert_eq!(slow.recv().await.unwrap_err(), ReadError::Lagged);
        assert!(lock(&hub.backlog).bytes <= BACKLOG_BYTES);
    }
}
