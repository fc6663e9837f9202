//! The database schema, as forward-only steps. A step that has been released is never edited.

use rusqlite_migration::{M, Migrations};

const STEPS: &[M<'static>] = &[
    M::up(include_str!("1_events_and_plans.sql")),
    // Plans are found by their workspace; what planning has used of a session's budget is kept.
    M::up(include_str!("2_workspaces.sql")),
    // Plans are carried out: runs, attempts, leases, what files were before, and what all that has used.
    M::up(include_str!("3_runs.sql")),
    // Events are found by what they are about; spans and usage are rolled up; long texts are kept once.
    M::up(include_str!("4_found_again.sql")),
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

    /// What each version had that later ones must still have.
    fn fill(connection: &Connection) {
        let events = "
            INSERT INTO producers (name, last_seq, stored) VALUES ('p', 3, 3);
            INSERT INTO sessions (session_id, source_app, state, first_event_at, last_event_at, events)
                VALUES ('s', 'rozet-opencode', 'idle', 1, 4, 4);";
        let rows = [
            (1, "SessionStart", r#"{"agent":"build"}"#),
            (2, "ToolCompleted", r#"{"tool":"bash","call_id":"c","args":{"command":"ls"}}"#),
            (3, "Stop", r#"{"usage":{"input_tokens":7,"output_tokens":2,"cost_usd":0.5}}"#),
        ];
        connection.execute_batch(events).unwrap();
        for (seq, kind, payload) in rows {
            connection
                .execute(
                    "INSERT INTO events (session, producer, seq, source_app, hook_event_type, timestamp, payload)
                     VALUES (1, 1, ?1, 'rozet-opencode', ?2, ?1, ?3)",
                    rusqlite::params![seq, kind, payload],
                )
                .unwrap();
        }
        connection
            .execute_batch(
                r#"INSERT INTO events (session, seq, event_id, source_app, hook_event_type, timestamp, payload, rest)
                   VALUES (1, 0, 'own-id', 'script', 'PreToolUse', 4, '{"tool_name":"Bash"}', '{"chat":[1]}')"#,
            )
            .unwrap();
    }

    #[test]
    fn every_earlier_version_is_brought_up_to_date_with_what_is_in_it() {
        for version in 1..STEPS.len() {
            let mut connection = Connection::open_in_memory().unwrap();
            migrations().to_version(&mut connection, version).unwrap();
            fill(&connection);
            let plan = match version {
                1 => {
                    "INSERT INTO plans (plan_id, session_id, created_at, body)
                     VALUES ('p', 's', 1, '{\"directory\":\"/w\"}')"
                }
                2 => {
                    "INSERT INTO plans (plan_id, session_id, created_at, body, directory)
                     VALUES ('p', 's', 1, '{}', '/w');
                     INSERT INTO planning_spend VALUES ('s', 7, 0.5)"
                }
                _ => {
                    "INSERT INTO plans (plan_id, session_id, created_at, body, directory)
                     VALUES ('p', 's', 1, '{}', '/w');
                     INSERT INTO spend VALUES ('planning s', 7, 0.5)"
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
            let events = crate::store::read::recent(&connection, 10).unwrap();
            let of = |index: usize| &events[index].event;
            assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), [1, 2, 3, 4]);
            assert_eq!((of(1).event_id.as_str(), of(1).hook_event_type.as_str()), ("p.2", "ToolCompleted"));
            assert_eq!((of(3).event_id.as_str(), of(3).source_app.as_str()), ("own-id", "script"));
            assert_eq!(of(3).extra["chat"], serde_json::json!([1]));
            assert!(crate::store::read::command_was_run(&connection, "s", "ls").unwrap());
            let used: (i64, f64) = connection
                .query_row("SELECT input, cost_usd FROM usage", [], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap();
            assert_eq!(used, (7, 0.5));
        }
    }
}
