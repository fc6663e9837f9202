//! What files were before an attempt changed them.

use super::StoreError;
use crate::run::FileState;
use rusqlite::{Connection, params};

/// A file as it was before an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// Relative to the workspace.
    pub path: String,
    /// None when it was not there.
    pub state: Option<FileState>,
    /// None when it was not there, or was too large to keep.
    pub content: Option<Vec<u8>>,
}

/// Keeps a file once: what it was first is what an undo restores.
pub(super) fn keep(
    connection: &Connection,
    (plan_id, task_id, attempt): (&str, &str, u32),
    file: &KeptFile,
) -> Result<(), StoreError> {
    let state = file.state.as_ref().map(serde_json::to_string).transpose();
    connection
        .prepare_cached(
            "INSERT INTO kept_files (plan_id, task_id, attempt, path, state, content)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            plan_id,
            task_id,
            attempt,
            file.path,
            state.map_err(|_| StoreError::Unreadable("file state"))?,
            file.content
        ])?;
    Ok(())
}

/// What a task's files were before its first attempt that touched them.
pub(super) fn of_task(
    connection: &Connection,
    plan_id: &str,
    task_id: &str,
) -> Result<Vec<KeptFile>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT path, state, content FROM kept_files WHERE plan_id = ?1 AND task_id = ?2
         GROUP BY path HAVING attempt = min(attempt) ORDER BY path",
    )?;
    let rows = statement.query_map([plan_id, task_id], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?, row.get::<_, Option<Vec<u8>>>(2)?))
    })?;
    rows.map(|row| {
        let (path, state, content) = row?;
        let state = state.map(|state| serde_json::from_str(&state)).transpose();
        Ok(KeptFile { path, state: state.map_err(|_| StoreError::Unreadable("file state"))?, content })
    })
    .collect()
}
