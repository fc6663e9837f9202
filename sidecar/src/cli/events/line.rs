//! An event on one line.

use crate::cli::output;
use crate::export::about;
use rozet_observability::event::StoredEvent;

/// An event as a person reads it, or as JSON.
pub(super) fn of(stored: &StoredEvent, json: bool) -> anyhow::Result<String> {
    if json {
        return Ok(serde_json::to_string(stored)?);
    }
    let event = &stored.event;
    let seconds = event.timestamp.div_euclid(1_000).rem_euclid(86_400);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    Ok(format!(
        "{hour:02}:{minute:02}:{second:02}Z {:<14} {:<17} {} {}",
        output::plain(&event.source_app),
        output::plain(&event.hook_event_type),
        output::plain(&event.session_id),
        about(event)
    ))
}
