//! Asks do not wait for ever: those that nobody answers are denied, those that nobody waits for are given up.

use super::answer::AskError;
use super::register::{Waiting, gone};
use super::{Asks, SIDECAR};
use crate::clock::now_ms;
use crate::opencode::Said;
use rozet_observability::ask::{AskAnswer, AskKind, AskState};
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

/// A plugin that has not been connected for this long has ended with its OpenCode.
pub(super) const GONE_AFTER: Duration = Duration::from_secs(5);
/// Between two tries to deny an ask.
const AGAIN: Duration = Duration::from_secs(5);
/// Tries to deny an ask before it is given up.
const MAX_FAILURES: u32 = 6;

impl Asks {
    /// When the next ask expires.
    pub(super) fn next_deadline(&self) -> Instant {
        let (now, moment) = (now_ms(), Instant::now());
        let waiting = self.register.waiting();
        let expiries = waiting.iter().filter_map(|waiting| waiting.asked.ask.expires_at);
        let next =
            expiries.min().map_or(u64::MAX, |at| u64::try_from(at.saturating_sub(now)).unwrap_or_default());
        // What has expired already is looked at again with the next look.
        let next = Duration::from_millis(next.clamp(1, 60_000));
        moment + next
    }

    /// Denies what has waited long enough, without waiting for that.
    pub(super) fn deny_expired(&self) {
        let (now, moment) = (now_ms(), Instant::now());
        let expired = |waiting: &&Waiting| {
            waiting.asked.ask.expires_at.is_some_and(|at| at <= now)
                && waiting.answering.is_none()
                && waiting.again.is_none_or(|again| again <= moment)
        };
        for waiting in self.register.waiting().iter().filter(expired) {
            let asks = self.clone();
            let ask_id = waiting.asked.ask.ask_id.clone();
            let minutes = waiting.asked.ask.expires_at.unwrap_or(now) - waiting.asked.ask.asked_at;
            let cancel = self.cancel.clone();
            self.tasks.spawn(async move {
                cancel.run_until_cancelled(Box::pin(asks.deny(ask_id, minutes))).await;
            });
        }
    }

    async fn deny(&self, ask_id: String, waited_ms: i64) {
        let reason = format!("nobody answered within {}, so it was denied", told(waited_ms));
        let Ok(waiting) = self.register.take(&ask_id, SIDECAR) else { return };
        let said = match waiting.asked.ask.kind {
            AskKind::Permission => Said::Permission {
                answer: AskAnswer::Reject,
                message: Some(format!("Not allowed: {reason}. Do without it, or say that you need it.")),
            },
            AskKind::Question => Said::Declined,
        };
        match self.bring(&waiting, &said).await {
            Ok(()) => {
                let payload = json!({"kind": "permission_answered", "action": "answer_ask", "answer": "reject",
                    "by": SIDECAR, "expired": true, "level": "warning", "message": reason});
                self.end(&ask_id, AskState::Expired, ("reject", SIDECAR), Some(reason), payload).await;
            }
            Err(AskError::Gone(why)) => self.give_up(&ask_id, why).await,
            Err(error) => {
                let mut failures = 0;
                self.register.update(&ask_id, |waiting| {
                    waiting.failures += 1;
                    failures = waiting.failures;
                    waiting.again = Some(Instant::now() + AGAIN);
                    waiting.answering = None;
                });
                tracing::warn!(ask_id, %error, failures, "an ask that nobody answered cannot be denied");
                if failures >= MAX_FAILURES {
                    self.give_up(&ask_id, format!("{reason}, but OpenCode could not be told: {error}")).await;
                }
            }
        }
    }

    /// Gives up what an OpenCode asked that is not there any more.
    pub(super) async fn give_up_absent(&self) {
        let now = Instant::now();
        for waiting in self.register.waiting() {
            let ask_id = &waiting.asked.ask.ask_id;
            if self.calls.is_connected(&waiting.asked.producer) {
                self.register.update(ask_id, |waiting| {
                    waiting.was_connected = true;
                    waiting.absent_since = None;
                });
            } else if waiting.was_connected {
                match waiting.absent_since {
                    None => self.register.update(ask_id, |waiting| waiting.absent_since = Some(now)),
                    Some(since) if now.duration_since(since) >= GONE_AFTER => {
                        self.give_up(ask_id, "the OpenCode that asked has ended".to_owned()).await;
                    }
                    Some(_) => {}
                }
            }
        }
    }

    /// Ends the wait of an ask that nobody waits for.
    pub(super) async fn give_up(&self, ask_id: &str, reason: String) {
        if let Some(ask) = self.register.settle(ask_id, gone(reason.clone(), now_ms())) {
            tracing::info!(ask_id, reason, "an ask is given up");
            self.announce(&ask, json!({"kind": "ask_gone", "message": reason})).await;
        }
    }
}

/// A time in words.
fn told(ms: i64) -> String {
    match ms.max(0) / 1_000 {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds => format!("{} minutes", seconds / 60),
    }
}
