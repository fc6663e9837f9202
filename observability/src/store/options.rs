//! What a store promises and how much it keeps.

use crate::reading::Durability;
use std::time::Duration;

/// How a store is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreOptions {
    /// What an acknowledged event survives.
    pub durability: Durability,
    /// How long events are kept.
    pub max_age: Duration,
    /// Size of the database with its log and its search index, in bytes, above which the oldest events go.
    pub max_bytes: u64,
    /// Between two looks at whether the store keeps to that.
    pub look_every: Duration,
    /// After an event came, before the index is written: what comes in the meantime is written with it.
    pub index_after: Duration,
}

impl StoreOptions {
    /// How long events are kept unless it is said otherwise.
    pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(90 * 24 * 60 * 60);
    /// The size that is kept to unless it is said otherwise, in bytes.
    pub const DEFAULT_MAX_BYTES: u64 = 2 * 1024 * 1024 * 1024;
    /// Between two looks unless it is said otherwise.
    pub const DEFAULT_LOOK_EVERY: Duration = Duration::from_secs(1);
    /// Before the index is written, unless it is said otherwise.
    pub const DEFAULT_INDEX_AFTER: Duration = Duration::from_millis(700);
    /// The smallest size that can be kept to, in bytes.
    pub const MIN_MAX_BYTES: u64 = 16 * 1024 * 1024;
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            max_age: Self::DEFAULT_MAX_AGE,
            max_bytes: Self::DEFAULT_MAX_BYTES,
            look_every: Self::DEFAULT_LOOK_EVERY,
            index_after: Self::DEFAULT_INDEX_AFTER,
        }
    }
}
