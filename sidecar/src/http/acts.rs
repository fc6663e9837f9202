//! Who acts, and the event that each act is.

use super::AppState;
use crate::intake::Draft;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use rozet_observability::event::{EventKind, source};
use serde_json::{Value, json};
use std::convert::Infallible;

/// The header that says from where somebody acts.
pub(crate) const BY_HEADER: &str = "x-rozet-by";
/// Those who say so; all others are programs that use the API.
const KNOWN: [&str; 4] = ["dashboard", "cli", "tui", "plugin"];

/// From where somebody acts.
#[derive(Debug, Clone, Copy)]
pub(super) struct By(pub(super) &'static str);

impl<S: Send + Sync> FromRequestParts<S> for By {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let said = parts.headers.get(BY_HEADER).and_then(|value| value.to_str().ok());
        Ok(Self(KNOWN.into_iter().find(|known| said == Some(known)).unwrap_or("api")))
    }
}

impl AppState {
    /// Records that somebody did something; `about` is an object with what it concerns and a `message`.
    pub(super) async fn acted(&self, session_id: String, action: &str, by: By, about: Value) {
        let mut payload = about;
        if let Some(fields) = payload.as_object_mut() {
            fields.insert("action".into(), json!(action));
            fields.insert("by".into(), json!(by.0));
            fields.entry("level").or_insert_with(|| json!("info"));
        }
        let draft = Draft { source_app: source::SIDECAR, session_id, kind: EventKind::Notification, payload };
        self.intake.record(vec![draft]).await;
    }
}
