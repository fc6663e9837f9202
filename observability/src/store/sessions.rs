//! The session list, rolled up while events are stored.

use super::StoreError;
use crate::event::Event;
use crate::session::{SessionState, SessionSummary};
use rusqlite::{Connection, params};

/// Characters of a prompt that the list shows.
const PROMPT_HEAD_CHARS: usize = 200;

/// Updates the session that an event belongs to, making it at its first event; returns its row.
pub(super) fn note(connection: &Connection, event: &Event) -> Result<i64, StoreError> {
    let text = |name: &str| event.payload.get(name).and_then(serde_json::Value::as_str);
    let prompt = text("prompt")
        .filter(|_| event.hook_event_type == "UserPromptSubmit")
        .map(|prompt| prompt.chars().take(PROMPT_HEAD_CHARS).collect::<String>());
    let state = SessionState::after(&event.hook_event_type).map(SessionState::as_str);
    let model = event.model_name.as_deref().or_else(|| text("model"));
    Ok(connection
        .prepare_cached(
            "INSERT INTO sessions (session_id, parent_id, source_app, directory, model_name, last_prompt, state,
                 first_event_at, last_event_at, events)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, coalesce(?7, 'active'), ?8, ?8, 1)
             ON CONFLICT (session_id) DO UPDATE SET
                 parent_id = coalesce(excluded.parent_id, parent_id),
                 directory = coalesce(excluded.directory, directory),
                 model_name = coalesce(excluded.model_name, model_name),
                 last_prompt = coalesce(excluded.last_prompt, last_prompt),
                 state = coalesce(?7, state),
                 first_event_at = min(first_event_at, excluded.first_event_at),
                 last_event_at = max(last_event_at, excluded.last_event_at),
                 events = events + 1
             RETURNING id",
        )?
        .query_row(
            params![
                event.session_id,
                text("parent_id"),
                event.source_app,
                text("directory"),
                model,
                prompt,
                state,
                event.timestamp,
            ],
            |row| row.get(0),
        )?)
}

/// Remembers the newest event of a session, which orders the list.
pub(super) fn remember_last(connection: &Connection, session: i64, event: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE sessions SET last_event = ?2 WHERE id = ?1")?
        .execute(params![session, event])?;
    Ok(())
}

pub(super) fn list(connection: &Connection, limit: u32) -> Result<Vec<SessionSummary>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT session_id, parent_id, source_app, directory, model_name, last_prompt, state, first_event_at,
             last_event_at, events
         FROM sessions ORDER BY last_event DESC LIMIT ?1",
    )?;
    let rows = statement.query_map([limit], |row| {
        let state: String = row.get(6)?;
        Ok(SessionSummary {
            session_id: row.get(0)?,
            parent_id: row.get(1)?,
            source_app: row.get(2)?,
            directory: row.get(3)?,
            model_name: row.get(4)?,
            last_prompt: row.get(5)?,
            state: SessionState::from_word(&state),
            first_event_at: row.get(7)?,
            last_event_at: row.get(8)?,
            events: row.get(9)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
