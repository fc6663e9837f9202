//! What runs on this machine, as its file tree of processes tells it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A word for the arguments of a test's processes that nobody else's have: also a time to sleep, in seconds.
pub(crate) fn mark(number: u32) -> String {
    format!("{number}{}", std::process::id())
}

/// Processes whose command line has this word.
pub(crate) fn running(mark: &str) -> usize {
    let lines = folders().filter_map(|folder| std::fs::read(folder.join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).split('\0').any(|word| word == mark)).count()
}

/// What works in this folder, or was given it as its home or in an argument: number and command line of each.
pub(crate) fn of_folder(folder: &Path) -> Vec<String> {
    let wanted = folder.as_os_str().as_bytes();
    let found = folders().filter_map(|process| {
        let line = std::fs::read(process.join("cmdline")).ok().filter(|line| !line.is_empty())?;
        let environment = std::fs::read(process.join("environ")).unwrap_or_default();
        let works_in = std::fs::read_link(process.join("cwd")).unwrap_or_default();
        let names = |text: &[u8]| text.windows(wanted.len()).any(|part| part == wanted);
        (names(&line) || names(&environment) || works_in.starts_with(folder)).then(|| {
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            format!("{}: {line}", process.display())
        })
    });
    found.collect()
}

fn folders() -> impl Iterator<Item = std::path::PathBuf> {
    let is_process = |name: &OsStr| name.as_bytes().iter().all(u8::is_ascii_digit);
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries.filter(move |entry| is_process(&entry.file_name())).map(|entry| entry.path())
}
