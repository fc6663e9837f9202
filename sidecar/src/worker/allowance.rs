//! The time that an attempt may take.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Counts an attempt's time from its making, and stands still while the attempt waits for a person: how long that takes is
/// not the worker's doing, and asks have a deadline of their own.
#[derive(Debug)]
pub(crate) struct Allowance {
    limit: Duration,
    clock: Mutex<Clock>,
    /// Whether the clock runs.
    runs: watch::Sender<bool>,
}

#[derive(Debug)]
struct Clock {
    /// What was used until it last stood still.
    used: Duration,
    /// Since when it runs; none while it stands still.
    since: Option<Instant>,
}

impl Allowance {
    pub(crate) fn new(limit: Duration) -> Self {
        let clock = Mutex::new(Clock { used: Duration::ZERO, since: Some(Instant::now()) });
        Self { limit, clock, runs: watch::Sender::new(true) }
    }

    /// Stops the clock, or lets it go on.
    pub(crate) fn wait_for_person(&self, waits: bool) {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        match (clock.since, waits) {
            (Some(since), true) => {
                clock.used += since.elapsed();
                clock.since = None;
            }
            (None, false) => clock.since = Some(Instant::now()),
            _ => return,
        }
        drop(clock);
        self.runs.send_replace(!waits);
    }

    /// What is left; nothing once it is used up.
    pub(crate) fn left(&self) -> Duration {
        let clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        let running = clock.since.map(|since| since.elapsed()).unwrap_or_default();
        self.limit.saturating_sub(clock.used + running)
    }

    /// Comes back when it is used up.
    pub(crate) async fn used_up(&self) {
        let mut runs = self.runs.subscribe();
        loop {
            let is_running = *runs.borrow_and_update();
            let left = self.left();
            if left.is_zero() {
                return;
            }
            // The sender lives as long as this value, so the waits cannot fail.
            if is_running {
                let _ = tokio::time::timeout(left, runs.changed()).await;
            } else {
                let _ = runs.changed().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn time_spent_waiting_for_a_person_does_not_count() {
        let allowance = Allowance::new(Duration::from_secs(10));
        let began = Instant::now();
        let (_, ()) = tokio::join!(allowance.used_up(), async {
            tokio::time::sleep(Duration::from_secs(4)).await;
            allowance.wait_for_person(true);
            allowance.wait_for_person(true);
            assert_eq!(allowance.left(), Duration::from_secs(6));
            tokio::time::sleep(Duration::from_secs(3_600)).await;
            assert_eq!(allowance.left(), Duration::from_secs(6));
            allowance.wait_for_person(false);
        });
        assert_eq!(began.elapsed().as_secs(), 3_610);
        assert_eq!(allowance.left(), Duration::ZERO);
        allowance.used_up().await;
    }
}
