//! Where the command line writes. A reader that went away (`| head`) ends the output without a fuss.

use std::io::{IsTerminal, Write};

/// Standard output and standard error.
pub(super) struct Output {
    colours: bool,
}

impl Output {
    pub(super) fn new() -> Self {
        Self { colours: std::io::stdout().is_terminal() }
    }

    /// One line on standard output; false when nobody reads any more.
    pub(super) fn line(&mut self, text: &str) -> bool {
        writeln!(std::io::stdout().lock(), "{text}").is_ok()
    }

    /// Text on standard output, as it is.
    pub(super) fn text(&mut self, text: &str) -> bool {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).is_ok()
    }

    /// One line on standard error.
    pub(super) fn note(&mut self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// An error, on standard error.
    pub(super) fn error(&mut self, text: &str) {
        self.note(&format!("error: {text}"));
    }

    /// Bold on a terminal, plain elsewhere.
    pub(super) fn bold(&self, text: &str) -> String {
        if self.colours { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Takes control characters out of text that others wrote, so that it cannot steer the terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

/// A time in milliseconds as `45 s`, `12 min`, `3 h 5 min`, `2 days`.
pub(super) fn time(ms: i64) -> String {
    match ms.max(0) / 1_000 {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// `1.5 MB`, `12 kB`, `7 B`.
pub(super) fn bytes(count: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let float = count as f64;
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{:.0} kB", float / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", float / 1e6),
        _ => format!("{:.1} GB", float / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_in_units_people_read() {
        assert_eq!([time(-5), time(119_999), time(185 * 60_000)], ["0 s", "119 s", "3 h 5 min"]);
        assert_eq!([bytes(7), bytes(12_000), bytes(1_500_000)], ["7 B", "12 kB", "1.5 MB"]);
    }

    #[test]
    fn foreign_text_cannot_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\nc"), "a [2Jb c");
    }
}
