//! List prices by `provider/model`.

use crate::settings::PriceSection;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const TABLE: &str = include_str!("prices.tsv");
/// The day whose prices the table has.
pub(crate) const TABLE_DATE: &str = "2026-07-01";
const TOKENS_PER_PRICE: f64 = 1e6;

/// The table, with the person's own prices over it.
#[derive(Debug, Clone)]
pub(crate) struct Prices<'a> {
    own: &'a BTreeMap<String, PriceSection>,
}

impl<'a> Prices<'a> {
    pub(crate) const fn new(own: &'a BTreeMap<String, PriceSection>) -> Self {
        Self { own }
    }

    /// What these tokens cost in US dollars; none for a model that is in neither. Cached input counts in full.
    pub(crate) fn cost(&self, model: &str, input_tokens: u64, output_tokens: u64) -> Option<f64> {
        // OpenCode's own names, and the one provider that it calls otherwise.
        let model = model.strip_prefix("opencode/").unwrap_or(model);
        let google = model.strip_prefix("google/").map(|id| format!("gemini/{id}"));
        let model = google.as_deref().unwrap_or(model);
        let price = self.own.get(model).copied().or_else(|| listed(model))?;
        #[expect(clippy::cast_precision_loss, reason = "no usage comes near 2^53 tokens")]
        let cost = |tokens: u64, price: f64| tokens as f64 * price / TOKENS_PER_PRICE;
        Some(cost(input_tokens, price.input) + cost(output_tokens, price.output))
    }
}

/// The price of the model, or of the one that it is a dated release of: `gpt-5-2025-08-07` costs what `gpt-5`
/// does.
fn listed(name: &str) -> Option<PriceSection> {
    static ROWS: LazyLock<Vec<Row<'static>>> =
        LazyLock::new(|| TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect());
    let (provider, model) = name.split_once('/')?;
    let of_provider = || ROWS.iter().filter(|row| row.provider == provider);
    let exact = of_provider().find(|row| row.model == model);
    exact.or_else(|| of_provider().find(|row| is_release_of(model, row.model))).map(|row| row.price)
}

struct Row<'t> {
    provider: &'t str,
    model: &'t str,
    price: PriceSection,
}

fn row(line: &str) -> Option<Row<'_>> {
    let mut columns = line.split('\t');
    let (provider, model) = (columns.next()?, columns.next()?);
    let price = PriceSection { input: columns.next()?.parse().ok()?, output: columns.next()?.parse().ok()? };
    Some(Row { provider, model, price })
}

fn is_release_of(model: &str, listed: &str) -> bool {
    let date = model.strip_prefix(listed).and_then(|rest| rest.strip_prefix('-'));
    date.is_some_and(|date| {
        date.len() >= 8 && date.chars().all(|character| character.is_ascii_digit() || character == '-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read_once() {
        let lines: Vec<&str> = TABLE.lines().filter(|line| !line.starts_with('#')).collect();
        let mut names: Vec<String> = lines
            .iter()
            .filter_map(|line| row(line))
            .map(|row| format!("{}/{}", row.provider, row.model))
            .collect();
        assert!(names.len() > 80 && names.len() == lines.len());
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), lines.len());
        assert!(TABLE.starts_with("# ") && TABLE.lines().next().unwrap().contains(TABLE_DATE));
    }

    #[test]
    fn a_models_release_costs_what_the_model_does_and_the_persons_price_goes_first() {
        let none = BTreeMap::new();
        let prices = Prices::new(&none);
        let base = prices.cost("anthropic/claude-haiku-4-5", 1_000_000, 0).unwrap();
        assert!(base > 0.0);
        assert_eq!(prices.cost("anthropic/claude-haiku-4-5-20991231", 1_000_000, 0), Some(base));
        assert_eq!(prices.cost("opencode/anthropic/claude-haiku-4-5", 1_000_000, 0), Some(base));
        assert_eq!(prices.cost("openai-compatible/mine", 1, 1), None);
        assert_eq!(prices.cost("openai/gpt-5-something-else", 1, 1), None);
        let own =
            BTreeMap::from([("openai-compatible/mine".to_owned(), PriceSection { input: 1.0, output: 2.0 })]);
        assert_eq!(Prices::new(&own).cost("openai-compatible/mine", 500_000, 500_000), Some(1.5));
    }
}
