//! What readers ask for and get: pages of events, sessions with all that belongs to them, and figures.

mod at;
mod judge;
mod page;
mod producer;
mod session;
mod stats;
mod usage;

pub use at::{RunningTool, SessionAt, TaskAt};
pub use judge::Judge;
pub use page::{EventFilter, EventPage, EventRange, ReaderFrame, SessionFilter, SessionPage};
pub use producer::ProducerHealth;
pub use session::{SessionNode, SessionView, Span, SpanKind, SpanOutcome};
pub use stats::{DayCount, NameCount, Stats};
pub use usage::{SessionUsage, UsageLine, UsageSum};
