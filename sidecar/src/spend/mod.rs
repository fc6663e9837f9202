//! What models cost: the provider's own word first, else an estimate from a dated table that settings go over.

mod prices;

pub(crate) use prices::{Prices, TABLE_DATE};

use rozet_observability::plan::Usage;

/// Characters per token of English, JSON and code, on the low side: estimates made with it are a little high.
const CHARS_PER_TOKEN: usize = 3;

/// About how many tokens a text has.
pub(crate) fn tokens_of(text: &str) -> u64 {
    u64::try_from(text.chars().count().div_ceil(CHARS_PER_TOKEN)).unwrap_or(u64::MAX)
}

/// Fills in the cost where the provider did not say it and the table knows the model.
pub(crate) fn priced(mut usage: Usage, model: &str, prices: &Prices) -> Usage {
    if usage.cost_usd.is_none()
        && let Some(cost) = prices.cost(model, usage.input_tokens, usage.output_tokens)
    {
        usage.cost_usd = Some(cost);
        usage.cost_estimated = true;
    }
    usage
}
