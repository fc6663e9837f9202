//! Sizes as people write them.

use serde::Deserialize;
use std::fmt::{self, Display, Formatter};

/// Units and their bytes, the largest that goes without a rest first.
const UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
    ("B", 1),
];

/// A number of bytes, or a text such as `2GiB`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Size {
    Bytes(u64),
    Text(String),
}

impl Size {
    /// A size in the largest unit that leaves no rest.
    pub(super) fn of(bytes: u64) -> String {
        let unit = UNITS.iter().find(|(_, size)| bytes > 0 && bytes.is_multiple_of(*size));
        unit.map_or_else(|| format!("{bytes}B"), |(name, size)| format!("{}{name}", bytes / size))
    }

    /// The bytes; none when the text is no size.
    pub(super) fn bytes(&self) -> Option<u64> {
        let text = match self {
            Self::Bytes(bytes) => return Some(*bytes),
            Self::Text(text) => text.trim(),
        };
        let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let unit = unit.trim_start();
        let (_, size) = UNITS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(unit) || (unit.is_empty() && *name == "B"))?;
        number.parse::<u64>().ok()?.checked_mul(*size)
    }
}

impl Display for Size {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(out, "{bytes}"),
            Self::Text(text) => out.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        let bytes = |text: &str| Size::Text(text.to_owned()).bytes();
        assert_eq!(bytes("2GiB"), Some(2 << 30));
        assert_eq!(bytes(" 500 MB "), Some(500_000_000));
        assert_eq!(bytes("64mib"), Some(64 << 20));
        assert_eq!(bytes("1024"), Some(1024));
        assert_eq!(Size::Bytes(7).bytes(), Some(7));
        for wrong in ["", "GiB", "1.5GiB", "-1MB", "2 gigs", "99999999999TiB"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
        assert_eq!(Size::of(2 << 30), "2GiB");
        assert_eq!(Size::of(1_500_000_000), "1500MB");
        assert_eq!(Size::of(0), "0B");
    }
}
