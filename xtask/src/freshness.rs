//! Skips work whose inputs have not changed since it was last done.

use crate::repository;
use anyhow::{Context, Result};
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

/// Folders that are made, not written by people.
const MADE: [&str; 4] = ["node_modules", "dist", "target", ".git"];

/// One piece of work: what it reads, what it makes.
pub(crate) struct Work<'a> {
    /// Names the stamp.
    pub(crate) name: &'a str,
    /// Files and folders that it reads; made folders within them do not count.
    pub(crate) inputs: Vec<PathBuf>,
    /// Files and folders that must be there afterwards.
    pub(crate) outputs: Vec<PathBuf>,
}

impl Work<'_> {
    /// Does the work unless it has been done with the same inputs. Returns whether it was done now.
    ///
    /// # Errors
    /// When the inputs cannot be read, or the work's own.
    pub(crate) fn unless_fresh(&self, work: impl FnOnce() -> Result<()>) -> Result<bool> {
        let stamp = repository::notes().join(format!("{}.stamp", self.name));
        let print = self.fingerprint()?;
        let there = self.outputs.iter().all(|output| output.exists());
        if there && fs::read_to_string(&stamp).is_ok_and(|found| found == print) {
            return Ok(false);
        }
        work()?;
        fs::create_dir_all(repository::notes())?;
        fs::write(&stamp, print).with_context(|| format!("cannot write {}", stamp.display()))?;
        Ok(true)
    }

    fn fingerprint(&self) -> Result<String> {
        let mut hasher = DefaultHasher::new();
        for input in &self.inputs {
            add(input, &mut hasher)?;
        }
        Ok(format!("{:016x}", hasher.finish()))
    }
}

fn add(path: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    path.hash(hasher);
    if path.is_dir() {
        let entries = fs::read_dir(path)?.collect::<std::io::Result<Vec<_>>>()?;
        let mut entries: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        entries.retain(|entry| !entry.file_name().is_some_and(|name| MADE.iter().any(|made| name == *made)));
        entries.sort();
        return entries.iter().try_for_each(|entry| add(entry, hasher));
    }
    match fs::read(path) {
        Ok(content) => content.hash(hasher),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "absent".hash(hasher),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_print_changes_with_content_and_not_with_made_folders() {
        let folder = tempfile::tempdir().unwrap();
        let work = Work { name: "test", inputs: vec![folder.path().to_owned()], outputs: vec![] };
        fs::write(folder.path().join("a"), "1").unwrap();
        let first = work.fingerprint().unwrap();
        fs::create_dir(folder.path().join("node_modules")).unwrap();
        fs::write(folder.path().join("node_modules/b"), "x").unwrap();
        assert_eq!(work.fingerprint().unwrap(), first);
        fs::write(folder.path().join("a"), "2").unwrap();
        assert_ne!(work.fingerprint().unwrap(), first);
    }
}
