//! Waiting before a provider is asked again.

use std::time::Duration;

/// Up to half of the wait, at random, so that many do not come at once; none when the system has no randomness to give.
pub(crate) fn jitter(wait: Duration) -> Duration {
    let mut byte = [0_u8; 1];
    if getrandom::fill(&mut byte).is_err() {
        return Duration::ZERO;
    }
    let [byte] = byte;
    wait * u32::from(byte) / 512
}
