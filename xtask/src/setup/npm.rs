//! The npm side: packages as locked, and the two programs that travel in them.

use super::{Earlier, Tools};
use crate::command;
use crate::freshness::Work;
use crate::progress::Step;
use crate::repository::at;
use anyhow::{Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// Installs the packages of the lockfile, unless that has been done: by us, or by somebody who ran npm here
/// after the lockfile was last written.
pub(super) fn install(step: &Step) -> Result<()> {
    let installed = at("node_modules/.package-lock.json");
    let lock = at("package-lock.json");
    let by_somebody = is_newer(&installed, &lock);
    let work = Work { name: "npm", inputs: vec![lock], outputs: vec![installed] };
    work.unless_fresh(|| {
        if by_somebody {
            return Ok(());
        }
        step.news("installing npm packages");
        command::run(step, "npm", command::npm().args(["ci", "--no-audit", "--no-fund"]))
    })
    .map(drop)
}

/// Finds the programs and makes sure that they run.
pub(super) fn tools(step: &Step) -> Result<Tools> {
    let cpu = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let opencode_os = if cfg!(windows) { "windows" } else { system() };
    let opencode = ["", "-baseline", "-musl", "-baseline-musl"].map(|flavour| {
        format!("opencode-{opencode_os}-{cpu}{flavour}/bin/opencode{}", std::env::consts::EXE_SUFFIX)
    });
    let bun = format!(
        "@oven/bun-{opencode_os}-{}/bin/bun{}",
        if cfg!(target_arch = "aarch64") { "aarch64" } else { "x64" },
        std::env::consts::EXE_SUFFIX
    );
    let modules = at("node_modules");
    Ok(Tools {
        opencode: tool(
            step,
            &modules,
            ["opencode-ai/bin/opencode.exe", "opencode-ai/postinstall.mjs"],
            &opencode,
        )?,
        bun: tool(step, &modules, ["bun/bin/bun.exe", "bun/install.js"], &[bun])?,
    })
}

/// Installs the earlier versions of OpenCode that the plugin is tried in, and makes sure that they run. They are large, and
/// only tests need them: their packages are no others' business.
pub(super) fn earlier(step: &Step) -> Result<Vec<Earlier>> {
    let folder = at("tests/earlier");
    let modules = folder.join("node_modules");
    let outputs = EARLIER.map(|(_, package)| modules.join(package).join("package.json")).to_vec();
    let work = Work { name: "npm-earlier", inputs: vec![folder.join("package.json")], outputs };
    work.unless_fresh(|| {
        step.news("installing earlier versions of OpenCode");
        let mut npm = command::npm();
        // Their versions are exact, and so are those that they ask for. A lockfile would have to name the packages of every
        // platform, also where a registry does not have them.
        npm.args(["install", "--no-package-lock", "--no-audit", "--no-fund"]).current_dir(&folder);
        command::run(step, "npm", &mut npm)
    })?;
    let cpu = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    EARLIER
        .into_iter()
        .map(|(version, package)| {
            let program = format!("{package}/bin/opencode.exe");
            let script = format!("{package}/postinstall.mjs");
            let platform = [format!("{package}/node_modules/"), String::new()]
                .map(|under| format!("{under}opencode-{}-{cpu}/bin/opencode", system()));
            let path = tool(step, &modules, [&program, &script], &platform)?;
            Ok(Earlier { version, path })
        })
        .collect()
}

/// Versions, and the names of their packages in `tests/earlier`.
const EARLIER: [(&str, &str); 2] = [("1.15.13", "opencode-1.15"), ("1.17.19", "opencode-1.17")];

/// A program that its package puts in place by an install script. Where npm does not run those, the script
/// is run here, and at last the platform's own package is looked at.
fn tool(step: &Step, modules: &Path, [program, script]: [&str; 2], platform: &[String]) -> Result<PathBuf> {
    let path = modules.join(program);
    if command::works(&path) {
        return Ok(path);
    }
    step.news(&format!("running {script}"));
    let script = modules.join(script);
    if let Some(folder) = script.parent() {
        // Whether it helped shows in the next line.
        let _ = command::run(step, "npm-script", command::new("node").arg(&script).current_dir(folder));
    }
    let mut candidates = vec![path];
    candidates.extend(platform.iter().map(|path| modules.join(path)));
    if let Some(path) = candidates.iter().find(|path| command::works(path)) {
        return Ok(path.clone());
    }
    let places: Vec<String> = candidates.iter().map(|path| path.display().to_string()).collect();
    bail!("none of these runs on this machine: {}. Try `npm ci` by hand.", places.join(", "))
}

fn system() -> &'static str {
    if cfg!(target_os = "macos") { "darwin" } else { "linux" }
}

fn is_newer(one: &Path, other: &Path) -> bool {
    let time = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    time(one).zip(time(other)).is_some_and(|(one, other)| one >= other)
}
