//! What sessions have used.

use serde::{Deserialize, Serialize};

/// Tokens and cost, added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UsageSum {
    /// Tokens sent.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub input_tokens: i64,
    /// Tokens received.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub output_tokens: i64,
    /// Tokens of reasoning, where they were reported.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub reasoning_tokens: i64,
    /// Tokens read from a provider's cache, where they were reported.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub cache_read_tokens: i64,
    /// Tokens written to a provider's cache, where they were reported.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub cache_write_tokens: i64,
    /// US dollars.
    pub cost_usd: f64,
    /// Whether a part of the cost comes from a price table, not from the provider.
    pub cost_estimated: bool,
    /// Whether a part of the cost is not known, and missing.
    pub cost_incomplete: bool,
    /// Turns, attempts or plans that were counted.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub turns: i64,
}

impl UsageSum {
    /// All tokens that went to or came from models.
    #[must_use]
    pub const fn tokens(&self) -> i64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }

    /// Adds another sum.
    pub fn add(&mut self, other: &Self) {
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
        self.reasoning_tokens = self.reasoning_tokens.saturating_add(other.reasoning_tokens);
        self.cache_read_tokens = self.cache_read_tokens.saturating_add(other.cache_read_tokens);
        self.cache_write_tokens = self.cache_write_tokens.saturating_add(other.cache_write_tokens);
        self.cost_usd += other.cost_usd;
        self.cost_estimated |= other.cost_estimated;
        self.cost_incomplete |= other.cost_incomplete;
        self.turns = self.turns.saturating_add(other.turns);
    }
}

/// The part of a sum that one model, agent or task used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UsageLine {
    /// Whose; empty where nobody said.
    pub name: String,
    /// How much.
    pub usage: UsageSum,
}

/// What a session used. Nothing is counted twice, in whatever ways it was reported.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionUsage {
    /// By the session itself, without planning.
    pub own: UsageSum,
    /// By the session and all its descendants, and by planning for them.
    pub inclusive: UsageSum,
    /// Rozet's own share of `inclusive`: what its planner's model calls used.
    pub planning: UsageSum,
    /// `inclusive` without planning, by model, the most expensive first.
    pub by_model: Vec<UsageLine>,
    /// The same by agent.
    pub by_agent: Vec<UsageLine>,
    /// The part of it that tasks used, by `plan_id task_id`.
    pub by_task: Vec<UsageLine>,
}
