//! Where the built things are. `cargo xtask` builds them and says where through the environment; without
//! it, the usual places in the repository are looked at.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// The OpenCode binary.
pub const OPENCODE_VARIABLE: &str = "ROZET_TEST_OPENCODE";
/// The native `rozet-sidecar`.
pub const SIDECAR_VARIABLE: &str = "ROZET_TEST_SIDECAR";
/// The tarball of the npm package `rozet-opencode`.
pub const PLUGIN_VARIABLE: &str = "ROZET_TEST_PLUGIN";
/// A headless browser; empty when there is none.
pub const BROWSER_VARIABLE: &str = "ROZET_CHROMIUM";

/// The built things that the tests run.
#[derive(Debug, Clone)]
pub struct Artifacts {
    /// The OpenCode binary.
    pub opencode: PathBuf,
    /// The native sidecar.
    pub sidecar: PathBuf,
    /// The npm package, packed.
    pub plugin: PathBuf,
    /// The same, unpacked.
    pub unpacked: PathBuf,
}

impl Artifacts {
    /// Finds all of them.
    ///
    /// # Errors
    /// When one is missing: names it, and the command that builds it.
    pub fn find() -> Result<Self> {
        let plugin = plugin()?;
        let unpacked = plugin.with_file_name("rozet-opencode");
        Ok(Self { opencode: opencode()?, sidecar: sidecar()?, plugin, unpacked })
    }
}

/// The root of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Reads a variable of the environment; an empty one counts as absent.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the harness reads its settings here, and only here")]
pub fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Finds the OpenCode binary.
///
/// # Errors
/// When there is none; so with each of these.
pub fn opencode() -> Result<PathBuf> {
    let modules = repository().join("node_modules");
    first(OPENCODE_VARIABLE, &[modules.join("opencode-ai/bin/opencode.exe")])
}

/// Finds an earlier version of OpenCode.
///
/// # Errors
/// As [`opencode`].
pub fn earlier_opencode(version: &str) -> Result<PathBuf> {
    let minor = version.rsplit_once('.').map_or(version, |(minor, _)| minor);
    let usual = repository().join(format!("tests/earlier/node_modules/opencode-{minor}/bin/opencode.exe"));
    first(&format!("{OPENCODE_VARIABLE}_{}", version.replace('.', "_")), &[usual])
}

/// Finds the native sidecar.
///
/// # Errors
/// As [`opencode`].
pub fn sidecar() -> Result<PathBuf> {
    let target = repository().join("target");
    first(SIDECAR_VARIABLE, &[target.join("release/rozet-sidecar"), target.join("debug/rozet-sidecar")])
}

/// Finds the packed npm package.
///
/// # Errors
/// As [`opencode`].
pub fn plugin() -> Result<PathBuf> {
    let staged = repository().join("target/npm");
    first(PLUGIN_VARIABLE, &[staged.join(format!("rozet-opencode-{}.tgz", env!("CARGO_PKG_VERSION")))])
}

fn first(name: &str, usual: &[PathBuf]) -> Result<PathBuf> {
    if let Some(path) = variable(name) {
        let path =
            path.canonicalize().with_context(|| format!("{name}={} does not exist", path.display()))?;
        return Ok(path);
    }
    if let Some(path) = usual.iter().find(|path| path.is_file()) {
        return Ok(path.clone());
    }
    let places: Vec<_> = usual.iter().map(|path| path.display().to_string()).collect();
    bail!("nothing at {}: run `cargo xtask build`, or set {name}", places.join(" or "))
}
