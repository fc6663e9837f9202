//! The right of one attempt to write files: leases beyond those it began with, and what each file was before.

use super::watch;
use crate::clock::now_ms;
use crate::tools::{Leases, Pending, ToolError};
use rozet_observability::store::{Lease, Store};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// The leases of one attempt.
pub(super) struct Writes {
    pub(super) store: Store,
    /// The workspace, without links in it.
    pub(super) root: PathBuf,
    /// Without paths: more are taken with its owner, holder and end.
    pub(super) lease: Lease,
    /// Plan, task and attempt.
    pub(super) attempt: (String, String, u32),
    /// Paths whose earlier state is kept already.
    pub(super) kept: Mutex<HashSet<String>>,
}

impl Writes {
    async fn ask(&self, path: &str) -> Result<(), ToolError> {
        let failed = |_| ToolError::Failed("the lease on the file cannot be stored: try again".to_owned());
        let full = absolute(&self.root, path);
        let now = now_ms();
        let holds = self.store.holds_lease(full.clone(), self.lease.owner.clone(), now).await;
        if !holds.map_err(failed)? {
            if now >= self.lease.ends_at {
                return Err(ToolError::Refused(
                    "the time for this task is over: its leases have ended".into(),
                ));
            }
            let lease = Lease { paths: vec![full], ..self.lease.clone() };
            if let Err(held) = self.store.take_leases(lease, now).await.map_err(failed)? {
                let whose = super::owner_words(&held.owner);
                return Err(ToolError::Refused(format!(
                    "{path} is being written by {whose}: do what needs no write to it, or end and say so"
                )));
            }
        }
        self.keep(path).await
    }

    /// Keeps what the file is now, once.
    async fn keep(&self, path: &str) -> Result<(), ToolError> {
        if self.kept.lock().unwrap_or_else(PoisonError::into_inner).contains(path) {
            return Ok(());
        }
        let (root, name) = (self.root.clone(), path.to_owned());
        let failed = || ToolError::Failed("what the file was before cannot be kept: try again".to_owned());
        let kept =
            tokio::task::spawn_blocking(move || watch::keep(&root, &name)).await.map_err(|_| failed())?;
        self.store.keep_files(self.attempt.clone(), vec![kept]).await.map_err(|_| failed())?;
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
        Ok(())
    }
}

impl Leases for Writes {
    fn write<'a>(&'a self, path: &'a str) -> Pending<'a, Result<(), ToolError>> {
        Box::pin(self.ask(path))
    }
}

/// A path of a workspace as leases name it; a folder ends in `/`.
pub(super) fn absolute(root: &std::path::Path, path: &str) -> String {
    let full = root.join(path.trim_start_matches("./"));
    let text = full.to_string_lossy().into_owned();
    if full.is_dir() && !text.ends_with('/') { format!("{text}/") } else { text }
}
