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
    /// It must be at least this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Why it could not be measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Bytes.
    Bytes,
    /// Kilobytes of 1,000 bytes.
    Kilobytes,
    /// Megabytes of 1,000,000 bytes.
    Megabytes,
    /// Tokens of a language model.
    Tokens,
    /// How many in a second.
    PerSecond,
    /// How many times another number.
    Times,
    /// Hundredths of another number.
    Percent,
    /// How many.
    Count,
}

impl Unit {
    const fn sign(self) -> &'static str {
        match self {
            Self::Milliseconds => "ms",
            Self::Microseconds => "µs",
            Self::Bytes => "bytes",
            Self::Kilobytes => "kB",
            Self::Megabytes => "MB",
            Self::Tokens => "tokens",
            Self::PerSecond => "/s",
            Self::Times => "times",
            Self::Percent => "%",
            Self::Count => "",
        }
    }
}

impl Measured {
    /// A number that must stay below its limit.
    pub fn new(name: impl Into<String>, value: f64, unit: Unit, limit: Option<f64>) -> Self {
        Self { name: name.into(), value, unit, limit, at_least: None, missing: None }
    }

    /// A time in milliseconds.
    #[must_use]
    pub fn time(name: impl Into<String>, value: f64, limit: Option<f64>) -> Self {
        Self::new(name, value, Unit::Milliseconds, limit)
    }

    /// A time in microseconds.
    #[must_use]
    pub fn microseconds(name: impl Into<String>, value: f64, limit: Option<f64>) -> Self {
        Self::new(name, value, Unit::Microseconds, limit)
    }

    /// A size in megabytes of 1,000,000 bytes.
    #[must_use]
    pub fn megabytes(name: impl Into<String>, value: f64, limit: Option<f64>) -> Self {
        Self::new(name, value, Unit::Megabytes, limit)
    }

    /// A size in bytes.
    #[must_use]
    pub fn bytes(name: impl Into<String>, value: f64, limit: Option<f64>) -> Self {
        Self::new(name, value, Unit::Bytes, limit)
    }

    /// A count of tokens.
    #[must_use]
    pub fn tokens(name: impl Into<String>, value: f64, limit: f64) -> Self {
        Self::new(name, value, Unit::Tokens, Some(limit))
    }

    /// How many in a second.
    #[must_use]
    pub fn per_second(name: impl Into<String>, value: f64, limit: Option<f64>) -> Self {
        Self::new(name, value, Unit::PerSecond, limit)
    }

    /// How many times another number.
    #[must_use]
    pub fn times(name: impl Into<String>, value: f64) -> Self {
        Self::new(name, value, Unit::Times, None)
    }

    /// How many.
    #[must_use]
    pub fn count(name: impl Into<String>, value: f64, limit: Option<f64>) -> Self {
        Self::new(name, value, Unit::Count, limit)
    }

    /// What could not be measured, which is not what was promised.
    #[must_use]
    pub fn missing(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self { missing: Some(why.into()), ..Self::new(name, 0.0, Unit::Count, None) }
    }

    /// It must be at least this.
    #[must_use]
    pub fn at_least(self, at_least: Option<f64>) -> Self {
        Self { at_least, ..self }
    }

    /// It must stay below this.
    #[must_use]
    pub fn below(self, limit: Option<f64>) -> Self {
        Self { limit, ..self }
    }

    /// Whether the number is what was promised of it, if anything was.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.missing.is_none()
            && self.limit.is_none_or(|limit| self.value < limit)
            && self.at_least.is_none_or(|least| self.value >= least)
    }
}

impl Display for Measured {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        if let Some(why) = &self.missing {
            return write!(out, "{:<64} not measured: {why}", self.name);
        }
        let sign = self.unit.sign();
        write!(out, "{:<64} {:>9.3} {sign}", self.name, self.value)?;
        let verdict = if self.holds() { "ok" } else { "OVER" };
        match (self.limit, self.at_least) {
            (Some(limit), _) => write!(out, "   limit {limit:>7} {sign}   {verdict}"),
            (None, Some(least)) => {
                let verdict = if self.holds() { "ok" } else { "UNDER" };
                write!(out, "   at least {least:>7} {sign}   {verdict}")
            }
            (None, None) => Ok(()),
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
        Self::new(size.name.clone(), size.bytes / divisor, unit, Some(size.limit / divisor))
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
    fn what_is_not_what_was_promised_is_told() {
        assert!(Measured::times("rate", 6.0).at_least(Some(6.0)).holds());
        let slow = Measured::times("rate", 5.9).at_least(Some(6.0));
        assert!(!slow.holds() && slow.to_string().ends_with("UNDER"));
        let missing = Measured::missing("rate", "no server");
        assert!(!missing.holds() && missing.to_string().ends_with("not measured: no server"));
    }

    #[test]
    fn a_quantile_is_one_of_the_numbers() {
        assert_eq!(quantile(&mut [3.0, 1.0, 2.0], 0.5), 2.0);
        assert_eq!(quantile(&mut [3.0, 1.0, 2.0], 1.0), 3.0);
        assert_eq!(quantile(&mut [], 0.5), 0.0);
    }
}
