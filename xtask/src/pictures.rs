//! `cargo xtask pictures`: the README's pictures, drawn from what runs: OpenCode's terminal with Rozet in it, and each view of
//! the dashboard on a busy day, in both themes.

use crate::progress::Progress;
use crate::repository::at;
use crate::setup::Tools;
use crate::{command, pack, product, setup};
use anyhow::{Result, anyhow};
use clap::{Args, ValueEnum};
use std::path::Path;

/// What there are pictures of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// OpenCode's terminal: home, and a session with a running plan
    Terminal,
    /// The dashboard's views
    Dashboard,
}

#[derive(Args)]
pub(crate) struct Pictures {
    /// Of what [default: everything]
    subjects: Vec<Subject>,
}

impl Pictures {
    /// Draws them anew.
    ///
    /// # Errors
    /// When there is no tmux or no browser, or something does not build or show.
    pub(crate) fn run(&self, progress: &Progress) -> Result<()> {
        let tools = setup::all(progress)?;
        product::build(progress, &tools)?;
        let folder = at("docs/pictures");
        for subject in if self.subjects.is_empty() { Subject::value_variants() } else { &self.subjects } {
            match subject {
                Subject::Terminal => terminal(progress, &tools, &folder)?,
                Subject::Dashboard => dashboard(progress, &folder)?,
            }
        }
        println!("{}", folder.display());
        Ok(())
    }
}

fn terminal(progress: &Progress, tools: &Tools, folder: &Path) -> Result<()> {
    let packed = pack::pack(progress)?;
    progress.step("Find tmux", |step| setup::terminal(step).map_err(|why| anyhow!(why)))?;
    progress.step("Draw the terminal", |step| {
        let mut pictures = command::new(product::binary("release", "rozet-pictures"));
        pictures.arg("--into").arg(folder);
        pictures.env("ROZET_TEST_OPENCODE", &tools.opencode);
        pictures.env("ROZET_TEST_SIDECAR", product::sidecar("release"));
        pictures.env("ROZET_TEST_PLUGIN", &packed.plugin);
        command::run(step, "pictures", &mut pictures)
    })
}

fn dashboard(progress: &Progress, folder: &Path) -> Result<()> {
    let browser = progress.step("Find a browser", |step| setup::browser(step).map_err(|why| anyhow!(why)))?;
    progress.step("Draw the dashboard", |step| {
        let mut node = command::new("node");
        node.arg("tests/browser/pictures.js").arg(folder);
        node.env("ROZET_CHROMIUM", &browser).env("ROZET_TEST_SIDECAR", product::sidecar("release"));
        command::run(step, "pictures", &mut node)
    })
}
