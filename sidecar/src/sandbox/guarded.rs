//! What no command may change in its workspace: what makes the person's own git run programs later, outside of any
//! sandbox. Bubblewrap and `sandbox-exec` refuse the change; Landlock cannot (what it grants on a folder holds for
//! everything in it), so a change is undone as soon as the command has ended. A repository that a command makes where
//! there was none is not guarded.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Largest guarded file that is kept for undoing, in bytes, and how many.
const MAX_BYTES: u64 = 1024 * 1024;
const MAX_FILES: usize = 256;

/// The git folder, or the file that names it in a linked work tree; none in a folder without a repository.
fn git(workspace: &Path) -> Option<PathBuf> {
    let git = workspace.join(".git");
    git.symlink_metadata().is_ok_and(|metadata| !metadata.is_symlink()).then_some(git)
}

/// Folders that must stay where they are.
pub(super) fn anchors(workspace: &Path) -> Vec<PathBuf> {
    git(workspace).filter(|git| git.is_dir()).into_iter().collect()
}

/// What must stay as it is. Hooks are named also where there are none yet.
pub(super) fn paths(workspace: &Path) -> Vec<PathBuf> {
    let Some(git) = git(workspace) else { return Vec::new() };
    if !git.is_dir() {
        return vec![git];
    }
    let mut folders = vec![git.clone()];
    let modules = std::fs::read_dir(git.join("modules")).into_iter().flatten().flatten();
    folders.extend(modules.map(|entry| entry.path()).filter(|path| path.join("config").is_file()).take(64));
    let mut paths: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| ["config", "config.worktree"].map(|name| folder.join(name)))
        .filter(|path| is_plain(path))
        .collect();
    paths.extend(folders.iter().map(|folder| folder.join("hooks")));
    paths
}

fn is_plain(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_file())
}

/// The guarded files as they were before a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Snapshot {
    workspace: PathBuf,
    /// Whether there was a repository.
    guards: bool,
    files: BTreeMap<PathBuf, Kept>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    bytes: Vec<u8>,
    mode: u32,
}

impl Snapshot {
    pub(super) fn take(workspace: &Path) -> Self {
        let mut files = BTreeMap::new();
        for path in paths(workspace) {
            if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
                let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
                for entry in entries.take(MAX_FILES) {
                    keep(&mut files, entry.path());
                }
            } else {
                keep(&mut files, path);
            }
        }
        Self { workspace: workspace.to_owned(), guards: git(workspace).is_some(), files }
    }

    /// Puts back what is different now; names what was.
    pub(super) fn restore(&self) -> Vec<String> {
        if !self.guards {
            return Vec::new();
        }
        let now = Self::take(&self.workspace);
        let mut restored = Vec::new();
        let mut told = |path: &Path| {
            let path = path.strip_prefix(&self.workspace).unwrap_or(path);
            restored.push(path.to_string_lossy().into_owned());
        };
        for path in now.files.keys().filter(|path| !self.files.contains_key(*path)) {
            if std::fs::remove_file(path).is_ok() {
                told(path);
            }
        }
        for (path, kept) in &self.files {
            if now.files.get(path) != Some(kept) && put_back(path, kept).is_ok() {
                told(path);
            }
        }
        restored
    }
}

fn keep(files: &mut BTreeMap<PathBuf, Kept>, path: PathBuf) {
    let Ok(metadata) = path.symlink_metadata() else { return };
    let kept = if metadata.is_file() && metadata.len() <= MAX_BYTES {
        let Ok(bytes) = std::fs::read(&path) else { return };
        Kept { bytes, mode: metadata.permissions().mode() }
    } else if metadata.is_symlink() {
        let target = std::fs::read_link(&path).unwrap_or_default();
        Kept { bytes: target.to_string_lossy().into_owned().into_bytes(), mode: 0 }
    } else {
        return;
    };
    files.insert(path, kept);
}

/// The command is over: nobody swaps folders any more.
fn put_back(path: &Path, kept: &Kept) -> std::io::Result<()> {
    let parent = path.parent().unwrap_or(Path::new("/"));
    if parent.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()) {
        std::fs::remove_file(parent)?;
    }
    std::fs::create_dir_all(parent)?;
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => std::fs::remove_dir_all(path)?,
        Ok(_) => std::fs::remove_file(path)?,
        Err(_) => {}
    }
    if kept.mode == 0 {
        return std::os::unix::fs::symlink(String::from_utf8_lossy(&kept.bytes).as_ref(), path);
    }
    std::fs::write(path, &kept.bytes)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(kept.mode & 0o7777))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_to_hooks_and_settings_are_undone() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join(".git/hooks")).unwrap();
        std::fs::write(root.join(".git/config"), "[core]\n").unwrap();
        std::fs::write(root.join(".git/hooks/pre-push"), "mine").unwrap();
        let before = Snapshot::take(root);
        assert_eq!(before.restore(), Vec::<String>::new());
        std::fs::write(root.join(".git/config"), "[core]\nhooksPath=/tmp/x\n").unwrap();
        std::fs::write(root.join(".git/hooks/pre-commit"), "evil").unwrap();
        std::fs::remove_file(root.join(".git/hooks/pre-push")).unwrap();
        assert_eq!(before.restore(), [".git/hooks/pre-commit", ".git/config", ".git/hooks/pre-push"]);
        assert_eq!(Snapshot::take(root), before);
    }

    #[test]
    fn a_moved_git_folder_is_undone_too() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join(".git/hooks")).unwrap();
        std::fs::write(root.join(".git/config"), "[core]\n").unwrap();
        let before = Snapshot::take(root);
        std::fs::rename(root.join(".git"), root.join("aside")).unwrap();
        std::os::unix::fs::symlink("aside", root.join(".git")).unwrap();
        before.restore();
        assert_eq!(std::fs::read_to_string(root.join(".git/config")).unwrap(), "[core]\n");
        assert!(!root.join(".git").is_symlink());
    }

    #[test]
    fn the_file_of_a_linked_work_tree_is_guarded() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".git"), "gitdir: /elsewhere\n").unwrap();
        assert_eq!(paths(folder.path()), [folder.path().join(".git")]);
        assert_eq!(anchors(folder.path()), Vec::<PathBuf>::new());
    }
}
