//! One session with its descendants, plans, run, spans and usage.

use super::MOST_DESCENDANTS;
use super::sessions::{COLUMNS, family, summary};
use super::usage::Rollup;
use crate::plan::{Plan, Usage};
use crate::reading::{SessionNode, SessionUsage, SessionView, Span, SpanKind, SpanOutcome, UsageSum};
use crate::session::SessionSummary;
use crate::store::{StoreError, plans, runs};
use rusqlite::{Connection, Row, params};

/// Most spans of one answer.
const MOST_SPANS: usize = 2_000;

pub(super) fn read(connection: &Connection, session_id: &str) -> Result<Option<SessionView>, StoreError> {
    let _one_state = connection.unchecked_transaction()?;
    let family = family(connection, session_id)?;
    let Some(((row, ..), descendants)) = family.split_first() else { return Ok(None) };
    let mut rollup = Rollup::default();
    let own = rollup.add_session(connection, *row)?;
    let mut nodes = Vec::with_capacity(descendants.len());
    for (row, _, depth) in descendants {
        let usage = rollup.add_session(connection, *row)?;
        nodes.push(SessionNode { session: session(connection, *row)?, depth: *depth, usage });
    }
    let plans = plans::of_session(connection, session_id)?;
    let mut planning = planned(&plans);
    for (_, session_id, _) in descendants {
        planning.add(&planned(&plans::of_session(connection, session_id)?));
    }
    let rows: Vec<i64> = family.iter().map(|(row, ..)| *row).collect();
    let (spans, more_spans) = spans(connection, &rows)?;
    let mut inclusive = rollup.all;
    inclusive.add(&planning);
    let [by_model, by_agent, by_task] = rollup.lines();
    Ok(Some(SessionView {
        session: session(connection, *row)?,
        more_descendants: nodes.len() >= MOST_DESCENDANTS,
        descendants: nodes,
        plans,
        run: runs::newest_of_session(connection, session_id)?,
        spans,
        more_spans,
        usage: SessionUsage { own, inclusive, planning, by_model, by_agent, by_task },
    }))
}

fn session(connection: &Connection, row: i64) -> Result<SessionSummary, StoreError> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM sessions WHERE id = ?1"))?
        .query_row([row], summary)?)
}

/// What the planner's model calls used.
fn planned(plans: &[Plan]) -> UsageSum {
    let mut sum = UsageSum::default();
    for Usage { input_tokens, output_tokens, cost_usd, cost_estimated } in plans.iter().map(|plan| plan.usage)
    {
        let count = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
        if input_tokens == 0 && output_tokens == 0 && cost_usd.is_none() {
            continue;
        }
        sum.add(&UsageSum {
            input_tokens: count(input_tokens),
            output_tokens: count(output_tokens),
            cost_usd: cost_usd.unwrap_or_default(),
            cost_estimated,
            cost_incomplete: cost_usd.is_none(),
            turns: 1,
            ..UsageSum::default()
        });
    }
    sum
}

pub(super) const SPANS: &str =
    "SELECT sessions.session_id, kind, key, words.word, started_at, ended_at, outcome, began, ended
     FROM spans INDEXED BY spans_by_session
     JOIN sessions ON sessions.id = spans.session
     LEFT JOIN words ON words.id = spans.name
     WHERE session = ?1 ORDER BY began DESC LIMIT ?2";

/// The newest spans of some sessions with their descendants, in the order they began, and whether there are older ones.
pub(super) fn spans_of(
    connection: &Connection,
    session_ids: &[String],
) -> Result<(Vec<Span>, bool), StoreError> {
    let mut rows = std::collections::BTreeSet::new();
    for session_id in session_ids {
        rows.extend(family(connection, session_id)?.into_iter().map(|(row, ..)| row));
    }
    let rows: Vec<i64> = rows.into_iter().take(MOST_DESCENDANTS).collect();
    spans(connection, &rows)
}

/// The newest spans of some sessions in the order they began, and whether there are older ones.
fn spans(connection: &Connection, sessions: &[i64]) -> Result<(Vec<Span>, bool), StoreError> {
    let mut statement = connection.prepare_cached(SPANS)?;
    let mut spans = Vec::new();
    let limit = i64::try_from(MOST_SPANS + 1).unwrap_or(i64::MAX);
    for session in sessions {
        let rows = statement.query_map(params![session, limit], span)?;
        for span in rows {
            spans.push(span?);
        }
    }
    spans.sort_unstable_by_key(|span| (std::cmp::Reverse(span.started_at), std::cmp::Reverse(span.began)));
    let more = spans.len() > MOST_SPANS;
    spans.truncate(MOST_SPANS);
    spans.reverse();
    Ok((spans, more))
}

fn span(row: &Row<'_>) -> Result<Span, rusqlite::Error> {
    Ok(Span {
        session_id: row.get(0)?,
        kind: if row.get::<_, i64>(1)? == 0 { SpanKind::Tool } else { SpanKind::Task },
        key: row.get(2)?,
        tool: row.get(3)?,
        started_at: row.get(4)?,
        ended_at: row.get(5)?,
        outcome: match row.get::<_, i64>(6)? {
            1 => SpanOutcome::Completed,
            2 => SpanOutcome::Failed,
            3 => SpanOutcome::Blocked,
            4 => SpanOutcome::Cancelled,
            _ => SpanOutcome::Running,
        },
        began: row.get(7)?,
        ended: row.get(8)?,
    })
}
