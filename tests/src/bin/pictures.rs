//! The README's pictures, drawn from what runs. A picture more is a line in `PICTURES` and a function that draws it.
#![expect(clippy::print_stderr, reason = "a command line speaks through it")]

use anyhow::{Context, Result, bail};
use clap::Parser;
use rozet_e2e::picture;
use rozet_e2e::scene::Scene;
use std::fs;
use std::path::PathBuf;

#[derive(Parser)]
struct Cli {
    /// The folder that they are written into
    #[arg(long)]
    into: PathBuf,
    /// Only these
    names: Vec<String>,
}

/// The pictures' files.
const PICTURES: [&str; 2] = ["terminal-home.svg", "terminal-plan.svg"];

/// Wide enough for the sidebar, and small enough to be read beside text.
const SIZE: (u16, u16) = (128, 32);

#[tokio::main]
async fn main() -> Result<()> {
    let cli = Cli::parse();
    let stem = |file: &str| file.split_once('.').map_or(file, |(stem, _)| stem).to_owned();
    if let Some(unknown) = cli.names.iter().find(|name| PICTURES.iter().all(|file| stem(file) != **name)) {
        bail!("there is no picture `{unknown}`; there are {}", PICTURES.map(stem).join(", "));
    }
    fs::create_dir_all(&cli.into)?;
    for file in PICTURES {
        if !cli.names.is_empty() && !cli.names.contains(&stem(file)) {
            continue;
        }
        eprintln!("drawing {file}");
        let drawn = draw(file).await.with_context(|| format!("{file} cannot be drawn"))?;
        let path = cli.into.join(file);
        fs::write(&path, drawn).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

async fn draw(file: &str) -> Result<Vec<u8>> {
    match file {
        "terminal-home.svg" => terminal(Scene::home(SIZE).await?, &["live view"]).await,
        "terminal-plan.svg" => {
            let words = [
                "T1 completed",
                "T2 running",
                "T3 planned",
                "write_file NOTES.md",
                "workers: running",
                "planning",
            ];
            terminal(Scene::running_plan(SIZE).await?, &words).await
        }
        _ => bail!("nobody knows how"),
    }
}

/// Draws a scene once it shows the words.
async fn terminal(scene: Scene, words: &[&str]) -> Result<Vec<u8>> {
    scene.uncovered(words).await?;
    let captured = scene.terminal.coloured().await?;
    // A picture says nothing of the machine that it was drawn on.
    let root = scene.workspace().parent().context("the workspace is a root")?.display().to_string();
    scene.end().await?;
    Ok(picture::of_terminal(&captured, "opencode", usize::from(SIZE.0), (&root, "~")).into_bytes())
}
