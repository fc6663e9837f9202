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
