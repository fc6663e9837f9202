//! What sessions used. A worker's session is counted by its own turns and by its attempts: it is one of the two, the one
//! with more tokens, never both.

use crate::reading::{UsageLine, UsageSum};
use crate::store::StoreError;
use rusqlite::{Connection, Row};
use std::collections::BTreeMap;

/// The turns that OpenCode reports, as in the schema; the attempts that the sidecar counted are 1.
const TURNS: i64 = 0;

/// What one session used under one heading.
struct Entry {
    via: i64,
    model: String,
    agent: String,
    task: String,
    sum: UsageSum,
}

/// Sums by model, agent and task.
#[derive(Default)]
pub(super) struct Rollup {
    pub(super) all: UsageSum,
    by_model: BTreeMap<String, UsageSum>,
    by_agent: BTreeMap<String, UsageSum>,
    by_task: BTreeMap<String, UsageSum>,
}

impl Rollup {
    /// Adds what a session used; what that was.
    pub(super) fn add_session(&mut self, connection: &Connection, row: i64) -> Result<UsageSum, StoreError> {
        let mut entries = entries(connection, row)?;
        let (is_child, own_task): (bool, Option<String>) = connection
            .prepare_cached("SELECT parent_id IS NOT NULL, task FROM sessions WHERE id = ?1")?
            .query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let task = own_task
            .or_else(|| entries.iter().find(|entry| !entry.task.is_empty()).map(|entry| entry.task.clone()))
            .filter(|_| is_child)
            .unwrap_or_default();
        // In a session without a parent, attempts are those of workers that have no session.
        if is_child {
            let of = |turns: bool| {
                entries
                    .iter()
                    .filter(|entry| (entry.via == TURNS) == turns)
                    .map(|entry| entry.sum.tokens())
                    .sum::<i64>()
            };
            let by_turns = of(true) >= of(false);
            entries.retain(|entry| (entry.via == TURNS) == by_turns);
        }
        let mut own = UsageSum::default();
        for entry in entries {
            own.add(&entry.sum);
            self.all.add(&entry.sum);
            self.by_model.entry(entry.model).or_default().add(&entry.sum);
            self.by_agent.entry(entry.agent).or_default().add(&entry.sum);
            let task = if entry.task.is_empty() { task.clone() } else { entry.task };
            if !task.is_empty() {
                self.by_task.entry(task).or_default().add(&entry.sum);
            }
        }
        Ok(own)
    }

    /// By model, by agent and by task.
    pub(super) fn lines(self) -> [Vec<UsageLine>; 3] {
        [self.by_model, self.by_agent, self.by_task].map(|sums| {
            let mut lines: Vec<UsageLine> =
                sums.into_iter().map(|(name, usage)| UsageLine { name, usage }).collect();
            lines.sort_by(|a, b| {
                let costs = b.usage.cost_usd.total_cmp(&a.usage.cost_usd);
                costs.then_with(|| b.usage.tokens().cmp(&a.usage.tokens()))
            });
            lines
        })
    }
}

fn entries(connection: &Connection, row: i64) -> Result<Vec<Entry>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT via, coalesce(models.word, ''), coalesce(agents.word, ''), task, input, output, reasoning, cache_read,
             cache_write, cost_usd, estimated, unpriced, turns
         FROM usage
         LEFT JOIN words AS models ON models.id = usage.model
         LEFT JOIN words AS agents ON agents.id = usage.agent
         WHERE session = ?1",
    )?;
    let rows = statement.query_map([row], entry)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn entry(row: &Row<'_>) -> Result<Entry, rusqlite::Error> {
    Ok(Entry {
        via: row.get(0)?,
        model: row.get(1)?,
        agent: row.get(2)?,
        task: row.get(3)?,
        sum: UsageSum {
            input_tokens: row.get(4)?,
            output_tokens: row.get(5)?,
            reasoning_tokens: row.get(6)?,
            cache_read_tokens: row.get(7)?,
            cache_write_tokens: row.get(8)?,
            cost_usd: row.get(9)?,
            cost_estimated: row.get(10)?,
            cost_incomplete: row.get(11)?,
            turns: row.get(12)?,
        },
    })
}
