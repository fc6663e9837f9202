//! Builders of events: numbered without holes, redacted, and bounded.

mod bounds;
mod payload;

pub(crate) use payload::payload;

pub use bounds::{bound_fields, cut};
pub use payload::{Payload, structured};

use crate::effect::Effect;
use rozet_observability::event::{Event, EventKind, source};
use rozet_observability::redact::{Counts, Redactor};
use serde_json::Map;
use std::borrow::Cow;

/// The most of a prompt that an event carries, in bytes.
pub const MOST_PROMPT: usize = 8 * 1024;
/// The most of a tool's output, in bytes.
pub const MOST_OUTPUT: usize = 4 * 1024;
/// The most of one line of words, such as a title or an error, in bytes.
pub const MOST_LINE: usize = 1024;

/// Makes the events of one producer.
#[derive(Debug)]
pub struct Facts {
    producer: String,
    seq: u64,
    redactor: Redactor,
}

impl Facts {
    /// Goes on after the last `seq` that was used.
    #[must_use]
    pub fn new(producer: String, last_seq: u64) -> Self {
        Self { producer, seq: last_seq, redactor: Redactor::default() }
    }

    /// The `seq` that the next event will have.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.seq + 1
    }

    /// Who speaks.
    #[must_use]
    pub fn producer(&self) -> &str {
        &self.producer
    }

    /// Redacts a text that leaves by another way than an event.
    #[must_use]
    pub fn redacted<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.redactor.text(text, &mut Counts::default())
    }

    /// Numbers a fact and makes it fit to leave: redacted first, then bounded, so that no cut halves a secret.
    pub fn emit(&mut self, about: &About<'_>, kind: EventKind, payload: Payload) -> Effect {
        self.seq += 1;
        let mut fields = payload.into_fields();
        self.redactor.map(&mut fields, &mut Counts::default());
        bound_fields(&mut fields);
        Effect::Emit {
            event: Event {
                event_id: format!("{}.{}", self.producer, self.seq),
                producer: self.producer.clone(),
                seq: self.seq,
                source_app: source::PLUGIN.to_owned(),
                session_id: about.session_id.to_owned(),
                hook_event_type: kind.as_str().to_owned(),
                payload: fields,
                timestamp: about.now,
                model_name: about.model.map(str::to_owned),
                summary: None,
                extra: Map::new(),
            },
        }
    }
}

/// Whom a fact concerns, and when.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The session.
    pub session_id: &'a str,
    /// The model at work, when known.
    pub model: Option<&'a str>,
    /// Milliseconds since 1970.
    pub now: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn events_are_numbered_redacted_and_bounded() {
        let mut facts = Facts::new("rozet-opencode.1.ab".into(), 7);
        let about = About { session_id: "s", model: Some("p/m"), now: 5 };
        let secret = format!("{}API_KEY=abcdef", "x ".repeat(MOST_PROMPT));
        let effect = facts.emit(
            &about,
            EventKind::UserPromptSubmit,
            payload! {"prompt": secret, "agent": None::<String>, "n": 1},
        );
        let Effect::Emit { event } = effect else { panic!("an event") };
        assert_eq!((event.seq, event.event_id.as_str()), (8, "rozet-opencode.1.ab.8"));
        assert_eq!(event.model_name.as_deref(), Some("p/m"));
        let prompt = event.payload["prompt"].as_str().unwrap();
        assert!(prompt.len() <= MOST_PROMPT + 64 && prompt.ends_with("API_KEY=[redacted:secret]"));
        assert!(!event.payload.contains_key("agent"));
        assert_eq!(facts.next_seq(), 9);
    }
}
