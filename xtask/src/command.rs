//! Child processes: their output goes into a log file, whose end is shown when they fail.

use crate::progress::Step;
use crate::repository;
use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, PipeReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

const TAIL_LINES: usize = 40;

/// A command in the repository's root.
pub(crate) fn new(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    // What went wrong is said in words; where in our own code it did is noise to the reader.
    command.current_dir(repository::root()).stdin(Stdio::null()).env("RUST_LIB_BACKTRACE", "0");
    command
}

/// The cargo that runs us.
pub(crate) fn cargo() -> Command {
    new(crate::environment::variable("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// npm, which is a script on some systems.
pub(crate) fn npm() -> Command {
    new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

/// Runs a command to a good end; its output is kept in `target/xtask/<log>.log`.
///
/// # Errors
/// When it cannot start or fails: names the log and shows its end.
pub(crate) fn run(step: &Step, log: &str, command: &mut Command) -> Result<()> {
    let path = repository::notes().join(format!("{log}.log"));
    let (mut file, mut lines) = (create(&path)?, Vec::new());
    let status = follow(command, |line| {
        step.news(line);
        lines.push(line.to_owned());
        writeln!(file, "{line}").context("cannot write the log")
    })?;
    if !status.success() {
        let tail = lines.split_off(lines.len().saturating_sub(TAIL_LINES)).join("\n");
        bail!("{} failed ({status}):\n{tail}\nThe whole output is in {}", display(command), path.display());
    }
    Ok(())
}

/// Runs a command and hands over each line of its output and errors, in the order written.
///
/// # Errors
/// When it cannot start, or with the first error of `each`.
pub(crate) fn follow(command: &mut Command, mut each: impl FnMut(&str) -> Result<()>) -> Result<ExitStatus> {
    let (reader, writer) = std::io::pipe().context("no pipe")?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("cannot start {}", display(command)))?;
    // The command still holds the pipe's writing ends: without this the reading would never end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let outcome = read_lines(reader, &mut each);
    if outcome.is_err() {
        child.kill()?;
    }
    let status = child.wait()?;
    outcome.map(|()| status)
}

/// Runs a command that must succeed and returns what it printed.
///
/// # Errors
/// When it cannot start or fails.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {}", display(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        bail!("{} failed ({}): {}", display(command), output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program runs and prints its version.
pub(crate) fn works(program: &Path) -> bool {
    let mut command = new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn read_lines(reader: PipeReader, each: &mut impl FnMut(&str) -> Result<()>) -> Result<()> {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).context("cannot read a child's output")? > 0 {
        each(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']))?;
        line.clear();
    }
    Ok(())
}

fn create(path: &PathBuf) -> Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::create(path).with_context(|| format!("cannot write {}", path.display()))
}

fn display(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
