//! Every statement that looks for events goes through an index and sorts nothing.

use super::cursor::Column;
use super::lines::Way;
use super::scan::Scan;
use super::{activity, filter, history, sessions, view};
use crate::store::{Durability, open, search};
use rusqlite::Connection;

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let count = statement.parameter_count();
    let nothing = vec![rusqlite::types::Value::Null; count];
    let rows = statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get(3)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[test]
fn nothing_reads_all_events_or_sorts_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rozet.db");
    let mut connection = open::open(&path, 0, Durability::Process).unwrap().connection;
    drop(search::Search::start(&path, std::time::Duration::ZERO).unwrap());
    open::prepare_reader(&mut connection, &search::path_of(&path)).unwrap();
    let mut statements = vec![
        (filter::OF_TIME.to_owned(), "hours USING PRIMARY KEY (hour>? AND hour<?)"),
        (view::SPANS.to_owned(), "INDEX spans_by_session (session=?)"),
        (activity::HOURS.to_owned(), "hours USING PRIMARY KEY (hour>? AND hour<?)"),
        (history::PROMPTS.to_owned(), "marks USING PRIMARY KEY (kind=? AND value=? AND event<?)"),
    ];
    for way in [Way::Down, Way::Up] {
        statements.push((Scan::sql(way).to_owned(), "SEARCH events USING INTEGER PRIMARY KEY (rowid"));
        for column in Column::ALL {
            let through = match column {
                Column::Session => "COVERING INDEX events_by_session (session=? AND id",
                Column::Source | Column::Type | Column::Tool | Column::Task => {
                    "marks USING PRIMARY KEY (kind=? AND value=? AND event"
                }
                Column::Text => "VIRTUAL TABLE INDEX",
            };
            statements.push((column.sql(way).to_owned(), through));
        }
    }
    for (sql, through) in &statements {
        let plan = plan(&connection, sql).join("; ");
        assert!(plan.contains(through), "{sql}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{sql}: {plan}");
        assert!(!plan.contains("SCAN") || plan.contains("VIRTUAL TABLE"), "{sql}: {plan}");
    }
    let family = plan(&connection, sessions::FAMILY).join("; ");
    assert!(family.contains("sessions_by_parent") && !family.contains("SCAN sessions"), "{family}");
    for parent in [false, true] {
        let plan = plan(&connection, &sessions::list_sql(parent)).join("; ");
        assert!(
            plan.contains(if parent { "sessions_by_parent" } else { "sessions_by_last_event" }),
            "{plan}"
        );
        assert!(parent || !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
