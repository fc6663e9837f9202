//! Credentials in HTTP headers, and wherever `Bearer` stands.

use super::SecretKind::Authorization;
use super::assignment::{begins_other, is_reference, name_before};
use super::name::looks_random;
use super::scan::{Found, mark_end, run, starts_with_word};

/// Schemes whose credentials are one word, and those whose credentials take the rest of the line.
const ONE_WORD: &[&str] = &["Bearer", "Basic", "Token", "ApiKey", "Negotiate"];
const WHOLE_LINE: &[&str] = &["Digest", "AWS4-HMAC-SHA256", "Signature", "Hawk"];

/// The credentials of the header whose colon is at `colon`; its name does not begin before `floor`.
pub(super) fn at(bytes: &[u8], floor: usize, colon: usize) -> Option<Found> {
    let name = name_before(bytes, floor, colon)?;
    let start = colon + 1;
    let start = start + run(bytes, start, |byte| matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\'));
    credentials(bytes, name, start)
}

/// A header's value that stands under its name in an object, redacted; none when there is nothing to hide.
pub(super) fn field(name: &str, value: &str) -> Option<String> {
    let found = credentials(value.as_bytes(), name.as_bytes(), 0)?;
    let before = value.get(..found.start)?;
    let after = value.get(found.end..)?;
    Some(format!("{before}{}{after}", found.kind.mark()))
}

fn credentials(bytes: &[u8], name: &[u8], start: usize) -> Option<Found> {
    let is = |word: &str| name.len() >= word.len() && starts_with_word(name, name.len() - word.len(), word);
    if is("authorization") {
        return authorization(bytes, start);
    }
    if is("cookie") {
        let name =
            run(bytes, start, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
        let is_pair = bytes.get(start + name) == Some(&b'=');
        return is_pair.then(|| found(bytes, start, line_end(bytes, start))).flatten();
    }
    None
}

fn authorization(bytes: &[u8], start: usize) -> Option<Found> {
    for scheme in ONE_WORD {
        if let Some(credentials) = after_scheme(bytes, start, scheme) {
            return found(bytes, credentials, credential_end(bytes, credentials));
        }
    }
    for scheme in WHOLE_LINE {
        if let Some(credentials) = after_scheme(bytes, start, scheme) {
            return found(bytes, credentials, line_end(bytes, credentials));
        }
    }
    let end = credential_end(bytes, start);
    looks_random(bytes.get(start..end)?).then(|| found(bytes, start, end)).flatten()
}

/// The credentials after `Bearer` outside of a header: those that no English word could be.
pub(super) fn bearer_at(bytes: &[u8], at: usize) -> Option<Found> {
    let start = after_scheme(bytes, at, "Bearer")?;
    let end = start + run(bytes, start, is_token68);
    if mark_end(bytes, end).is_some() {
        return None;
    }
    let end = end - usize::from(bytes.get(end.checked_sub(1)?) == Some(&b'.'));
    looks_random(bytes.get(start..end)?).then(|| found(bytes, start, end)).flatten()
}

/// What RFC 6750 allows in a bearer token.
fn is_token68(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}

fn after_scheme(bytes: &[u8], at: usize, scheme: &str) -> Option<usize> {
    let end = at + scheme.len();
    let blanks = run(bytes, end, |byte| byte == b' ');
    (starts_with_word(bytes, at, scheme) && blanks > 0).then_some(end + blanks)
}

fn found(bytes: &[u8], start: usize, end: usize) -> Option<Found> {
    let value = bytes.get(start..end)?;
    let marked = mark_end(bytes, start).or_else(|| mark_end(bytes, end)).is_some();
    (!marked && !is_reference(value)).then_some(Found { start, end, kind: Authorization })
}

fn line_end(bytes: &[u8], start: usize) -> usize {
    start + run(bytes, start, |byte| !matches!(byte, b'\n' | b'\r' | b'"' | b'\'' | b'`' | b'\\'))
}

fn credential_end(bytes: &[u8], start: usize) -> usize {
    let mut end = start;
    while let Some(byte) = bytes.get(end) {
        let ends = byte.is_ascii_whitespace()
            || matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b',' | b';' | b')' | b']' | b'}')
            || begins_other(bytes, end);
        if ends {
            break;
        }
        end += 1;
    }
    end
}
