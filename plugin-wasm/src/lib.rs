//! The brain inside OpenCode: a state machine per session, inputs in, effects out, no I/O.
//!
//! This file is the edge to JavaScript: decode, call, encode.

pub mod core;
pub mod decode;
pub mod effect;
pub mod facts;
pub mod gate;
pub mod input;
pub mod memory;
pub mod plan_block;
pub mod session;
#[cfg(test)]
mod test_plans;
pub mod thinking;
pub mod tracker;
#[cfg(feature = "ts")]
pub mod typescript;
pub mod workers;

mod edge;

pub use edge::Core;
#[cfg(feature = "bench")]
pub use edge::judge;
