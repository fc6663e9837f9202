ALTER TABLE plans ADD COLUMN directory TEXT NOT NULL DEFAULT '';
UPDATE plans SET directory = coalesce(json_extract(body, '$.directory'), '');
CREATE INDEX plans_by_directory ON plans (directory, created_at);

CREATE TABLE planning_spend (
    session_id TEXT PRIMARY KEY,
    tokens     INTEGER NOT NULL,
    cost_usd   REAL    NOT NULL
) STRICT, WITHOUT ROWID;
