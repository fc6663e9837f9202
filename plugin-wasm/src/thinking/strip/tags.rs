//! Tagged blocks: `<think>…</think>` and its kin.

use super::code;
use std::ops::Range;

/// Openings and closings, lower-case.
const TAGS: &[(&str, &str)] = &[
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("[think]", "[/think]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|start_thinking|>", "<|end_thinking|>"),
    ("<|channel>thought", "<channel|>"),
];

/// A block between two words of prose is one only from this many words on: fewer are an example.
const FEWEST_WORDS_INSIDE: usize = 4;

#[derive(Debug, Clone)]
struct Tag {
    at: Range<usize>,
    opens: bool,
}

/// Takes out the first block, and the block after it; none when there is none.
pub(super) fn strip(text: &str) -> Option<(String, u32)> {
    let tags = tags(text);
    if tags.is_empty() {
        return None;
    }
    let code = code::stretches(text);
    let in_code = |tag: &Tag| code.iter().any(|stretch| stretch.contains(&tag.at.start));
    let block = lone_closing(text, &tags, &in_code).or_else(|| {
        let openings = tags.iter().enumerate().filter(|(_, tag)| tag.opens && !in_code(tag));
        openings.into_iter().find_map(|(index, tag)| block(text, &tags, index, tag))
    })?;
    Some((without(text, block), 1))
}

fn tags(text: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        // What a tag begins with: `<`, `[`, or the first byte of `◁`.
        if !matches!(byte, b'<' | b'[' | 0xE2) {
            continue;
        }
        let Some(rest) = text.get(at..) else { continue };
        for (open, close) in TAGS {
            if begins_with(rest, open) {
                found.push(Tag { at: at..at + open.len(), opens: true });
            } else if begins_with(rest, close) {
                found.push(Tag { at: at..at + close.len(), opens: false });
            }
        }
    }
    found
}

fn begins_with(text: &str, tag: &str) -> bool {
    text.as_bytes().get(..tag.len()).is_some_and(|head| head.eq_ignore_ascii_case(tag.as_bytes()))
}

/// Everything up to a closing tag that nothing opened: the opening stood in the prompt's template. It must end
/// a line of its own or a sentence; elsewhere it is talk about the tag.
fn lone_closing(text: &str, tags: &[Tag], in_code: &impl Fn(&Tag) -> bool) -> Option<Range<usize>> {
    let first = tags.iter().find(|tag| !in_code(tag)).filter(|tag| !tag.opens)?;
    let before = text.get(..first.at.start)?;
    let line = before.rsplit('\n').next().unwrap_or_default();
    let ends_sentence = before.ends_with(['.', '!', '?', '…', '。', ')', ':']);
    (line.trim().is_empty() || ends_sentence).then_some(0..first.at.end)
}

/// The block that an opening tag begins, if it is one and not talk about the tag.
fn block(text: &str, tags: &[Tag], index: usize, tag: &Tag) -> Option<Range<usize>> {
    let before = text.get(..tag.at.start)?;
    let line = before.rsplit('\n').next().unwrap_or_default();
    let leads_line = line.trim().is_empty();
    let leads_text = before.trim().is_empty();
    let after = text.get(tag.at.end..)?;
    match closing(tags, index) {
        Some(end) => {
            let inside = text.get(tag.at.end..end.start)?;
            // Thinking begins where a sentence could, examples of it in the middle of one.
            let leads_sentence = before.trim_end_matches(' ').ends_with(['.', '!', '?', '…', '。', ':']);
            let says_something = inside.contains(char::is_alphanumeric);
            let is_example = !(leads_line || (leads_sentence && says_something))
                && inside.split_whitespace().count() < FEWEST_WORDS_INSIDE;
            (!is_example && !is_talk(after)).then_some(tag.at.start..end.end)
        }
        // Never closed: the text was cut, or the model forgot.
        None => {
            let alone = after.is_empty() || after.starts_with(['\n', '\r']);
            // `[think] twice` is plain text; only a tag of its own shape may lead a text unclosed.
            let is_word = text.get(tag.at.start..).is_some_and(|rest| rest.starts_with('['));
            let leaks = (leads_text && !is_word && !is_talk(after)) || (leads_line && alone);
            leaks.then_some(tag.at.start..text.len())
        }
    }
}

/// The tag that closes the block: the one that balances it, else the last closing tag before the next block.
fn closing(tags: &[Tag], index: usize) -> Option<Range<usize>> {
    let mut depth = 0_usize;
    let mut last = None;
    for tag in tags.get(index..)? {
        if tag.opens {
            depth += 1;
        } else {
            depth = depth.saturating_sub(1);
            last = Some(tag.at.clone());
            if depth == 0 {
                break;
            }
        }
    }
    last
}

/// `<think> is a tag …`: the tag is the subject of a sentence.
fn is_talk(after: &str) -> bool {
    let mut words = after.split_whitespace();
    let spaced = after.starts_with(' ');
    let word = words.next().unwrap_or_default();
    spaced
        && matches!(
            word,
            "is" | "are" | "tag" | "tags" | "and" | "or" | "block" | "blocks" | "means" | "element"
        )
}

/// The text without a block, and without the blank that it leaves.
fn without(text: &str, block: Range<usize>) -> String {
    let before = text.get(..block.start).unwrap_or_default();
    let after = text.get(block.end..).unwrap_or_default();
    let after = if before.trim().is_empty() || before.ends_with("\n\n") {
        after.trim_start()
    } else if before.ends_with('\n') {
        after.strip_prefix("\r\n").or_else(|| after.strip_prefix('\n')).unwrap_or(after)
    } else if before.ends_with(' ') {
        after.trim_start_matches(' ')
    } else {
        after
    };
    let before = if before.trim().is_empty() { "" } else { before };
    format!("{before}{after}")
}
