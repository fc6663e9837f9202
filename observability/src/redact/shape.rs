//! Keys and tokens that give themselves away by their prefix.

use super::SecretKind::{self, AccessToken, ApiKey, Jwt};
use super::scan::{Found, run};

/// What the body after the prefix is made of.
#[derive(Clone, Copy)]
enum Body {
    /// Letters and digits.
    Alnum,
    /// Letters, digits, `_`, `-`.
    Url,
    /// Letters, digits, `_`, `-`, `.`.
    Dotted,
    /// Capital letters and digits.
    Upper,
    /// Like `Url`, with a stretch inside that reads like no word: the prefix alone is too common.
    Random,
}

struct Shape {
    prefix: &'static str,
    body: Body,
    /// The shortest body, in bytes.
    min: usize,
    kind: SecretKind,
}

const fn shape(prefix: &'static str, body: Body, min: usize, kind: SecretKind) -> Shape {
    Shape { prefix, body, min, kind }
}

/// From the providers' public documentation and the rule sets of public secret scanners. Those with the same
/// first letter stand together; a longer prefix stands before the shorter one that it begins with.
const SHAPES: &[Shape] = &[
    shape("AIza", Body::Url, 30, ApiKey),
    shape("AKIA", Body::Upper, 16, ApiKey),
    shape("ASIA", Body::Upper, 16, ApiKey),
    shape("AGE-SECRET-KEY-1", Body::Upper, 40, ApiKey),
    shape("GOCSPX-", Body::Url, 16, ApiKey),
    shape("SG.", Body::Dotted, 40, ApiKey),
    shape("csk-", Body::Random, 20, ApiKey),
    shape("dop_v1_", Body::Alnum, 40, AccessToken),
    shape("dckr_pat_", Body::Url, 16, AccessToken),
    shape("figd_", Body::Url, 24, AccessToken),
    shape("gsk_", Body::Alnum, 16, ApiKey),
    shape("ghp_", Body::Alnum, 16, AccessToken),
    shape("gho_", Body::Alnum, 16, AccessToken),
    shape("ghu_", Body::Alnum, 16, AccessToken),
    shape("ghs_", Body::Alnum, 16, AccessToken),
    shape("ghr_", Body::Alnum, 16, AccessToken),
    shape("github_pat_", Body::Url, 20, AccessToken),
    shape("glpat-", Body::Dotted, 16, AccessToken),
    shape("gldt-", Body::Url, 16, AccessToken),
    shape("glrt-", Body::Dotted, 16, AccessToken),
    shape("hf_", Body::Alnum, 20, AccessToken),
    shape("lin_api_", Body::Alnum, 24, AccessToken),
    shape("nvapi-", Body::Url, 20, ApiKey),
    shape("npm_", Body::Alnum, 30, AccessToken),
    shape("pplx-", Body::Random, 20, ApiKey),
    shape("pypi-", Body::Url, 40, AccessToken),
    shape("rk_live_", Body::Alnum, 12, ApiKey),
    shape("r8_", Body::Alnum, 30, ApiKey),
    shape("sk-ant-", Body::Url, 8, ApiKey),
    shape("sk-or-", Body::Url, 8, ApiKey),
    shape("sk-proj-", Body::Url, 16, ApiKey),
    shape("sk-", Body::Random, 16, ApiKey),
    shape("sk_live_", Body::Alnum, 12, ApiKey),
    shape("sk_test_", Body::Alnum, 12, ApiKey),
    shape("shpat_", Body::Alnum, 24, AccessToken),
    shape("sbp_", Body::Alnum, 32, AccessToken),
    shape("tgp_v1_", Body::Url, 20, ApiKey),
    shape("tskey-", Body::Random, 20, AccessToken),
    shape("whsec_", Body::Alnum, 16, ApiKey),
    shape("xai-", Body::Random, 20, ApiKey),
    shape("xoxa-", Body::Url, 10, AccessToken),
    shape("xoxb-", Body::Url, 10, AccessToken),
    shape("xoxc-", Body::Url, 10, AccessToken),
    shape("xoxe-", Body::Url, 10, AccessToken),
    shape("xoxp-", Body::Url, 10, AccessToken),
    shape("xoxr-", Body::Url, 10, AccessToken),
    shape("xoxs-", Body::Url, 10, AccessToken),
    shape("xapp-", Body::Url, 16, AccessToken),
    shape("ya29.", Body::Dotted, 20, AccessToken),
];

/// For each first byte the shapes that begin with it, as a range of [`SHAPES`].
static BY_FIRST: [(u8, u8); 256] = by_first();

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses an index out of range")]
#[expect(clippy::cast_possible_truncation, reason = "far fewer shapes than 256")]
const fn by_first() -> [(u8, u8); 256] {
    let mut table = [(0, 0); 256];
    let mut index = 0;
    while index < SHAPES.len() {
        let first = SHAPES[index].prefix.as_bytes()[0] as usize;
        if table[first].1 == 0 {
            table[first].0 = index as u8;
        }
        table[first].1 = index as u8 + 1;
        index += 1;
    }
    table
}

/// Whether a key or token may begin with this byte.
pub(super) fn may_begin(byte: u8) -> bool {
    byte == b'e' || BY_FIRST.get(usize::from(byte)).is_some_and(|(_, end)| *end > 0)
}

/// The key or token that begins at `at`, which is the start of a word.
pub(super) fn at(bytes: &[u8], at: usize) -> Option<Found> {
    let rest = bytes.get(at..)?;
    if rest.starts_with(b"eyJ") {
        let inside = at.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(|byte| is_url(*byte));
        return if inside { None } else { jwt(bytes, at) };
    }
    let (from, to) = BY_FIRST.get(usize::from(*rest.first()?)).copied()?;
    for shape in SHAPES.get(usize::from(from)..usize::from(to))? {
        if !rest.starts_with(shape.prefix.as_bytes()) {
            continue;
        }
        let start = at + shape.prefix.len();
        if matches!(shape.body, Body::Random) && !has_random_stretch(glance(bytes, start)) {
            continue;
        }
        let mut end = start + run(bytes, start, |byte| belongs(shape.body, byte));
        if matches!(shape.body, Body::Dotted) {
            end = without_trailing_dots(bytes, start, end);
        }
        let body = bytes.get(start..end)?;
        let complete = match shape.body {
            Body::Upper | Body::Alnum => {
                !bytes.get(end).is_some_and(|next| next.is_ascii_alphanumeric() || *next == b'_')
            }
            Body::Url | Body::Dotted | Body::Random => true,
        };
        if complete && body.len() >= shape.min {
            return Some(Found { start: at, end, kind: shape.kind });
        }
    }
    None
}

/// As much of a body as decides that it is random: a text that repeats `sk-` must not cost the square of
/// its length.
fn glance(bytes: &[u8], start: usize) -> &[u8] {
    let rest = bytes.get(start..).unwrap_or_default();
    let rest = rest.get(..256).unwrap_or(rest);
    rest.get(..run(rest, 0, is_url)).unwrap_or_default()
}

fn belongs(body: Body, byte: u8) -> bool {
    match body {
        Body::Alnum => byte.is_ascii_alphanumeric(),
        Body::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        Body::Url | Body::Random => is_url(byte),
        Body::Dotted => is_url(byte) || byte == b'.',
    }
}

fn is_url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn without_trailing_dots(bytes: &[u8], start: usize, mut end: usize) -> usize {
    while end > start && bytes.get(end - 1) == Some(&b'.') {
        end -= 1;
    }
    end
}

/// Twelve letters and digits in a row, both kinds among them: names of packages and CSS classes have none.
fn has_random_stretch(body: &[u8]) -> bool {
    body.split(|byte| !byte.is_ascii_alphanumeric()).any(|stretch| {
        stretch.len() >= 12
            && stretch.iter().any(u8::is_ascii_digit)
            && stretch.iter().any(u8::is_ascii_alphabetic)
    })
}

/// Three parts of base64 with dots between, or more (encrypted tokens have five).
fn jwt(bytes: &[u8], at: usize) -> Option<Found> {
    const MIN_PART: usize = 10;
    let mut end = at;
    let mut parts = 0;
    loop {
        let length = run(bytes, end, is_url);
        let long_enough = length >= MIN_PART;
        if parts < 3 && !long_enough {
            return None;
        }
        parts += 1;
        end += length;
        let more = bytes.get(end) == Some(&b'.') && run(bytes, end + 1, is_url) > 0;
        if !more {
            break;
        }
        end += 1;
    }
    (parts >= 3).then_some(Found { start: at, end, kind: Jwt })
}
