//! The words that every part of Rozet speaks: events, plans, tasks, checks, and the frames between
//! plugin and sidecar. With the feature `store`, also the SQLite event store and the live hub.
//!
//! Nothing here calls a model or knows OpenCode.

pub mod ask;
pub mod event;
pub mod link;
pub mod plan;
pub mod reading;
pub mod redact;
pub mod run;
pub mod session;
#[cfg(feature = "ts")]
pub mod typescript;

#[cfg(feature = "store")]
pub mod hub;
#[cfg(feature = "store")]
pub mod store;

/// Version of the HTTP and link protocol between plugin and sidecar. A difference is shown to the person.
pub const PROTOCOL_VERSION: u32 = 1;
