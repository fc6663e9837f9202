//! The session list, rolled up while events are stored.

use super::StoreError;
use super::append::SessionFacts;
use super::book::{Book, KnownSession};
use crate::event::Event;
use crate::session::SessionState;
use rusqlite::{Connection, params};

/// Notes what an event says of its session, which is made at its first event; its row and its agent's word. Counts and
/// times are kept in the book until the commit.
pub(super) fn note(
    connection: &Connection,
    book: &mut Book,
    event: &Event,
    facts: &SessionFacts,
    id: i64,
) -> Result<(i64, i64), StoreError> {
    let agent = match &facts.agent {
        Some(agent) => Some(book.word(connection, agent)?),
        None => None,
    };
    let place = place(connection, book, &event.session_id, event)?;
    book.count(place, id, event.timestamp)?;
    let known = book.session(place)?;
    // Most events say what is known already: their session's row is left alone until the commit.
    let news = facts.parent_id.is_some()
        || facts.directory.is_some()
        || facts.title.is_some()
        || facts.prompt.is_some()
        || facts.agent.is_some()
        || facts.model.as_ref().is_some_and(|model| known.model.as_ref() != Some(model))
        || facts.state.is_some_and(|state| state != known.state);
    known.agent = agent.unwrap_or(known.agent);
    known.state = facts.state.unwrap_or(known.state);
    known.model = facts.model.clone().or_else(|| known.model.take());
    let (row, agent) = (known.row, known.agent);
    if news {
        connection
            .prepare_cached(
                "UPDATE sessions SET
                     parent_id = coalesce(?2, parent_id), directory = coalesce(?3, directory),
                     model_name = coalesce(?4, model_name), agent = coalesce(?5, agent), title = coalesce(?6, title),
                     last_prompt = coalesce(?7, last_prompt), state = coalesce(?8, state)
                 WHERE id = ?1",
            )?
            .execute(params![
                row,
                facts.parent_id,
                facts.directory,
                facts.model,
                facts.agent,
                facts.title,
                facts.prompt,
                facts.state.map(SessionState::as_str),
            ])?;
    }
    if let Some((child, task)) = &facts.worker {
        of_worker(connection, book, child, event)?;
        connection
            .prepare_cached("UPDATE sessions SET task = ?2 WHERE session_id = ?1")?
            .execute(params![child, task])?;
    }
    Ok((row, agent))
}

/// The session of a worker that an event of its parent names; its own events may come later.
pub(super) fn of_worker(
    connection: &Connection,
    book: &mut Book,
    child: &str,
    event: &Event,
) -> Result<(i64, i64), StoreError> {
    let known = match book.place(child) {
        Some(place) => book.session(place)?,
        None => {
            let place = place(connection, book, child, event)?;
            connection
                .prepare_cached(
                    "UPDATE sessions SET parent_id = coalesce(parent_id, ?2) WHERE session_id = ?1",
                )?
                .execute(params![child, event.session_id])?;
            book.session(place)?
        }
    };
    Ok((known.row, known.agent))
}

/// The place of a session in the book; it is made and learnt where it is new.
fn place(
    connection: &Connection,
    book: &mut Book,
    session_id: &str,
    event: &Event,
) -> Result<usize, StoreError> {
    if let Some(place) = book.place(session_id) {
        return Ok(place);
    }
    let known = make(connection, book, session_id, &event.source_app, event.timestamp)?;
    book.learn_session(connection, session_id, known)
}

fn make(
    connection: &Connection,
    book: &mut Book,
    session_id: &str,
    source_app: &str,
    at: i64,
) -> Result<KnownSession, StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO sessions (session_id, source_app, state, first_event_at, last_event_at)
             VALUES (?1, ?2, 'active', ?3, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute(params![session_id, source_app, at])?;
    let (row, agent, state): (i64, Option<String>, String) = connection
        .prepare_cached("SELECT id, agent, state FROM sessions WHERE session_id = ?1")?
        .query_row([session_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let agent = match agent {
        Some(agent) => book.word(connection, &agent)?,
        None => 0,
    };
    Ok(KnownSession::new(row, agent, SessionState::from_word(&state)))
}
