//! The asks of earlier daemons, read back from what is stored.

use super::Asks;
use super::deadline::GONE_AFTER;
use super::fact::{self, Fact, TOLD_BY};
use crate::clock::now_ms;
use rozet_observability::reading::{EventFilter, EventRange};
use rozet_observability::store::StoreError;
use std::time::Duration;
use tokio::time::Instant;

/// How far back is read, in milliseconds: no OpenCode waits longer for an answer without being restarted.
const LOOK_BACK_MS: i64 = 24 * 60 * 60 * 1_000;
/// Events that are read back, in pages.
const MAX_EVENTS: usize = 4_000;
const PAGE: u32 = 1_000;
/// Events that each ask's session is looked through for its end.
const MAX_LATER: u32 = 200;
/// How long the plugin of an earlier ask may take to come back.
const RECONNECTED_WITHIN: Duration = Duration::from_secs(30);

impl Asks {
    /// Reads back what waits, and what has been answered lately. Before any event comes in.
    pub(crate) async fn recover(&self) {
        if let Err(error) = self.read_back().await {
            tracing::error!(%error, "what agents asked before cannot be read");
        }
    }

    async fn read_back(&self) -> Result<(), StoreError> {
        let from = Some(now_ms() - LOOK_BACK_MS);
        let types = TOLD_BY.map(str::to_owned).to_vec();
        let filter = EventFilter { types, from, ..EventFilter::default() };
        let (mut facts, mut before, mut seen) = (Vec::new(), None, 0);
        loop {
            let range = EventRange { before, after: None, limit: PAGE, newest_first: true };
            let page = self.intake.store().events(filter.clone(), range).await?;
            seen += page.events.len();
            // Anyone on the machine can send events of the known form: nothing is done on their word.
            let trusted = page.events.iter().filter(|stored| !stored.event.producer.is_empty());
            facts.extend(trusted.filter_map(|stored| fact::of(&stored.event, true)));
            before = page.next;
            if before.is_none() || seen >= MAX_EVENTS {
                break;
            }
        }
        facts.reverse();
        self.register.note(facts);
        for waiting in self.register.waiting() {
            let facts = self.later(&waiting.asked.ask.session_id, waiting.asked.ask.asked_at).await?;
            self.register.note(facts);
            let absent_since = Some(Instant::now() + RECONNECTED_WITHIN - GONE_AFTER);
            self.register.update(&waiting.asked.ask.ask_id, |waiting| {
                waiting.was_connected = true;
                waiting.absent_since = absent_since;
            });
        }
        Ok(())
    }

    /// What a session did after it asked.
    async fn later(&self, session_id: &str, from: i64) -> Result<Vec<Fact>, StoreError> {
        let filter = EventFilter {
            sessions: vec![session_id.to_owned()],
            types: ["Stop", "SessionEnd", "ToolCompleted", "ToolFailed"].map(str::to_owned).to_vec(),
            from: Some(from),
            ..EventFilter::default()
        };
        let range = EventRange { before: None, after: None, limit: MAX_LATER, newest_first: true };
        let page = self.intake.store().events(filter, range).await?;
        Ok(page.events.iter().filter_map(|stored| fact::of(&stored.event, true)).collect())
    }
}
