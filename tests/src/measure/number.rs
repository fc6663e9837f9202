//! One number beside its limit.

use serde::Serialize;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// A measured number.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// What was measured, and how.
    pub name: String,
    /// The number.
    pub value: f64,
    /// In what.
    pub unit: Unit,
    /// It must stay below this; none when nothing is promised.
    pub limit: Option<f64>,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Milliseconds.
    Milliseconds,
    /// Kilobytes of 1,000 bytes.
    Kilobytes,
    /// Megabytes of 1,000,000 bytes.
    Megabytes,
    /// Tokens of a language model.
    Tokens,
}

impl Unit {
    const fn sign(self) -> &'static str {
        match self {
            Self::Milliseconds => "ms",
            Self::Kilobytes => "kB",
            Self::Megabytes => "MB",
            Self::Tokens => "tokens",
        }
    }
}

impl Measured {
    /// A time in milliseconds.
    #[must_use]
    pub fn time(name: impl Into<String>, value: f64, limit: Option<f64>) -> Self {
        Self { name: name.into(), value, unit: Unit::Milliseconds, limit }
    }

    /// A count of tokens.
    #[must_use]
    pub fn tokens(name: impl Into<String>, value: f64, limit: f64) -> Self {
        Self { name: name.into(), value, unit: Unit::Tokens, limit: Some(limit) }
    }

    /// Whether the number is below its limit, or has none.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.limit.is_none_or(|limit| self.value < limit)
    }
}

impl Display for Measured {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let sign = self.unit.sign();
        write!(out, "{:<64} {:>9.3} {sign}", self.name, self.value)?;
        match self.limit {
            None => Ok(()),
            Some(limit) => {
                let verdict = if self.holds() { "ok" } else { "OVER" };
                write!(out, "   limit {limit:>7} {sign}   {verdict}")
            }
        }
    }
}

/// A size in bytes and its limit, read from `name=bytes<limit`.
#[derive(Debug, Clone, PartialEq)]
pub struct Size {
    name: String,
    bytes: f64,
    limit: f64,
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').and_then(|(name, rest)| Some((name, rest.split_once('<')?)));
        let (name, (bytes, limit)) = parts.ok_or("expected name=bytes<limit")?;
        let number = |text: &str| text.parse::<f64>().map_err(|error| format!("{text}: {error}"));
        Ok(Self { name: name.to_owned(), bytes: number(bytes)?, limit: number(limit)? })
    }
}

impl From<&Size> for Measured {
    fn from(size: &Size) -> Self {
        let (unit, divisor) = if size.limit < 1e6 { (Unit::Kilobytes, 1e3) } else { (Unit::Megabytes, 1e6) };
        Self { name: size.name.clone(), value: size.bytes / divisor, unit, limit: Some(size.limit / divisor) }
    }
}

/// The value below which `share` of the numbers lie; 0 for no numbers.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an index from a share between 0 and 1 of a small length"
)]
pub(super) fn quantile(numbers: &mut [f64], share: f64) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let index = (numbers.len() as f64 * share) as usize;
    numbers.get(index.min(numbers.len().saturating_sub(1))).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_and_judged() {
        let small: Measured = (&"core=249000<250000".parse::<Size>().unwrap()).into();
        assert_eq!((small.value, small.unit, small.holds()), (249.0, Unit::Kilobytes, true));
        let large: Measured = (&"binary=26000000<25000000".parse::<Size>().unwrap()).into();
        assert_eq!((large.unit, large.holds()), (Unit::Megabytes, false));
        assert!("core=many<2".parse::<Size>().is_err());
    }

    #[test]
    fn a_quantile_is_one_of_the_numbers() {
        assert_eq!(quantile(&mut [3.0, 1.0, 2.0], 0.5), 2.0);
        assert_eq!(quantile(&mut [3.0, 1.0, 2.0], 1.0), 3.0);
        assert_eq!(quantile(&mut [], 0.5), 0.0);
    }
}
