//! What planning may spend in one session.

use super::{ConfigError, Layers, Report};
use crate::settings::file::PriceSection;
use crate::settings::source::{Set, Source};
use crate::spend::TABLE_DATE;
use std::collections::BTreeMap;

/// Some sixty plans of ordinary size.
const DEFAULT_SESSION_TOKENS: u64 = 200_000;
const DEFAULT_SESSION_USD: f64 = 1.0;

/// The limits, and prices over the built-in table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlannerBudget {
    pub(crate) session_tokens: u64,
    pub(crate) session_usd: f64,
    pub(crate) prices: BTreeMap<String, PriceSection>,
}

pub(super) fn resolve(layers: &Layers, report: &mut Report) -> Result<PlannerBudget, ConfigError> {
    let tokens = layers
        .in_files(|file| file.budget.as_ref()?.planner_session_tokens)
        .unwrap_or(Set::new(DEFAULT_SESSION_TOKENS, Source::Default));
    let usd = layers
        .in_files(|file| file.budget.as_ref()?.planner_session_usd)
        .unwrap_or(Set::new(DEFAULT_SESSION_USD, Source::Default));
    if !usd.value.is_finite() || usd.value < 0.0 {
        let message = format!("expected US dollars, 0 or more ({})", usd.source);
        return Err(ConfigError::value("budget.planner_session_usd", message));
    }
    report.set("budget.planner_session_tokens", &tokens);
    report.set("budget.planner_session_usd", &usd);
    report.note("prices", format!("the built-in list of {TABLE_DATE}"), &Source::Default);
    let prices = layers.in_files(|file| file.budget.as_ref().map(|budget| budget.prices.clone()));
    if let Some(set) = prices.as_ref().filter(|set| !set.value.is_empty()) {
        let names: Vec<&str> = set.value.keys().map(String::as_str).collect();
        report.note("budget.prices", names.join(", "), &set.source);
        let sound = |price: f64| price.is_finite() && price >= 0.0;
        if let Some((name, _)) =
            set.value.iter().find(|(_, price)| !sound(price.input) || !sound(price.output))
        {
            let message = format!("expected US dollars per million tokens, 0 or more ({})", set.source);
            return Err(ConfigError::value(format!("budget.prices.{name}"), message));
        }
    }
    Ok(PlannerBudget {
        session_tokens: tokens.value,
        session_usd: usd.value,
        prices: prices.map(|set| set.value).unwrap_or_default(),
    })
}
