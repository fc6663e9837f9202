//! Programs of the operating system.

use crate::command;
use crate::environment::program;
use crate::progress::Step;
use std::path::PathBuf;

/// The terminal multiplexer that shows OpenCode's interface to a test, or why there is none.
pub(crate) type Terminal = Result<PathBuf, String>;

/// Finds tmux, or installs it where that is possible.
pub(crate) fn terminal(step: &Step) -> Terminal {
    find_or_install(step, "tmux", || program("tmux"))
}

/// Finds a program, or installs its package where we may; else says why it is not there.
pub(super) fn find_or_install(
    step: &Step,
    package: &str,
    find: impl Fn() -> Option<PathBuf>,
) -> Result<PathBuf, String> {
    if let Some(path) = find() {
        return Ok(path);
    }
    let Some(apt) = program("apt-get").filter(|_| is_root()) else {
        return Err(format!("{package} is not installed"));
    };
    step.news(&format!("installing {package}"));
    let apt = |args: &[&str]| {
        let mut command = command::new(&apt);
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
        command::run(step, "apt", &mut command)
            .map_err(|error| format!("{package} cannot be installed: {error}"))
    };
    apt(&["update"])?;
    apt(&["install", "--yes", "--no-install-recommends", package])?;
    find().ok_or_else(|| format!("{package} was installed and is not there"))
}

fn is_root() -> bool {
    command::read(command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
