CREATE TABLE IF NOT EXISTS state (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE IF NOT EXISTS found USING fts5 (
    text, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
);

-- Which events have what. kind: 1 a type, 2 a source, 3 a tool, all three by the store's words; 4 a task's id.
CREATE TABLE IF NOT EXISTS marks (
    kind  INTEGER NOT NULL,
    value ANY     NOT NULL,
    event INTEGER NOT NULL,
    PRIMARY KEY (kind, value, event)
) STRICT, WITHOUT ROWID;

-- How many events of an hour, in hours since 1970 by their own times, there were, and between which ids they are.
CREATE TABLE IF NOT EXISTS hours (
    hour   INTEGER NOT NULL,
    source INTEGER NOT NULL,
    type   INTEGER NOT NULL,
    events INTEGER NOT NULL,
    first  INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    PRIMARY KEY (hour, source, type)
) STRICT, WITHOUT ROWID;
