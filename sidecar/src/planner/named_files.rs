//! Finds the files that a text names.

/// Longest accepted file ending: `a.js` yes, `e.g.something` no.
const MAX_EXTENSION: usize = 8;

/// Words of the text that look like paths of files, in order, once each.
pub(super) fn mentioned(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in
        text.split(|character: char| character.is_whitespace() || ",;()[]{}<>\"'`|".contains(character))
    {
        let word = word.trim_end_matches(['.', ':', '!', '?']).trim_start_matches("./");
        if is_file(word) && !found.iter().any(|known| known == word) {
            found.push(word.to_owned());
        }
    }
    found
}

fn is_file(word: &str) -> bool {
    if word.contains("://") || word.contains('@') || word.contains('=') {
        return false;
    }
    let name = word.rsplit('/').next().unwrap_or(word);
    if matches!(name, "Dockerfile" | "Makefile" | "Justfile" | "LICENSE" | ".gitignore" | ".env") {
        return true;
    }
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let letters_first = extension.starts_with(|character: char| character.is_ascii_alphabetic());
    // `e.g`, `i.e` and version numbers are not files.
    let known_short =
        stem.len() > 1 || matches!(extension, "py" | "js" | "ts" | "rs" | "go" | "c" | "h" | "md" | "sh");
    letters_first
        && known_short
        && extension.len() <= MAX_EXTENSION
        && extension.chars().all(|character| character.is_ascii_alphanumeric())
        && stem.chars().all(|character| character.is_alphanumeric() || "-_.+".contains(character))
        && !matches!(extension, "com" | "org" | "net" | "io" | "dev")
}

#[cfg(test)]
mod tests {
    use super::mentioned;

    #[test]
    fn files_are_found_and_lookalikes_are_not() {
        assert_eq!(
            mentioned("Fix `src/a.rs`, ./b.test.ts and (Dockerfile); see a.py. Then a.py again."),
            ["src/a.rs", "b.test.ts", "Dockerfile", "a.py"]
        );
        for text in ["e.g. this", "version 1.2.3", "https://x.org/a.js", "me@mail.org", "example.com", "end."]
        {
            assert_eq!(mentioned(text), Vec::<String>::new(), "{text}");
        }
    }
}
