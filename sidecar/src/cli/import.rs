//! `import`: lines of JSON, as `export` prints them.

use super::Context;
use super::client::Client;
use super::output;
use anyhow::Context as _;
use rozet_observability::event::Rejection;
use rozet_observability::store::Imported;
use serde::Deserialize;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::ExitCode;

/// Events that are sent together, and the bytes of their lines.
const BATCH: usize = 500;
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Longest line that is read, in bytes.
const MAX_LINE_BYTES: usize = 3 * 1024 * 1024;
/// Bad lines that are named; the others are only counted.
const NAMED: usize = 100;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The file, or - for what is piped in
    file: PathBuf,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(flatten)]
    imported: Imported,
    rejected: Vec<Rejection>,
}

pub(super) async fn run(context: &mut Context, args: &Args) -> anyhow::Result<ExitCode> {
    let client = Client::find(context)?;
    let input: Box<dyn Read> = if args.file.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(File::open(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?)
    };
    let mut lines = Lines { input: BufReader::new(input), number: 0 };
    let (mut importing, mut line) = (Importing::default(), Vec::new());
    loop {
        let read = lines.next(&mut line).with_context(|| format!("cannot read {}", args.file.display()))?;
        match read {
            Found::End => break,
            Found::TooLong => importing.bad(context, lines.number, "longer than 3 MiB"),
            Found::Line if line.iter().all(u8::is_ascii_whitespace) => {}
            Found::Line => match serde_json::from_slice(&line) {
                Ok(event) => importing.add(lines.number, event, line.len()),
                Err(_) => importing.bad(context, lines.number, "this is not JSON"),
            },
        }
        if importing.is_full() {
            importing.send(context, &client).await?;
        }
    }
    importing.send(context, &client).await?;
    Ok(importing.tell(context))
}

/// What became of a line's reading.
enum Found {
    Line,
    TooLong,
    End,
}

struct Lines<R> {
    input: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// Reads the next line; of one that is too long, nothing is kept.
    fn next(&mut self, line: &mut Vec<u8>) -> std::io::Result<Found> {
        line.clear();
        let mut is_too_long = false;
        loop {
            let available = self.input.fill_buf()?;
            if available.is_empty() {
                if line.is_empty() && !is_too_long {
                    return Ok(Found::End);
                }
                break;
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(available.len(), |end| end + 1);
            if line.len() + length > MAX_LINE_BYTES {
                is_too_long = true;
                line.clear();
            }
            if !is_too_long {
                line.extend(available.iter().take(length));
            }
            self.input.consume(length);
            if end.is_some() {
                break;
            }
        }
        self.number += 1;
        Ok(if is_too_long { Found::TooLong } else { Found::Line })
    }
}

/// What waits to be sent, and what became of the rest.
#[derive(Default)]
struct Importing {
    numbers: Vec<u64>,
    events: Vec<Value>,
    bytes: usize,
    stored: u64,
    duplicates: u64,
    bad: usize,
}

impl Importing {
    fn add(&mut self, number: u64, event: Value, bytes: usize) {
        self.numbers.push(number);
        self.events.push(event);
        self.bytes += bytes;
    }

    fn is_full(&self) -> bool {
        self.events.len() >= BATCH || self.bytes >= BATCH_BYTES
    }

    fn bad(&mut self, context: &mut Context, number: u64, why: &str) {
        self.bad += 1;
        if self.bad <= NAMED {
            context.out.note(&output::plain(&format!("line {number}: {why}")));
        }
    }

    async fn send(&mut self, context: &mut Context, client: &Client) -> anyhow::Result<()> {
        if self.events.is_empty() {
            return Ok(());
        }
        let (numbers, events) = (std::mem::take(&mut self.numbers), std::mem::take(&mut self.events));
        self.bytes = 0;
        let Answer { imported, rejected } =
            client.post("/v1/events/import", &json!({"events": events})).await?;
        self.stored += u64::from(imported.stored);
        self.duplicates += u64::from(imported.duplicates);
        for Rejection { index, field, message } in rejected {
            let place = usize::try_from(index).ok().and_then(|index| numbers.get(index));
            self.bad(context, place.copied().unwrap_or_default(), &format!("{field}: {message}"));
        }
        Ok(())
    }

    fn tell(&self, context: &mut Context) -> ExitCode {
        if self.bad > NAMED {
            context.out.note(&format!("… and {} more", self.bad - NAMED));
        }
        context.out.line(&format!(
            "{} stored, {} were there before, {} bad lines",
            self.stored, self.duplicates, self.bad
        ));
        if self.bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let text = format!("one\n{}\n\nthree", "x".repeat(MAX_LINE_BYTES + 10));
        let mut lines = Lines { input: BufReader::with_capacity(1_000, text.as_bytes()), number: 0 };
        let mut line = Vec::new();
        assert!(matches!(lines.next(&mut line), Ok(Found::Line)) && line == b"one\n");
        assert!(matches!(lines.next(&mut line), Ok(Found::TooLong)));
        assert!(matches!(lines.next(&mut line), Ok(Found::Line)) && line == b"\n");
        assert!(matches!(lines.next(&mut line), Ok(Found::Line)) && line == b"three" && lines.number == 4);
        assert!(matches!(lines.next(&mut line), Ok(Found::End)));
    }
}
