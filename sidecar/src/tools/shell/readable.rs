//! Turns what a program printed into text for a model: without colours, and with a mark where it is not text.

/// Stands for what cannot be shown.
const MARK: char = '\u{fffd}';

/// At most about as many bytes of text as there are bytes: of something larger the end is left out, or the beginning.
pub(super) fn readable(bytes: &[u8], keep_end: bool) -> String {
    let mut text = String::with_capacity(bytes.len());
    let lossy = String::from_utf8_lossy(bytes);
    let mut characters = lossy.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' if characters.peek() == Some(&'[') => {
                // Parameters are below `@`, the byte that ends the sequence is not.
                characters.next();
                while characters.next().is_some_and(|part| part < '@') {}
            }
            '\n' | '\t' | '\r' => text.push(character),
            _ if character.is_control() || character == MARK => {
                if !text.ends_with(MARK) {
                    text.push(MARK);
                }
            }
            _ => text.push(character),
        }
    }
    let over = text.len().saturating_sub(bytes.len().max(MARK.len_utf8()));
    if over == 0 {
        return text;
    }
    if keep_end {
        let from = (over..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        text.drain(..from);
    } else {
        let to = (0..=text.len() - over).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(to);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_go_and_what_is_no_text_is_marked() {
        assert_eq!(readable(b"a \x1b[1;31mred\x1b[0m b\r\n\tc", true), "a red b\r\n\tc");
        assert_eq!(readable(b"a\0\0\0\x01\xff\xfeb", true), "a\u{fffd}b");
        let worst: Vec<u8> = [0xff, b'a'].repeat(1_000);
        assert!(readable(&worst, true).len() <= 2_000 && readable(&worst, true).ends_with('a'));
        assert!(readable(&worst, false).starts_with('\u{fffd}'));
        assert_eq!(readable("grün 🦀".as_bytes(), false), "grün 🦀");
    }
}
