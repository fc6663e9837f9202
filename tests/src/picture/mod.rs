//! Pictures of terminals: what tmux captures, drawn as SVG with the right colours in a window's frame.

mod colour;
mod sgr;
mod svg;

pub use colour::Colour;
pub use sgr::{Cell, Style, parse};

/// Draws a screen as `tmux capture-pane -e` gives it, in a window of that title and width in characters. The name of a folder
/// that only this machine has is shown as another, shorter one.
#[must_use]
pub fn of_terminal(captured: &str, title: &str, columns: usize, (folder, shown): (&str, &str)) -> String {
    let mut lines = sgr::parse(captured);
    for line in &mut lines {
        rename(line, folder, shown);
    }
    svg::draw(&lines, title, columns)
}

/// Puts a shorter name in the place of another. What stands after the next blank keeps its column.
fn rename(line: &mut Vec<Cell>, from: &str, to: &str) {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    if from.is_empty() || to.len() > from.len() {
        return;
    }
    let is_there = |cells: &[Cell]| cells.iter().map(|cell| cell.character).eq(from.iter().copied());
    while let Some(start) = line.windows(from.len()).position(is_there) {
        let Some(style) = line.get(start).map(|cell| cell.style) else { return };
        let end = start + from.len();
        line.splice(start..end, to.iter().map(|&character| Cell { character, style }));
        let rest = line.iter().skip(start);
        let blank = start + rest.take_while(|cell| cell.character != ' ').count();
        let filler = line.get(blank).copied().unwrap_or(Cell { character: ' ', style: Style::default() });
        line.splice(blank..blank, std::iter::repeat_n(filler, from.len() - to.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gets_another_name_and_what_stands_beside_it_stays() {
        let mut line = sgr::parse("  /tmp/x1/\u{1b}[1mwork\u{1b}[m  1.18").remove(0);
        rename(&mut line, "/tmp/x1", "~");
        let text: String = line.iter().map(|cell| cell.character).collect();
        assert_eq!(text, "  ~/work        1.18");
        assert!(line[4].style.bold && !line[3].style.bold);
    }
}
