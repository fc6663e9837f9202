//! Pictures of terminals: what tmux captures, drawn as SVG with the right colours in a window's frame.

mod colour;
mod sgr;
mod svg;

pub use colour::Colour;
pub use sgr::{Cell, Style, parse};

/// Draws a screen as `tmux capture-pane -e` gives it, in a window of that title and width in characters.
#[must_use]
pub fn of_terminal(captured: &str, title: &str, columns: usize) -> String {
    svg::draw(&sgr::parse(captured), title, columns)
}
