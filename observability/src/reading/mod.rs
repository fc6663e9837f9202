//! What readers ask for and get: pages of events, sessions with all that belongs to them, and figures.

mod activity;
mod at;
mod health;
mod history;
mod judge;
mod page;
mod producer;
mod session;
mod stats;
mod task;
mod usage;

pub use activity::{Activity, ActivityLine};
pub use at::{RunningTool, SessionAt, TaskAt};
pub use health::{
    Component, ComponentName, Degraded, Durability, EventRates, Forwarded, Health, Mechanism, ProcessHealth,
    Retention, SandboxStatus, Spool, StoreHealth,
};
pub use history::{History, HistoryBy, HistoryRow};
pub use judge::Judge;
pub use page::{EventFilter, EventPage, EventRange, ReaderFrame, SessionFilter, SessionPage};
pub use producer::ProducerHealth;
pub use session::{SessionNode, SessionView, Span, SpanKind, SpanOutcome};
pub use stats::{DayCount, NameCount, Stats};
pub use task::{
    LeaseView, RestoreAction, RestoredFile, TaskFile, TaskFileChange, TaskPage, UndoState, Undone,
};
pub use usage::{SessionUsage, UsageLine, UsageSum};
