//! One prompt in a worker's session, watched until it is over or has to be.

use super::watch::Watch;
use crate::opencode::{Answered, Child, Prompt};
use crate::provider::ProviderError;
use crate::worker::{Job, Stopped, timed_out};
use std::time::Duration;

/// What a carrier may take beyond the attempt's time: the watch ends the attempt, not the call.
const GRACE: Duration = Duration::from_secs(5);
/// Longest wait for a last look at what was used.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// Prompts, watches, and leaves nothing running.
pub(super) async fn work(
    child: &Child,
    prompt: &Prompt,
    watch: &mut Watch<'_>,
    job: &Job,
) -> Result<Answered, Stopped> {
    let prompted = child.prompt(prompt, job.allowance.left() + GRACE);
    tokio::pin!(prompted);
    let replied = tokio::select! {
        biased;
        () = job.cancel.cancelled() => Err(Stopped::Cancelled),
        () = job.allowance.used_up() => Err(timed_out(job.settings.task_timeout)),
        reply = &mut prompted => Ok(reply),
        stopped = watch.follow(child) => Err(stopped),
    };
    match replied {
        Ok(reply) => {
            // Whether the budget is over now is no matter: the work is done, and its claim costs nothing to check.
            let seen = tokio::time::timeout(LAST_LOOK, watch.look_at_last(child)).await;
            if let Ok(answered) = &reply
                && (watch.saw_nothing() || matches!(seen, Ok(Ok(false)) | Err(_)))
            {
                let _ = watch.add(answered);
            }
            reply.map_err(Stopped::from)
        }
        Err(stopped) => {
            child.end(prompted).await;
            // What it used counts, whatever ended it; that the budget is over is no news now.
            let _ = tokio::time::timeout(LAST_LOOK, watch.look_at_last(child)).await;
            match stopped {
                // Time that went by waiting for the provider is not the worker's.
                Stopped::TimedOut(_) if watch.waits_for_provider() => {
                    Err(ProviderError::RateLimited { retry_after: None }.into())
                }
                stopped => Err(stopped),
            }
        }
    }
}
