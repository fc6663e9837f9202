//! The database schema, as forward-only steps. A step that has been released is never edited.

use rusqlite_migration::{M, Migrations};

const STEPS: &[M<'static>] = &[
    M::up(
        "
    CREATE TABLE producers (
        id       INTEGER PRIMARY KEY,
        name     TEXT    NOT NULL UNIQUE,
        last_seq INTEGER NOT NULL DEFAULT 0,
        stored   INTEGER NOT NULL DEFAULT 0,
        duplicates INTEGER NOT NULL DEFAULT 0,
        rejected INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    CREATE TABLE sessions (
        id             INTEGER PRIMARY KEY,
        session_id     TEXT    NOT NULL UNIQUE,
        parent_id      TEXT,
        source_app     TEXT    NOT NULL,
        directory      TEXT,
        model_name     TEXT,
        last_prompt    TEXT,
        state          TEXT    NOT NULL,
        first_event_at INTEGER NOT NULL,
        last_event_at  INTEGER NOT NULL,
        last_event     INTEGER NOT NULL DEFAULT 0,
        events         INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX sessions_by_last_event ON sessions (last_event);

    -- event_id is kept only where it is not made of producer and seq.
    CREATE TABLE events (
        id              INTEGER PRIMARY KEY,
        session         INTEGER NOT NULL REFERENCES sessions (id),
        producer        INTEGER REFERENCES producers (id),
        seq             INTEGER NOT NULL,
        event_id        TEXT UNIQUE,
        source_app      TEXT    NOT NULL,
        hook_event_type TEXT    NOT NULL,
        timestamp       INTEGER NOT NULL,
        payload         TEXT    NOT NULL,
        rest            TEXT
    ) STRICT;
    CREATE UNIQUE INDEX events_by_delivery ON events (producer, seq) WHERE producer IS NOT NULL;
    CREATE INDEX events_by_session ON events (session, id);

    CREATE TABLE plans (
        plan_id    TEXT PRIMARY KEY,
        session_id TEXT    NOT NULL,
        created_at INTEGER NOT NULL,
        body       TEXT    NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX plans_by_session ON plans (session_id, created_at);

    CREATE TABLE tasks (
        plan_id  TEXT    NOT NULL REFERENCES plans (plan_id),
        position INTEGER NOT NULL,
        task_id  TEXT    NOT NULL,
        status   TEXT    NOT NULL,
        body     TEXT    NOT NULL,
        PRIMARY KEY (plan_id, position)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX tasks_by_id ON tasks (plan_id, task_id);
    CREATE INDEX tasks_by_status ON tasks (status);
    ",
    ),
    // Plans are found by their workspace; what planning has used of a session's budget is kept.
    M::up(
        "
    ALTER TABLE plans ADD COLUMN directory TEXT NOT NULL DEFAULT '';
    UPDATE plans SET directory = coalesce(json_extract(body, '$.directory'), '');
    CREATE INDEX plans_by_directory ON plans (directory, created_at);

    CREATE TABLE planning_spend (
        session_id TEXT PRIMARY KEY,
        tokens     INTEGER NOT NULL,
        cost_usd   REAL    NOT NULL
    ) STRICT, WITHOUT ROWID;
    ",
    ),
    // Plans are carried out: runs, attempts, leases, what files were before, and what all that has used.
    M::up(
        "
    CREATE TABLE runs (
        run_id     TEXT PRIMARY KEY,
        plan_id    TEXT    NOT NULL,
        session_id TEXT    NOT NULL,
        status     TEXT    NOT NULL,
        started_at INTEGER NOT NULL,
        body       TEXT    NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX runs_by_start ON runs (started_at);
    CREATE INDEX runs_by_plan ON runs (plan_id, started_at);
    CREATE INDEX runs_by_session ON runs (session_id, started_at);
    CREATE INDEX runs_by_status ON runs (status);

    CREATE TABLE attempts (
        plan_id TEXT    NOT NULL,
        task_id TEXT    NOT NULL,
        number  INTEGER NOT NULL,
        run_id  TEXT    NOT NULL,
        outcome TEXT    NOT NULL,
        body    TEXT    NOT NULL,
        -- What is taken off the budgets while it is under way.
        tokens   INTEGER NOT NULL DEFAULT 0,
        cost_usd REAL    NOT NULL DEFAULT 0,
        PRIMARY KEY (plan_id, task_id, number)
    ) STRICT, WITHOUT ROWID;

    -- path is absolute; holder is the process that keeps the lease alive.
    CREATE TABLE leases (
        path    TEXT PRIMARY KEY,
        fence   INTEGER NOT NULL,
        owner   TEXT    NOT NULL,
        holder  TEXT    NOT NULL,
        ends_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX leases_by_owner ON leases (owner);
    CREATE TABLE fences (last INTEGER NOT NULL) STRICT;
    INSERT INTO fences (last) VALUES (0);

    -- content is null where the file was not there, or was too large to keep.
    CREATE TABLE kept_files (
        plan_id TEXT    NOT NULL,
        task_id TEXT    NOT NULL,
        attempt INTEGER NOT NULL,
        path    TEXT    NOT NULL,
        state   TEXT,
        content BLOB,
        PRIMARY KEY (plan_id, task_id, attempt, path)
    ) STRICT;

    -- One table for what planning, tasks, runs and days have used.
    CREATE TABLE spend (
        scope    TEXT PRIMARY KEY,
        tokens   INTEGER NOT NULL,
        cost_usd REAL    NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO spend SELECT 'planning ' || session_id, tokens, cost_usd FROM planning_spend;
    DROP TABLE planning_spend;
    ",
    ),
];

/// All steps.
pub(super) const fn migrations() -> Migrations<'static> {
    Migrations::from_slice(STEPS)
}

/// The schema version that this program writes.
pub(super) fn known_version() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn the_steps_are_valid() {
        migrations().validate().unwrap();
    }

    #[test]
    fn every_earlier_version_is_brought_up_to_date_with_what_is_in_it() {
        for version in 1..STEPS.len() {
            let mut connection = Connection::open_in_memory().unwrap();
            migrations().to_version(&mut connection, version).unwrap();
            let plan = match version {
                1 => {
                    "INSERT INTO plans (plan_id, session_id, created_at, body)
                     VALUES ('p', 's', 1, '{\"directory\":\"/w\"}')"
                }
                _ => {
                    "INSERT INTO plans (plan_id, session_id, created_at, body, directory)
                     VALUES ('p', 's', 1, '{}', '/w');
                     INSERT INTO planning_spend VALUES ('s', 7, 0.5)"
                }
            };
            connection.execute_batch(plan).unwrap();
            migrations().to_latest(&mut connection).unwrap();
            let directory: String =
                connection.query_row("SELECT directory FROM plans", [], |row| row.get(0)).unwrap();
            assert_eq!(directory, "/w", "from version {version}");
            let spent: i64 = connection
                .query_row(
                    "SELECT coalesce(sum(tokens), 0) FROM spend WHERE scope = 'planning s'",
                    [],
                    |row| row.get(0),
                )
                .unwrap();
            assert_eq!(spent, if version == 1 { 0 } else { 7 });
        }
    }
}
