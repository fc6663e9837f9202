//! The TypeScript declarations of the Rust types, and the tools of workers.

use crate::repository;
use anyhow::{Context, Result, bail};
use rozet_plugin_wasm::typescript::{core_file, tools_file, words_file};
use std::fs;

const CORE: &str = "js/src/generated/types.ts";
const TOOLS: &str = "js/src/generated/tools.ts";
const WORDS: &str = "observability/dashboard/src/generated/types.ts";

/// Writes the files, or only compares them.
///
/// # Errors
/// When `check` finds a difference, or a file cannot be written.
pub(crate) fn run(check: bool) -> Result<()> {
    let mut different = Vec::new();
    for (name, text) in [(CORE, core_file()), (TOOLS, tools_file()), (WORDS, words_file())] {
        let path = repository::at(name);
        if fs::read_to_string(&path).is_ok_and(|found| found == text) {
            continue;
        }
        different.push(name);
        if !check {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&path, text).with_context(|| format!("cannot write {name}"))?;
            println!("wrote {name}");
        }
    }
    if check && !different.is_empty() {
        bail!("{} differ from the Rust types: run `cargo xtask types`", different.join(" and "));
    }
    Ok(())
}
