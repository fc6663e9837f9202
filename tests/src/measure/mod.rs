//! Measures what is promised about speed and size.

mod events;
mod gate;
mod host;
mod number;
mod planner;
mod plugin;
mod runs;
mod sidecar;
mod terminal;

pub use events::{Extent, Part as EventsPart, Places, events};
pub use gate::gate;
pub use host::host;
pub use number::{Measured, Size, Unit};
pub use planner::planner;
pub use plugin::plugin;
pub use runs::runs;
pub use sidecar::sidecar;
pub use terminal::terminal;
