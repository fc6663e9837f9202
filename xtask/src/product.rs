//! What people get: wasm core, npm package, dashboard, sidecar.

use crate::command;
use crate::freshness::Work;
use crate::progress::Progress;
use crate::repository::{at, target};
use crate::setup::Tools;
use crate::wasm;
use anyhow::Result;
use std::path::PathBuf;

/// Builds all of it, the sidecar with the profile `release`.
///
/// # Errors
/// When a part does not build.
pub(crate) fn build(progress: &Progress, tools: &Tools) -> Result<()> {
    scripts(progress, tools)?;
    progress.step("Build the sidecar", |step| {
        let mut cargo = command::cargo();
        cargo.args(["build", "--release", "--package", "rozet-sidecar", "--package", "rozet-e2e", "--bins"]);
        command::run(step, "sidecar", &mut cargo)
    })
}

/// Builds what the sidecar's binary carries or stands beside: wasm core, npm package, dashboard.
///
/// # Errors
/// When a part does not build.
pub(crate) fn scripts(progress: &Progress, tools: &Tools) -> Result<()> {
    plugin(progress, tools)?;
    progress.step("Build the dashboard", |step| {
        let folder = "observability/dashboard";
        let inputs = vec![at(folder), at("package-lock.json")];
        let work = Work { name: "dashboard", inputs, outputs: vec![at(folder).join("dist/index.html")] };
        work.unless_fresh(|| command::run(step, "dashboard", &mut npm_run("build", folder)))
    })?;
    Ok(())
}

/// Builds the npm package with its wasm core.
///
/// # Errors
/// When a part does not build.
pub(crate) fn plugin(progress: &Progress, tools: &Tools) -> Result<()> {
    wasm::build(progress)?;
    progress.step("Build the npm package", |step| {
        let inputs = vec![at("js"), at("package-lock.json")];
        let work = Work { name: "js", inputs, outputs: vec![at("js/dist/server.js")] };
        work.unless_fresh(|| command::run(step, "js", npm_run("build", "js").env("PATH", path_with(tools)?)))
    })?;
    Ok(())
}

/// The sidecar's binary of a cargo profile's folder.
pub(crate) fn sidecar(profile: &str) -> PathBuf {
    binary(profile, "rozet-sidecar")
}

/// A binary of the workspace.
pub(crate) fn binary(profile: &str, name: &str) -> PathBuf {
    target().join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// An npm script of one of the packages.
pub(crate) fn npm_run(script: &str, package: &str) -> std::process::Command {
    let mut npm = command::npm();
    npm.args(["run", "--silent", script, "--workspace", package]);
    npm
}

/// `PATH` with Bun's folder first: the script in `node_modules/.bin` may be a placeholder.
///
/// # Errors
/// When a folder's name cannot stand in `PATH`.
pub(crate) fn path_with(tools: &Tools) -> Result<std::ffi::OsString> {
    let path = crate::environment::variable("PATH").unwrap_or_default();
    let bun = tools.bun.parent().map(std::path::Path::to_owned);
    Ok(std::env::join_paths(bun.into_iter().chain(std::env::split_paths(&path)))?)
}
