//! One daemon per home: the pid file is held by a lock that the system releases however the daemon dies,
//! so a stale file never stands in the way.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

/// Held while the daemon runs.
pub(super) struct Lock {
    _file: File,
}

/// Why the lock was not taken.
#[derive(Debug)]
pub(super) enum LockError {
    /// Another daemon holds it; its process, when the file says so.
    Held(Option<u32>),
    /// The file cannot be opened or written.
    File(std::io::Error),
}

/// Takes the lock and writes this process's id into the file.
pub(super) fn acquire(path: &Path) -> Result<Lock, LockError> {
    let mut file = open(path).map_err(LockError::File)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(LockError::Held(read_pid(&mut file))),
        Err(TryLockError::Error(error)) => return Err(LockError::File(error)),
    }
    let write = |file: &mut File| {
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(std::process::id().to_string().as_bytes())
    };
    write(&mut file).map_err(LockError::File)?;
    Ok(Lock { _file: file })
}

/// The process of the daemon that holds the lock now, 0 when it has not written it yet; none when nobody
/// holds it.
pub(crate) fn is_running(path: &Path) -> Option<u32> {
    let mut file = File::open(path).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(read_pid(&mut file).unwrap_or_default()),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(false).open(path)
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_holds_it_and_a_stale_file_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sidecar.pid");
        std::fs::write(&path, "999999999").unwrap();
        assert_eq!(is_running(&path), None);
        let held = acquire(&path).unwrap();
        assert!(matches!(acquire(&path), Err(LockError::Held(Some(pid))) if pid == std::process::id()));
        assert_eq!(is_running(&path), Some(std::process::id()));
        drop(held);
        assert_eq!(is_running(&path), None);
        assert!(acquire(&path).is_ok());
    }
}
