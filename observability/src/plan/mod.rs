//! Plans, their tasks, and the checks that prove them.

mod check;
mod task;

pub use check::{Check, CheckOutcome, Claim, Evidence};
pub use task::{InvalidTransition, Task, TaskStatus, WaitsFor, WaitsForKind};

use serde::{Deserialize, Serialize};

/// What one prompt became.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Plan {
    /// Unique for ever.
    pub plan_id: String,
    /// The session whose prompt was planned.
    pub session_id: String,
    /// The workspace, an absolute path.
    pub directory: String,
    /// The prompt, redacted.
    pub request: String,
    /// One line that says what the plan is about.
    pub summary: String,
    /// Who made it.
    pub origin: PlanOrigin,
    /// Why it is not the model's, in words for a person; none when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub reason: Option<String>,
    /// The model that was asked, as `provider/model`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub model: Option<String>,
    /// The tasks, in the order of `task_id`.
    pub tasks: Vec<Task>,
    /// Milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub created_at: i64,
    /// From the request to the plan, in milliseconds.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub latency_ms: u64,
    /// What the planner's model calls used.
    pub usage: Usage,
    /// Names the planner's prompt, so that plans can be compared across its changes.
    pub prompt_version: String,
}

/// Who made a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum PlanOrigin {
    /// A language model.
    Model,
    /// The built-in planner.
    Offline,
    /// A person, or another program.
    Hand,
}

impl PlanOrigin {
    /// The word on screen and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Offline => "offline",
            Self::Hand => "hand",
        }
    }
}

/// What model calls used, as the provider counted it; zero where it did not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Usage {
    /// Tokens sent, cached ones included.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub input_tokens: u64,
    /// Tokens received, reasoning included.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub output_tokens: u64,
    /// US dollars; none when neither the provider nor the price table says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub cost_usd: Option<f64>,
    /// Whether `cost_usd` comes from the price table, not from the provider.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub cost_estimated: bool,
}

impl Usage {
    /// Adds another call's usage. The sum of a known and an unknown cost is the known part, as an estimate.
    pub fn add(&mut self, other: &Self) {
        let cost_is_whole =
            |usage: &Self| usage.cost_usd.is_some() || (usage.input_tokens == 0 && usage.output_tokens == 0);
        let whole = cost_is_whole(self) && cost_is_whole(other);
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
        self.cost_usd = match (self.cost_usd, other.cost_usd) {
            (None, None) => None,
            (one, other) => Some(one.unwrap_or_default() + other.unwrap_or_default()),
        };
        self.cost_estimated =
            self.cost_usd.is_some() && (self.cost_estimated || other.cost_estimated || !whole);
    }
}

#[cfg(test)]
mod tests {
    use super::Usage;

    #[test]
    fn a_sum_with_an_unknown_part_is_an_estimate() {
        let told = |cost_usd| Usage { input_tokens: 10, output_tokens: 5, cost_usd, cost_estimated: false };
        let mut sum = Usage::default();
        sum.add(&told(Some(0.5)));
        assert_eq!((sum.cost_usd, sum.cost_estimated), (Some(0.5), false));
        sum.add(&told(None));
        assert_eq!((sum.input_tokens, sum.cost_usd, sum.cost_estimated), (20, Some(0.5), true));
        let mut unknown = told(None);
        unknown.add(&told(None));
        assert_eq!((unknown.cost_usd, unknown.cost_estimated), (None, false));
    }
}
