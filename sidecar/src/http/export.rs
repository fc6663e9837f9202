//! A session as a file to keep, made while it is sent.

use super::error::ApiError;
use super::query::{Fields, Raw};
use super::{AppState, Shared};
use crate::export::{MOST_ON_A_PAGE, Page};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use rozet_observability::event::StoredEvent;
use rozet_observability::reading::{EventFilter, EventRange, SessionView};
use rozet_observability::store::StoreError;
use std::sync::Arc;

/// Events that are read at a time.
const PAGE: u32 = 500;
/// Longest part of a session's id in a file's name, in characters.
const NAME_CHARS: usize = 60;

/// `GET /v1/sessions/{session_id}/export?format=jsonl|html`: with its descendants.
pub(super) async fn session(
    State(state): Shared,
    Path(session_id): Path<String>,
    raw: Raw,
) -> Result<Response, ApiError> {
    let mut fields = Fields::read(raw)?;
    let is_page = match fields.one("format")?.as_deref() {
        None | Some("jsonl") => false,
        Some("html") => true,
        Some(_) => return Err(ApiError::field("format", "expected jsonl or html")),
    };
    fields.end()?;
    let view =
        state.intake.store().session(session_id.clone()).await?.ok_or(ApiError::NotFound("session"))?;
    let newest = state.intake.store().newest_event().await?;
    let kind = if is_page { "text/html; charset=utf-8" } else { "application/x-ndjson" };
    let plain = |each: char| if each.is_ascii_alphanumeric() || "-_.".contains(each) { each } else { '_' };
    let name: String = session_id.chars().take(NAME_CHARS).map(plain).collect();
    let name = format!("attachment; filename=\"rozet-{name}.{}\"", if is_page { "html" } else { "jsonl" });
    let writing = Writing {
        state,
        filter: EventFilter { subtree: Some(session_id), ..EventFilter::default() },
        before: newest.saturating_add(1),
        page: is_page.then(|| Arc::new(view)),
        shown: 0,
        at: At::Beginning,
    };
    let parts = stream::unfold(writing, |mut writing| async move {
        let part = writing.next().await.transpose()?;
        Some((part, writing))
    });
    let mut response = Body::from_stream(parts).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(name) = HeaderValue::from_str(&name) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// Where the writing is.
#[derive(Debug, Clone, Copy)]
enum At {
    Beginning,
    /// After this event.
    Events(i64),
    End,
    Over,
}

/// The file, as far as it is written.
struct Writing {
    state: Arc<AppState>,
    filter: EventFilter,
    /// What is stored from here on is not exported.
    before: i64,
    /// What the page tells of the session; none for lines.
    page: Option<Arc<SessionView>>,
    shown: usize,
    at: At,
}

impl Writing {
    /// The next part; none at the end. One that cannot be read cuts the file off, which its reader sees.
    async fn next(&mut self) -> Result<Option<String>, StoreError> {
        let view = self.page.clone();
        let page = view.as_deref().map(Page::new);
        match self.at {
            At::Beginning => {
                self.at = At::Events(0);
                Ok(Some(page.map(|page| page.beginning()).unwrap_or_default()))
            }
            At::Events(after) => {
                let range = EventRange {
                    before: Some(self.before),
                    after: Some(after),
                    limit: PAGE,
                    newest_first: false,
                };
                let found = self.state.intake.store().events(self.filter.clone(), range).await?;
                let is_full = page.is_some() && self.shown + found.events.len() >= MOST_ON_A_PAGE;
                self.at = found.next.filter(|_| !is_full).map_or(At::End, At::Events);
                let left = if page.is_some() { MOST_ON_A_PAGE - self.shown } else { usize::MAX };
                let mut text = String::new();
                for event in found.events.iter().take(left) {
                    self.shown += 1;
                    match &page {
                        Some(page) => text.push_str(&page.event(event)),
                        None => push_line(&mut text, event),
                    }
                }
                Ok(Some(text))
            }
            At::End => {
                self.at = At::Over;
                Ok(page.map(|page| page.end(self.shown >= MOST_ON_A_PAGE)))
            }
            At::Over => Ok(None),
        }
    }
}

fn push_line(text: &mut String, event: &StoredEvent) {
    if let Ok(line) = serde_json::to_string(event) {
        text.push_str(&line);
        text.push('\n');
    }
}
