//! Reads the query of an address, field by field: what is wrong is named, and so is what is not known.

use super::error::ApiError;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use rozet_observability::event::MAX_ID_BYTES;
use rozet_observability::reading::{EventFilter, EventRange, SessionFilter};
use rozet_observability::session::SessionState;

/// Values that one field may have.
const MOST_VALUES: usize = 50;
/// Longest value, in bytes.
const MOST_BYTES: usize = 1_024;
/// Events of a page, and how many it has when it is not said.
pub(super) const MOST_EVENTS: u32 = 1_000;
const DEFAULT_EVENTS: u32 = 100;
/// Sessions of a page, and how many it has when it is not said.
const MOST_SESSIONS: u32 = 500;
const DEFAULT_SESSIONS: u32 = 500;

/// What axum reads of an address.
pub(super) type Raw = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// The fields that are not yet taken.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn read(raw: Raw) -> Result<Self, ApiError> {
        let Query(fields) = raw.map_err(|_| ApiError::BadRequest {
            field: None,
            message: "the address's query cannot be read".into(),
        })?;
        match fields.iter().find(|(_, value)| value.len() > MOST_BYTES) {
            Some((name, _)) => Err(ApiError::field(&named(name), "longer than 1024 bytes")),
            None => Ok(Self(fields)),
        }
    }

    /// Every value of a field, which may stand there several times.
    fn all(&mut self, name: &str) -> Result<Vec<String>, ApiError> {
        let mut values = Vec::new();
        self.0.retain_mut(|(found, value)| {
            let is_it = found == name;
            if is_it {
                values.push(std::mem::take(value));
            }
            !is_it
        });
        if values.len() > MOST_VALUES {
            return Err(ApiError::field(name, "more than 50 values"));
        }
        match values.iter().any(|value| value.is_empty() || value.len() > MAX_ID_BYTES) {
            true => Err(ApiError::field(name, "expected 1 to 256 bytes of text")),
            false => Ok(values),
        }
    }

    pub(super) fn one(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        let Some(place) = self.0.iter().position(|(found, _)| found == name) else { return Ok(None) };
        let (_, value) = self.0.swap_remove(place);
        if self.0.iter().any(|(found, _)| found == name) {
            return Err(ApiError::field(name, "expected only once"));
        }
        if value.is_empty() {
            return Err(ApiError::field(name, "must not be empty"));
        }
        Ok(Some(value))
    }

    pub(super) fn number(&mut self, name: &str, what: &str) -> Result<Option<i64>, ApiError> {
        let Some(value) = self.one(name)? else { return Ok(None) };
        value.parse().map(Some).map_err(|_| ApiError::field(name, format!("expected {what}")))
    }

    pub(super) fn time(&mut self, name: &str) -> Result<Option<i64>, ApiError> {
        self.number(name, "milliseconds since 1970")
    }

    /// An event's id, as pages and streams give it.
    pub(super) fn cursor(&mut self, name: &str) -> Result<Option<i64>, ApiError> {
        let cursor = self.number(name, "the id of an event, a whole number")?;
        if cursor.is_some_and(|id| id < 0) {
            return Err(ApiError::field(name, "expected the id of an event, a whole number"));
        }
        Ok(cursor)
    }

    pub(super) fn limit(&mut self, default: u32, most: u32) -> Result<u32, ApiError> {
        let what = format!("a whole number from 1 to {most}");
        match self.number("limit", &what)? {
            None => Ok(default),
            Some(limit) => match u32::try_from(limit) {
                Ok(limit) if (1..=most).contains(&limit) => Ok(limit),
                _ => Err(ApiError::field("limit", format!("expected {what}"))),
            },
        }
    }

    pub(super) fn event_filter(&mut self) -> Result<EventFilter, ApiError> {
        Ok(EventFilter {
            sessions: self.all("session")?,
            subtree: self.one("subtree")?,
            sources: self.all("source")?,
            types: self.all("type")?,
            tools: self.all("tool")?,
            tasks: self.all("task")?,
            from: self.time("from")?,
            to: self.time("to")?,
            text: self.one("text")?,
        })
    }

    /// Which part of what is wanted: the newest first, unless it goes on from an older event.
    pub(super) fn event_range(&mut self) -> Result<EventRange, ApiError> {
        let (before, after) = (self.cursor("before")?, self.cursor("after")?);
        let newest_first = match self.one("order")?.as_deref() {
            None => after.is_none() || before.is_some(),
            Some("newest") => true,
            Some("oldest") => false,
            Some(_) => return Err(ApiError::field("order", "expected newest or oldest")),
        };
        Ok(EventRange { before, after, limit: self.limit(DEFAULT_EVENTS, MOST_EVENTS)?, newest_first })
    }

    /// A filter of sessions with the page's beginning and length.
    pub(super) fn sessions(&mut self) -> Result<(SessionFilter, Option<i64>, u32), ApiError> {
        let state = match self.one("state")?.as_deref() {
            None => None,
            Some("active") => Some(SessionState::Active),
            Some("idle") => Some(SessionState::Idle),
            Some("ended") => Some(SessionState::Ended),
            Some(_) => return Err(ApiError::field("state", "expected active, idle or ended")),
        };
        let roots = match self.one("roots")?.as_deref() {
            None | Some("false" | "0") => false,
            Some("true" | "1") => true,
            Some(_) => return Err(ApiError::field("roots", "expected true or false")),
        };
        let filter = SessionFilter {
            state,
            source: self.one("source")?,
            directory: self.one("directory")?,
            agent: self.one("agent")?,
            model: self.one("model")?,
            parent: self.one("parent")?,
            roots,
            text: self.one("text")?,
        };
        Ok((filter, self.cursor("before")?, self.limit(DEFAULT_SESSIONS, MOST_SESSIONS)?))
    }

    /// Nothing may be left: a field that is misspelt would change what is found.
    pub(super) fn end(self) -> Result<(), ApiError> {
        match self.0.first() {
            Some((name, _)) => Err(ApiError::field(&named(name), "there is no such field here")),
            None => Ok(()),
        }
    }
}

/// A field's name, as far as it is shown.
fn named(name: &str) -> String {
    name.chars().take(40).collect()
}
