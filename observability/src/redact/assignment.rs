//! Values that stand beside a secret's name: `FOO_API_KEY=…`, `"password": "…"`, `--token …`.

use super::SecretKind::Secret;
use super::name::{Strength, looks_like_password, looks_random, strength};
use super::scan::{Found, contains, mark_end, run};

/// How far back a name may begin, and how many blanks may stand around the separator.
const LONGEST_NAME: usize = 64;
const MOST_BLANKS: usize = 32;
/// How much of a value without quotes is looked at to judge it: without a bound, a text that repeats
/// `token=` would cost the square of its length.
const GLANCE: usize = 256;

/// A value as it stands in the text.
struct Field {
    start: usize,
    end: usize,
    quoted: bool,
    /// Without quotes: whether only a blank ends it.
    to_blank: bool,
}

impl Field {
    /// The whole value, which may be longer than the glance that judged it; none for what is never
    /// replaced: marks, and references to a value that stands elsewhere.
    fn secret(&self, bytes: &[u8]) -> Option<Found> {
        let value = bytes.get(self.start..self.end)?;
        // A value that runs into a mark was judged before, when what is now a mark was part of it.
        let marked = mark_end(bytes, self.start).or_else(|| mark_end(bytes, self.end)).is_some();
        if marked || is_reference(value) {
            return None;
        }
        let end = if self.quoted { self.end } else { bare_end(bytes, self.start, self.to_blank, usize::MAX) };
        Some(Found { start: self.start, end, kind: Secret })
    }
}

/// The secret value of the assignment whose `=` or `:` is at `separator`; its name does not begin
/// before `floor`.
pub(super) fn at(bytes: &[u8], floor: usize, separator: usize) -> Option<Found> {
    let after = match (bytes.get(separator)?, bytes.get(separator + 1)) {
        (b'=', Some(b'>')) | (b':', Some(b'=')) => separator + 2,
        (b'=', Some(b'=')) | (b':', Some(b':')) => return None,
        _ => separator + 1,
    };
    let name = name_before(bytes, floor, separator)?;
    let strength = strength(name)?;
    let blanks = run(bytes, after, is_blank);
    if blanks > MOST_BLANKS {
        return None;
    }
    let tight = blanks == 0
        && separator.checked_sub(1).and_then(|at| bytes.get(at)).is_some_and(|byte| !is_blank(*byte));
    let is_variable = tight && bytes.get(separator) == Some(&b'=') && is_shouted(name);
    let field = field_at(bytes, after + blanks, is_variable)?;
    let value = bytes.get(field.start..field.end)?;
    let secret = if field.quoted {
        match strength {
            Strength::Strong => true,
            Strength::Weak => looks_random(value),
        }
    } else if is_code(value) || bytes.get(field.end) == Some(&b'(') || value == name {
        false
    } else {
        match strength {
            Strength::Strong if tight => true,
            Strength::Strong => looks_like_password(value) || ends_line(bytes, field.end),
            Strength::Weak if is_variable => value.len() >= 6 && !value.iter().all(u8::is_ascii_digit),
            Strength::Weak => looks_random(value),
        }
    };
    if secret { field.secret(bytes) } else { None }
}

/// The secret after a flag such as `--password hunter2`, whose first dash is at `at`.
pub(super) fn flag_at(bytes: &[u8], floor: usize, at: usize) -> Option<Found> {
    let starts = at == 0 || (at > floor && bytes.get(at - 1).is_some_and(u8::is_ascii_whitespace));
    if !starts || !bytes.get(at..)?.starts_with(b"--") {
        return None;
    }
    let name_start = at + 2;
    let name_end = name_start + run(bytes, name_start, is_name);
    let strength = strength(bytes.get(name_start..name_end)?)?;
    let blanks = run(bytes, name_end, is_blank);
    if blanks == 0 {
        return None;
    }
    let field = field_at(bytes, name_end + blanks, true)?;
    let value = bytes.get(field.start..field.end)?;
    let secret = match strength {
        Strength::Strong => field.quoted || looks_like_password(value),
        Strength::Weak => looks_random(value),
    };
    if secret { field.secret(bytes) } else { None }
}

/// Whether the value under a JSON key of this name is secret.
pub(super) fn is_secret_field(name: &str, value: &str) -> bool {
    let bytes = value.as_bytes();
    let secret = match strength(name.as_bytes()) {
        Some(Strength::Strong) => !bytes.is_empty(),
        Some(Strength::Weak) => looks_random(bytes),
        None => false,
    };
    secret && mark_end(bytes, 0).is_none() && !is_reference(bytes)
}

/// The name that ends before the separator: `name`, `"name"`, `\"name\"`, `env["name"]`.
pub(super) fn name_before(bytes: &[u8], floor: usize, separator: usize) -> Option<&[u8]> {
    let before = bytes.get(floor..separator)?;
    let before = before.get(before.len().saturating_sub(LONGEST_NAME + MOST_BLANKS)..)?;
    let before = trim_end(before, is_blank);
    let before = match before {
        [index @ .., b']'] if index.ends_with(b"\"") || index.ends_with(b"'") => index,
        other => other,
    };
    let before = trim_end(before, |byte| matches!(byte, b'"' | b'\'' | b'`' | b'\\'));
    let length = before.iter().rev().take_while(|byte| is_name(**byte)).count();
    let name = before.get(before.len() - length..)?;
    // A rule of dashes is no part of a name.
    let start = name.windows(2).rposition(|pair| pair == b"--").map_or(0, |at| at + 2);
    name.get(start..).filter(|name| !name.is_empty())
}

fn trim_end(bytes: &[u8], drop: impl Fn(u8) -> bool) -> &[u8] {
    let dropped = bytes.iter().rev().take_while(|byte| drop(**byte)).count();
    bytes.get(..bytes.len() - dropped).unwrap_or_default()
}

fn field_at(bytes: &[u8], at: usize, to_blank: bool) -> Option<Field> {
    let escaped = usize::from(bytes.get(at) == Some(&b'\\'));
    let quote = bytes.get(at + escaped).copied().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    let field = match quote {
        Some(quote) => {
            let start = at + escaped + 1;
            Field { start, end: closing_quote(bytes, start, quote, escaped == 1), quoted: true, to_blank }
        }
        None => Field { start: at, end: bare_end(bytes, at, to_blank, GLANCE), quoted: false, to_blank },
    };
    (field.end > field.start).then_some(field)
}

/// Where a value without quotes ends, looking at most `limit` bytes ahead.
fn bare_end(bytes: &[u8], start: usize, to_blank: bool, limit: usize) -> usize {
    let mut end = start;
    while let Some(byte) = bytes.get(end).filter(|_| end - start < limit) {
        let ends = byte.is_ascii_whitespace()
            || matches!(byte, b'"' | b'\'' | b'`' | b'\\')
            || (!to_blank && matches!(byte, b',' | b';' | b'&' | b'<' | b'>' | b'|' | b')' | b'}' | b']'))
            || begins_other(bytes, end);
        if ends {
            break;
        }
        end += 1;
    }
    end
}

/// Whether a mark or a PEM block begins here: both stay whole, the latter for its own rule.
pub(super) fn begins_other(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        Some(b'[') => mark_end(bytes, at).is_some(),
        Some(b'-') => bytes.get(at..).is_some_and(|rest| rest.starts_with(b"-----BEGIN ")),
        _ => false,
    }
}

/// The closing quote, or the end of the line when it is missing, or a PEM block.
fn closing_quote(bytes: &[u8], start: usize, quote: u8, escaped: bool) -> usize {
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' | b'\r' => return at,
            b'\\' if escaped && bytes.get(at + 1) == Some(&quote) => return at,
            b'\\' if !escaped && bytes.get(at + 1).is_some_and(|next| !matches!(next, b'\n' | b'\r')) => {
                at += 1;
            }
            found if *found == quote => return at,
            b'-' if begins_other(bytes, at) => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Whether a value only points to a secret, or holds its place: `$TOKEN`, `${…}`, `%TOKEN%`, `<token>`, `***`.
pub(super) fn is_reference(value: &[u8]) -> bool {
    let is_constant = |name: &[u8]| {
        !name.is_empty()
            && name.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
    };
    match value {
        [b'$', b'{' | b'(', ..] | [b'{', b'{', ..] | [b'<', .., b'>'] => true,
        [b'$', name @ ..] | [b'%', name @ .., b'%'] if is_constant(name) => true,
        [] => true,
        [first, ..] => matches!(first, b'*' | b'x' | b'X' | b'.') && value.iter().all(|byte| byte == first),
    }
}

/// Words and forms that stand after a name in source code and schemas.
fn is_code(value: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "string",
        "str",
        "&str",
        "text",
        "bytes",
        "int",
        "integer",
        "number",
        "bool",
        "boolean",
        "any",
        "unknown",
        "object",
        "true",
        "false",
        "null",
        "none",
        "nil",
        "undefined",
        "required",
        "optional",
        "yes",
        "no",
        "hidden",
        "missing",
        "invalid",
        "secretstring",
        "password",
        "token",
        "secret",
        "char",
        "varchar",
        "let",
        "const",
        "await",
        "new",
        "not",
    ];
    let is_call_or_index = value.iter().any(|byte| matches!(byte, b'(' | b'[' | b'{' | b'<'));
    let path = value.contains(&b'.') || contains(value, "::");
    let is_path = path
        && value
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'?' | b'!'))
        && value.first().is_some_and(u8::is_ascii_alphabetic);
    is_call_or_index && !value.starts_with(b"[redacted:")
        || is_path
        || WORDS.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether nothing but blanks, or a comma, follows on the line.
fn ends_line(bytes: &[u8], at: usize) -> bool {
    let at = at + usize::from(bytes.get(at) == Some(&b','));
    let at = at + run(bytes, at, is_blank);
    bytes.get(at).is_none_or(|byte| matches!(byte, b'\n' | b'\r'))
}

/// `LIKE_THIS`, as environment variables are written.
fn is_shouted(name: &[u8]) -> bool {
    name.iter().any(u8::is_ascii_uppercase) && !name.iter().any(u8::is_ascii_lowercase)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}
