//! The session list, and which sessions descend from one.

use super::{MOST_DESCENDANTS, PATIENCE};
use crate::reading::{SessionFilter, SessionPage};
use crate::session::{SessionState, SessionSummary};
use crate::store::StoreError;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::time::Instant;

/// Most sessions of a lineage.
const MOST_ABOVE: usize = 100;

/// What [`summary`] reads.
pub(super) const COLUMNS: &str =
    "session_id, parent_id, source_app, directory, model_name, last_prompt, title, agent, task, state,
    first_event_at, last_event_at, events";

/// Reads a session from a row of [`COLUMNS`].
pub(super) fn summary(row: &Row<'_>) -> Result<SessionSummary, rusqlite::Error> {
    let state: String = row.get(9)?;
    Ok(SessionSummary {
        session_id: row.get(0)?,
        parent_id: row.get(1)?,
        source_app: row.get(2)?,
        directory: row.get(3)?,
        model_name: row.get(4)?,
        last_prompt: row.get(5)?,
        title: row.get(6)?,
        agent: row.get(7)?,
        task: row.get(8)?,
        state: SessionState::from_word(&state),
        first_event_at: row.get(10)?,
        last_event_at: row.get(11)?,
        events: row.get(12)?,
    })
}

/// Children of one session are few: they are sorted. All others are read in their order, but for those that only others
/// spoke of, which have no place in it.
pub(super) fn list_sql(of_parent: bool) -> String {
    let (index, is_child) = if of_parent {
        ("sessions_by_parent", "parent_id = ?2")
    } else {
        ("sessions_by_last_event", "last_event > 0 AND ?2 IS NULL")
    };
    format!(
        "SELECT {COLUMNS}, last_event FROM sessions INDEXED BY {index}
         WHERE last_event < ?1 AND {is_child} ORDER BY last_event DESC"
    )
}

/// A page of sessions in the order of their newest events, from `before` on.
pub(super) fn page(
    connection: &Connection,
    filter: &SessionFilter,
    before: Option<i64>,
    limit: u32,
) -> Result<SessionPage, StoreError> {
    let began = Instant::now();
    let mut statement = connection.prepare_cached(&list_sql(filter.parent.is_some()))?;
    let mut rows = statement.query(params![before.unwrap_or(i64::MAX), filter.parent])?;
    let mut found = SessionPage { sessions: Vec::new(), next: None };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut last = None;
    let text = filter.text.as_ref().map(|text| text.to_lowercase());
    while let Some(row) = rows.next()? {
        if found.sessions.len() == limit || began.elapsed() > PATIENCE {
            found.next = last;
            break;
        }
        last = Some(row.get(13)?);
        let session = summary(row)?;
        if is_wanted(&session, filter, text.as_deref()) {
            found.sessions.push(session);
        }
    }
    Ok(found)
}

fn is_wanted(session: &SessionSummary, filter: &SessionFilter, text: Option<&str>) -> bool {
    let is = |wanted: &Option<String>, found: Option<&String>| {
        wanted.as_ref().is_none_or(|wanted| found == Some(wanted))
    };
    let has_text = |text: &str| {
        [&session.title, &session.last_prompt]
            .into_iter()
            .flatten()
            .any(|found| found.to_lowercase().contains(text))
    };
    filter.state.is_none_or(|state| session.state == state)
        && is(&filter.source, Some(&session.source_app))
        && is(&filter.directory, session.directory.as_ref())
        && is(&filter.agent, session.agent.as_ref())
        && is(&filter.model, session.model_name.as_ref())
        && !(filter.roots && session.parent_id.is_some())
        && text.is_none_or(has_text)
}

/// A session and those above it, itself first; at most [`MOST_ABOVE`].
pub(super) fn lineage(connection: &Connection, session_id: &str) -> Result<Vec<SessionSummary>, StoreError> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM sessions WHERE session_id = ?1"))?;
    let mut found: Vec<SessionSummary> = Vec::new();
    let mut next = Some(session_id.to_owned());
    while let Some(session_id) = next.take() {
        let is_known = found.iter().any(|session| session.session_id == session_id);
        if is_known || found.len() >= MOST_ABOVE {
            break;
        }
        let Some(session) = statement.query_row([session_id], summary).optional()? else { break };
        next.clone_from(&session.parent_id);
        found.push(session);
    }
    Ok(found)
}

/// A session's row with those of its descendants, each after its parent; empty when there is no such session.
pub(super) fn subtree(connection: &Connection, session_id: &str) -> Result<Vec<i64>, StoreError> {
    Ok(family(connection, session_id)?.into_iter().map(|(row, ..)| row).collect())
}

pub(super) fn subtree_ids(connection: &Connection, session_id: &str) -> Result<Vec<String>, StoreError> {
    Ok(family(connection, session_id)?.into_iter().map(|(_, session_id, _)| session_id).collect())
}

pub(super) const FAMILY: &str = "WITH RECURSIVE family (id, session_id, depth) AS (
         SELECT id, session_id, 0 FROM sessions WHERE session_id = ?1
         UNION
         SELECT child.id, child.session_id, depth + 1 FROM family
         JOIN sessions AS child INDEXED BY sessions_by_parent ON child.parent_id = family.session_id
         WHERE depth < 100
         LIMIT ?2
     ) SELECT id, session_id, depth FROM family";

/// Rows, ids and depths of a session and its descendants, at most 1,001. A session that descends from itself is named
/// once.
pub(super) fn family(
    connection: &Connection,
    session_id: &str,
) -> Result<Vec<(i64, String, u32)>, StoreError> {
    let mut statement = connection.prepare_cached(FAMILY)?;
    let limit = i64::try_from(MOST_DESCENDANTS + 1).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![session_id, limit], |row| {
        Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?))
    })?;
    let mut family: Vec<(i64, String, u32)> = rows.collect::<Result<_, _>>()?;
    // UNION tells rows apart by their depth too.
    let mut known = std::collections::HashSet::new();
    family.retain(|(row, ..)| known.insert(*row));
    Ok(family)
}
