//! Where things are in this repository.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// A path in the repository.
pub(crate) fn at(path: &str) -> PathBuf {
    root().join(path)
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    crate::environment::variable("CARGO_TARGET_DIR")
        .map_or_else(|| at("target"), |folder| root().join(folder))
}

/// Where xtask keeps its logs and stamps.
pub(crate) fn notes() -> PathBuf {
    target().join("xtask")
}
