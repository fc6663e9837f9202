//! One look-up for all word lists: a hash table that the compiler fills and packs.

use super::words::LISTS;

/// Which lists a word stands in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Bits(u32);

impl Bits {
    /// The list of this number, below 32.
    pub(super) const fn list(number: u32) -> Self {
        Self(1 << number)
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the word stands in one of these lists.
    pub(super) const fn has(self, word: Word<'_>) -> bool {
        self.meets(word.bits)
    }

    pub(super) const fn meets(self, bits: Self) -> bool {
        self.0 & bits.0 != 0
    }
}

/// A word and what is known of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Word<'t> {
    pub(super) text: &'t str,
    pub(super) bits: Bits,
}

impl<'t> Word<'t> {
    /// Looks a lower-case word up.
    pub(super) fn of(text: &'t str) -> Self {
        let bits = match bits(text) {
            // The lists have the American spelling.
            Bits(0) => text.strip_suffix("ise").map_or(Bits(0), |stem| bits(&format!("{stem}ize"))),
            known => known,
        };
        Self { text, bits }
    }

    /// A mark that is no word.
    pub(super) const fn mark(text: &'static str) -> Self {
        Self { text, bits: Bits(0) }
    }
}

/// A power of two, about twice the number of words.
const SLOTS: usize = 2048;
/// Longer words are in no list.
const LONGEST: usize = 12;
/// Slots whose occupation one number tells.
const BLOCK: usize = 32;

/// The words in the order of their slots, packed: as a plain table of texts they would be an eighth of the core.
struct Lexicon {
    /// Which slots hold a word, one bit for each.
    taken: [u32; SLOTS / BLOCK],
    /// How many words stand before each block of slots.
    before: [u16; SLOTS / BLOCK],
    /// Where each word begins in [`TEXT`], and where the last one ends.
    starts: [u16; WORDS + 1],
    /// Each word's place in `kinds`.
    kind: [u8; WORDS],
    /// The combinations of lists that there are.
    kinds: [Bits; KINDS],
}

/// Combinations of lists that words stand in, at most; more are refused by the compiler.
const KINDS: usize = 160;
#[expect(clippy::large_const_arrays, reason = "only the compiler ever sees it")]
const TABLE: [(&str, Bits); SLOTS] = table();
const WORDS: usize = size().0;
const BYTES: usize = size().1;
static LEXICON: Lexicon = lexicon();
static LETTERS: [u8; BYTES] = letters();
static TEXT: &str = match str::from_utf8(&LETTERS) {
    Ok(text) => text,
    Err(_) => "",
};

impl Lexicon {
    /// The number of the word in a slot; none when the slot is empty.
    fn word_in(&self, slot: usize) -> Option<usize> {
        let block = slot / BLOCK;
        let (taken, before) = (*self.taken.get(block)?, *self.before.get(block)?);
        let bit = 1u32 << (slot % BLOCK);
        let lower = usize::try_from((taken & (bit - 1)).count_ones()).ok()?;
        (taken & bit != 0).then(|| usize::from(before) + lower)
    }

    fn word(&self, number: usize) -> Option<Word<'static>> {
        let (start, end) = (*self.starts.get(number)?, *self.starts.get(number + 1)?);
        let text = TEXT.get(usize::from(start)..usize::from(end))?;
        let kind = usize::from(*self.kind.get(number)?);
        Some(Word { text, bits: *self.kinds.get(kind)? })
    }

    fn find(&self, word: &str) -> Option<Word<'static>> {
        if word.is_empty() || word.len() > LONGEST {
            return None;
        }
        let mut slot = slot_of(word.as_bytes());
        loop {
            let known = self.word(self.word_in(slot)?)?;
            if known.text == word {
                return Some(known);
            }
            slot = (slot + 1) % SLOTS;
        }
    }
}

fn bits(word: &str) -> Bits {
    LEXICON.find(word).map_or(Bits(0), |known| known.bits)
}

/// How many words there are, and their length together.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses an index out of range")]
const fn size() -> (usize, usize) {
    let (mut words, mut bytes, mut slot) = (0, 0, 0);
    while slot < SLOTS {
        words += !TABLE[slot].0.is_empty() as usize;
        bytes += TABLE[slot].0.len();
        slot += 1;
    }
    (words, bytes)
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses an index out of range")]
const fn letters() -> [u8; BYTES] {
    let mut letters = [0; BYTES];
    let (mut end, mut slot) = (0, 0);
    while slot < SLOTS {
        let word = TABLE[slot].0.as_bytes();
        let mut index = 0;
        while index < word.len() {
            letters[end] = word[index];
            end += 1;
            index += 1;
        }
        slot += 1;
    }
    letters
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses an index out of range")]
const fn lexicon() -> Lexicon {
    let mut packed = Lexicon {
        taken: [0; SLOTS / BLOCK],
        before: [0; SLOTS / BLOCK],
        starts: [0; WORDS + 1],
        kind: [0; WORDS],
        kinds: [Bits(0); KINDS],
    };
    let (mut number, mut end, mut kinds, mut slot) = (0, 0, 0, 0);
    while slot < SLOTS {
        if slot % BLOCK == 0 {
            packed.before[slot / BLOCK] = number as u16;
        }
        let (word, bits) = TABLE[slot];
        if !word.is_empty() {
            packed.taken[slot / BLOCK] |= 1 << (slot % BLOCK);
            let mut kind = 0;
            while kind < kinds && packed.kinds[kind].0 != bits.0 {
                kind += 1;
            }
            if kind == kinds {
                packed.kinds[kind] = bits;
                kinds += 1;
            }
            packed.kind[number] = kind as u8;
            end += word.len();
            number += 1;
            packed.starts[number] = end as u16;
        }
        slot += 1;
    }
    packed
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses an index out of range")]
const fn table() -> [(&'static str, Bits); SLOTS] {
    let mut table = [("", Bits(0)); SLOTS];
    let mut list = 0;
    while list < LISTS.len() {
        let (bit, mut rest) = LISTS[list];
        while !rest.is_empty() {
            let (word, after) = first_word(rest);
            rest = after;
            let mut slot = slot_of(word.as_bytes());
            while !table[slot].0.is_empty() && !same(table[slot].0.as_bytes(), word.as_bytes()) {
                slot = (slot + 1) % SLOTS;
            }
            table[slot] = (word, table[slot].1.or(bit));
        }
        list += 1;
    }
    table
}

/// The word before the first space, and what follows it.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses an index out of range")]
const fn first_word(words: &'static str) -> (&'static str, &'static str) {
    let mut end = 0;
    while end < words.len() && words.as_bytes()[end] != b' ' {
        end += 1;
    }
    let (word, rest) = words.split_at(end);
    if rest.is_empty() { (word, rest) } else { (word, rest.split_at(1).1) }
}

#[expect(
    clippy::indexing_slicing,
    reason = "bounded by the loop; iterators cannot be evaluated by the compiler"
)]
const fn slot_of(word: &[u8]) -> usize {
    let mut hash: u32 = 0x811C_9DC5;
    let mut index = 0;
    while index < word.len() {
        hash = (hash ^ word[index] as u32).wrapping_mul(0x0100_0193);
        index += 1;
    }
    (hash ^ (hash >> 15)) as usize % SLOTS
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses an index out of range")]
const fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// The base form of a verb in `-ing`: `adding`, `creating`, `running`.
pub(super) fn without_ing(word: &str) -> Option<Word<'static>> {
    let stem = word.strip_suffix("ing")?;
    let shorter = stem.get(..stem.len().checked_sub(1)?).unwrap_or(stem);
    [stem, &format!("{stem}e"), shorter].into_iter().find_map(known_verb)
}

fn known_verb(word: &str) -> Option<Word<'static>> {
    LEXICON.find(word).filter(|known| super::words::VERB.has(*known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::words::{EDIT, FILLERS, LOOK, MAKE, SOCIAL, VERB};

    #[test]
    fn every_word_is_found_in_every_list_it_stands_in() {
        let mut longest = 0;
        for (bits, words) in LISTS {
            for word in words.split(' ') {
                assert!(bits.has(Word::of(word)), "{word}");
                longest = longest.max(word.len());
            }
        }
        assert_eq!(longest, LONGEST);
        const { assert!(WORDS < SLOTS * 2 / 3) };
    }

    #[test]
    fn words_are_told_apart() {
        assert!(
            FILLERS.has(Word::of("please"))
                && SOCIAL.has(Word::of("please"))
                && !VERB.has(Word::of("please"))
        );
        assert!(
            MAKE.has(Word::of("modernise"))
                && !LOOK.has(Word::of("modernise"))
                && !EDIT.has(Word::of("otherwise"))
        );
        assert_eq!(Word::of("unheard").bits, Bits(0));
        assert_eq!(Word::of("").bits, Bits(0));
    }

    #[test]
    fn gerunds_lead_to_their_verb() {
        for (word, expected) in [
            ("adding", Some("add")),
            ("creating", Some("create")),
            ("running", Some("run")),
            ("king", None),
            ("ing", None),
        ] {
            assert_eq!(without_ing(word).map(|word| word.text), expected);
        }
    }
}
