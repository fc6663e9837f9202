//! `supervise`: how the daemon runs one command. Not for people, and so neither in the help nor in need of settings.

use crate::sandbox::supervisor;
use std::process::ExitCode;

/// Runs before any thread is there and anything is read but the request.
pub(super) fn run() -> ExitCode {
    supervisor::run();
    ExitCode::SUCCESS
}
