//! Where a Markdown text is code.

use std::ops::Range;

/// The stretches of fenced blocks and inline code, in order.
pub(super) fn stretches(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut fence: Option<(usize, &str)> = None;
    let mut at = 0;
    let mut paragraph = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => {
                inline(text, paragraph..at, &mut found);
                fence = Some((at, mark));
            }
            (Some((start, open)), Some(mark)) if open == mark => {
                found.push(start..at + line.len());
                fence = None;
                paragraph = at + line.len();
            }
            // Inline code ends with its paragraph.
            (None, None) if trimmed.is_empty() => {
                inline(text, paragraph..at, &mut found);
                paragraph = at + line.len();
            }
            _ => {}
        }
        at += line.len();
    }
    match fence {
        Some((start, _)) => found.push(start..text.len()),
        None => inline(text, paragraph..at, &mut found),
    }
    found
}

/// Code between runs of backticks of the same length.
fn inline(text: &str, paragraph: Range<usize>, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let run = |at: usize| {
        bytes.get(at..paragraph.end).unwrap_or_default().iter().take_while(|byte| **byte == b'`').count()
    };
    let next = |from: usize| {
        let rest = bytes.get(from..paragraph.end).unwrap_or_default();
        rest.iter().position(|byte| *byte == b'`').map(|at| from + at)
    };
    let mut from = paragraph.start;
    while let Some(open) = next(from) {
        let length = run(open);
        let mut close = open + length;
        let end = loop {
            let Some(candidate) = next(close) else { break None };
            close = candidate + run(candidate);
            if close - candidate == length {
                break Some(close);
            }
        };
        from = match end {
            Some(end) => {
                found.push(open..end);
                end
            }
            None => open + length,
        };
    }
}
