//! The daemon's log: one JSON line per write, so that a killed process loses no line; bounded.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// The log starts anew beyond this size, in bytes; the one before is kept as `.1`.
const MAX_BYTES: u64 = 8 * 1024 * 1024;

/// Sends `tracing` to the file at `path`.
///
/// # Errors
/// When the file cannot be opened.
pub(super) fn init(path: &Path) -> std::io::Result<()> {
    let log = LogFile::open(path)?;
    // Libraries may log whole requests: only our own words go into the file.
    let filter = EnvFilter::new("off,rozet_sidecar=info,rozet_observability=info");
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .with_writer(log)
        .finish();
    tracing::subscriber::set_global_default(subscriber).map_err(std::io::Error::other)
}

#[derive(Clone)]
struct LogFile(Arc<Mutex<Inner>>);

struct Inner {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl LogFile {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self(Arc::new(Mutex::new(Inner { path: path.to_owned(), file, bytes }))))
    }
}

impl Inner {
    fn write_line(&mut self, line: &[u8]) -> std::io::Result<()> {
        if self.bytes > MAX_BYTES {
            std::fs::rename(&self.path, self.path.with_extension("log.1"))?;
            self.file = File::options().create(true).append(true).open(&self.path)?;
            self.bytes = 0;
        }
        self.file.write_all(line)?;
        self.bytes += u64::try_from(line.len()).unwrap_or_default();
        Ok(())
    }
}

/// Collects one line, and writes it at once when it is whole.
struct Line {
    log: LogFile,
    bytes: Vec<u8>,
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Ok(mut inner) = self.log.0.lock() {
            // A full disk must not stop the daemon, and there is nowhere else to say it.
            let _ = inner.write_line(&self.bytes);
        }
    }
}

impl<'a> MakeWriter<'a> for LogFile {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line { log: self.clone(), bytes: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_and_the_file_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sidecar.log");
        std::fs::write(&path, vec![b'x'; usize::try_from(MAX_BYTES).unwrap() + 1]).unwrap();
        let log = LogFile::open(&path).unwrap();
        log.make_writer().write_all(b"one\n").unwrap();
        log.make_writer().write_all(b"two\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        assert!(folder.path().join("sidecar.log.1").exists());
    }
}
