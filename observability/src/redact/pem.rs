//! PEM private keys, whole or cut.

use super::SecretKind::PrivateKey;
use super::scan::{Found, contains, run};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";

/// The private key whose first or, after a cut, last line begins at `at`.
pub(super) fn at(bytes: &[u8], at: usize) -> Option<Found> {
    let rest = bytes.get(at..)?;
    if rest.starts_with(BEGIN.as_bytes()) {
        let body = at + label_end(bytes, at, BEGIN)?;
        let end = closing(bytes, body).unwrap_or(bytes.len());
        return Some(Found { start: at, end, kind: PrivateKey });
    }
    if rest.starts_with(END.as_bytes()) {
        let end = at + label_end(bytes, at, END)?;
        let start = body_start(bytes, at);
        return (start < at).then_some(Found { start, end, kind: PrivateKey });
    }
    None
}

/// The length of the line `-----BEGIN … PRIVATE KEY-----`, if it is one.
fn label_end(bytes: &[u8], at: usize, marker: &str) -> Option<usize> {
    let start = at + marker.len();
    let length = run(bytes, start, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ');
    let label = bytes.get(start..start + length)?;
    let dashes = run(bytes, start + length, |byte| byte == b'-');
    let is_key = contains(label, "PRIVATE KEY");
    (is_key && dashes >= 5).then_some(marker.len() + length + 5)
}

/// The end of the closing line; none when the text was cut before it.
fn closing(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(rest) = bytes.get(at..) {
        let dash = rest.iter().position(|byte| *byte == b'-')?;
        at += dash;
        let closes = bytes.get(at..).is_some_and(|rest| rest.starts_with(END.as_bytes()));
        if let Some(length) = label_end(bytes, at, END).filter(|_| closes) {
            return Some(at + length);
        }
        at += 1;
    }
    None
}

/// Where the lines of base64 before `end` begin.
fn body_start(bytes: &[u8], end: usize) -> usize {
    let mut start = end;
    while let Some(before) = start.checked_sub(1).filter(|index| bytes.get(*index) == Some(&b'\n')) {
        let line = bytes.get(..before).unwrap_or_default();
        let length = line.iter().rev().take_while(|byte| is_base64(**byte)).count();
        let line_start = before - length;
        let whole = line_start == 0 || bytes.get(line_start - 1) == Some(&b'\n');
        if length < 4 || !whole {
            break;
        }
        start = line_start;
    }
    start
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}
