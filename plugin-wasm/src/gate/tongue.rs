//! Which language a prompt is in, as far as the gate must know: English, or one that it does not read.

use super::layout::Layout;
use super::lexicon::Word;
use super::words::{ENGLISH, FOREIGN, VERB};

/// From this weight on, text in an unknown language is taken for a request of several parts.
pub(super) const LONG: usize = 20;

/// Enough words to tell a language.
const MOST_WORDS: usize = 100;

/// Whether what the person wrote is English; text without words counts as English.
pub(super) fn is_english(layout: &Layout<'_>) -> bool {
    let (mut english, mut foreign, mut letters, mut other_letters) = (0, 0, 0_usize, 0_usize);
    let words =
        layout.written().flat_map(|line| line.split(|char: char| !char.is_alphabetic() && char != '\''));
    for word in words.filter(|word| !word.is_empty()).take(MOST_WORDS) {
        let known = Word::of(word);
        english += usize::from(ENGLISH.or(VERB).has(known));
        foreign += usize::from(FOREIGN.has(known));
        for letter in word.chars() {
            letters += 1;
            other_letters += usize::from(!letter.is_ascii());
        }
    }
    // Any letter beyond ASCII in three is another script; a few accents among foreign words another language.
    other_letters * 3 <= letters && english >= foreign && (other_letters == 0 || english > 0)
}

/// How much a text says: words, where they are written apart, and two characters for a word elsewhere.
pub(super) fn weight(layout: &Layout<'_>) -> usize {
    let (mut words, mut ideographs) = (0, 0);
    for line in layout.written() {
        words += line.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count();
        ideographs += line.chars().filter(|char| is_unspaced(*char)).count();
    }
    words + ideographs / 2
}

/// Letters of scripts that put no spaces between words.
fn is_unspaced(char: char) -> bool {
    matches!(u32::from(char), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xF900..=0xFAFF)
}
