//! The wasm core: compiled, bound to JavaScript, and shrunk.

use crate::command;
use crate::freshness::Work;
use crate::progress::{Progress, Step};
use crate::repository::{at, target};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use wasm_bindgen_cli_support::Bindgen;

const TARGET: &str = "wasm32-unknown-unknown";
const NAME: &str = "rozet_core";
const MODULE: &str = "rozet_core_bg.wasm";
/// Every kilobyte is read and compiled at each start of OpenCode.
pub(crate) const LIMIT_BYTES: u64 = 250_000;
/// What rustc emits for the target, so that wasm-opt accepts it.
const FEATURES: [&str; 6] = [
    "bulk-memory",
    "nontrapping-float-to-int",
    "sign-ext",
    "mutable-globals",
    "reference-types",
    "multivalue",
];

/// Builds `js/wasm/` and returns the size of the module in bytes.
///
/// # Errors
/// When a tool fails.
pub(crate) fn build(progress: &Progress) -> Result<u64> {
    let folder = at("js/wasm");
    progress.step("Build the wasm core", |step| core(step, "wasm", &folder, &[]))?;
    let module = folder.join(MODULE);
    Ok(fs::metadata(&module).with_context(|| format!("no {}", module.display()))?.len())
}

/// Builds the same core with its gate exported, and returns the folder that it is in.
///
/// # Errors
/// When a tool fails.
pub(crate) fn build_gate(progress: &Progress) -> Result<PathBuf> {
    let folder = target().join("xtask/gate");
    progress.step("Build the wasm core with its gate exported", |step| {
        core(step, "wasm-gate", &folder, &["--features", "bench"])
    })?;
    Ok(folder)
}

fn core(step: &Step, name: &'static str, folder: &Path, features: &[&str]) -> Result<()> {
    let raw = target().join(TARGET).join("wasm/rozet_plugin_wasm.wasm");
    let module = folder.join(MODULE);
    let mut cargo = command::cargo();
    cargo.args(["build", "--package", "rozet-plugin-wasm", "--lib", "--profile", "wasm", "--target", TARGET]);
    command::run(step, name, cargo.args(features))?;
    let work = Work { name, inputs: vec![raw.clone(), at("Cargo.lock")], outputs: vec![module.clone()] };
    work.unless_fresh(|| {
        bind(&raw, folder)?;
        let mut shrink = command::new("node");
        shrink.arg(at("node_modules/binaryen/bin/wasm-opt")).arg("-Os");
        shrink.args(FEATURES.map(|feature| format!("--enable-{feature}")));
        command::run(step, "wasm-opt", shrink.arg("-o").arg(&module).arg(&module))
    })
    .map(drop)
}

/// Says how large the module is.
///
/// # Errors
/// When it is larger than [`LIMIT_BYTES`].
pub(crate) fn check_size(bytes: u64) -> Result<()> {
    if bytes > LIMIT_BYTES {
        bail!("the wasm core has {bytes} bytes, over its limit of {LIMIT_BYTES}");
    }
    println!("the wasm core has {bytes} bytes; its limit is {LIMIT_BYTES}");
    Ok(())
}

fn bind(raw: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Bindgen::new()
        .input_path(raw)
        .web(true)?
        .out_name(NAME)
        .typescript(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
        .context("wasm-bindgen")
}
