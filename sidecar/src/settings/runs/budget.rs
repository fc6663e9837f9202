//! What runs may use.

use crate::settings::file::BudgetSection;
use crate::settings::limits::{Bounds, Limit};
use crate::settings::source::{Scope, Set, Source};
use crate::settings::{ConfigError, Layers, PriceSection, Report};
use crate::spend::Prices;
use std::collections::BTreeMap;

/// More than any model could use in a day: a limit above it is a slip of the pen.
const MOST_TOKENS: u64 = 1_000_000_000_000;
const MOST_USD: f64 = 1e6;

/// What runs may use, planner and workers together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RunBudget {
    pub(crate) task_tokens: u64,
    pub(crate) task_usd: f64,
    pub(crate) run_tokens: u64,
    pub(crate) run_usd: f64,
    pub(crate) day_tokens: u64,
    pub(crate) day_usd: f64,
    pub(crate) prices: BTreeMap<String, PriceSection>,
}

pub(super) fn resolve(layers: &Layers, report: &mut Report) -> Result<RunBudget, ConfigError> {
    let prices = prices(layers, report)?;
    let flag = layers.flags.run_usd.map(|value| Set::new(value, Source::Flag("--budget-usd")));
    let mut run_usd: Vec<Set<f64>> = flag.into_iter().collect();
    run_usd.extend(said(layers, |budget| budget.run_usd));
    Ok(RunBudget {
        task_tokens: tokens("budget.task_tokens", 400_000)
            .resolve(said(layers, |budget| budget.task_tokens), report)?
            .value,
        task_usd: usd("budget.task_usd", 1.0).resolve(said(layers, |budget| budget.task_usd), report)?.value,
        run_tokens: tokens("budget.run_tokens", 3_000_000)
            .resolve(said(layers, |budget| budget.run_tokens), report)?
            .value,
        run_usd: usd("budget.run_usd", 5.0).resolve(run_usd, report)?.value,
        day_tokens: tokens("budget.day_tokens", 10_000_000)
            .resolve(said(layers, |budget| budget.day_tokens), report)?
            .value,
        day_usd: usd("budget.day_usd", 20.0).resolve(said(layers, |budget| budget.day_usd), report)?.value,
        prices,
    })
}

fn said<T>(layers: &Layers, get: impl Fn(&BudgetSection) -> Option<T>) -> Vec<Set<T>> {
    layers.sections(|file| get(file.budget.as_ref()?)).collect()
}

const fn tokens(name: &'static str, default: u64) -> Limit<u64> {
    Limit { name, default, bounds: Bounds { least: 0, most: MOST_TOKENS, unit: "tokens" } }
}

const fn usd(name: &'static str, default: f64) -> Limit<f64> {
    Limit { name, default, bounds: Bounds { least: 0.0, most: MOST_USD, unit: "US dollars" } }
}

/// The person's prices. A project may price only what nobody else does: a lower price would loosen the limits.
fn prices(layers: &Layers, report: &mut Report) -> Result<BTreeMap<String, PriceSection>, ConfigError> {
    let sections = said(layers, |budget| Some(budget.prices.clone()));
    let (persons, projects): (Vec<_>, Vec<_>) =
        sections.into_iter().partition(|set| set.source.scope() == Scope::Person);
    let mut prices = BTreeMap::new();
    for set in persons {
        for (name, price) in set.value {
            check(&name, price, &set.source)?;
            prices.entry(name).or_insert(price);
        }
    }
    for set in projects {
        for (name, price) in set.value {
            check(&name, price, &set.source)?;
            if Prices::new(&prices).cost(&name, 1, 1).is_none() {
                prices.insert(name, price);
            } else {
                let why = format!("{name} is ignored: the project may not change what is known");
                report.note("budget.prices", why, &set.source);
            }
        }
    }
    Ok(prices)
}

fn check(name: &str, price: PriceSection, source: &Source) -> Result<(), ConfigError> {
    let sound = |price: f64| price.is_finite() && price >= 0.0;
    if sound(price.input) && sound(price.output) {
        return Ok(());
    }
    let message = format!("expected US dollars per million tokens, 0 or more ({source})");
    Err(ConfigError::value(format!("budget.prices.{name}"), message))
}
