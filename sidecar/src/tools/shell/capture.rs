//! Keeps the head and the tail of a command's output, and all of it, up to a bound, in a file once it is long.

use super::readable::readable;
use crate::tools::host::Host;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

/// Bytes of the beginning and of the end that are kept.
pub(super) const KEPT_BYTES: usize = 12_000;
/// Bytes that go to the file; more is counted and dropped.
pub(super) const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;
/// Files of earlier commands that are kept.
const MAX_FILES: usize = 40;

/// What a command has printed so far.
#[derive(Default)]
pub(super) struct Capture {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    bytes: u64,
    file: Option<(File, PathBuf)>,
    in_file: u64,
}

impl Capture {
    /// Takes the next piece.
    pub(super) async fn push(&mut self, piece: &[u8], host: &Host) {
        let room = KEPT_BYTES.saturating_sub(self.head.len());
        let (first, rest) = piece.split_at(room.min(piece.len()));
        self.head.extend_from_slice(first);
        let fits = self.tail.len() + rest.len() <= KEPT_BYTES;
        if !fits && self.file.is_none() && self.in_file == 0 {
            self.begin_file(host).await;
        }
        self.bytes += piece.len() as u64;
        if let Some((file, _)) = &mut self.file {
            // Only what is not kept in `head` and `tail` from before the file was there comes here.
            let left = usize::try_from(MAX_FILE_BYTES - self.in_file).unwrap_or(0);
            let part = rest.get(..left.min(rest.len())).unwrap_or(rest);
            // A full disk costs the file's end, not the command.
            if !part.is_empty() && file.write_all(part).await.is_ok() {
                self.in_file += part.len() as u64;
            }
        }
        let last = rest.get(rest.len().saturating_sub(KEPT_BYTES)..).unwrap_or(rest);
        self.tail.extend(last);
        let over = self.tail.len().saturating_sub(KEPT_BYTES);
        self.tail.drain(..over);
    }

    async fn begin_file(&mut self, host: &Host) {
        prune(&host.outputs);
        let path = host.outputs.join(format!("{}-{}.log", crate::clock::now_ms(), host.next()));
        let options = || async {
            let mut options = tokio::fs::OpenOptions::new();
            options.write(true).create_new(true).mode(0o600).open(&path).await
        };
        let Ok(mut file) = options().await else {
            // Not tried again for this command.
            self.in_file = MAX_FILE_BYTES;
            return;
        };
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        for part in [&self.head, &tail] {
            if file.write_all(part).await.is_ok() {
                self.in_file += part.len() as u64;
            }
        }
        self.file = Some((file, path));
    }

    /// Ends it.
    pub(super) async fn finish(mut self) -> Captured {
        if let Some((file, _)) = &mut self.file {
            let _ = file.flush().await;
        }
        let tail: Vec<u8> = self.tail.into();
        let left_out = self.bytes - (self.head.len() + tail.len()) as u64;
        let (head, tail) =
            if left_out == 0 { ([self.head, tail].concat(), Vec::new()) } else { (self.head, tail) };
        Captured {
            head: readable(&head, false),
            tail: readable(&tail, true),
            bytes: self.bytes,
            left_out,
            not_in_file: self.bytes.saturating_sub(self.in_file),
            file: self.file.map(|(_, path)| path),
        }
    }
}

/// What a command has printed.
pub(super) struct Captured {
    /// All of it when nothing is left out.
    pub(super) head: String,
    pub(super) tail: String,
    pub(super) bytes: u64,
    /// Bytes between head and tail.
    pub(super) left_out: u64,
    /// Bytes that the file does not have.
    pub(super) not_in_file: u64,
    pub(super) file: Option<PathBuf>,
}

/// Removes the oldest files; their names begin with the time.
fn prune(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    for old in files.iter().take((files.len() + 1).saturating_sub(MAX_FILES)) {
        // Somebody else may have removed it.
        let _ = std::fs::remove_file(old);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn captured(pieces: &[&[u8]]) -> (Captured, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let host = Host::of_test(folder.path(), None);
        let mut capture = Capture::default();
        for piece in pieces {
            capture.push(piece, &host).await;
        }
        (capture.finish().await, folder)
    }

    #[tokio::test]
    async fn short_output_is_whole_and_needs_no_file() {
        let (all, _folder) = captured(&[b"one\n", b"two\n"]).await;
        assert_eq!((all.head.as_str(), all.tail.as_str(), all.left_out), ("one\ntwo\n", "", 0));
        assert_eq!(all.file, None);
    }

    #[tokio::test]
    async fn long_output_is_whole_in_the_file() {
        let piece: Vec<u8> = (0..30_000_u32).flat_map(|number| format!("{number}\n").into_bytes()).collect();
        for size in [1, 7_000, 12_000, 20_000, 100_000_000] {
            let pieces: Vec<&[u8]> = piece.chunks(size.max(500)).collect();
            let (all, _folder) = captured(&pieces).await;
            assert_eq!(std::fs::read(all.file.unwrap()).unwrap(), piece, "{size}");
            assert!(all.head.starts_with("0\n1\n") && all.tail.ends_with("29999\n"));
            assert_eq!(all.left_out, piece.len() as u64 - 2 * KEPT_BYTES as u64);
        }
    }

    #[tokio::test]
    async fn the_file_is_bounded_and_old_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        let host = Host::of_test(folder.path(), None);
        for number in 0..50 {
            std::fs::write(host.outputs.join(format!("{number:03}.log")), "old").unwrap();
        }
        let mut capture = Capture::default();
        let piece = vec![b'x'; 1024 * 1024];
        for _ in 0..20 {
            capture.push(&piece, &host).await;
        }
        let all = capture.finish().await;
        assert_eq!(std::fs::metadata(all.file.unwrap()).unwrap().len(), MAX_FILE_BYTES);
        assert_eq!(all.not_in_file, 4 * 1024 * 1024);
        assert_eq!(std::fs::read_dir(&host.outputs).unwrap().count(), MAX_FILES);
    }
}
