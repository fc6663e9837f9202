//! What an event says.

use serde::Serialize;
use serde_json::{Map, Value};

/// The fields of an event's payload.
#[derive(Debug, Default)]
pub struct Payload(Map<String, Value>);

impl Payload {
    /// Adds a field; one without a value is left out. Unlike `json!` this costs hardly any code where it is used.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.insert(name, value.into());
        self
    }

    fn insert(&mut self, name: &str, value: Value) {
        if !value.is_null() {
            self.0.insert(name.to_owned(), value);
        }
    }

    /// The fields.
    #[must_use]
    pub fn into_fields(self) -> Map<String, Value> {
        self.0
    }
}

impl From<Payload> for Value {
    fn from(payload: Payload) -> Self {
        Self::Object(payload.0)
    }
}

/// Builds a payload from fields, as `json!` builds an object.
macro_rules! payload {
    ($($name:literal: $value:expr),* $(,)?) => {
        $crate::facts::Payload::default()$(.with($name, $value))*
    };
}
pub(crate) use payload;

/// A value with fields of its own.
#[must_use]
pub fn structured(value: &impl Serialize) -> Value {
    // Only maps with keys that are no text can fail.
    serde_json::to_value(value).unwrap_or_default()
}
