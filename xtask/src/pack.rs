//! The npm packages as people install them: `rozet-opencode`, and beside it the native sidecar for this
//! platform, which npm picks by `os` and `cpu`. Nothing runs at install time.

use crate::command;
use crate::freshness::Work;
use crate::product;
use crate::progress::{Progress, Step};
use crate::repository::{at, target};
use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// The packed packages.
pub(crate) struct Packed {
    /// `rozet-opencode`, which asks for the platform's package beside it.
    pub(crate) plugin: PathBuf,
    /// `rozet-sidecar-<os>-<cpu>`.
    pub(crate) platform: PathBuf,
    /// The unpacked `rozet-opencode`.
    pub(crate) staged: PathBuf,
}

/// Packs what has been built into `target/npm`.
///
/// # Errors
/// When something has not been built, or npm fails.
pub(crate) fn pack(progress: &Progress) -> Result<Packed> {
    let folder = target().join("npm");
    let manifest = read_manifest()?;
    let version = version(&manifest);
    let name = platform_name();
    let packed = Packed::of(&version);
    progress.step("Pack the npm packages", |step| {
        let binary = product::sidecar("release");
        let js = at("js");
        let work = Work {
            name: "pack",
            inputs: vec![
                js.join("dist"),
                js.join("wasm"),
                js.join("package.json"),
                js.join("README.md"),
                binary.clone(),
            ],
            outputs: vec![packed.plugin.clone(), packed.platform.clone(), packed.staged.clone()],
        };
        work.unless_fresh(|| {
            stage_platform(&folder.join(&name), &name, &version, &binary)?;
            npm_pack(step, &folder.join(&name), &folder)?;
            stage_plugin(&packed, manifest, &name)?;
            npm_pack(step, &packed.staged, &folder)
        })
    })?;
    Ok(packed)
}

/// Packs `rozet-opencode` alone, beside a platform's package that was packed before: for whoever works on the plugin,
/// and need not build the sidecar as it is shipped each time.
///
/// # Errors
/// When it has not been built, or npm fails.
pub(crate) fn pack_plugin(progress: &Progress) -> Result<Packed> {
    let manifest = read_manifest()?;
    let packed = Packed::of(&version(&manifest));
    progress.step("Pack the plugin", |step| {
        stage_plugin(&packed, manifest, &platform_name())?;
        npm_pack(step, &packed.staged, &target().join("npm"))
    })?;
    Ok(packed)
}

impl Packed {
    fn of(version: &str) -> Self {
        let folder = target().join("npm");
        Self {
            plugin: folder.join(format!("rozet-opencode-{version}.tgz")),
            platform: folder.join(format!("{}-{version}.tgz", platform_name())),
            staged: folder.join("rozet-opencode"),
        }
    }
}

fn version(manifest: &Map<String, Value>) -> String {
    manifest.get("version").and_then(Value::as_str).unwrap_or("0.0.0").to_owned()
}

/// `rozet-sidecar-<os>-<cpu>` in Node's words.
fn platform_name() -> String {
    format!("rozet-sidecar-{}-{}", node_os(), node_cpu())
}

fn node_os() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    }
}

fn node_cpu() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn read_manifest() -> Result<Map<String, Value>> {
    let path = at("js/package.json");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not a JSON object", path.display()))
}

fn stage_platform(folder: &Path, name: &str, version: &str, binary: &Path) -> Result<()> {
    fresh(&folder.join("bin"))?;
    let file = binary.file_name().context("the binary has no name")?;
    // The copy keeps the exec bit, and npm keeps it too.
    fs::copy(binary, folder.join("bin").join(file))
        .with_context(|| format!("{} has not been built", binary.display()))?;
    let manifest = json!({
        "name": name, "version": version, "license": "MIT",
        "description": "The native part of rozet-opencode for this platform",
        "os": [node_os()], "cpu": [node_cpu()], "files": ["bin"],
    });
    write(&folder.join("package.json"), &manifest)
}

fn stage_plugin(packed: &Packed, mut manifest: Map<String, Value>, platform: &str) -> Result<()> {
    fresh(&packed.staged)?;
    let files = manifest.get("files").and_then(Value::as_array).cloned().unwrap_or_default();
    for file in files.iter().filter_map(Value::as_str) {
        let source = at("js").join(file);
        if source.exists() {
            copy(&source, &packed.staged.join(file))?;
        }
    }
    for unneeded in ["devDependencies", "scripts", "private"] {
        manifest.remove(unneeded);
    }
    let tarball = format!("file:{}", packed.platform.display());
    manifest.insert("optionalDependencies".into(), json!({platform: tarball}));
    write(&packed.staged.join("package.json"), &Value::Object(manifest))
}

fn npm_pack(step: &Step, package: &Path, into: &Path) -> Result<()> {
    let mut npm = command::npm();
    npm.args(["pack", "--silent", "--pack-destination"]).arg(into).current_dir(package);
    command::run(step, "npm-pack", &mut npm)
}

fn fresh(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

fn copy(source: &Path, target: &Path) -> Result<()> {
    if !source.is_dir() {
        fs::copy(source, target).with_context(|| format!("cannot copy {}", source.display()))?;
        return Ok(());
    }
    fs::create_dir_all(target)?;
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        copy(&entry.path(), &target.join(entry.file_name()))?;
    }
    Ok(())
}

fn write(path: &Path, value: &Value) -> Result<()> {
    fs::write(path, serde_json::to_vec_pretty(value)?)
        .with_context(|| format!("cannot write {}", path.display()))
}
