//! `cargo xtask demo`: from a bare machine to one prompt, all the way through.

use crate::progress::{Progress, Step};
use crate::repository::target;
use crate::{command, pack, product, setup};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, ExitCode, Stdio};

/// What is asked when nothing is said.
const PROMPT: &str = "create a hello world python script";
const PROMPT_FOR_WORKERS: &str =
    "create hello.py that prints a greeting, describe it in NOTES.md, then run it and see that it greets";

#[derive(Args)]
pub(crate) struct Demo {
    /// What to ask; the scripted model writes and runs hello.py whatever it is
    prompt: Option<String>,
    /// Let workers carry the plan out: three tasks, two of them at once, one of which has to be mended
    #[arg(long, conflicts_with = "model")]
    auto_execute: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
    /// Stop the sidecar afterwards; otherwise the dashboard stays to be looked at
    #[arg(long)]
    down: bool,
    /// Use this model of your own OpenCode configuration instead of the scripted one
    #[arg(long, value_name = "PROVIDER/MODEL")]
    model: Option<String>,
}

impl Demo {
    pub(crate) fn run(&self, progress: &Progress) -> Result<ExitCode> {
        let tools = setup::all(progress)?;
        product::build(progress, &tools)?;
        let packed = pack::pack(progress)?;
        let mut demo = command::new(product::binary("release", "rozet-demo"));
        demo.arg("--root").arg(target().join("demo")).arg("--opencode").arg(&tools.opencode);
        demo.arg("--plugin").arg(&packed.plugin);
        demo.args(self.json.then_some("--json")).args(self.down.then_some("--down"));
        if let Some(model) = &self.model {
            demo.args(["--model", model]);
        }
        demo.args(self.auto_execute.then_some("--auto-execute"));
        let usual = if self.auto_execute { PROMPT_FOR_WORKERS } else { PROMPT };
        demo.arg("--").arg(self.prompt.as_deref().unwrap_or(usual));
        let (code, said) = progress.step("Run the prompt", |step| play(step, &mut demo))?;
        std::io::stdout().write_all(said.as_bytes()).context("cannot print")?;
        Ok(code)
    }
}

/// Runs the demo program: what it says on standard error is progress, the rest is for the end.
fn play(step: &Step, demo: &mut Command) -> Result<(ExitCode, String)> {
    let mut child =
        demo.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().context("cannot start the demo")?;
    let (output, errors) =
        (child.stdout.take().context("no output")?, child.stderr.take().context("no errors")?);
    let reader = std::thread::spawn(move || -> std::io::Result<String> {
        let mut text = String::new();
        BufReader::new(output).read_to_string(&mut text).map(|_| text)
    });
    let mut last = Vec::new();
    for line in BufReader::new(errors).lines() {
        let line = line?;
        step.news(&line);
        last.push(line);
    }
    let status = child.wait()?;
    let said = reader.join().map_err(|_| anyhow::anyhow!("the demo's output was lost"))??;
    if said.is_empty() {
        bail!("the demo ended with {status}:\n{}", last.join("\n"));
    }
    Ok((if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }, said))
}
