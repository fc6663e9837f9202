//! A prompt taken apart by lines: prose, list items, and what was pasted.

/// The parts of a prompt, lower-cased.
#[derive(Debug, Default)]
pub(super) struct Layout<'t> {
    /// Lines that a person wrote.
    pub(super) prose: Vec<&'t str>,
    /// Points of lists, without their bullets.
    pub(super) items: Vec<&'t str>,
    /// Lines of error output and stack traces outside of code blocks.
    trace: usize,
    /// Lines inside code blocks.
    code: usize,
}

impl<'t> Layout<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut layout = Self::default();
        let mut fenced = false;
        for line in text.lines() {
            let trimmed = line.trim();
            if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
                fenced = !fenced;
            } else if fenced {
                layout.code += usize::from(!trimmed.is_empty());
            } else if trimmed.is_empty() {
                continue;
            } else if is_output(line) {
                layout.trace += 1;
            } else if inline_items(trimmed, &mut layout.items) {
                continue;
            } else if let Some(item) = item(trimmed) {
                layout.items.push(item);
            } else {
                layout.prose.push(trimmed);
            }
        }
        layout
    }

    /// Whether several lines of output were pasted.
    pub(super) fn is_pasted_error(&self) -> bool {
        self.trace >= 3
    }

    /// Everything that a person wrote, line by line.
    pub(super) fn written(&self) -> impl Iterator<Item = &'t str> + '_ {
        self.prose.iter().chain(&self.items).copied()
    }

    pub(super) fn ends_with_question(&self) -> bool {
        self.prose.last().is_some_and(|line| is_question_mark(line.chars().next_back()))
    }

    /// Whether every sentence of the prose ends with a question mark, in any script.
    pub(super) fn is_all_questions(&self) -> bool {
        let ends = |line: &str| {
            let stops = line.chars().filter(|char| matches!(char, '.' | '!' | '。' | '！' | '।')).count();
            is_question_mark(line.chars().next_back()) && stops == 0
        };
        !self.prose.is_empty() && self.prose.iter().all(|line| ends(line))
    }

    /// How many files are named.
    pub(super) fn files(&self) -> usize {
        const MOST: usize = 20;
        let mut found: Vec<&str> = Vec::new();
        for file in self.written().flat_map(dotted).filter_map(file) {
            if !found.contains(&file) && found.len() < MOST {
                found.push(file);
            }
        }
        found.len()
    }
}

/// The words of a line with a dot inside; found by their dots, because most words have none.
fn dotted(line: &str) -> impl Iterator<Item = &str> {
    let is_space = |char: char| char.is_ascii_whitespace();
    let mut looked_at = 0;
    line.match_indices('.').filter_map(move |(at, _)| {
        let (head, tail) = line.split_at_checked(at)?;
        if at < looked_at || !tail.as_bytes().get(1).is_some_and(u8::is_ascii_alphanumeric) {
            return None;
        }
        let start = head.rfind(is_space).map_or(0, |space| space + 1);
        looked_at = tail.find(is_space).map_or(line.len(), |space| at + space);
        line.get(start..looked_at)
    })
}

fn is_question_mark(last: Option<char>) -> bool {
    matches!(last, Some('?' | '？' | '؟'))
}

/// The point of a list, if the line is one.
fn item(line: &str) -> Option<&str> {
    let bullet =
        line.strip_prefix(['-', '*', '+', '•', '–', '▪', '·']).filter(|rest| rest.starts_with([' ', '\t']));
    let digits = line.len() - line.trim_start_matches(|char: char| char.is_ascii_digit()).len();
    let numbered = || {
        let rest = line.get(digits..).filter(|_| (1..=3).contains(&digits))?;
        let after = rest.strip_prefix(['.', ')', '、', '．', ':'])?;
        (rest.starts_with('、') || after.starts_with([' ', '\t'])).then_some(after)
    };
    let rest = bullet.or_else(numbered)?.trim();
    let rest = rest.strip_prefix("[ ]").or_else(|| rest.strip_prefix("[x]")).unwrap_or(rest).trim();
    rest.chars().any(char::is_alphabetic).then_some(rest)
}

/// Takes `1) read it 2) sort it 3) print it` apart; false when the line is no such list.
fn inline_items<'t>(line: &'t str, items: &mut Vec<&'t str>) -> bool {
    const MOST: u8 = 9;
    let mut rest = match line.strip_prefix("1)").or_else(|| line.strip_prefix("1.")) {
        Some(rest) if rest.starts_with(' ') => rest,
        _ => return false,
    };
    let before = items.len();
    for next in (b'2'..=b'0' + MOST).map(char::from) {
        let end = rest.match_indices(next).find(|(at, _)| {
            rest.get(..*at).is_some_and(|left| left.ends_with(' '))
                && rest.get(at + 1..).is_some_and(|right| right.starts_with([')', '.']))
        });
        let Some((end, _)) = end else { break };
        items.extend(rest.get(..end).map(str::trim));
        rest = rest.get(end + 2..).unwrap_or_default();
    }
    if items.len() == before {
        return false;
    }
    items.push(rest.trim());
    true
}

/// Whether a line looks like what a program printed.
fn is_output(line: &str) -> bool {
    let text = line.trim();
    let unmarked = !text
        .bytes()
        .any(|byte| matches!(byte, b':' | b'|' | b'(' | b')' | b';' | b'{' | b'}' | b'[' | b'!'));
    if unmarked && !text.starts_with("-->") && !text.starts_with("stack backtrace") {
        return false;
    }
    let first = text.split_whitespace().next().unwrap_or_default();
    let rest = text.get(first.len()..).unwrap_or_default().trim_start();
    // `at render (src/app.tsx:14:20)`, `--> src/store.rs:41:9`, `39 | let first`, `  | ^^^`, `0: rust_begin_unwind`
    let frame =
        (first == "at" && (rest.contains(':') || rest.contains('('))) || first == "-->" || first == "|";
    let numbered = first.trim_end_matches(':').bytes().all(|byte| byte.is_ascii_digit())
        && (rest.starts_with('|') || (first.ends_with(':') && line.starts_with(' ')));
    // `keyerror: 'key'`, `error[e0502]: …`, `fatal: …`, `npm err! …`
    let name = first.strip_suffix(':').unwrap_or_default();
    let named = name.ends_with("error")
        || name.ends_with("exception")
        || (name.bytes().any(|byte| byte.is_ascii_digit())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        || matches!(name, "warning" | "fatal" | "panic" | "caused" | "note")
        || first.starts_with("error[")
        || text.starts_with("npm err!");
    let python = text.starts_with("traceback (") || (first == "file" && rest.contains(", line "));
    let rust =
        text.starts_with("thread '") || text.starts_with("stack backtrace") || text.starts_with("called `");
    let located = text.contains("): error ") || text.contains(": error:") || starts_with_location(first);
    let indented_code = line.starts_with("    ") && text.ends_with([')', ';', '{', '}']);
    frame || numbered || named || python || rust || located || indented_code
}

/// `src/app.ts:12:5:` or `src/app.ts:12:`
fn starts_with_location(word: &str) -> bool {
    let Some(word) = word.strip_suffix(':') else { return false };
    word.rsplit_once(':').is_some_and(|(path, line)| {
        path.contains('.') && !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// The file that a word names, if it looks like one: `hello.py`, `src/main.rs`, `.gitignore`.
pub(super) fn file(word: &str) -> Option<&str> {
    // Most words end here.
    if !word.as_bytes().contains(&b'.') {
        return None;
    }
    let word = word.trim_matches(|char: char| !char.is_alphanumeric() && !matches!(char, '/' | '_' | '.'));
    let word = word.trim_end_matches('.');
    if word.contains("://") || word.starts_with("www.") {
        return None;
    }
    let name = word.rsplit('/').next()?;
    let (stem, extension) = name.rsplit_once('.')?;
    let plausible = (1..=5).contains(&extension.len())
        && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && extension.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !(stem.is_empty() && word.contains('/'))
        && !matches!(word, "e.g" | "i.e" | "node.js" | "vue.js" | "next.js");
    let version = stem.trim_start_matches('v').bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (plausible && (stem.is_empty() || !version)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_apart() {
        let layout = Layout::of(
            "please fix:\n- one\n2) two\n[x]\n- 3\n```\ncode\n- not an item\n```\nkeyerror: 'k'\n    at a (b.js:1:2)\n",
        );
        assert_eq!(layout.prose, ["please fix:", "[x]", "- 3"]);
        assert_eq!(layout.items, ["one", "two"]);
        assert_eq!((layout.trace, layout.code), (2, 2));
    }

    #[test]
    fn files_are_recognised() {
        for (word, expected) in [
            ("hello.py", Some("hello.py")),
            ("`src/main.rs`,", Some("src/main.rs")),
            (".gitignore", None),
            ("v1.2.3", None),
            ("3.5", None),
            ("e.g.", None),
            ("https://a.b/c.html", None),
            ("end.", None),
            ("a/b", None),
        ] {
            assert_eq!(file(word), expected, "{word}");
        }
    }
}
