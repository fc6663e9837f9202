//! Reads a captured screen: text with escape sequences that set its looks (ECMA-48, "select graphic rendition").

use super::Colour;
use std::iter::Peekable;
use std::str::Chars;

/// How a character looks. A colour that is absent is the terminal's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Of the character.
    pub foreground: Option<Colour>,
    /// Behind it.
    pub background: Option<Colour>,
    /// Heavier.
    pub bold: bool,
    /// Fainter.
    pub dim: bool,
    /// Slanted.
    pub italic: bool,
    /// With a line below.
    pub underlined: bool,
    /// With a line through it.
    pub struck: bool,
    /// With its colours swapped.
    pub reversed: bool,
}

/// One place of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// What stands there.
    pub character: char,
    /// How it looks.
    pub style: Style,
}

/// The lines of a captured screen. A line may be shorter than the screen is wide.
#[must_use]
pub fn parse(captured: &str) -> Vec<Vec<Cell>> {
    let mut style = Style::default();
    captured
        .lines()
        .map(|line| {
            let mut cells = Vec::new();
            let mut characters = line.chars().peekable();
            while let Some(character) = characters.next() {
                match character {
                    '\u{1b}' => escape(&mut characters, &mut style),
                    control if control.is_control() => {}
                    character => cells.push(Cell { character, style }),
                }
            }
            cells
        })
        .collect()
}

/// Reads what follows an escape character. Everything but looks is passed over.
fn escape(rest: &mut Peekable<Chars<'_>>, style: &mut Style) {
    match rest.next() {
        Some('[') => {
            let mut parameters = String::new();
            // A sequence ends with a character from `@` to `~`.
            for character in rest.by_ref() {
                if ('@'..='~').contains(&character) {
                    if character == 'm' {
                        apply(&parameters, style);
                    }
                    return;
                }
                parameters.push(character);
            }
        }
        // An operating system's command, such as a link, ends with a bell or with an escape and a backslash.
        Some(']') => {
            while let Some(character) = rest.next() {
                if character == '\u{7}' {
                    return;
                }
                if character == '\u{1b}' {
                    rest.next();
                    return;
                }
            }
        }
        // Which set of characters is meant.
        Some('(' | ')') => drop(rest.next()),
        _ => {}
    }
}

fn apply(parameters: &str, style: &mut Style) {
    // A colon joins a parameter with its details: `4:3` is a curly line, `38:2::1:2:3` a colour.
    let mut numbers = parameters.split(';').flat_map(colons).collect::<Vec<Option<u16>>>().into_iter();
    while let Some(number) = numbers.next() {
        match number.unwrap_or(0) {
            0 => *style = Style::default(),
            1 => style.bold = true,
            2 => style.dim = true,
            3 => style.italic = true,
            4 => style.underlined = true,
            7 => style.reversed = true,
            9 => style.struck = true,
            22 => (style.bold, style.dim) = (false, false),
            23 => style.italic = false,
            24 => style.underlined = false,
            27 => style.reversed = false,
            29 => style.struck = false,
            code @ 30..=37 => style.foreground = named(code - 30),
            38 => style.foreground = extended(&mut numbers),
            39 => style.foreground = None,
            code @ 40..=47 => style.background = named(code - 40),
            48 => style.background = extended(&mut numbers),
            49 => style.background = None,
            // The colour of the line below, which is drawn in the character's.
            58 => drop(extended(&mut numbers)),
            code @ 90..=97 => style.foreground = named(code - 90 + 8),
            code @ 100..=107 => style.background = named(code - 100 + 8),
            _ => {}
        }
    }
}

/// The numbers of one group. The sort of an underline is dropped, and the colour space of a colour, which is empty.
fn colons(group: &str) -> Vec<Option<u16>> {
    let numbers: Vec<Option<u16>> = group.split(':').map(|number| number.parse().ok()).collect();
    match numbers.as_slice() {
        [Some(4), Some(0)] => vec![Some(24)],
        [Some(4), ..] => vec![Some(4)],
        [Some(kind), Some(2), None, rest @ ..] => [&[Some(*kind), Some(2)], rest].concat(),
        _ => numbers,
    }
}

fn named(index: u16) -> Option<Colour> {
    u8::try_from(index).ok().map(Colour::indexed)
}

/// What follows 38 and 48: `5;n`, or `2;r;g;b`.
fn extended(numbers: &mut impl Iterator<Item = Option<u16>>) -> Option<Colour> {
    let mut next = || numbers.next().flatten().and_then(|number| u8::try_from(number).ok());
    match next()? {
        5 => next().map(Colour::indexed),
        2 => Some(Colour(next()?, next()?, next()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(captured: &str) -> Cell {
        let lines = parse(captured);
        assert_eq!(lines.len(), 1, "{captured:?}");
        assert_eq!(lines[0].len(), 1, "{captured:?}");
        lines[0][0]
    }

    #[test]
    fn colours_of_every_kind_are_read() {
        let red = |captured| only(captured).style.foreground;
        assert_eq!(red("\u{1b}[31mx"), Some(Colour(205, 0, 0)));
        assert_eq!(red("\u{1b}[91mx"), Some(Colour(255, 0, 0)));
        assert_eq!(red("\u{1b}[38;5;196mx"), Some(Colour(255, 0, 0)));
        assert_eq!(red("\u{1b}[38;2;10;20;30mx"), Some(Colour(10, 20, 30)));
        assert_eq!(red("\u{1b}[38:2::10:20:30mx"), Some(Colour(10, 20, 30)));
        assert_eq!(red("\u{1b}[38:2:10:20:30mx"), Some(Colour(10, 20, 30)));
        assert_eq!(red("\u{1b}[31;39mx"), None);
        let both = only("\u{1b}[1;38;2;1;2;3;48;5;232mx").style;
        assert_eq!((both.bold, both.background), (true, Some(Colour(8, 8, 8))));
    }

    #[test]
    fn looks_begin_and_end() {
        let style = only("\u{1b}[1;2;3;4;7;9mx").style;
        assert!(
            style.bold && style.dim && style.italic && style.underlined && style.reversed && style.struck
        );
        assert_eq!(only("\u{1b}[1;2;3;4;7;9m\u{1b}[22;23;24;27;29mx").style, Style::default());
        assert_eq!(only("\u{1b}[1m\u{1b}[mx").style, Style::default());
        assert!(only("\u{1b}[4:3mx").style.underlined);
        assert!(!only("\u{1b}[4m\u{1b}[4:0mx").style.underlined);
        // The colour of an underline is not taken for looks.
        assert_eq!(only("\u{1b}[58;2;1;7;9mx").style, Style::default());
    }

    #[test]
    fn looks_go_on_over_lines_and_the_rest_is_passed_over() {
        let lines = parse("\u{1b}[1ma\n\u{1b}]8;;http://x\u{1b}\\b\u{1b}]8;;\u{7}\u{1b}(B\u{1b}[2K\u{e}c");
        assert!(lines[1].iter().all(|cell| cell.style.bold));
        assert_eq!(lines[1].iter().map(|cell| cell.character).collect::<String>(), "bc");
    }

    #[test]
    fn a_sequence_that_is_cut_off_is_no_text() {
        for captured in ["\u{1b}[38;2;1", "\u{1b}]8;;http://x", "\u{1b}", "\u{1b}["] {
            assert_eq!(parse(captured), [vec![]], "{captured:?}");
        }
        assert_eq!(only("\u{1b}[38;2;1mx").style.foreground, None);
        assert_eq!(only("\u{1b}[38;5;999mx").style.foreground, None);
    }
}
