//! Draws lines of cells as SVG.

use super::{Cell, Colour, Style};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Width of a character in pixels: 0.6 of the size, as in nearly every font of even width.
const CELL: usize = 9;
const LINE: usize = 19;
const SIZE: usize = 15;
const BASELINE: usize = 14;
/// Around the screen.
const MARGIN: usize = 14;
const TITLE_BAR: usize = 34;
const FONTS: &str = "ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,Liberation Mono,monospace";
const TEXT: Colour = Colour(0xee, 0xee, 0xee);
const GROUND: Colour = Colour(0x0a, 0x0a, 0x0a);

/// Draws the screen in a window's frame.
pub(super) fn draw(lines: &[Vec<Cell>], title: &str, columns: usize) -> String {
    let ground = commonest_ground(lines);
    let (width, height) = (columns * CELL + 2 * MARGIN, lines.len() * LINE + TITLE_BAR + MARGIN);
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-label=\"{title}\" font-family=\"{FONTS}\" font-size=\"{SIZE}\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"9\" fill=\"{ground}\" stroke=\"#3c3c3c\"/>\n",
        title = escaped(title),
    );
    for (place, colour) in ["#ff5f57", "#febc2e", "#28c840"].iter().enumerate() {
        let _ = writeln!(out, "<circle cx=\"{}\" cy=\"17\" r=\"6\" fill=\"{colour}\"/>", 20 + place * 20);
    }
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"22\" text-anchor=\"middle\" fill=\"#808080\" font-size=\"13\">{}</text>",
        width / 2,
        escaped(title)
    );
    let _ = writeln!(out, "<g transform=\"translate({MARGIN} {TITLE_BAR})\" style=\"white-space:pre\">");
    for (row, line) in lines.iter().enumerate() {
        for run in runs(line, |cell| looks(cell, ground).1) {
            background(&mut out, &run, row, ground);
        }
        for run in runs(line, |cell| (looks(cell, ground), shape(cell.character), cell.style)) {
            foreground(&mut out, &run, row, ground);
        }
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// Neighbours that have something in common.
struct Run<'a> {
    column: usize,
    cells: &'a [Cell],
}

fn runs<K: PartialEq>(line: &[Cell], key: impl Fn(&Cell) -> K) -> Vec<Run<'_>> {
    let mut column = 0;
    line.chunk_by(|one, other| key(one) == key(other))
        .map(|cells| {
            let run = Run { column, cells };
            column += cells.len();
            run
        })
        .collect()
}

/// The colours of a character and of what is behind it.
fn looks(cell: &Cell, ground: Colour) -> (Colour, Colour) {
    let Style { foreground, background, reversed, .. } = cell.style;
    let (front, back) = (foreground.unwrap_or(TEXT), background.unwrap_or(ground));
    if reversed { (back, front) } else { (front, back) }
}

fn background(out: &mut String, run: &Run<'_>, row: usize, ground: Colour) {
    let Some(first) = run.cells.first() else { return };
    let (_, back) = looks(first, ground);
    if back != ground {
        rectangle(out, (run.column * CELL, row * LINE, run.cells.len() * CELL, LINE), back);
    }
}

/// Where a character that stands for a shape fills its cell, in parts of it: left, top, width, height. Fonts leave gaps
/// between such characters.
const fn shape(character: char) -> Option<(usize, usize, usize, usize)> {
    match character {
        '█' => Some((0, 0, CELL, LINE)),
        '▀' => Some((0, 0, CELL, LINE / 2)),
        '▄' => Some((0, LINE / 2, CELL, LINE - LINE / 2)),
        '▌' => Some((0, 0, CELL / 2, LINE)),
        '▐' => Some((CELL / 2, 0, CELL - CELL / 2, LINE)),
        '━' => Some((0, LINE / 2 - 1, CELL, 3)),
        '┃' => Some((CELL / 2 - 1, 0, 3, LINE)),
        '■' => Some((1, 6, 7, 7)),
        '⬝' => Some((3, 8, 3, 3)),
        '╹' => Some((CELL / 2 - 1, 0, 3, LINE / 2)),
        _ => None,
    }
}

fn foreground(out: &mut String, run: &Run<'_>, row: usize, ground: Colour) {
    let Some(first) = run.cells.first() else { return };
    let (front, _) = looks(first, ground);
    if let Some((left, top, width, height)) = shape(first.character) {
        // Shapes as wide as their cell run together, the others stand each by itself.
        if width == CELL {
            rectangle(out, (run.column * CELL, row * LINE + top, run.cells.len() * CELL, height), front);
        } else {
            for place in 0..run.cells.len() {
                rectangle(out, ((run.column + place) * CELL + left, row * LINE + top, width, height), front);
            }
        }
        return;
    }
    let text: String = run.cells.iter().map(|cell| cell.character).collect();
    let kept = text.trim_end();
    let start = kept.len() - kept.trim_start().len();
    let Some(kept) = kept.get(start..).filter(|kept| !kept.is_empty()) else { return };
    let cells = kept.chars().count();
    // The blanks before it are all one byte long.
    let (x, y) = ((run.column + start) * CELL, row * LINE + BASELINE);
    let _ = write!(out, "<text x=\"{x}\" y=\"{y}\" textLength=\"{}\" fill=\"{front}\"", cells * CELL);
    let Style { bold, dim, italic, underlined, struck, .. } = first.style;
    for (wanted, attribute) in [
        (bold, " font-weight=\"bold\""),
        (dim, " opacity=\"0.6\""),
        (italic, " font-style=\"italic\""),
        (underlined, " text-decoration=\"underline\""),
        (struck, " text-decoration=\"line-through\""),
    ] {
        out.push_str(if wanted { attribute } else { "" });
    }
    let _ = writeln!(out, ">{}</text>", escaped(kept));
}

fn rectangle(out: &mut String, (x, y, width, height): (usize, usize, usize, usize), colour: Colour) {
    let _ = writeln!(
        out,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{colour}\" \
         shape-rendering=\"crispEdges\"/>"
    );
}

/// What most of the screen has behind it: the window has it too.
fn commonest_ground(lines: &[Vec<Cell>]) -> Colour {
    let mut counts: HashMap<Colour, usize> = HashMap::new();
    for cell in lines.iter().flatten() {
        *counts.entry(cell.style.background.unwrap_or(GROUND)).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map_or(GROUND, |(colour, _)| colour)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    fn of_terminal(captured: &str, title: &str, columns: usize) -> String {
        super::super::of_terminal(captured, title, columns, ("", ""))
    }

    #[test]
    fn text_stands_in_its_column_with_its_looks() {
        let drawn = of_terminal("  a \u{1b}[1;38;2;1;2;3mb<c\u{1b}[m", "t & u", 20);
        assert!(drawn.contains("aria-label=\"t &amp; u\""), "{drawn}");
        assert!(
            drawn.contains("<text x=\"18\" y=\"14\" textLength=\"9\" fill=\"#eeeeee\">a</text>"),
            "{drawn}"
        );
        let bold =
            "<text x=\"36\" y=\"14\" textLength=\"27\" fill=\"#010203\" font-weight=\"bold\">b&lt;c</text>";
        assert!(drawn.contains(bold), "{drawn}");
    }

    #[test]
    fn backgrounds_run_together_and_the_commonest_is_the_window() {
        let drawn = of_terminal("\u{1b}[48;2;9;9;9m          \u{1b}[48;2;7;7;7m a \u{1b}[m", "t", 20);
        assert!(drawn.contains("rx=\"9\" fill=\"#090909\""), "{drawn}");
        let rectangle = "<rect x=\"90\" y=\"0\" width=\"27\" height=\"19\" fill=\"#070707\"";
        assert_eq!(drawn.matches(rectangle).count(), 1, "{drawn}");
        assert_eq!(drawn.matches("#090909").count(), 1, "{drawn}");
    }

    #[test]
    fn blocks_are_shapes_and_not_letters() {
        let drawn = of_terminal("▀▀▀\n┃┃", "t", 3);
        assert!(
            drawn.contains("<rect x=\"0\" y=\"0\" width=\"27\" height=\"9\" fill=\"#eeeeee\""),
            "{drawn}"
        );
        assert_eq!(drawn.matches("width=\"3\" height=\"19\"").count(), 2, "{drawn}");
        assert!(!drawn.contains('▀') && !drawn.contains('┃'), "{drawn}");
    }
}
