//! `logs`.

use super::Context;
use anyhow::Context as _;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Between two looks at a followed log.
const LOOK_EVERY: Duration = Duration::from_millis(200);

#[derive(clap::Args)]
pub(super) struct Args {
    /// Go on printing what is added
    #[arg(short, long)]
    follow: bool,
    /// How many lines to begin with
    #[arg(short = 'n', long, default_value_t = 100)]
    lines: usize,
}

pub(super) async fn run(context: &mut Context, args: &Args) -> anyhow::Result<ExitCode> {
    let path = context.folders.log();
    if !path.exists() {
        context.out.note(&format!("There is no log yet: {} is made by `rozet-sidecar up`.", path.display()));
        return Ok(ExitCode::SUCCESS);
    }
    let mut file = open(&path)?;
    let mut last = VecDeque::new();
    let mut reader = BufReader::new(&mut file);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        if last.len() == args.lines {
            last.pop_front();
        }
        last.push_back(std::mem::take(&mut line));
    }
    let text: String = last.into_iter().collect();
    if !context.out.text(&text) || !args.follow {
        return Ok(ExitCode::SUCCESS);
    }
    follow(context, &path, file).await
}

async fn follow(context: &mut Context, path: &Path, mut file: File) -> anyhow::Result<ExitCode> {
    let mut read = file.stream_position()?;
    loop {
        // A log that began anew is shorter than what was read.
        if std::fs::metadata(path).is_ok_and(|metadata| metadata.len() < read) {
            file = open(path)?;
            read = 0;
        }
        file.seek(SeekFrom::Start(read))?;
        let mut added = String::new();
        let mut reader = BufReader::new(&mut file);
        while reader.read_line(&mut added)? > 0 {}
        read += u64::try_from(added.len())?;
        if !added.is_empty() && !context.out.text(&added) {
            return Ok(ExitCode::SUCCESS);
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = tokio::signal::ctrl_c() => return Ok(ExitCode::SUCCESS),
        }
    }
}

fn open(path: &Path) -> anyhow::Result<File> {
    File::open(path).with_context(|| format!("cannot read {}", path.display()))
}
