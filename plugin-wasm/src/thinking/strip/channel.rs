//! Channel markers of the harmony format: `<|channel|>analysis<|message|>…<|end|>`.

use super::code;
use std::ops::Range;

const START: &str = "<|start|>";
const CHANNEL: &str = "<|channel|>";
const MESSAGE: &str = "<|message|>";
/// What ends a message.
const ENDS: &[&str] = &["<|end|>", "<|return|>", "<|call|>"];

/// A channel's name and recipient are short; anything longer is prose about the marker.
const LONGEST_NAME: usize = 80;

/// Keeps what the channels say to the person and drops the rest with all markers; none without a channel.
/// Counts dropped channels, and at least one.
pub(super) fn strip(text: &str) -> Option<(String, u32)> {
    if !text.contains(CHANNEL) {
        return None;
    }
    let code = code::stretches(text);
    let mut out = String::with_capacity(text.len());
    let mut kept = 0;
    let mut dropped = 0;
    while let Some(header) = next_header(text, kept, &code) {
        out.push_str(text.get(kept..header.at.start).unwrap_or_default());
        let body = text.get(header.at.end..).unwrap_or_default();
        let length = end_of_message(body);
        let (body, after) = body.split_at_checked(length).unwrap_or((body, ""));
        if header.is_for_the_person {
            out.push_str(body);
        } else {
            dropped += 1;
        }
        let end = ENDS.iter().find(|end| after.starts_with(**end)).map_or(0, |end| end.len());
        kept = header.at.end + length + end;
    }
    if kept == 0 {
        return None;
    }
    out.push_str(text.get(kept..).unwrap_or_default());
    Some((out.trim_start().to_owned(), dropped.max(1)))
}

struct Header {
    at: Range<usize>,
    is_for_the_person: bool,
}

/// The next `<|channel|>name<|message|>` outside of code, with the `<|start|>role` before it.
fn next_header(text: &str, from: usize, code: &[Range<usize>]) -> Option<Header> {
    let rest = text.get(from..)?;
    rest.match_indices(CHANNEL).find_map(|(offset, _)| {
        let at = from + offset;
        if code.iter().any(|stretch| stretch.contains(&at)) {
            return None;
        }
        let after = text.get(at + CHANNEL.len()..)?;
        let name = after.get(..after.find(MESSAGE)?)?;
        if name.len() > LONGEST_NAME || name.contains(['\n', '<']) {
            return None;
        }
        let end = at + CHANNEL.len() + name.len() + MESSAGE.len();
        let before = text.get(from..at)?;
        // `<|start|>assistant` belongs to the header.
        let role = before.rfind(START).filter(|start| {
            let role = before.get(start + START.len()..).unwrap_or_default();
            role.bytes().all(|byte| byte.is_ascii_alphabetic())
        });
        let name = name.trim();
        Some(Header {
            at: role.map_or(at, |start| from + start)..end,
            is_for_the_person: name.starts_with("final") || name == "commentary",
        })
    })
}

fn end_of_message(body: &str) -> usize {
    ENDS.iter().chain(&[START, CHANNEL]).filter_map(|end| body.find(end)).min().unwrap_or(body.len())
}
