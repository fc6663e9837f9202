//! Live streams: `WS /stream` of the known form, and `GET /v1/stream`. Each event is written as JSON once, whoever reads
//! it; a reader that is too slow falls behind alone.

mod feed;
mod known;
mod own;
mod socket;

pub(super) use known::open as known_form;
pub(super) use own::open as own_form;

use super::AppState;
use super::error::ApiError;

/// Readers at once.
const MOST_READERS: usize = 1_000;

fn has_room(state: &AppState) -> Result<(), ApiError> {
    if state.intake.store().hub().readers() < MOST_READERS { Ok(()) } else { Err(ApiError::Busy) }
}
