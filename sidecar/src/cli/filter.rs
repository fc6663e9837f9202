//! Which events are meant, as `events` and `export` are told.

use crate::clock::now_ms;
use reqwest::Url;

/// Values of one option are alternatives; options narrow each other.
#[derive(clap::Args, Clone, Default)]
pub(super) struct Filter {
    /// Only of this session
    #[arg(long, value_name = "ID")]
    session: Vec<String>,
    /// Only of this session and its descendants
    #[arg(long, value_name = "ID")]
    pub(super) subtree: Option<String>,
    /// Only from this program, such as rozet-opencode
    #[arg(long, value_name = "APP")]
    source: Vec<String>,
    /// Only of this type, such as ToolCompleted
    #[arg(long = "type", value_name = "TYPE")]
    kind: Vec<String>,
    /// Only about this tool
    #[arg(long, value_name = "TOOL")]
    tool: Vec<String>,
    /// Only about this task, such as T1
    #[arg(long, value_name = "TASK")]
    task: Vec<String>,
    /// Not before: 2h or 15m ago, 2026-01-31T08:00:00Z, or milliseconds since 1970
    #[arg(long, value_name = "TIME", value_parser = time, allow_hyphen_values = true)]
    from: Option<i64>,
    /// Not after: the same
    #[arg(long, value_name = "TIME", value_parser = time, allow_hyphen_values = true)]
    to: Option<i64>,
    /// Only with all these words; "several words" stand together, word* is a beginning
    #[arg(long, value_name = "WORDS")]
    pub(super) text: Option<String>,
}

impl Filter {
    /// An address of the daemon that asks for these events, with other fields beside.
    pub(super) fn address(&self, path: &str, others: &[(&str, String)]) -> anyhow::Result<String> {
        // Only its path and query are used.
        let mut url = Url::parse("http://127.0.0.1")?.join(path)?;
        {
            let mut query = url.query_pairs_mut();
            for (name, values) in [
                ("session", &self.session),
                ("source", &self.source),
                ("type", &self.kind),
                ("tool", &self.tool),
                ("task", &self.task),
            ] {
                query.extend_pairs(values.iter().map(|value| (name, value)));
            }
            for (name, value) in [("subtree", &self.subtree), ("text", &self.text)] {
                query.extend_pairs(value.iter().map(|value| (name, value)));
            }
            for (name, value) in [("from", self.from), ("to", self.to)] {
                query.extend_pairs(value.iter().map(|value| (name, value.to_string())));
            }
            query.extend_pairs(others);
        }
        Ok(format!("{path}?{}", url.query().unwrap_or_default()))
    }
}

/// A time in milliseconds since 1970.
fn time(text: &str) -> Result<i64, String> {
    if let Ok(ms) = text.parse() {
        return Ok(ms);
    }
    let ago = text.strip_suffix("ago").unwrap_or(text).trim();
    if let Ok(ago) = humantime::parse_duration(ago) {
        let ago = i64::try_from(ago.as_millis()).unwrap_or(i64::MAX);
        return Ok(now_ms().saturating_sub(ago));
    }
    let time = humantime::parse_rfc3339_weak(text)
        .or_else(|_| humantime::parse_rfc3339_weak(&format!("{text}T00:00:00Z")))
        .map_err(|_| "expected 2h or 15m (ago), 2026-01-31T08:00:00Z, or milliseconds since 1970")?;
    let since = time.duration_since(std::time::UNIX_EPOCH).map_err(|_| "expected a time after 1970")?;
    i64::try_from(since.as_millis()).map_err(|_| "too far in the future".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_people_do() {
        assert_eq!(time("1700000000000"), Ok(1_700_000_000_000));
        assert_eq!(time("1970-01-02"), Ok(86_400_000));
        assert_eq!(time("1970-01-02T01:00:00Z"), Ok(90_000_000));
        for ago in ["2h", "2h ago", "120m"] {
            let told = time(ago).unwrap();
            assert!((now_ms() - 7_200_000 - told).abs() < 60_000, "{ago}");
        }
        for bad in ["", "yesterday", "2026-13-01", "99999999999999999999", "5 parsecs"] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_filter_is_asked_for_as_it_was_told() {
        let filter = Filter {
            session: vec!["a b".into(), "c&d".into()],
            text: Some("é*".into()),
            from: Some(5),
            ..Filter::default()
        };
        let address = filter.address("/v1/events", &[("limit", "3".into())]).unwrap();
        assert_eq!(address, "/v1/events?session=a+b&session=c%26d&text=%C3%A9*&from=5&limit=3");
    }
}
