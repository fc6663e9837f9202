//! Colours of terminals.

use std::fmt;

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Colour(pub u8, pub u8, pub u8);

/// The sixteen that terminals name, in the shades of xterm.
const NAMED: [Colour; 16] = [
    Colour(0, 0, 0),
    Colour(205, 0, 0),
    Colour(0, 205, 0),
    Colour(205, 205, 0),
    Colour(0, 0, 238),
    Colour(205, 0, 205),
    Colour(0, 205, 205),
    Colour(229, 229, 229),
    Colour(127, 127, 127),
    Colour(255, 0, 0),
    Colour(0, 255, 0),
    Colour(255, 255, 0),
    Colour(92, 92, 255),
    Colour(255, 0, 255),
    Colour(0, 255, 255),
    Colour(255, 255, 255),
];

impl Colour {
    /// One of xterm's 256: sixteen named ones, a cube of 216, and 24 greys.
    #[must_use]
    pub fn indexed(index: u8) -> Self {
        let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
        match index {
            0..=15 => NAMED.get(usize::from(index)).copied().unwrap_or(Self(0, 0, 0)),
            16..=231 => {
                let cube = index - 16;
                Self(level(cube / 36), level(cube / 6 % 6), level(cube % 6))
            }
            232..=255 => {
                let grey = 8 + 10 * (index - 232);
                Self(grey, grey, grey)
            }
        }
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_palette_is_that_of_xterm() {
        let shown = |index| Colour::indexed(index).to_string();
        assert_eq!(shown(1), "#cd0000");
        assert_eq!(shown(16), "#000000");
        assert_eq!(shown(196), "#ff0000");
        assert_eq!(shown(216), "#ffaf87");
        assert_eq!(shown(231), "#ffffff");
        assert_eq!((shown(232), shown(255)), ("#080808".into(), "#eeeeee".into()));
    }
}
