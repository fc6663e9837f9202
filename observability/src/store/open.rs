//! Opening the database file: pragmas, migrations, and what to do with a corrupt one.

use super::{Durability, StoreError, meta, schema};
use rusqlite::{Connection, ErrorCode};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Databases up to this size, in bytes, are checked as a whole at every start; larger ones would make
/// the start slow and are checked where they are read.
const CHECKED_AT_START_BYTES: u64 = 16 * 1024 * 1024;

/// Databases of versions that could not give room back are made anew up to this size, in bytes; larger ones only use
/// their free room again.
const MADE_ANEW_BYTES: u64 = 256 * 1024 * 1024;

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
            Ok(Opened { connection: open_sound(path, durability)?, set_aside: Some(kept) })
        }
        Err(error) => Err(error),
    }
}

fn open_sound(path: &Path, durability: Durability) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
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
    if bytes_on_disk(path) <= CHECKED_AT_START_BYTES {
        check(&connection)?;
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
    connection.pragma_update(None, "cache_size", -2_048)?;
    connection.pragma_update(None, "query_only", true)
}

fn is_corrupt(error: &StoreError) -> bool {
    matches!(error, StoreError::Sqlite(error)
        if matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)))
}

/// Renames the database and its companions; they are never deleted.
fn set_aside(path: &Path, now_ms: i64) -> Result<PathBuf, StoreError> {
    let kept = with_suffix(path, &format!("{SET_ASIDE_MARK}{}", date_stamp(now_ms)));
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

    #[test]
    fn damaged_pages_inside_a_database_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rozet.db");
        drop(open(&path, 0, Durability::Process).unwrap());
        let mut bytes = std::fs::read(&path).unwrap();
        for byte in bytes.iter_mut().skip(4_096).take(4_096) {
            *byte = 0xA5;
        }
        std::fs::write(&path, bytes).unwrap();
        assert!(open(&path, 0, Durability::Process).unwrap().set_aside.is_some());
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
