//! The single pass over a text that asks each rule at the bytes where it may begin.

use super::{Counts, Kinds, SecretKind, assignment, header, pem, shape, url};
use std::borrow::Cow;

/// A stretch of text that is a secret; both ends are character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: SecretKind,
}

/// Replaces every secret but those of the kinds that stay; borrowed, and nothing allocated, when there is none.
pub(super) fn redact<'t>(text: &'t str, stay: Kinds, counts: &mut Counts) -> Cow<'t, str> {
    let bytes = text.as_bytes();
    let Some(mut found) = next(bytes, 0) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    let mut kept = 0;
    loop {
        // A PEM block without its beginning may reach back, but not into what is already replaced.
        let start = found.start.max(kept);
        if stay.has(found.kind) {
            out.push_str(text.get(kept..found.end).unwrap_or_default());
        } else {
            out.push_str(text.get(kept..start).unwrap_or_default());
            out.push_str(found.kind.mark());
            counts.count(found.kind, 1);
        }
        kept = found.end;
        match next(bytes, kept) {
            Some(more) => found = more,
            None => break,
        }
    }
    out.push_str(text.get(kept..).unwrap_or_default());
    Cow::Owned(out)
}

/// The first secret from `from` on. What lies before is replaced already and says nothing about what follows:
/// so a second pass, which sees a mark there, decides the same.
fn next(bytes: &[u8], from: usize) -> Option<Found> {
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        let found = match byte {
            b'=' => assignment::at(bytes, from, at),
            b':' => header::at(bytes, from, at)
                .or_else(|| url::at(bytes, from, at))
                .or_else(|| assignment::at(bytes, from, at)),
            b'-' => pem::at(bytes, at).or_else(|| assignment::flag_at(bytes, from, at)),
            b'[' => {
                at = mark_end(bytes, at).unwrap_or(at + 1);
                continue;
            }
            b'B' | b'b' if is_word_start(bytes, from, at) => header::bearer_at(bytes, at),
            letter if shape::may_begin(*letter) && is_word_start(bytes, from, at) => shape::at(bytes, at),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
        at += 1;
    }
    None
}

/// The end of the mark that begins here, if one does.
pub(super) fn mark_end(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    SecretKind::ALL
        .iter()
        .find(|kind| rest.starts_with(kind.mark().as_bytes()))
        .map(|kind| at + kind.mark().len())
}

/// Whether a word may begin here: nothing alphanumeric before it, but for an escape such as `\n` or `%3D`.
fn is_word_start(bytes: &[u8], from: usize, at: usize) -> bool {
    let before = |distance: usize| {
        at.checked_sub(distance).filter(|index| *index >= from).and_then(|index| bytes.get(index)).copied()
    };
    match before(1) {
        Some(previous) if previous.is_ascii_alphanumeric() => {
            before(2) == Some(b'\\') && matches!(previous, b'n' | b'r' | b't')
                || before(3) == Some(b'%') && before(2).is_some_and(|byte| byte.is_ascii_hexdigit())
        }
        _ => true,
    }
}

/// The length of the run of bytes from `at` that `belongs` accepts.
pub(super) fn run(bytes: &[u8], at: usize, belongs: impl Fn(u8) -> bool) -> usize {
    bytes.get(at..).unwrap_or_default().iter().take_while(|byte| belongs(**byte)).count()
}

/// Whether the bytes at `at` are `word`, in any case.
pub(super) fn starts_with_word(bytes: &[u8], at: usize, word: &str) -> bool {
    bytes.get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether `needle` stands somewhere in `bytes`.
pub(super) fn contains(bytes: &[u8], needle: &str) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
}
