//! What a person types, as the index understands it.

/// Characters of the beginning of a word; with fewer, too many words would begin so.
const LEAST_BEGINNING: usize = 3;
/// Most words of a search.
const MOST_WORDS: usize = 16;

/// The search in FTS5's language: nothing of it is taken for an operator. None when there is no word in it.
pub(super) fn expression(text: &str) -> Option<String> {
    let mut words = Vec::new();
    // Every second piece stood between quotation marks.
    for (number, piece) in text.split('"').enumerate() {
        if number % 2 == 1 {
            words.extend(quoted(piece, ""));
        } else {
            words.extend(piece.split_whitespace().filter_map(|word| match word.strip_suffix('*') {
                Some(beginning) if beginning.chars().count() >= LEAST_BEGINNING => quoted(beginning, "*"),
                _ => quoted(word, ""),
            }));
        }
    }
    words.truncate(MOST_WORDS);
    (!words.is_empty()).then(|| words.join(" "))
}

fn quoted(word: &str, after: &str) -> Option<String> {
    // Without a letter or digit there is nothing in it that the index knows; a NUL would end the expression.
    let word = word.replace('\0', " ");
    word.chars().any(char::is_alphanumeric).then(|| format!("\"{word}\"{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_typed_is_an_operator() {
        let said = |text| expression(text).unwrap_or_default();
        assert_eq!(said("cargo  test"), r#""cargo" "test""#);
        assert_eq!(said(r#"NOT a:b OR (c) "d e" fgh* f*"#), r#""NOT" "a:b" "OR" "(c)" "d e" "fgh"* "f*""#);
        assert_eq!(said(r#"open "end"#), r#""open" "end""#);
        assert_eq!(said("-- * \"\" \0"), "");
        assert_eq!(said(&"w ".repeat(99)).split(' ').count(), MOST_WORDS);
    }
}
