//! `cargo xtask test`: every test there is, one section after another. A section that fails does not keep
//! the next from running; a build that fails does.

mod count;
mod part;

use crate::progress::Progress;
use anyhow::{Result, bail};
use clap::Args;
use count::Count;
use part::{Part, Stage};
use std::process::ExitCode;

#[derive(Args)]
pub(crate) struct Suite {
    /// Run only this part
    #[arg(long, value_enum)]
    only: Option<Part>,
}

impl Suite {
    pub(crate) fn run(&self, progress: &Progress) -> Result<ExitCode> {
        let parts: Vec<Part> =
            Part::ALL.into_iter().filter(|part| self.only.is_none_or(|only| only == *part)).collect();
        let stage = Stage::prepare(progress, &parts)?;
        let (mut total, mut failed) = (Count::default(), Vec::new());
        for part in parts {
            println!("\n━━ {} ━━", part.title());
            let count = match part.run(&stage) {
                Ok(count) => count,
                Err(error) => {
                    println!("{error:#}");
                    Count { failed: 1, ..Count::default() }
                }
            };
            if count.failed > 0 {
                failed.push(part.title());
            }
            total += count;
        }
        println!();
        if !failed.is_empty() {
            println!("Failed: {}", failed.join(", "));
        }
        if total == Count::default() {
            bail!("no test was run");
        }
        println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
        Ok(if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
