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

/// What was used, behind other words; nothing when no model was asked.
pub(crate) fn told(usage: &Usage) -> String {
    let tokens = usage.input_tokens.saturating_add(usage.output_tokens);
    match (tokens, usage.cost_usd) {
        (0, _) => String::new(),
        (_, None) => format!("; {tokens} tokens"),
        (_, Some(cost)) => {
            let estimated = if usage.cost_estimated { " by list price" } else { "" };
            format!("; {tokens} tokens, ${cost:.4}{estimated}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_spent_is_told_as_far_as_it_is_known() {
        let usage = |cost_usd, cost_estimated| Usage {
            input_tokens: 900,
            output_tokens: 100,
            cost_usd,
            cost_estimated,
        };
        assert_eq!(told(&Usage::default()), "");
        assert_eq!(told(&usage(None, false)), "; 1000 tokens");
        assert_eq!(told(&usage(Some(0.0123), false)), "; 1000 tokens, $0.0123");
        assert_eq!(told(&usage(Some(0.0123), true)), "; 1000 tokens, $0.0123 by list price");
    }
}
