//! `cargo xtask pictures`: each view of the dashboard on a busy day, in both themes, for the README.

use crate::progress::Progress;
use crate::repository::at;
use crate::{command, product, setup};
use anyhow::{Result, anyhow};
use std::path::PathBuf;

/// Makes them anew; says where they lie.
///
/// # Errors
/// When there is no browser, or something does not build or show.
pub(crate) fn make(progress: &Progress) -> Result<PathBuf> {
    let tools = setup::all(progress)?;
    product::build(progress, &tools)?;
    let browser = progress.step("Find a browser", |step| setup::browser(step).map_err(|why| anyhow!(why)))?;
    let pictures = at("docs/pictures");
    progress.step("Make the pictures", |step| {
        let mut node = command::new("node");
        node.arg("tests/browser/pictures.js").arg(&pictures);
        node.env("ROZET_CHROMIUM", &browser).env("ROZET_TEST_SIDECAR", product::sidecar("release"));
        command::run(step, "pictures", &mut node)
    })?;
    Ok(pictures)
}
