//! Asking the model for its next turn: passing faults are tried again, briefly; long waits are the coordinator's.

use super::context;
use crate::provider::{ChatModel, Conversation, ProviderError, Said, jitter};
use std::time::Duration;

/// Tries after a server that fails or cannot be reached.
const TRIES: u32 = 3;
/// Wait before the second try; it doubles, and a random part is added.
const FIRST_WAIT: Duration = Duration::from_millis(300);
/// A limit of the rate that is over as soon as this is waited for here.
const SHORT_WAIT: Duration = Duration::from_secs(5);
/// Longest wait for one turn.
const TURN_TIMEOUT: Duration = Duration::from_mins(5);

/// The next turn.
pub(super) async fn ask(
    model: &dyn ChatModel,
    conversation: &mut Conversation,
) -> Result<Said, ProviderError> {
    let mut wait = FIRST_WAIT;
    let mut tries = 1;
    let mut waited_for_rate = false;
    let mut shortened = false;
    loop {
        let said = tokio::time::timeout(TURN_TIMEOUT, model.say(conversation)).await;
        let error = match said.unwrap_or(Err(ProviderError::TimedOut)) {
            Ok(said) => return Ok(said),
            Err(error) => error,
        };
        match &error {
            ProviderError::RateLimited { retry_after: Some(pause) }
                if !waited_for_rate && *pause <= SHORT_WAIT =>
            {
                waited_for_rate = true;
                tokio::time::sleep(*pause).await;
            }
            ProviderError::Failed(_) | ProviderError::Unreachable if tries < TRIES => {
                tokio::time::sleep(wait + jitter(wait)).await;
                tries += 1;
                wait *= 2;
            }
            // It may be too long for this model: providers say so in as many ways as there are providers.
            ProviderError::Refused(400 | 413 | 422) if !shortened && context::halve(conversation) => {
                shortened = true;
            }
            _ => return Err(error),
        }
    }
}
