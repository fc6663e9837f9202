//! What the daemon itself uses, and how fast events come: looked at now and then, so that it can be told at any time.

use crate::intake;
use rozet_observability::reading::{EventRates, ProcessHealth, Spool};
use rozet_observability::store::Store;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Looks that are remembered: those of 15 minutes and one more.
const MAX_LOOKS: usize = 181;
/// Spools that are told of.
const MAX_SPOOLS: usize = 100;
const MINUTE: Duration = Duration::from_mins(1);
const QUARTER: Duration = Duration::from_mins(15);

/// The looks. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Vitals {
    store: Store,
    /// Where producers keep what is not acknowledged.
    spools: PathBuf,
    began: Instant,
    looks: Arc<Mutex<VecDeque<Look>>>,
}

#[derive(Debug, Clone, Copy)]
struct Look {
    at: Instant,
    newest: i64,
    cpu: Duration,
}

impl Vitals {
    pub(crate) fn new(store: Store, spools: PathBuf) -> Self {
        Self { store, spools, began: Instant::now(), looks: Arc::default() }
    }

    /// Looks until the daemon stops.
    pub(crate) async fn run(self) {
        loop {
            if let Ok(newest) = self.store.newest_event().await {
                let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
                if looks.len() >= MAX_LOOKS {
                    looks.pop_front();
                }
                looks.push_back(Look { at: Instant::now(), newest, cpu: cpu_time() });
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// How it is now; over the time since the start where that is shorter.
    pub(crate) async fn now(&self) -> (ProcessHealth, EventRates) {
        let newest = self.store.newest_event().await.unwrap_or_default();
        let now = Look { at: Instant::now(), newest, cpu: cpu_time() };
        let minute = self.since(now, MINUTE);
        let rate = |before: Option<Look>| {
            before.map_or(0.0, |before| count(now.newest - before.newest) / seconds(before, now))
        };
        let cpu_percent = minute.map_or(0.0, |before| {
            now.cpu.saturating_sub(before.cpu).as_secs_f64() / seconds(before, now) * 100.0
        });
        let process = ProcessHealth {
            cpu_percent,
            resident_bytes: resident_bytes(),
            uptime_ms: u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        let rates = EventRates {
            events_per_second_1m: rate(minute),
            events_per_second_15m: rate(self.since(now, QUARTER)),
        };
        (process, rates)
    }

    /// What waits in producers' spools.
    pub(crate) async fn spools(&self) -> Vec<Spool> {
        let folder = self.spools.clone();
        let looked = tokio::task::spawn_blocking(move || intake::waiting(&folder, MAX_SPOOLS));
        looked.await.unwrap_or_default()
    }

    /// The oldest look of the time before now.
    fn since(&self, now: Look, length: Duration) -> Option<Look> {
        let looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        looks.iter().find(|look| now.at.duration_since(look.at) <= length).copied()
    }
}

/// From one look to the other; never so short that a figure made by it says nothing.
fn seconds(before: Look, now: Look) -> f64 {
    now.at.duration_since(before.at).as_secs_f64().max(0.5)
}

fn count(events: i64) -> f64 {
    f64::from(u32::try_from(events.max(0)).unwrap_or(u32::MAX))
}

/// Processor time of all threads so far.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

/// See proc_pid_statm(5): the second number is the resident pages.
fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or_default();
    pages.saturating_mul(u64::try_from(rustix::param::page_size()).unwrap_or_default())
}
