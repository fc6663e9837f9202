//! What one reader of `/v1/stream` gets: what is stored from an event on, then what comes, without a gap or a double.

use axum::body::Bytes;
use rozet_observability::hub::{Live, ReadError, Reader};
use rozet_observability::reading::{EventFilter, EventRange, Judge, ReaderFrame};
use rozet_observability::store::{Store, StoreError};
use std::sync::Arc;

/// Stored events that are sent together.
const REPLAYED_AT_ONCE: u32 = 200;

/// A frame, and the id from which a stream after it goes on.
pub(super) struct Sent {
    pub(super) frame: Bytes,
    pub(super) after: i64,
}

/// Where a reader is.
pub(super) struct Feed {
    store: Store,
    filter: EventFilter,
    /// Everything up to this event was sent, or was not wanted.
    after: i64,
    place: Place,
}

enum Place {
    /// What is stored is read; what comes meanwhile waits in the live stream.
    Stored(Reader),
    Live {
        reader: Reader,
        judge: Box<Judge>,
        has_begun: bool,
    },
    Over,
}

impl Feed {
    /// Begins after an event, or with what is stored from now on.
    pub(super) async fn begin(
        store: Store,
        filter: EventFilter,
        after: Option<i64>,
    ) -> Result<Self, StoreError> {
        let place = Place::Stored(store.hub().subscribe());
        // An event that is not there yet is of another store: the `ready` frame says where this one is.
        let newest = store.newest_event().await?;
        let after = after.map_or(newest, |after| after.min(newest));
        Ok(Self { store, filter, after, place })
    }

    /// The next frames, at least one; none at the end. Nothing is lost when the wait is given up.
    pub(super) async fn next(&mut self) -> Option<Vec<Sent>> {
        loop {
            let frames = match &mut self.place {
                Place::Stored(_) => self.stored().await,
                Place::Live { reader, .. } => {
                    let events = reader.recv().await;
                    self.live(events)
                }
                Place::Over => return None,
            };
            match frames {
                Ok(frames) if frames.is_empty() => {}
                Ok(frames) => return Some(frames),
                Err(error) => {
                    tracing::warn!(%error, "a stream ends");
                    self.place = Place::Over;
                }
            }
        }
    }

    /// The next page of what is stored.
    async fn stored(&mut self) -> Result<Vec<Sent>, StoreError> {
        let range = EventRange {
            before: None,
            after: Some(self.after),
            limit: REPLAYED_AT_ONCE,
            newest_first: false,
        };
        let page = self.store.events(self.filter.clone(), range).await?;
        let subtree = match (&self.filter.subtree, page.next) {
            (Some(root), None) => self.store.subtree(root.clone()).await?,
            _ => Vec::new(),
        };
        // From here on nothing is awaited: the place changes with what is told.
        let mut frames = Vec::with_capacity(page.events.len() + 1);
        for event in page.events {
            let after = event.id;
            frames.extend(sent(&ReaderFrame::Event { data: Box::new(event) }, after));
        }
        if let Some(next) = page.next {
            self.after = next;
            return Ok(frames);
        }
        self.after = self.after.max(page.newest);
        frames.extend(sent(&ReaderFrame::Ready { after: self.after }, self.after));
        if let Place::Stored(reader) = std::mem::replace(&mut self.place, Place::Over) {
            let judge = Box::new(Judge::new(self.filter.clone(), subtree));
            self.place = Place::Live { reader, judge, has_begun: false };
        }
        Ok(frames)
    }

    fn live(&mut self, events: Result<Vec<Arc<Live>>, ReadError>) -> Result<Vec<Sent>, StoreError> {
        let Place::Live { judge, has_begun, .. } = &mut self.place else { return Ok(Vec::new()) };
        match events {
            Ok(events) => {
                *has_begun = true;
                let mut frames = Vec::with_capacity(events.len());
                for live in events {
                    // What was stored while the stored events were read has been sent with them.
                    let is_new = live.event.id > self.after;
                    if !(is_new || live.changed) {
                        continue;
                    }
                    self.after = self.after.max(live.event.id);
                    if !judge.wants(&live.event.event) {
                        continue;
                    }
                    if live.changed {
                        let data = Box::new((*live.event).clone());
                        frames.extend(sent(&ReaderFrame::Updated { data }, self.after));
                    } else {
                        frames.push(Sent { frame: live.frame(), after: self.after });
                    }
                }
                Ok(frames)
            }
            // Much came while much that is stored was sent: that is no fault of the reader's.
            Err(ReadError::Lagged) if !*has_begun => {
                self.place = Place::Stored(self.store.hub().subscribe());
                Ok(Vec::new())
            }
            Err(ReadError::Lagged) => {
                self.place = Place::Over;
                Ok(sent(&ReaderFrame::Resync { after: self.after }, self.after).into_iter().collect())
            }
            Err(ReadError::Closed) => {
                self.place = Place::Over;
                Ok(Vec::new())
            }
        }
    }
}

fn sent(frame: &ReaderFrame, after: i64) -> Option<Sent> {
    Some(Sent { frame: serde_json::to_vec(frame).ok()?.into(), after })
}
