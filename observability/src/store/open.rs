//! Opening the database file: pragmas, migrations, and what to do with a corrupt one.

use super::{Durability, StoreError, meta, salvage, schema};
use rusqlite::{Connection, ErrorCode};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Databases up to this size, in bytes, are checked as a whole at every start; larger ones would make
/// the start slow and are checked where they are read.
const CHECKED_AT_START_BYTES: u64 = 16 * 1024 * 1024;

/// A file of this suffix says that damage was met while the store was open.
const SUSPECT: &str = ".suspect";

/// Databases of versions that could not give room back are made anew up to this size, in bytes; larger ones only use
/// their free room again.
const MADE_ANEW_BYTES: u64 = 256 * 1024 * 1024;

/// Statements that a reader keeps prepared.
const STATEMENTS: usize = 64;
/// Wait for another program that has locked the database. Who waits longer is told to come again.
const LOCKED_FOR: Duration = Duration::from_secs(2);

/// Under this key stands which program wrote the database last.
const MADE_BY: &str = "made_by";

/// The part of a file name that marks a corrupt database that was set aside.
const SET_ASIDE_MARK: &str = ".corrupt-";

pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) set_aside: Option<PathBuf>,
}

pub(super) fn open(path: &Path, now_ms: i64, durability: Durability) -> Result<Opened, StoreError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|source| StoreError::File {
            what: format!("cannot make {}", folder.display()),
            source,
        })?;
    }
    match open_sound(path, durability) {
        Ok(connection) => Ok(Opened { connection, set_aside: None }),
        Err(error) if is_corrupt(&error) => {
            let kept = set_aside(path, now_ms)?;
            let connection = open_sound(path, durability)?;
            match salvage::save(&kept, &connection) {
                Ok(saved) => tracing::warn!(
                    events = saved.events,
                    others = saved.others,
                    "the database was damaged: what can be read of it was saved into a fresh one"
                ),
                Err(error) => tracing::error!(%error, "nothing of the damaged database can be read"),
            }
            Ok(Opened { connection, set_aside: Some(kept) })
        }
        Err(error) => Err(error),
    }
}

fn open_sound(path: &Path, durability: Durability) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(LOCKED_FOR)?;
    refuse_newer(&connection)?;
    // Takes effect in a database that is still empty; others are made anew below.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(
        None,
        "synchronous",
        match durability {
            Durability::Process => "NORMAL",
            Durability::Power => "FULL",
        },
    )?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "journal_size_limit", 16 * 1024 * 1024)?;
    // Upkeep brings the log in, so that no commit has to.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -4_096)?;
    let suspect = with_suffix(path, SUSPECT);
    if bytes_on_disk(path) <= CHECKED_AT_START_BYTES || suspect.exists() {
        check(&connection)?;
        let _ = std::fs::remove_file(suspect);
    }
    schema::migrations().to_latest(&mut connection).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => StoreError::Sqlite(err),
        other => StoreError::Migration(other.to_string()),
    })?;
    meta::set(&connection, MADE_BY, concat!("rozet-sidecar ", env!("CARGO_PKG_VERSION")))?;
    let vacuum: i64 = connection.pragma_query_value(None, "auto_vacuum", |row| row.get(0))?;
    if vacuum == 0 && bytes_on_disk(path) <= MADE_ANEW_BYTES {
        connection.execute_batch("VACUUM")?;
    }
    Ok(connection)
}

/// A newer program's database is not touched in any way.
fn refuse_newer(connection: &Connection) -> Result<(), StoreError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = schema::known_version();
    if found <= known {
        return Ok(());
    }
    let made_by = meta::get(connection, MADE_BY).ok().flatten();
    Err(StoreError::TooNew {
        made_by: made_by.unwrap_or_else(|| "a newer rozet-sidecar".into()),
        found,
        known,
    })
}

fn check(connection: &Connection) -> Result<(), StoreError> {
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        return Ok(());
    }
    let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Err(StoreError::Sqlite(rusqlite::Error::SqliteFailure(corrupt, Some(verdict))))
}

/// A reader sees the search index as the schema `search`.
pub(super) fn prepare_reader(connection: &mut Connection, index: &Path) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.execute("ATTACH ?1 AS search", [index.to_string_lossy()])?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "cache_size", -2_048)?;
    connection.pragma_update(None, "query_only", true)
}

/// Makes the next start look at the whole database, however large it is.
pub(super) fn suspect(path: &Path) {
    if let Err(error) = std::fs::write(with_suffix(path, SUSPECT), "") {
        tracing::error!(%error, "that the database is damaged cannot be noted for the next start");
    }
}

/// Whether the database itself is damaged.
pub(super) fn is_corrupt(error: &StoreError) -> bool {
    matches!(error, StoreError::Sqlite(error)
        if matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)))
}

/// Renames the database and its companions; they are never deleted.
fn set_aside(path: &Path, now_ms: i64) -> Result<PathBuf, StoreError> {
    let kept = with_suffix(path, &format!("{SET_ASIDE_MARK}{}", date_stamp(now_ms)));
    let _ = std::fs::remove_file(with_suffix(path, SUSPECT));
    for companion in ["", "-wal", "-shm"] {
        let from = with_suffix(path, companion);
        if from.exists() {
            let to = with_suffix(&kept, companion);
            std::fs::rename(&from, &to).map_err(|source| StoreError::File {
                what: format!("cannot set the corrupt database {} aside", from.display()),
                source,
            })?;
        }
    }
    Ok(kept)
}

/// The corrupt database that was last set aside beside `path`, if one is still there.
pub(super) fn newest_set_aside(path: &Path) -> Option<PathBuf> {
    let prefix = format!("{}{SET_ASIDE_MARK}", path.file_name()?.to_str()?);
    let mut found: Vec<PathBuf> = std::fs::read_dir(path.parent()?)
        .ok()?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|entry| {
            entry.file_name().and_then(|name| name.to_str()).is_some_and(|name| {
                name.starts_with(&prefix) && !name.ends_with("-wal") && !name.ends_with("-shm")
            })
        })
        .collect();
    found.sort();
    found.pop()
}

pub(super) fn bytes_on_disk(path: &Path) -> u64 {
    ["", "-wal"]
        .iter()
        .filter_map(|suffix| std::fs::metadata(with_suffix(path, suffix)).ok())
        .map(|metadata| metadata.len())
        .sum()
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// `20261122-132233`, in UTC, from milliseconds since 1970; the calendar arithmetic is that of Howard
/// Hinnant's `civil_from_days`.
fn date_stamp(now_ms: i64) -> String {
    let seconds = now_ms.div_euclid(1_000);
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest % 3_600 / 60, rest % 60);
    format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date_stamp(0), "19700101-000000");
        assert_eq!(date_stamp(951_782_400_000), "20000229-000000");
        assert_eq!(date_stamp(1_795_353_753_999), "20261122-132233");
    }

    #[test]
    fn a_corrupt_database_is_set_aside_and_a_fresh_one_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rozet.db");
        std::fs::write(&path, vec![7_u8; 8_192]).unwrap();
        let opened = open(&path, 0, Durability::Process).unwrap();
        let kept = opened.set_aside.unwrap();
        assert_eq!(kept.file_name().unwrap(), "rozet.db.corrupt-19700101-000000");
        assert_eq!(std::fs::read(&kept).unwrap(), vec![7_u8; 8_192]);
        assert_eq!(newest_set_aside(&path), Some(kept));
    }

    /// Fills a database with events and plans, and spoils its pages from one on.
    fn damaged(path: &Path, page: usize, pages: usize) {
        let connection = open(path, 0, Durability::Process).unwrap().connection;
        connection
            .execute_batch(
                "INSERT INTO words (word) VALUES ('a'), ('Stop');
                 INSERT INTO sessions (session_id, source_app, state, first_event_at, last_event_at)
                     VALUES ('s', 'a', 'idle', 1, 1);
                 INSERT INTO plans VALUES ('p', 's', 1, '{}', '/w');
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
                 INSERT INTO events (id, session, seq, source, type, timestamp, payload)
                     SELECT i, 1, i, 1, 2, i, json_object('text', printf('%0300d', i)) FROM n;
                 PRAGMA wal_checkpoint(TRUNCATE);",
            )
            .unwrap();
        drop(connection);
        let mut bytes = std::fs::read(path).unwrap();
        for byte in bytes.iter_mut().skip(page * 4_096).take(pages * 4_096) {
            *byte = 0xA5;
        }
        std::fs::write(path, bytes).unwrap();
    }

    fn count(connection: &Connection, table: &str) -> i64 {
        connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn damaged_pages_are_noticed_and_all_else_is_saved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rozet.db");
        damaged(&path, 100, 20);
        let opened = open(&path, 0, Durability::Process).unwrap();
        assert!(opened.set_aside.is_some());
        let events = count(&opened.connection, "events");
        assert!((1_000..2_000).contains(&events), "{events} of 2000 events");
        assert_eq!(count(&opened.connection, "plans"), 1);
        let counted: i64 =
            opened.connection.query_row("SELECT sum(events) FROM sessions", [], |row| row.get(0)).unwrap();
        assert_eq!(counted, 0, "they are counted with the first commit, and once");
        let newest: i64 =
            opened.connection.query_row("SELECT max(id) FROM events", [], |row| row.get(0)).unwrap();
        assert_eq!(newest, 2_000, "what comes after the damage is saved too");
    }

    #[test]
    fn a_database_of_which_nothing_can_be_read_does_not_keep_the_store_from_opening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rozet.db");
        damaged(&path, 0, 3);
        let opened = open(&path, 0, Durability::Process).unwrap();
        assert!(opened.set_aside.is_some());
        assert_eq!(count(&opened.connection, "plans"), 0);
    }

    #[test]
    fn a_database_that_is_suspect_is_looked_at_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rozet.db");
        drop(open(&path, 0, Durability::Process).unwrap());
        suspect(&path);
        assert!(open(&path, 0, Durability::Process).unwrap().set_aside.is_none());
        assert!(!with_suffix(&path, SUSPECT).exists(), "it is sound, and no longer suspect");
    }

    #[test]
    fn a_newer_schema_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rozet.db");
        let opened = open(&path, 0, Durability::Process).unwrap();
        opened.connection.pragma_update(None, "user_version", 999).unwrap();
        drop(opened);
        assert!(matches!(open(&path, 0, Durability::Process), Err(StoreError::TooNew { found: 999, .. })));
    }
}
