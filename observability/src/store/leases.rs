//! Exclusive rights to write paths. All of a task's paths are taken in one step or none is, so nobody waits for
//! somebody who waits for them.

use super::StoreError;
use crate::reading::LeaseView;
use rusqlite::{Connection, OptionalExtension, params};

/// Who wants to write, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Names the attempt: the same owner may take more paths later.
    pub owner: String,
    /// The process that keeps the lease alive, with its start time: a lease whose holder is gone is nobody's.
    pub holder: String,
    /// Absolute paths; one that ends in `/` stands for all below it.
    pub paths: Vec<String>,
    /// When the lease ends by itself, in milliseconds since 1970.
    pub ends_at: i64,
}

/// A path that somebody else may write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The path that was wanted.
    pub path: String,
    /// Whose it is.
    pub owner: String,
}

/// Takes all the paths and tells their fencing number, or who holds the first that is taken.
pub(super) fn take(
    connection: &Connection,
    lease: &Lease,
    now_ms: i64,
) -> Result<Result<i64, Held>, StoreError> {
    let mut paths: Vec<&String> = lease.paths.iter().collect();
    paths.sort_unstable();
    paths.dedup();
    for path in &paths {
        if let Some(owner) = holder(connection, path, &lease.owner, now_ms)? {
            return Ok(Err(Held { path: (*path).clone(), owner }));
        }
    }
    connection.prepare_cached("UPDATE fences SET last = last + 1")?.execute([])?;
    let fence: i64 = connection.prepare_cached("SELECT last FROM fences")?.query_row([], |row| row.get(0))?;
    for path in paths {
        connection
            .prepare_cached(
                "INSERT INTO leases (path, fence, owner, holder, ends_at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET fence = ?2, owner = ?3, holder = ?4, ends_at = ?5",
            )?
            .execute(params![path, fence, lease.owner, lease.holder, lease.ends_at])?;
    }
    Ok(Ok(fence))
}

/// Who, other than `owner`, holds the path, something above it or something below it.
pub(super) fn holder(
    connection: &Connection,
    path: &str,
    owner: &str,
    now_ms: i64,
) -> Result<Option<String>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT owner FROM leases WHERE owner <> ?2 AND ends_at > ?3 AND (
                 rtrim(path, '/') = rtrim(?1, '/')
                 OR (path LIKE '%/' AND substr(?1, 1, length(path)) = path)
                 OR (?1 LIKE '%/' AND substr(path, 1, length(?1)) = ?1)
             ) LIMIT 1",
        )?
        .query_row(params![path, owner, now_ms], |row| row.get(0))
        .optional()?)
}

/// Whether the owner still has the right to write the path, by itself or by a folder above it.
pub(super) fn holds(
    connection: &Connection,
    path: &str,
    owner: &str,
    now_ms: i64,
) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM leases WHERE owner = ?2 AND ends_at > ?3
             AND (path = ?1 OR (path LIKE '%/' AND substr(?1, 1, length(path)) = path))",
        )?
        .exists(params![path, owner, now_ms])?)
}

pub(super) fn release(connection: &Connection, owner: &str) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM leases WHERE owner = ?1")?.execute([owner])?;
    Ok(())
}

/// Gives up the leases of every other process: there is one sidecar, and it has just started.
pub(super) fn release_all_but(connection: &Connection, holder: &str) -> Result<usize, StoreError> {
    Ok(connection.prepare_cached("DELETE FROM leases WHERE holder <> ?1")?.execute([holder])?)
}

pub(super) fn all(connection: &Connection, now_ms: i64) -> Result<Vec<LeaseView>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT path, owner, fence, ends_at FROM leases WHERE ends_at > ?1 ORDER BY path")?;
    let rows = statement.query_map([now_ms], |row| {
        Ok(LeaseView { path: row.get(0)?, owner: row.get(1)?, fence: row.get(2)?, ends_at: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    fn database() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrations().to_latest(&mut connection).unwrap();
        connection
    }

    fn lease(owner: &str, paths: &[&str]) -> Lease {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        Lease { owner: owner.into(), holder: "1@1".into(), paths, ends_at: 100 }
    }

    #[test]
    fn all_paths_are_taken_or_none() {
        let connection = database();
        assert_eq!(take(&connection, &lease("one", &["/w/a", "/w/b"]), 0).unwrap(), Ok(1));
        let refused = take(&connection, &lease("two", &["/w/c", "/w/b"]), 0).unwrap();
        assert_eq!(refused, Err(Held { path: "/w/b".into(), owner: "one".into() }));
        assert!(!holds(&connection, "/w/c", "two", 0).unwrap());
        release(&connection, "one").unwrap();
        assert_eq!(take(&connection, &lease("two", &["/w/c", "/w/b"]), 0).unwrap(), Ok(2));
        assert_eq!(all(&connection, 0).unwrap().len(), 2);
    }

    #[test]
    fn a_folder_stands_for_all_below_it() {
        let connection = database();
        assert!(take(&connection, &lease("one", &["/w/src/"]), 0).unwrap().is_ok());
        for path in ["/w/src", "/w/src/", "/w/src/deep/a.rs", "/w/"] {
            assert!(take(&connection, &lease("two", &[path]), 0).unwrap().is_err(), "{path}");
        }
        for path in ["/w/srcs", "/w/other/"] {
            assert!(take(&connection, &lease("two", &[path]), 0).unwrap().is_ok(), "{path}");
        }
        assert!(holds(&connection, "/w/src/x", "one", 0).unwrap());
    }

    #[test]
    fn an_ended_lease_goes_to_the_next_with_a_higher_fence() {
        let connection = database();
        let first = take(&connection, &lease("one", &["/w/a"]), 0).unwrap().unwrap();
        assert!(take(&connection, &lease("two", &["/w/a"]), 99).unwrap().is_err());
        let second =
            take(&connection, &Lease { ends_at: 200, ..lease("two", &["/w/a"]) }, 100).unwrap().unwrap();
        assert!(second > first && !holds(&connection, "/w/a", "one", 100).unwrap());
    }

    #[test]
    fn leases_of_a_process_that_is_gone_are_given_up() {
        let connection = database();
        take(&connection, &lease("one", &["/w/a"]), 0).unwrap().unwrap();
        assert_eq!(release_all_but(&connection, "1@1").unwrap(), 0);
        assert_eq!(release_all_but(&connection, "2@7").unwrap(), 1);
    }
}
