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
