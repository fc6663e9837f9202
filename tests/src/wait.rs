//! Waiting for a condition, with a deadline.

use anyhow::{Result, bail};
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(5);

/// Asks `probe` again and again until it yields a value.
///
/// # Errors
/// When the deadline passes first: says what was waited for and what the last probe complained about.
pub async fn until<T>(
    what: &str,
    deadline: Duration,
    mut probe: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        let complaint = match probe().await {
            Ok(Some(value)) => return Ok(value),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        if start.elapsed() >= deadline {
            match complaint {
                Some(error) => return Err(error.context(format!("waited {deadline:?} for {what}"))),
                None => bail!("waited {deadline:?} for {what}, in vain"),
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}
