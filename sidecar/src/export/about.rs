//! What an event is about.

use rozet_observability::event::Event;
use serde_json::Value;

/// Characters of it.
const ABOUT_CHARS: usize = 80;

/// What it is about, in a few words.
pub(crate) fn about(event: &Event) -> String {
    let about = ["task_id", "tool", "tool_name", "reason", "prompt", "message", "title"]
        .iter()
        .find_map(|name| event.payload.get(*name).and_then(Value::as_str))
        .unwrap_or_default();
    about.chars().take(ABOUT_CHARS).map(|each| if each.is_control() { ' ' } else { each }).collect()
}
