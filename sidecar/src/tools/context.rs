//! Where and within which limits tools work.

use super::fingerprint::Fingerprint;
use super::host::{Host, Temporary};
use super::{Leases, Pending, ToolError};
use crate::settings::SandboxMode;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, MetadataExt};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Files that a context remembers having read.
const MAX_SEEN: usize = 10_000;

/// Where and within which limits tools work. Cheap to clone; clones share what was read so far.
#[derive(Clone)]
pub(crate) struct ToolContext {
    /// The workspace, an absolute path without links in it.
    pub(crate) root: PathBuf,
    pub(crate) leases: Arc<dyn Leases>,
    pub(crate) sandbox: SandboxMode,
    pub(crate) network: bool,
    pub(crate) cancel: CancellationToken,
    pub(super) shared: Arc<Shared>,
}

/// What clones share.
pub(super) struct Shared {
    /// The workspace, opened: paths are looked up from here and never lead out.
    pub(super) folder: Dir,
    /// The workspace as the caller named it, and by its real path.
    pub(super) names: [PathBuf; 2],
    pub(super) host: Arc<Host>,
    pub(super) temporary: Temporary,
    /// One change of a file at a time.
    pub(super) writing: tokio::sync::Mutex<()>,
    /// Commands and changes of files. Each is followed to its end, also when nobody waits for its answer any more.
    pub(super) under_way: TaskTracker,
    seen: Mutex<BTreeMap<PathBuf, Fingerprint>>,
}

impl ToolContext {
    /// Opens the workspace.
    ///
    /// # Errors
    /// When it is not an existing folder that can be entered, or there is no place for temporary files.
    pub(crate) fn new(
        root: &Path,
        leases: Arc<dyn Leases>,
        sandbox: SandboxMode,
        network: bool,
        cancel: CancellationToken,
        host: &Arc<Host>,
    ) -> Result<Self, ToolError> {
        let failed =
            |error| ToolError::Failed(format!("the workspace {} cannot be entered: {error}", root.display()));
        let real = root.canonicalize().map_err(failed)?;
        let folder = Dir::open_ambient_dir(&real, ambient_authority()).map_err(failed)?;
        let temporary = host.temporary().map_err(|error| {
            ToolError::Failed(format!("a folder for temporary files cannot be made: {error}"))
        })?;
        let shared = Shared {
            folder,
            names: [root.to_owned(), real.clone()],
            host: Arc::clone(host),
            temporary,
            writing: tokio::sync::Mutex::new(()),
            under_way: TaskTracker::new(),
            seen: Mutex::default(),
        };
        // More may come: closing only lets `idle` come back once there is nothing.
        shared.under_way.close();
        Ok(Self { root: real, leases, sandbox, network, cancel, shared: Arc::new(shared) })
    }

    /// Comes back once no command runs and no file is being changed. Whoever drops a call waits for this before the
    /// next one may work here.
    pub(crate) async fn idle(&self) {
        self.shared.under_way.wait().await;
    }

    /// Whether the workspace is still the folder that was opened, and not another one in its place.
    pub(crate) fn is_current(&self) -> bool {
        let opened = self.shared.folder.dir_metadata().map(|opened| (opened.dev(), opened.ino()));
        let now = std::fs::metadata(&self.root).map(|now| {
            use std::os::unix::fs::MetadataExt;
            (now.dev(), now.ino())
        });
        matches!((opened, now), (Ok(opened), Ok(now)) if opened == now)
    }

    /// The same workspace with what was read so far, for another owner of leases.
    pub(crate) fn with_leases(&self, leases: Arc<dyn Leases>) -> Self {
        Self { leases, ..self.clone() }
    }
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Fingerprint>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the file was when this context read or wrote it last.
    pub(super) fn last_seen(&self, path: &Path) -> Option<Fingerprint> {
        self.seen().get(path).cloned()
    }

    /// Remembers what the file is.
    pub(super) fn remember(&self, path: &Path, fingerprint: Fingerprint) {
        let mut seen = self.seen();
        if seen.len() >= MAX_SEEN {
            // Forgetting is safe: a forgotten file must be read again before it is written.
            seen.pop_first();
        }
        seen.insert(path.to_owned(), fingerprint);
    }
}

/// Leases of someone who only looks.
pub(crate) struct ReadOnly;

impl Leases for ReadOnly {
    fn write<'a>(&'a self, path: &'a str) -> Pending<'a, Result<(), ToolError>> {
        let refused =
            Err(ToolError::Refused(format!("{path} cannot be written here: this is for looking only")));
        Box::pin(std::future::ready(refused))
    }
}
