//! Splits a request into steps: by its list, else by its sentences and sequence words.

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) text: String,
    /// Whether the text says that it comes after the one before it.
    pub(super) after_previous: bool,
}

/// What stands between two steps of one sentence, longest first.
const SEQUENCE: [&str; 7] =
    [", and then ", " and then ", "; then ", ", then ", " and afterwards ", " and finally ", ", finally "];

/// What a sentence may begin with when it only adds another step.
const ADDITIONS: [&str; 8] =
    ["and also ", "also ", "then ", "next, ", "after that, ", "afterwards, ", "finally, ", "and "];

/// The steps of a request, at least one.
pub(super) fn steps(request: &str) -> Vec<Step> {
    let listed = list_items(request);
    let steps = if listed.len() > 1 {
        listed.into_iter().map(|(text, ordered)| Step { text, after_previous: ordered }).collect()
    } else {
        sentences(request)
    };
    let mut steps: Vec<Step> = steps.into_iter().filter(|step: &Step| has_words(&step.text)).collect();
    if steps.is_empty() {
        let whole = head(request);
        let text = if has_words(&whole) { whole } else { "Do what the request asks".to_owned() };
        steps.push(Step { text, after_previous: false });
    }
    steps
}

/// The first line that has words, bounded.
pub(super) fn head(request: &str) -> String {
    let line = request.lines().map(str::trim).find(|line| has_words(line)).unwrap_or_default();
    line.chars().take(120).collect()
}

fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// Items of a numbered or bulleted list, with whether they are numbered. Lines that continue an item
/// belong to it.
fn list_items(request: &str) -> Vec<(String, bool)> {
    let mut items: Vec<(String, bool)> = Vec::new();
    for line in request.lines() {
        let trimmed = line.trim_start();
        if let Some(item) = numbered(trimmed) {
            items.push((item.to_owned(), true));
        } else if let Some(item) = ["- ", "* ", "• "].iter().find_map(|bullet| trimmed.strip_prefix(bullet))
        {
            items.push((item.trim().to_owned(), false));
        } else if line.starts_with(char::is_whitespace)
            && let Some((last, _)) = items.last_mut()
        {
            last.push(' ');
            last.push_str(trimmed.trim_end());
        }
    }
    items
}

fn numbered(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(|character: char| character.is_ascii_digit());
    let digits = line.len() - rest.len();
    let item = rest.strip_prefix('.').or_else(|| rest.strip_prefix(')'))?;
    (1..=2).contains(&digits).then(|| item.trim()).filter(|_| item.starts_with(' ') || item.is_empty())
}

fn sentences(request: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for sentence in split_sentences(request) {
        let mut first = true;
        for part in split_sequence(&sentence) {
            let (text, adds) = without_addition(part.trim().trim_end_matches(['.', '!', '。']).trim());
            if has_words(text) {
                steps.push(Step { text: text.to_owned(), after_previous: !first || adds });
                first = false;
            }
        }
    }
    steps
}

/// A sentence ends at a line's end, or at a full stop before white space: not inside `app.py`.
fn split_sentences(request: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    for line in request.lines() {
        let mut current = String::new();
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            current.push(character);
            let ends = matches!(character, '.' | '!' | '?')
                && characters.peek().is_none_or(|next| next.is_whitespace());
            let abbreviation = ["e.g.", "i.e.", "etc.", "vs."].iter().any(|known| current.ends_with(known));
            if character == '。' || (ends && !abbreviation) {
                sentences.push(std::mem::take(&mut current));
            }
        }
        sentences.push(current);
    }
    sentences
}

fn split_sequence(sentence: &str) -> Vec<&str> {
    // ASCII lowering keeps every byte's place.
    let lower = sentence.to_ascii_lowercase();
    let mut parts = Vec::new();
    let mut start = 0;
    while let Some(rest) = lower.get(start..) {
        let next = SEQUENCE.iter().filter_map(|word| rest.find(word).map(|at| (at, word.len()))).min();
        let Some((at, length)) = next else { break };
        parts.push(sentence.get(start..start + at).unwrap_or_default());
        start += at + length;
    }
    parts.push(sentence.get(start..).unwrap_or_default());
    parts
}

fn without_addition(text: &str) -> (&str, bool) {
    let lower = text.to_ascii_lowercase();
    for addition in ADDITIONS {
        if lower.starts_with(addition) {
            return (text.get(addition.len()..).unwrap_or_default(), true);
        }
    }
    (text, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_sequence_words_make_several_steps() {
        let texts: Vec<_> =
            steps("Create a.py, then run it and finally delete b.py").into_iter().map(|s| s.text).collect();
        assert_eq!(texts, ["Create a.py", "run it", "delete b.py"]);
    }

    #[test]
    fn a_list_item_keeps_its_continuation() {
        let found = steps("1. first\n   goes on\n2. second");
        assert_eq!(found[0].text, "first goes on");
        assert!(found[1].after_previous);
    }

    #[test]
    fn file_names_and_abbreviations_do_not_end_a_sentence() {
        assert_eq!(steps("Update app.py, e.g. the header.").len(), 1);
    }
}
