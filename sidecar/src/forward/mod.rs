//! Hands stored events on to another server of the known form, in their order: at least once, from a place that is kept in
//! the store, and without anybody here waiting for it.

mod place;
mod target;

pub(crate) use target::Target;

use place::Place;
use rozet_observability::event::StoredEvent;
use rozet_observability::link::SidecarInfo;
use rozet_observability::reading::{EventFilter, EventRange, Forwarded};
use rozet_observability::store::{Store, StoreError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Between two looks for new events.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Events read at a time. Where this one dies, so many may be sent twice.
const AT_ONCE: u32 = 100;
/// Waits after failures in a row, each twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Tells how it goes. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress(Arc<Mutex<Forwarded>>);

impl Progress {
    pub(crate) fn now(&self) -> Forwarded {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Forwarded)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Notes a problem, or that there is none; a new one is told in the log.
    fn problem(&self, problem: Option<String>) {
        let mut forwarded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if forwarded.problem != problem {
            match &problem {
                Some(problem) => tracing::warn!(url = forwarded.url, problem, "events are not forwarded"),
                None => tracing::info!(url = forwarded.url, "events are forwarded again"),
            }
            forwarded.problem = problem;
        }
    }
}

/// Hands events on.
pub(crate) struct Forwarder {
    store: Store,
    place: Place,
    target: Target,
    own: SidecarInfo,
    progress: Progress,
}

/// What became of one event.
pub(crate) enum Sent {
    Taken,
    /// It will never be taken.
    Refused,
}

impl Forwarder {
    /// Begins where it was left. Called before the first event can arrive: for a server that is new, what is stored from
    /// now on is for it.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn begin(store: Store, target: Target, own: SidecarInfo) -> Result<Self, StoreError> {
        let progress = Progress::default();
        progress.change(|forwarded| target.name().clone_into(&mut forwarded.url));
        let place = Place::find(&store, target.name()).await?;
        Ok(Self { store, place, target, own, progress })
    }

    pub(crate) fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Goes on for ever, but for a target that leads back to here.
    pub(crate) async fn run(mut self) {
        let mut pause = Pause::default();
        loop {
            match self.step().await {
                Ok(Step::Sent) => pause = Pause::default(),
                Ok(Step::Idle) => tokio::time::sleep(LOOK_EVERY).await,
                Ok(Step::Own) => return,
                Err(problem) => {
                    self.progress.problem(Some(problem));
                    tokio::time::sleep(pause.next()).await;
                }
            }
        }
    }

    async fn step(&mut self) -> Result<Step, String> {
        let range =
            EventRange { before: None, after: Some(self.place.id()), limit: AT_ONCE, newest_first: false };
        let page = self.store.events(EventFilter::default(), range).await;
        let events = page.map_err(|error| error.to_string())?.events;
        if events.is_empty() {
            return Ok(Step::Idle);
        }
        // Whoever answers there may have changed since the last time.
        if self.target.is(&self.own).await {
            self.progress.problem(Some(
                "ROZET_OBSERVABILITY_URL leads back to this sidecar: name another server, or none".into(),
            ));
            return Ok(Step::Own);
        }
        let outcome = self.send(&events).await;
        self.place.keep(&self.store).await.map_err(|error| error.to_string())?;
        outcome?;
        self.progress.problem(None);
        Ok(Step::Sent)
    }

    async fn send(&mut self, events: &[StoredEvent]) -> Result<(), String> {
        for stored in events {
            // What came from another sidecar is not sent on: two that name each other would never come to an end.
            if !target::was_forwarded(stored) {
                match self.target.send(stored).await? {
                    Sent::Taken => self.progress.change(|forwarded| forwarded.taken += 1),
                    Sent::Refused => {
                        tracing::warn!(id = stored.id, url = self.target.name(), "an event is refused there");
                        self.progress.change(|forwarded| forwarded.refused += 1);
                    }
                }
            }
            self.place.come_to(stored.id);
        }
        Ok(())
    }
}

enum Step {
    Sent,
    /// There was nothing to send.
    Idle,
    /// The target is this very sidecar.
    Own,
}

#[derive(Default)]
struct Pause(Option<Duration>);

impl Pause {
    fn next(&mut self) -> Duration {
        let pause = self.0.map_or(FIRST_PAUSE, |last| (last * 2).min(LONGEST_PAUSE));
        self.0 = Some(pause);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_bound() {
        let mut pause = Pause::default();
        assert_eq!(pause.next(), FIRST_PAUSE);
        assert_eq!(pause.next(), FIRST_PAUSE * 2);
        assert_eq!((0..20).map(|_| pause.next()).last(), Some(LONGEST_PAUSE));
    }
}
