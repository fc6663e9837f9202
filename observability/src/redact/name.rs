//! What a name says about its value, and what a value says about itself.

use super::scan::contains;

/// How surely a name promises a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    /// `password`, `api_key`, `client_secret`: whatever stands there is secret.
    Strong,
    /// `token`, `auth`: a secret only when the value looks like one.
    Weak,
}

/// Compared with the end of the name, lower-cased, without separators.
const STRONG: &[&str] = &[
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "secret",
    "secrets",
    "apikey",
    "apikeys",
    "accesskey",
    "secretkey",
    "privatekey",
    "accountkey",
    "encryptionkey",
    "signingkey",
    "masterkey",
    "accesstoken",
    "refreshtoken",
    "authtoken",
    "bearertoken",
    "sessiontoken",
    "apitoken",
];
const WEAK: &[&str] = &["token", "pwd", "auth", "credential", "credentials", "idtoken", "cookie"];

/// Longer names are read from their end.
const LONGEST_NAME: usize = 48;

/// Judges a variable, key, flag or header name. The last word decides: `max_tokens`, `token_count` and
/// `password_field` are none.
pub(super) fn strength(name: &[u8]) -> Option<Strength> {
    let mut buffer = [0_u8; LONGEST_NAME];
    let mut length = 0;
    let significant = name.iter().rev().filter(|byte| byte.is_ascii_alphanumeric());
    // From the end, without a trailing number (`API_KEY_2`).
    for byte in significant.skip_while(|byte| byte.is_ascii_digit()) {
        let Some(slot) = buffer.get_mut(length) else { break };
        *slot = byte.to_ascii_lowercase();
        length += 1;
    }
    let reversed = buffer.get(..length)?;
    let ends_with = |word: &&str| {
        word.len() <= length && word.bytes().rev().eq(reversed.iter().copied().take(word.len()))
    };
    if STRONG.iter().any(ends_with) || is_short_pass(name) {
        return Some(Strength::Strong);
    }
    // The shell's working directory.
    let is_directory = reversed == b"dwp" || reversed == b"dwpdlo";
    (WEAK.iter().any(ends_with) && !is_directory).then_some(Strength::Weak)
}

/// `pass` as a word of its own, as in `DB_PASS`, not the end of `bypass`.
fn is_short_pass(name: &[u8]) -> bool {
    let Some((before, word)) = name.split_at_checked(name.len().saturating_sub(4)) else { return false };
    word.eq_ignore_ascii_case(b"pass") && before.last().is_some_and(|byte| matches!(byte, b'_' | b'-' | b'.'))
}

/// Whether a value is plainly no word and no number: long enough, with letters and digits mixed, or long
/// with capitals inside.
pub(super) fn looks_random(value: &[u8]) -> bool {
    mixes_letters_and_digits(value, 12)
        || (value.len() >= 20
            && value
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-'))
            && value.iter().skip(1).filter(|byte| byte.is_ascii_uppercase()).count() >= 3
            && value.iter().any(u8::is_ascii_lowercase)
            && !contains(value, "_")
            && !contains(value, "-"))
}

/// Whether a value could be a password: short ones such as `hunter2` too.
pub(super) fn looks_like_password(value: &[u8]) -> bool {
    looks_random(value) || mixes_letters_and_digits(value, 6)
}

fn mixes_letters_and_digits(value: &[u8], min: usize) -> bool {
    value.len() >= min
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_alphabetic)
        && !value.iter().any(|byte| byte.is_ascii_whitespace() || matches!(byte, b'(' | b'[' | b'{'))
        && !contains(value, "://")
}
