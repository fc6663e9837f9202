//! `read_file`.

use super::arguments::Arguments;
use super::context::ToolContext;
use super::fingerprint::{Fingerprint, MAX_CONTENT_BYTES};
use super::{ToolError, ToolOutput, blocking, cut, workspace};
use serde_json::json;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Most that one call returns.
const MAX_LINES: u64 = 2_000;
const MAX_BYTES: usize = 50_000;
/// Characters of one line that are shown.
const MAX_LINE_CHARS: usize = 2_000;
/// Bytes of the beginning that tell text from other files.
const LOOKED_AT: usize = 8_192;

pub(super) async fn call(arguments: Arguments<'_>, context: &ToolContext) -> Result<ToolOutput, ToolError> {
    let path = arguments.text("path")?;
    let offset = arguments.number("offset")?.unwrap_or(1).max(1);
    let limit = arguments.number("limit")?.unwrap_or(MAX_LINES).clamp(1, MAX_LINES);
    let context = context.clone();
    blocking(move || read(&path, offset, limit, &context)).await
}

fn read(path: &str, offset: u64, limit: u64, context: &ToolContext) -> Result<ToolOutput, ToolError> {
    let real = context.real(&context.relative(path)?)?;
    let (file, metadata) = context.open(&real)?;
    let failed = |error: std::io::Error| context.explain(&real, &error);
    let name = workspace::text(&real);
    let mut beginning = Vec::new();
    let mut rest = file;
    (&mut rest).take(LOOKED_AT as u64).read_to_end(&mut beginning).map_err(failed)?;
    if beginning.contains(&0) {
        return Err(ToolError::Failed(format!(
            "{name} is not a text file ({} bytes): look at it with a program, such as `file` or `xxd | head`",
            metadata.len()
        )));
    }
    let part = if metadata.len() > MAX_CONTENT_BYTES {
        context.shared.remember(&real, Fingerprint::of_metadata(&metadata));
        lines(BufReader::new(beginning.as_slice().chain(rest)), offset, limit, context)
    } else {
        // The file may grow while it is read: what counts is what was read.
        let mut bytes = beginning;
        rest.take(MAX_CONTENT_BYTES).read_to_end(&mut bytes).map_err(failed)?;
        context.shared.remember(&real, Fingerprint::of_bytes(&bytes));
        lines(bytes.as_slice(), offset, limit, context)
    };
    describe(&name, &real, part.map_err(failed)?, offset, context)
}

/// What was read of a file.
#[derive(Default)]
struct Part {
    text: String,
    /// Lines in `text`.
    shown: u64,
    /// Lines in the file; when `more`, those that were looked at.
    total: u64,
    more: bool,
    cut_lines: u64,
    not_utf8: bool,
    carriage_returns: u64,
}

fn lines(mut reader: impl BufRead, offset: u64, limit: u64, context: &ToolContext) -> std::io::Result<Part> {
    let mut part = Part::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        // A line without an end must not fill the memory: the rest of it counts as further lines.
        if (&mut reader).take(MAX_CONTENT_BYTES).read_until(b'\n', &mut line)? == 0 {
            return Ok(part);
        }
        part.total += 1;
        if part.total < offset {
            continue;
        }
        if part.shown >= limit || part.text.len() >= MAX_BYTES || context.cancel.is_cancelled() {
            part.more = true;
            return Ok(part);
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        if line.last() == Some(&b'\r') {
            line.pop();
            part.carriage_returns += 1;
        }
        let text = String::from_utf8_lossy(&line);
        part.not_utf8 |= matches!(text, std::borrow::Cow::Owned(_));
        let short = cut(&text, MAX_LINE_CHARS);
        part.cut_lines += u64::from(short.len() < text.len());
        part.text.push_str(&short);
        part.text.push('\n');
        part.shown += 1;
    }
}

fn describe(
    name: &str,
    real: &Path,
    part: Part,
    offset: u64,
    context: &ToolContext,
) -> Result<ToolOutput, ToolError> {
    if context.cancel.is_cancelled() {
        return Err(ToolError::Cancelled);
    }
    if part.shown == 0 && part.total > 0 {
        return Err(ToolError::Arguments(format!(
            "{name} has {} lines: `offset` {offset} is behind its end",
            part.total
        )));
    }
    let last = offset + part.shown.saturating_sub(1);
    let mut notes = Vec::new();
    if part.total == 0 {
        notes.push("the file is empty".to_owned());
    }
    if part.more {
        notes.push(format!("lines {offset} to {last}; go on with offset {}", last + 1));
    } else if offset > 1 {
        notes.push(format!("lines {offset} to {last}, the end"));
    }
    if part.cut_lines > 0 {
        notes.push(format!("{} long lines are cut after {MAX_LINE_CHARS} characters", part.cut_lines));
    }
    if part.not_utf8 {
        notes.push("not UTF-8: unreadable bytes are shown as \u{fffd}".to_owned());
    }
    let mut output = part.text;
    if !notes.is_empty() {
        output.push_str(&format!("[{}]\n", notes.join("; ")));
    }
    Ok(ToolOutput {
        output,
        title: format!("read {}", real.display()),
        sandboxed: None,
        metadata: json!({"path": name, "from": offset, "lines": part.shown, "more": part.more,
            "crlf": part.carriage_returns > 0}),
    })
}
