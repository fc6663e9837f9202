//! Finds what was probably meant.

use std::collections::BTreeMap;

/// Least likeness, 0 to 1, of something worth naming.
const WORTH_NAMING: f64 = 0.5;

/// The candidate most like `wanted`, with its place; none when nothing is much like it.
pub(super) fn nearest<'a>(
    wanted: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<(usize, &'a str)> {
    let wanted = pairs(wanted);
    let mut best: Option<(f64, usize, &str)> = None;
    for (place, candidate) in candidates.enumerate() {
        let likeness = likeness(&wanted, &pairs(candidate));
        if likeness >= WORTH_NAMING && best.is_none_or(|(most, ..)| likeness > most) {
            best = Some((likeness, place, candidate));
        }
    }
    best.map(|(_, place, candidate)| (place, candidate))
}

type Pairs = BTreeMap<(char, char), usize>;

/// Neighbouring characters, blanks and case left out.
fn pairs(text: &str) -> Pairs {
    let text: Vec<char> = text
        .chars()
        .filter(|character| !character.is_whitespace())
        .flat_map(char::to_lowercase)
        .take(400)
        .collect();
    let mut pairs = Pairs::new();
    for (first, second) in text.iter().zip(text.iter().skip(1)) {
        *pairs.entry((*first, *second)).or_default() += 1;
    }
    pairs
}

/// Sørensen–Dice: twice the common pairs over all pairs.
fn likeness(one: &Pairs, other: &Pairs) -> f64 {
    let total: usize = one.values().chain(other.values()).sum();
    if total == 0 {
        return 0.0;
    }
    let common: usize =
        one.iter().map(|(pair, count)| other.get(pair).map_or(0, |other| *count.min(other))).sum();
    #[expect(clippy::cast_precision_loss, reason = "at most some hundreds")]
    let likeness = (2 * common) as f64 / total as f64;
    likeness
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_similar_is_found_and_nothing_when_none_is() {
        let names = ["main.rs", "lib.rs", "settings.rs"];
        assert_eq!(nearest("setings.rs", names.into_iter()), Some((2, "settings.rs")));
        assert_eq!(nearest("Main.rs", names.into_iter()), Some((0, "main.rs")));
        assert_eq!(nearest("zzzz", names.into_iter()), None);
        assert_eq!(nearest("", names.into_iter()), None);
    }
}
