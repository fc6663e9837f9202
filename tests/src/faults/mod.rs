//! Everything that can go wrong with Rozet around OpenCode: sidecars that lie, packages that are half there, a core that
//! breaks down. What is asked of OpenCode is always the same: a whole turn with tools, as if Rozet were not there.

mod broken;
mod liar;
mod turn;

pub use broken::{Broken, INPUTS};
pub use liar::{Liar, Lie};
pub use turn::{SAID, SHORT_TURN, notices, short_turn};
