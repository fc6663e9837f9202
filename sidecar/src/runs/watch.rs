//! Looks at the workspace before and after an attempt, so that what a worker claims stands beside what was seen.

use ignore::WalkBuilder;
use rozet_observability::run::FileState;
use rozet_observability::store::KeptFile;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// Entries of a workspace that are looked at; a larger one is not watched as a whole.
const MAX_ENTRIES: usize = 20_000;
/// Largest file whose content is kept for an undo, in bytes.
const MAX_KEPT_BYTES: u64 = 4 * 1024 * 1024;
/// Largest file that is hashed, in bytes.
const MAX_HASHED_BYTES: u64 = 64 * 1024 * 1024;

/// What tells one state of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    bytes: u64,
    modified_ns: i128,
    inode: u64,
    mode: u32,
}

/// The workspace at one moment, without what `.gitignore` leaves out.
#[derive(Debug, Clone, Default)]
pub(super) struct Snapshot {
    marks: BTreeMap<String, Mark>,
    /// Whether there was more than could be looked at.
    pub(super) partial: bool,
}

impl Snapshot {
    /// Looks at every file. Blocking.
    pub(super) fn take(root: &Path) -> Self {
        let mut snapshot = Self::default();
        let walk = WalkBuilder::new(root)
            .hidden(false)
            .require_git(false)
            .follow_links(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .build();
        for entry in walk.filter_map(Result::ok) {
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() || is_passing(entry.file_name()) {
                continue;
            }
            if snapshot.marks.len() >= MAX_ENTRIES {
                snapshot.partial = true;
                break;
            }
            let Some(path) = entry.path().strip_prefix(root).ok().and_then(Path::to_str) else { continue };
            let modified_ns =
                i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
            let mark = Mark {
                bytes: metadata.len(),
                modified_ns,
                inode: metadata.ino(),
                mode: metadata.permissions().mode(),
            };
            snapshot.marks.insert(path.to_owned(), mark);
        }
        snapshot
    }

    /// The paths that are not what they were: changed, new, or gone.
    pub(super) fn changed_since(&self, before: &Self) -> Vec<String> {
        let changed = self.marks.iter().filter(|(path, mark)| before.marks.get(*path) != Some(*mark));
        let gone = before.marks.keys().filter(|path| !self.marks.contains_key(*path));
        let mut paths: Vec<String> = changed.map(|(path, _)| path).chain(gone).cloned().collect();
        paths.sort_unstable();
        paths
    }
}

/// Whether it is a file of ours that takes another's place in a moment: a write that is under way beside.
fn is_passing(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(".rozet-") && name.ends_with(".tmp"))
}

/// What a file is now; none when it is not there, or is no file of a size that can be hashed. Blocking.
pub(super) fn state_of(root: &Path, path: &str) -> Option<FileState> {
    read(root, path, MAX_HASHED_BYTES).map(|(state, _)| state)
}

/// What is at a path now.
pub(super) enum Seen {
    Nothing,
    File(FileState, Vec<u8>),
    /// A folder, a link, something that leads out of the workspace, or a file that is too large to be kept.
    Other,
}

impl Seen {
    pub(super) const fn state(&self) -> Option<&FileState> {
        match self {
            Self::File(state, _) => Some(state),
            Self::Nothing | Self::Other => None,
        }
    }
}

/// Looks at a path. Blocking.
pub(super) fn look(root: &Path, path: &str) -> Seen {
    match read(root, path, MAX_KEPT_BYTES) {
        Some((state, content)) => Seen::File(state, content),
        None if std::fs::symlink_metadata(root.join(path)).is_err() => Seen::Nothing,
        None => Seen::Other,
    }
}

/// A file as it is now, with its content where that can be kept. Blocking.
pub(super) fn keep(root: &Path, path: &str) -> KeptFile {
    let (state, content) = match read(root, path, MAX_HASHED_BYTES) {
        Some((state, content)) => (Some(state), Some(content)),
        None => (None, None),
    };
    KeptFile { path: path.to_owned(), state, content: content.filter(|content| fits(content)) }
}

fn fits(content: &[u8]) -> bool {
    u64::try_from(content.len()).is_ok_and(|bytes| bytes <= MAX_KEPT_BYTES)
}

fn read(root: &Path, path: &str, most: u64) -> Option<(FileState, Vec<u8>)> {
    let full = root.join(path);
    let metadata = std::fs::symlink_metadata(&full).ok()?;
    // A link is not followed: what it leads to may be anybody's.
    if !metadata.is_file() || metadata.len() > most {
        return None;
    }
    let real = full.canonicalize().ok().filter(|real| real.starts_with(root))?;
    let content = std::fs::read(real).ok()?;
    let state = FileState {
        sha256: hex(&Sha256::digest(&content)),
        bytes: metadata.len(),
        mode: metadata.permissions().mode() & 0o7777,
    };
    Some((state, content))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a path is one of those declared; a declared folder, or a path with a trailing `/`, stands for all below it.
pub(super) fn is_declared(declared: &[String], path: &str) -> bool {
    declared.iter().any(|wanted| {
        let wanted = wanted.trim_start_matches("./").trim_end_matches('/');
        path == wanted || path.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_new_and_gone_files_are_seen_and_ignored_ones_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::write(root.join(".gitignore"), "target/\n").unwrap();
        for name in ["same", "changed", "gone"] {
            std::fs::write(root.join(name), "1").unwrap();
        }
        let before = Snapshot::take(root);
        std::fs::write(root.join("changed"), "22").unwrap();
        std::fs::remove_file(root.join("gone")).unwrap();
        std::fs::create_dir_all(root.join("target")).unwrap();
        std::fs::create_dir_all(root.join("deep/er")).unwrap();
        std::fs::write(root.join("target/out"), "x").unwrap();
        std::fs::write(root.join(".rozet-7-1.tmp"), "x").unwrap();
        std::fs::write(root.join("deep/er/new"), "x").unwrap();
        assert_eq!(Snapshot::take(root).changed_since(&before), ["changed", "deep/er/new", "gone"]);
    }

    #[test]
    fn a_link_is_no_file_and_a_folder_covers_what_is_below() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::os::unix::fs::symlink("/etc/passwd", root.join("link")).unwrap();
        std::fs::write(root.join("file"), "abc").unwrap();
        assert_eq!(state_of(&root, "link"), None);
        assert_eq!(state_of(&root, "file").unwrap().bytes, 3);
        assert_eq!(keep(&root, "none").content, None);
        let declared = ["./src/".to_owned(), "a.rs".to_owned()];
        for (path, wanted) in [("src/x/y", true), ("a.rs", true), ("srcs", false), ("a.rs2", false)] {
            assert_eq!(is_declared(&declared, path), wanted, "{path}");
        }
    }
}
