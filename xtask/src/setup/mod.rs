//! What building and testing need, fetched where it is missing.

mod browser;
mod npm;
mod system;

pub(crate) use browser::{Browser, browser};
pub(crate) use system::{Terminal, terminal};

use crate::command;
use crate::progress::{Progress, Step};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

const OLDEST_NODE: u32 = 20;
const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The programs that building needs.
pub(crate) struct Tools {
    /// Bun, which builds and tests the npm package.
    pub(crate) bun: PathBuf,
    /// OpenCode, as pinned.
    pub(crate) opencode: PathBuf,
}

/// An earlier version of OpenCode.
pub(crate) struct Earlier {
    /// Such as `1.15.13`.
    pub(crate) version: &'static str,
    /// The program.
    pub(crate) path: PathBuf,
}

/// Fetches the earlier versions of OpenCode that the plugin is tried in.
///
/// # Errors
/// When they cannot be had.
pub(crate) fn earlier(step: &Step) -> Result<Vec<Earlier>> {
    npm::earlier(step)
}

/// Fetches everything that building needs.
///
/// # Errors
/// Names what is missing and cannot be fetched.
pub(crate) fn all(progress: &Progress) -> Result<Tools> {
    progress.step("Set up", |step| {
        check_node()?;
        if !has_wasm_target()? {
            step.news("adding the wasm target");
            command::run(step, "rustup", command::new("rustup").args(["target", "add", WASM_TARGET]))
                .context("the Rust target for wasm is missing, and rustup cannot add it")?;
        }
        npm::install(step)?;
        npm::tools(step)
    })
}

fn check_node() -> Result<()> {
    let version = command::read(command::new("node").arg("--version"))
        .with_context(|| format!("Node {OLDEST_NODE} or newer is needed"))?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    if major.is_none_or(|major: u32| major < OLDEST_NODE) {
        bail!("Node {OLDEST_NODE} or newer is needed, found {}", version.trim());
    }
    Ok(())
}

fn has_wasm_target() -> Result<bool> {
    let libraries =
        command::read(command::new("rustc").args(["--print", "target-libdir", "--target", WASM_TARGET]))?;
    Ok(Path::new(libraries.trim()).is_dir())
}
