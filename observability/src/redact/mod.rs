//! Redaction: the one choke point before anything is stored, logged or streamed.
//!
//! Works on the shape of a secret (provider keys, JWTs, PEM blocks, URLs with passwords), on the name it is
//! given (`FOO_API_KEY=…`, `"password": "…"`, `Authorization: …`) and on values that the caller knows. What
//! is found becomes `[redacted:<kind>]`. Redacting twice changes nothing more.

mod assignment;
mod header;
mod json;
mod name;
mod pem;
mod scan;
mod shape;
mod url;

#[cfg(test)]
mod corpus;

use crate::event::Event;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// What sort of secret was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretKind {
    /// The key of a model provider or a cloud, known by its shape.
    ApiKey,
    /// A token of a code host, chat or package registry, known by its shape.
    AccessToken,
    /// A JSON web token.
    Jwt,
    /// The credentials of an `Authorization` or `Cookie` header, or what follows `Bearer`.
    Authorization,
    /// A PEM private key.
    PrivateKey,
    /// The password inside a URL.
    UrlPassword,
    /// The value of something with a secret's name.
    Secret,
    /// A value that the caller said is secret.
    Known,
}

impl SecretKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::ApiKey,
        Self::AccessToken,
        Self::Jwt,
        Self::Authorization,
        Self::PrivateKey,
        Self::UrlPassword,
        Self::Secret,
        Self::Known,
    ];

    /// The word inside the mark.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api-key",
            Self::AccessToken => "access-token",
            Self::Jwt => "jwt",
            Self::Authorization => "authorization",
            Self::PrivateKey => "private-key",
            Self::UrlPassword => "url-password",
            Self::Secret => "secret",
            Self::Known => "known",
        }
    }

    /// What stands in the place of a secret of this kind.
    #[must_use]
    pub const fn mark(self) -> &'static str {
        match self {
            Self::ApiKey => "[redacted:api-key]",
            Self::AccessToken => "[redacted:access-token]",
            Self::Jwt => "[redacted:jwt]",
            Self::Authorization => "[redacted:authorization]",
            Self::PrivateKey => "[redacted:private-key]",
            Self::UrlPassword => "[redacted:url-password]",
            Self::Secret => "[redacted:secret]",
            Self::Known => "[redacted:known]",
        }
    }
}

/// Some of the kinds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kinds([bool; SecretKind::ALL.len()]);

impl Kinds {
    /// Whether this one is among them.
    #[must_use]
    pub fn has(&self, kind: SecretKind) -> bool {
        self.0.get(kind as usize).copied().unwrap_or_default()
    }
}

impl FromIterator<SecretKind> for Kinds {
    fn from_iter<I: IntoIterator<Item = SecretKind>>(kinds: I) -> Self {
        let mut some = Self::default();
        for kind in kinds {
            if let Some(has) = some.0.get_mut(kind as usize) {
                *has = true;
            }
        }
        some
    }
}

/// How many secrets of each kind were replaced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts([u32; SecretKind::ALL.len()]);

impl Counts {
    /// How many of this kind.
    #[must_use]
    pub fn of(&self, kind: SecretKind) -> u32 {
        self.0.get(kind as usize).copied().unwrap_or_default()
    }

    /// How many of any kind.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.0.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The kinds that were found, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (SecretKind, u32)> + '_ {
        SecretKind::ALL.into_iter().map(|kind| (kind, self.of(kind))).filter(|(_, count)| *count > 0)
    }

    /// Adds what was found elsewhere.
    pub fn add(&mut self, other: &Self) {
        for (kind, count) in other.iter() {
            self.count(kind, count);
        }
    }

    fn count(&mut self, kind: SecretKind, by: u32) {
        if let Some(count) = self.0.get_mut(kind as usize) {
            *count = count.saturating_add(by);
        }
    }
}

/// Redacts by shape and name, and masks the values that it was told.
#[derive(Clone, Default)]
pub struct Redactor {
    known: Vec<String>,
    /// What stays as it is.
    kept: Kinds,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Redactor({} known values)", self.known.len())
    }
}

impl Redactor {
    /// Known values shorter than this many bytes are not masked: they would hit ordinary words.
    pub const MIN_KNOWN_BYTES: usize = 6;

    /// Builds a redactor that also masks these values wherever they stand, also inside JSON text.
    /// Values that are too short, or part of a mark, are left out.
    #[must_use]
    pub fn new<I, S>(known: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        let mut values = Vec::new();
        for value in known {
            let value = value.as_ref().trim();
            let in_a_mark = SecretKind::ALL.iter().any(|kind| kind.mark().contains(value));
            if value.len() < Self::MIN_KNOWN_BYTES || in_a_mark {
                continue;
            }
            let escaped = Value::from(value).to_string();
            let escaped = escaped.trim_matches('"');
            if escaped != value {
                values.push(escaped.to_owned());
            }
            values.push(value.to_owned());
        }
        // The longest first: one known value may be the start of another.
        values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        values.dedup();
        Self { known: values, kept: Kinds::default() }
    }

    /// The same, but that secrets of these kinds stay as they are.
    #[must_use]
    pub fn keeping(self, kept: Kinds) -> Self {
        Self { kept, ..self }
    }

    /// Redacts one text; borrowed when nothing was found.
    pub fn text<'t>(&self, text: &'t str, counts: &mut Counts) -> Cow<'t, str> {
        let mut masked = Cow::Borrowed(text);
        let known = if self.kept.has(SecretKind::Known) { &[][..] } else { &self.known };
        for value in known {
            // Most texts are shorter than a key is, and looking costs some preparation.
            if masked.len() < value.len() {
                continue;
            }
            let found = masked.matches(value.as_str()).count();
            if found > 0 {
                counts.count(SecretKind::Known, u32::try_from(found).unwrap_or(u32::MAX));
                masked = Cow::Owned(masked.replace(value.as_str(), SecretKind::Known.mark()));
            }
        }
        match masked {
            Cow::Borrowed(text) => scan::redact(text, self.kept, counts),
            Cow::Owned(text) => match scan::redact(&text, self.kept, counts) {
                Cow::Owned(more) => Cow::Owned(more),
                Cow::Borrowed(_) => Cow::Owned(text),
            },
        }
    }

    /// Redacts a text in place.
    pub fn string(&self, text: &mut String, counts: &mut Counts) {
        if let Cow::Owned(redacted) = self.text(text, counts) {
            *text = redacted;
        }
    }

    /// Redacts every string inside, and every value under a key with a secret's name.
    pub fn value(&self, value: &mut Value, counts: &mut Counts) {
        json::value(self, value, counts);
    }

    /// Like [`Redactor::value`], for an object's fields.
    pub fn map(&self, map: &mut Map<String, Value>, counts: &mut Counts) {
        json::map(self, map, counts);
    }

    /// Redacts what an event says; its ids, source and type stay.
    pub fn event(&self, event: &mut Event) -> Counts {
        let mut counts = Counts::default();
        self.map(&mut event.payload, &mut counts);
        self.map(&mut event.extra, &mut counts);
        if let Some(summary) = &mut event.summary {
            self.string(summary, &mut counts);
        }
        counts
    }
}

/// Counts the marks of secrets that were masked in a text.
#[must_use]
pub fn count_marks(text: &str) -> Counts {
    const BEGINNING: &str = "[redacted:";
    let mut counts = Counts::default();
    let mut rest = text;
    while let Some(at) = rest.find(BEGINNING) {
        rest = rest.get(at..).unwrap_or_default();
        match SecretKind::ALL.iter().find(|kind| rest.starts_with(kind.mark())) {
            Some(kind) => {
                counts.count(*kind, 1);
                rest = rest.get(kind.mark().len()..).unwrap_or_default();
            }
            None => rest = rest.get(BEGINNING.len()..).unwrap_or_default(),
        }
    }
    counts
}

/// Redacts one text by shape and name; borrowed when nothing was found.
#[must_use]
pub fn redact_text(text: &str) -> Cow<'_, str> {
    scan::redact(text, Kinds::default(), &mut Counts::default())
}

/// Whether an environment's variable holds a secret, by its name and by what its value looks like. Masked wherever it
/// stands, a value that is an ordinary word would take that word out of everything.
#[must_use]
pub fn is_secret_variable(name: &str, value: &str) -> bool {
    const LONG_BYTES: usize = 16;
    assignment::is_secret_field(name, value)
        && (value.len() >= LONG_BYTES || name::looks_like_password(value.as_bytes()))
}

/// Redacts what an event says by shape and name, in place.
pub fn redact_event(event: &mut Event) -> Counts {
    Redactor::default().event(event)
}
