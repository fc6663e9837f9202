//! How many workers may be under way: on the machine, and for each provider. A provider that limits the rate gets
//! fewer at once, and more again as answers come.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;

/// Wait after a rate limit when the provider does not say how long.
const DEFAULT_PAUSE: Duration = Duration::from_secs(2);
/// Longest wait after a rate limit, whatever the provider says.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Attempts that must go well before a lowered limit is raised by one.
const RAISED_AFTER: u32 = 2;

/// The free places. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Slots(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Default)]
struct State {
    taken: u32,
    providers: HashMap<String, Provider>,
}

#[derive(Default)]
struct Provider {
    taken: u32,
    /// None while it was never limited.
    limit: Option<u32>,
    well: u32,
    not_before: Option<Instant>,
}

/// Why there is no place now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoSlot {
    /// Every worker is busy.
    Busy,
    /// The provider limits the rate; not before this moment, or not before one of this many is done.
    Limited { until: Option<Instant>, at_once: u32 },
}

/// A taken place, given back when dropped.
pub(super) struct Slot {
    slots: Slots,
    provider: String,
    /// Given back without having been used: that wakes nobody, or those who look in vain would wake each other for ever.
    unused: bool,
}

impl Slot {
    /// Gives the place back without having used it.
    pub(super) fn unused(mut self) {
        self.unused = true;
    }
}

impl Slots {
    /// Takes a place, of `most` on the machine.
    pub(super) fn take(&self, provider: &str, most: u32) -> Result<Slot, NoSlot> {
        let mut state = self.state();
        if state.taken >= most {
            return Err(NoSlot::Busy);
        }
        let now = Instant::now();
        let of_provider = state.providers.entry(provider.to_owned()).or_default();
        let until = of_provider.not_before.filter(|until| *until > now);
        let limit = of_provider.limit.unwrap_or(u32::MAX);
        if until.is_some() || of_provider.taken >= limit {
            return Err(NoSlot::Limited { until, at_once: limit });
        }
        of_provider.taken += 1;
        state.taken += 1;
        Ok(Slot { slots: self.clone(), provider: provider.to_owned(), unused: false })
    }

    /// Halves what a provider gets at once, and lets it rest. Tells until when.
    pub(super) fn limited(&self, provider: &str, pause: Option<Duration>) -> Instant {
        let until = Instant::now() + pause.unwrap_or(DEFAULT_PAUSE).min(LONGEST_PAUSE);
        let mut state = self.state();
        let of_provider = state.providers.entry(provider.to_owned()).or_default();
        let at_once = of_provider.limit.unwrap_or(of_provider.taken).min(of_provider.taken);
        of_provider.limit = Some((at_once / 2).max(1));
        of_provider.well = 0;
        of_provider.not_before = of_provider.not_before.max(Some(until));
        until
    }

    /// An attempt went well: after a few of them a lowered limit is raised again.
    pub(super) fn went_well(&self, provider: &str) {
        let mut state = self.state();
        let Some(of_provider) = state.providers.get_mut(provider) else { return };
        let Some(limit) = of_provider.limit else { return };
        of_provider.well += 1;
        if of_provider.well >= RAISED_AFTER {
            of_provider.well = 0;
            of_provider.limit = Some(limit.saturating_add(1));
        }
    }

    /// Waits until a place, or a lease, was given back.
    pub(super) fn freed(&self) -> Notified<'_> {
        self.0.freed.notified()
    }

    /// Wakes everyone who waits for a place or a lease.
    pub(super) fn notify(&self) {
        self.0.freed.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        {
            let mut state = self.slots.state();
            state.taken = state.taken.saturating_sub(1);
            if let Some(of_provider) = state.providers.get_mut(&self.provider) {
                of_provider.taken = of_provider.taken.saturating_sub(1);
            }
        }
        if !self.unused {
            self.slots.notify();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_rate_limit_halves_what_runs_at_once_and_success_raises_it() {
        let slots = Slots::default();
        let mut taken: Vec<Slot> = (0..4).map(|_| slots.take("p", 8).ok().unwrap()).collect();
        slots.limited("p", Some(Duration::from_secs(7)));
        taken.clear();
        assert!(matches!(slots.take("p", 8), Err(NoSlot::Limited { until: Some(_), .. })));
        assert!(slots.take("other", 8).is_ok());
        tokio::time::advance(Duration::from_secs(7)).await;
        let two: Vec<Slot> = (0..2).map(|_| slots.take("p", 8).ok().unwrap()).collect();
        assert!(matches!(slots.take("p", 8), Err(NoSlot::Limited { until: None, at_once: 2 })));
        slots.went_well("p");
        slots.went_well("p");
        assert!(slots.take("p", 8).is_ok());
        drop(two);
    }

    #[tokio::test]
    async fn the_machine_has_one_limit_for_all() {
        let slots = Slots::default();
        let one = slots.take("a", 1).ok().unwrap();
        assert_eq!(slots.take("b", 1).err(), Some(NoSlot::Busy));
        let freed = slots.freed();
        tokio::pin!(freed);
        assert!(futures_util::poll!(&mut freed).is_pending());
        drop(one);
        freed.await;
        assert!(slots.take("b", 1).is_ok());
    }

    #[tokio::test]
    async fn a_place_that_was_not_used_wakes_nobody() {
        let slots = Slots::default();
        let freed = slots.freed();
        tokio::pin!(freed);
        freed.as_mut().enable();
        slots.take("a", 1).ok().unwrap().unused();
        assert!(futures_util::poll!(&mut freed).is_pending());
        assert!(slots.take("a", 1).is_ok());
    }
}
