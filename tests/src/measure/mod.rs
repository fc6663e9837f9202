//! Measures what is promised about speed and size.

mod number;
mod plugin;
mod sidecar;

pub use number::{Measured, Size, Unit};
pub use plugin::plugin;
pub use sidecar::sidecar;
