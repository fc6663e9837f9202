-- Names that many events have are kept once.
CREATE TABLE words (
    id   INTEGER PRIMARY KEY,
    word TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO words (word) SELECT source_app FROM events UNION SELECT hook_event_type FROM events;

-- Facts about the store itself. store_id tells one store from another, also in what was exported.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('store_id', 'store.' || lower(hex(randomblob(8))));

-- Long texts of payloads, each once by its content; refs counts the events that have it.
CREATE TABLE bodies (
    id     INTEGER PRIMARY KEY,
    sha256 BLOB    NOT NULL UNIQUE,
    text   TEXT    NOT NULL,
    refs   INTEGER NOT NULL
) STRICT;

-- An imported producer's events are read, and are no evidence of anything. Events up to removed_seq may have been
-- removed as too old: what comes again of them is not new.
ALTER TABLE producers ADD COLUMN imported INTEGER NOT NULL DEFAULT 0;
ALTER TABLE producers ADD COLUMN coalesced INTEGER NOT NULL DEFAULT 0;
ALTER TABLE producers ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE producers ADD COLUMN redacted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE producers ADD COLUMN removed_seq INTEGER NOT NULL DEFAULT 0;

ALTER TABLE sessions ADD COLUMN agent TEXT;
ALTER TABLE sessions ADD COLUMN title TEXT;
-- What a worker's session works at: the plan's id, a space, the task's id.
ALTER TABLE sessions ADD COLUMN task TEXT;
-- Counts and times of sessions are written now and then: this is how far they have come.
INSERT INTO meta SELECT 'counted', coalesce(max(id), 0) FROM events;
CREATE INDEX sessions_by_parent ON sessions (parent_id) WHERE parent_id IS NOT NULL;
UPDATE sessions SET agent = (
    SELECT json_extract(payload, '$.agent') FROM events
    WHERE events.session = sessions.id AND hook_event_type = 'SessionStart' ORDER BY events.id LIMIT 1
);

-- rest has the fields that few events have, event_id among them where it is not made of other columns. bodies names
-- the payload's fields, as JSON pointers, whose texts are in the table of that name.
-- Nothing here is declared a reference: that costs a look-up for each column of each event.
CREATE TABLE facts (
    id        INTEGER PRIMARY KEY,
    session   INTEGER NOT NULL,
    producer  INTEGER,
    seq       INTEGER NOT NULL,
    source    INTEGER NOT NULL,
    type      INTEGER NOT NULL,
    tool      INTEGER,
    task      TEXT,
    timestamp INTEGER NOT NULL,
    payload   TEXT    NOT NULL,
    rest      TEXT,
    bodies    TEXT
) STRICT;
INSERT OR IGNORE INTO words (word)
    SELECT DISTINCT json_extract(payload, '$.tool') FROM events
    WHERE producer IS NOT NULL AND json_type(payload, '$.tool') = 'text';
INSERT INTO facts
    SELECT events.id, session, producer, seq,
        (SELECT id FROM words WHERE word = source_app),
        (SELECT id FROM words WHERE word = hook_event_type),
        CASE WHEN producer IS NOT NULL AND json_type(payload, '$.tool') = 'text'
            THEN (SELECT id FROM words WHERE word = json_extract(payload, '$.tool')) END,
        CASE WHEN json_type(payload, '$.task_id') = 'text' THEN json_extract(payload, '$.task_id') END,
        timestamp, payload,
        CASE WHEN event_id IS NULL THEN rest ELSE json_set(coalesce(rest, '{}'), '$.event_id', event_id) END,
        NULL
    FROM events;
DROP TABLE events;
ALTER TABLE facts RENAME TO events;
CREATE UNIQUE INDEX events_by_delivery ON events (producer, seq) WHERE producer IS NOT NULL;
-- What else events are found by is in the index beside this database, which is written behind it: each index here
-- would be one more page to write for each event.
CREATE INDEX events_by_session ON events (session, id);

-- Something with a beginning and an end. kind: 0 a tool call, whose key is its call_id; 1 an attempt at a task, whose
-- key is the plan's id, a space, the task's id, and from the second attempt on a space and its number. outcome: 0 under way, 1 completed, 2 failed, 3 blocked,
-- 4 cancelled. began and ended are events.
CREATE TABLE spans (
    id         INTEGER PRIMARY KEY,
    session    INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    key        TEXT    NOT NULL,
    name       INTEGER,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    outcome    INTEGER NOT NULL,
    began      INTEGER NOT NULL,
    ended      INTEGER
) STRICT;
CREATE UNIQUE INDEX spans_by_key ON spans (session, kind, key);
CREATE INDEX spans_by_session ON spans (session, began);

-- What sessions have used. via: 0 the turns that OpenCode reports, 1 the attempts that the sidecar counted; one
-- session's work may be in both, and is one of the two. model and agent are words, 0 where not known; task as in
-- sessions, or empty. estimated: part of the cost is; unpriced: part of it is missing.
CREATE TABLE usage (
    session     INTEGER NOT NULL,
    via         INTEGER NOT NULL,
    model       INTEGER NOT NULL,
    agent       INTEGER NOT NULL,
    task        TEXT    NOT NULL,
    input       INTEGER NOT NULL,
    output      INTEGER NOT NULL,
    reasoning   INTEGER NOT NULL,
    cache_read  INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    cost_usd    REAL    NOT NULL,
    estimated   INTEGER NOT NULL,
    unpriced    INTEGER NOT NULL,
    turns       INTEGER NOT NULL,
    PRIMARY KEY (session, via, model, agent, task)
) STRICT, WITHOUT ROWID;
INSERT INTO usage
    SELECT session, 0, 0, 0, '',
        sum(coalesce(json_extract(payload, '$.usage.input_tokens'), 0)),
        sum(coalesce(json_extract(payload, '$.usage.output_tokens'), 0)),
        sum(coalesce(json_extract(payload, '$.usage.reasoning_tokens'), 0)),
        sum(coalesce(json_extract(payload, '$.usage.cache_read_tokens'), 0)),
        sum(coalesce(json_extract(payload, '$.usage.cache_write_tokens'), 0)),
        sum(coalesce(json_extract(payload, '$.usage.cost_usd'), 0.0)), 0, 0, count(*)
    FROM events
    WHERE producer IS NOT NULL AND type = (SELECT id FROM words WHERE word = 'Stop')
    GROUP BY session;

-- Answers to events that asked for one.
CREATE TABLE responses (
    event        INTEGER PRIMARY KEY,
    responded_at INTEGER NOT NULL,
    response     TEXT    NOT NULL
) STRICT;

-- The first event that arrived on each day, in days since 1970 by this machine's clock: what events are as old as,
-- whatever their own times say.
CREATE TABLE days (
    day         INTEGER PRIMARY KEY,
    first_event INTEGER NOT NULL
) STRICT;
