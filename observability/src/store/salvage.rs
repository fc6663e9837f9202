//! Saves what can be read of a damaged database. The damaged file itself is left as it is.

use super::{StoreError, schema};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use std::path::Path;

/// Tables in the order in which they are saved; leases are those of processes that are gone.
const TABLES: [&str; 14] = [
    "words",
    "producers",
    "sessions",
    "bodies",
    "plans",
    "tasks",
    "runs",
    "attempts",
    "spend",
    "kept_files",
    "responses",
    "usage",
    "spans",
    "events",
];
/// A page that cannot be read hides the rows that are on it: this many row numbers are tried to get past it.
const MOST_SKIPPED: i64 = 1 << 40;

/// How much was saved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Saved {
    pub(super) events: usize,
    /// Rows of other tables.
    pub(super) others: usize,
}

/// Copies all rows that can be read from `damaged`, whose schema must be this program's, into a fresh database.
///
/// # Errors
/// When the fresh database cannot be written, or nothing can be read.
pub(super) fn save(damaged: &Path, fresh: &Connection) -> Result<Saved, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let old = Connection::open_with_flags(damaged, flags)?;
    old.pragma_update(None, "query_only", true)?;
    let version: i64 = old.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version != schema::known_version() {
        return Ok(Saved::default());
    }
    let mut saved = Saved::default();
    // Rows refer to each other, and those that they refer to may be lost.
    fresh.pragma_update(None, "foreign_keys", false)?;
    for table in TABLES {
        fresh.execute_batch("BEGIN IMMEDIATE")?;
        let rows = table_rows(&old, fresh, table);
        fresh.execute_batch(if rows.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        match (table, rows?) {
            ("events", rows) => saved.events = rows,
            (_, rows) => saved.others += rows,
        }
    }
    fresh.execute_batch(
        "DELETE FROM tasks WHERE plan_id NOT IN (SELECT plan_id FROM plans);
         DELETE FROM events WHERE session NOT IN (SELECT id FROM sessions)
             OR source NOT IN (SELECT id FROM words) OR type NOT IN (SELECT id FROM words);
         -- The first commit counts what is there; a producer's events that are lost are missing from now on.
         UPDATE sessions SET events = 0;
         UPDATE producers SET stored = removed_seq
             + (SELECT count(*) FROM events WHERE producer = producers.id AND seq > removed_seq);",
    )?;
    fresh.pragma_update(None, "foreign_keys", true)?;
    Ok(saved)
}

fn table_rows(old: &Connection, fresh: &Connection, table: &str) -> Result<usize, StoreError> {
    let has_numbers = old.prepare(&format!("SELECT rowid FROM {table} LIMIT 0")).is_ok();
    if has_numbers {
        return by_number(old, fresh, table);
    }
    // From both ends, as far as each goes.
    let forwards = some(old, fresh, &format!("SELECT * FROM {table}"), table)?;
    let backwards = if forwards.broken {
        some(old, fresh, &format!("SELECT * FROM {table} ORDER BY 1 DESC"), table)?.rows
    } else {
        0
    };
    Ok(forwards.rows + backwards)
}

fn by_number(old: &Connection, fresh: &Connection, table: &str) -> Result<usize, StoreError> {
    let mut rows = 0;
    let (mut after, mut step) = (0_i64, 1_i64);
    loop {
        // The index of a table may be damaged where the table is not.
        let query = format!("SELECT rowid, * FROM {table} NOT INDEXED WHERE rowid > {after} ORDER BY rowid");
        let part = some(old, fresh, &query, table)?;
        rows += part.rows;
        if !part.broken {
            return Ok(rows);
        }
        if part.rows > 0 {
            (after, step) = (part.last.max(after), 1);
        }
        after = after.saturating_add(step);
        step = step.saturating_mul(2);
        if step > MOST_SKIPPED {
            return Ok(rows);
        }
    }
}

#[derive(Default)]
struct Part {
    rows: usize,
    last: i64,
    /// It ended at something that cannot be read.
    broken: bool,
}

/// Copies rows until there are no more, or one cannot be read.
fn some(old: &Connection, fresh: &Connection, query: &str, table: &str) -> Result<Part, StoreError> {
    let mut part = Part::default();
    let Ok(mut statement) = old.prepare(query) else { return Ok(Part { broken: true, ..part }) };
    let numbered = usize::from(query.starts_with("SELECT rowid"));
    let columns = statement.column_count() - numbered;
    let marks = vec!["?"; columns].join(", ");
    let mut insert = fresh.prepare_cached(&format!("INSERT OR IGNORE INTO {table} VALUES ({marks})"))?;
    let Ok(mut rows) = statement.query([]) else { return Ok(Part { broken: true, ..part }) };
    loop {
        match rows.next() {
            Ok(None) => return Ok(part),
            Err(_) => return Ok(Part { broken: true, ..part }),
            Ok(Some(row)) => {
                let values: Result<Vec<Value>, _> =
                    (numbered..numbered + columns).map(|column| row.get(column)).collect();
                if numbered > 0 {
                    part.last = row.get(0).unwrap_or(part.last);
                }
                // Text that is no text any more costs only its row.
                if let Ok(values) = values {
                    part.rows += insert.execute(params_from_iter(values)).unwrap_or_default();
                }
            }
        }
    }
}
