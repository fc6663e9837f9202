//! `cargo xtask pictures`: the README's pictures, drawn from what runs.

use crate::progress::Progress;
use crate::repository::at;
use crate::{command, pack, product, setup};
use anyhow::{Result, bail};
use clap::Args;

#[derive(Args)]
pub(crate) struct Pictures {
    /// Only these, by their names without an ending, such as `terminal-home`
    names: Vec<String>,
}

impl Pictures {
    pub(crate) fn run(&self, progress: &Progress) -> Result<()> {
        let tools = setup::all(progress)?;
        product::build(progress, &tools)?;
        let packed = pack::pack(progress)?;
        if let Err(reason) = progress.step("Find tmux", |step| Ok(setup::terminal(step)))? {
            bail!("{reason}, and pictures of a terminal need it");
        }
        progress.step("Draw the pictures", |step| {
            let mut pictures = command::new(product::binary("release", "rozet-pictures"));
            pictures.arg("--into").arg(at("docs/pictures")).args(&self.names);
            pictures.env("ROZET_TEST_OPENCODE", &tools.opencode);
            pictures.env("ROZET_TEST_SIDECAR", product::sidecar("release"));
            pictures.env("ROZET_TEST_PLUGIN", &packed.plugin);
            command::run(step, "pictures", &mut pictures)
        })
    }
}
