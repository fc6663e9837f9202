//! Passwords inside URLs.

use super::SecretKind::UrlPassword;
use super::assignment::is_reference;
use super::name::looks_random;
use super::scan::{Found, contains, run};

/// The longest user name before a password.
const LONGEST_USER: usize = 128;

/// The secret beside the colon at `colon`: the password of `://user:password@`, or the random token that
/// stands alone in `://token@`. The URL does not begin before `floor`.
pub(super) fn at(bytes: &[u8], floor: usize, colon: usize) -> Option<Found> {
    let alone = bytes.get(colon..)?.starts_with(b"://");
    let start = if alone { colon + 3 } else { colon + 1 };
    if !alone && !follows_user(bytes, floor, colon) {
        return None;
    }
    let length = run(bytes, start, is_authority);
    let authority = bytes.get(start..start + length)?;
    let end = start + authority.iter().rposition(|byte| *byte == b'@')?;
    let secret = bytes.get(start..end)?;
    let plain = secret.is_empty() || is_reference(secret) || contains(authority, "[redacted:");
    let is_user = alone && (secret.contains(&b':') || !looks_random(secret));
    (!plain && !is_user).then_some(Found { start, end, kind: UrlPassword })
}

/// Whether `://user` stands before the colon.
fn follows_user(bytes: &[u8], floor: usize, colon: usize) -> bool {
    let before = bytes.get(floor.max(colon.saturating_sub(LONGEST_USER))..colon).unwrap_or_default();
    let user =
        before.iter().rev().take_while(|byte| is_authority(**byte) && !matches!(byte, b':' | b'@')).count();
    before.get(..before.len() - user).is_some_and(|before| before.ends_with(b"://"))
}

fn is_authority(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'?' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\')
}
