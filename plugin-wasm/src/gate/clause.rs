//! Clauses: a verb at the head, and how much work it asks for on its object.

use super::layout::file;
use super::lexicon::{Bits, Word, without_ing};
use super::words::{
    AUXILIARIES, BUILD_TARGETS, BY_SIZE, EDIT, FILLERS, INTERROGATIVES, LOCAL, LOOK, MAKE, NO_VERBS,
    NOUNS_TOO, OBJECT_ENDS, OBJECT_STARTS, OBLIGATION, PARTICLES, RUN, SOCIAL, SUBJECTS, TRIVIAL, VERB, WIDE,
};

/// The least effort that deserves a plan.
pub(super) const WORK: u32 = 4;
const SMALL: u32 = 2;
const TRIFLE: u32 = 1;

/// Stands for what was quoted.
const QUOTED: &str = "\"\"";
/// Stands for a comma, colon, semicolon or bracket.
pub(super) const BREAK: &str = ",";

/// What a verb at the head of a clause asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something made or remade.
    Make,
    /// One small change.
    Edit,
    /// One command.
    Run,
    /// Reading and telling.
    Look,
}

/// What one clause asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Act {
    pub(super) kind: Kind,
    pub(super) effort: u32,
    /// In words for a person.
    pub(super) because: &'static str,
}

/// A sentence's words, with [`BREAK`] and [`QUOTED`] among them.
pub(super) fn words<'t>(sentence: &'t str, out: &mut Vec<Word<'t>>) {
    out.clear();
    let mut quote = None;
    for piece in sentence.split_ascii_whitespace() {
        if let Some(mark) = quote {
            if piece.trim_end_matches([',', ';', ':', '.', ')']).ends_with(mark) {
                quote = None;
            }
            continue;
        }
        if piece.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            out.push(Word::of(piece));
            continue;
        }
        let opened = piece.trim_start_matches('(');
        if piece.starts_with('(') {
            out.push(Word::mark(BREAK));
        }
        if let Some(mark) = opened.chars().next().filter(|first| matches!(first, '"' | '`' | '“')) {
            let closing = if mark == '“' { '”' } else { mark };
            let inside = opened.get(mark.len_utf8()..).unwrap_or_default();
            if !inside.contains(closing) {
                quote = Some(closing);
            }
            out.push(Word::mark(QUOTED));
        } else {
            let word = opened
                .trim_matches(|char: char| !char.is_alphanumeric() && !matches!(char, '/' | '.' | '&' | '_'));
            let word = word.trim_end_matches('.');
            if !word.is_empty() {
                out.push(Word::of(word));
            }
        }
        if piece.ends_with([',', ';', ':', ')', '—']) || piece == "-" {
            out.push(Word::mark(BREAK));
        }
    }
}

/// The word at a place; an empty one beyond the end.
pub(super) fn word_at<'t>(words: &[Word<'t>], at: usize) -> Word<'t> {
    words.get(at).copied().unwrap_or_default()
}

/// The request whose verb is at `at`.
pub(super) fn act(words: &[Word<'_>], at: usize) -> Option<Act> {
    let head = words.get(at)?;
    let next = word_at(words, at + 1);
    let kind = match (head.text, next.text) {
        ("set", "up") | ("get", "rid") | ("put", "together") => MAKE,
        // A thing to be shown is made; `show me` and `show the` only read.
        ("show" | "display", "a" | "an") => MAKE,
        // `let me know` is talk; `give the page a title` makes, `give me` only tells.
        ("let", "me") => return None,
        ("give" | "teach", "the" | "it" | "each" | "every") => MAKE,
        ("pull" | "move" | "put" | "turn", _) if words.iter().any(|word| word.text == "into") => MAKE,
        ("build", "") => RUN,
        ("build", "the" | "it") if builds_whole(words, at + 1) => RUN,
        _ if VERB.has(*head) => head.bits,
        _ => unknown(words, at)?,
    };
    let rest = words.get(at + 1..).unwrap_or_default();
    let length = rest.iter().take_while(|word| word.text != BREAK).count();
    let clause = rest.get(..length).unwrap_or_default();
    let wide = || words.iter().any(|word| WIDE.has(*word));
    let because = because(head.text);
    let done = |kind, effort| Some(Act { kind, effort, because });
    if kind.meets(LOOK) {
        return done(Kind::Look, 0);
    }
    if kind.meets(RUN) {
        return done(Kind::Run, TRIFLE);
    }
    if wide() {
        return done(Kind::Make, WORK);
    }
    let makes_local =
        || head.text == "make" && is_definite(clause) && object(clause).iter().any(|word| LOCAL.has(*word));
    if kind.meets(EDIT) {
        done(Kind::Edit, SMALL)
    } else if is_trivial(clause) || (head.text == "add" && next.text == "me") {
        done(Kind::Edit, TRIFLE)
    } else if makes_local() || (!kind.meets(BY_SIZE) && is_one_place(clause)) {
        done(Kind::Edit, SMALL)
    } else {
        done(Kind::Make, WORK)
    }
}

/// An imperative whose verb the gate does not know shows itself by its object: `untangle the imports`,
/// `whip up a prototype`. With `a`, something new is asked for; with `the`, it must say more to be work.
fn unknown(words: &[Word<'_>], at: usize) -> Option<Bits> {
    const FEWEST_WORDS: usize = 5;
    const FUNCTION_WORDS: Bits = OBJECT_ENDS
        .or(OBJECT_STARTS)
        .or(AUXILIARIES)
        .or(SUBJECTS)
        .or(INTERROGATIVES)
        .or(FILLERS)
        .or(SOCIAL)
        .or(OBLIGATION)
        .or(NO_VERBS);
    let head = words.get(at)?;
    let text = head.text;
    let inflected =
        text.ends_with("ed") || text.ends_with("ing") || (text.ends_with('s') && !text.ends_with("ss"));
    let plain = text.len() > 2 && text.bytes().all(|byte| byte.is_ascii_lowercase());
    if !plain || inflected || FUNCTION_WORDS.has(*head) {
        return None;
    }
    let object = at + 1 + usize::from(PARTICLES.has(word_at(words, at + 1)));
    let clause = words.iter().skip(at).take_while(|word| word.text != BREAK).count();
    let first = words.get(object)?;
    match first.text {
        "a" | "an" => Some(MAKE),
        "it" | "them" if at > 0 => Some(MAKE),
        _ if OBJECT_STARTS.has(*first) && clause >= FEWEST_WORDS => Some(MAKE),
        _ if OBJECT_STARTS.has(*first) => Some(EDIT),
        _ => None,
    }
}

/// The request of a clause inside a sentence, at `at`, where a noun may stand as well; `sure` when a word
/// such as `then` or `please` came before.
pub(super) fn inner_act(words: &[Word<'_>], at: usize, sure: bool) -> Option<Act> {
    let head = *words.get(at)?;
    let next = word_at(words, at + 1);
    let has_object = || {
        OBJECT_STARTS.has(next)
            || matches!(next.text, QUOTED | "please")
            || next.text.ends_with('s')
            || file(next.text).is_some()
    };
    let known = VERB.has(head) || sure;
    if !known || (NOUNS_TOO.has(head) && !sure && !has_object()) {
        return None;
    }
    act(words, at)
}

/// Like [`act`], for a verb in `-ing`: `would you mind adding …`.
pub(super) fn gerund_act(words: &[Word<'_>], at: usize) -> Option<Act> {
    let base = without_ing(words.get(at)?.text)?;
    let mut words = words.to_vec();
    *words.get_mut(at)? = base;
    act(&words, at)
}

/// The words of the object that follows a verb.
fn object<'w, 't>(clause: &'w [Word<'t>]) -> &'w [Word<'t>] {
    let skipped = clause.iter().take_while(|word| matches!(word.text, "me" | "us" | "up" | "out")).count();
    let clause = clause.get(skipped..).unwrap_or_default();
    let length = clause.iter().take_while(|word| !OBJECT_ENDS.has(**word) || word.text == "that").count();
    clause.get(..length).unwrap_or_default()
}

fn is_trivial(clause: &[Word<'_>]) -> bool {
    let object = object(clause);
    let before_head = object.len().checked_sub(2).map(|at| word_at(object, at)).unwrap_or_default();
    let head = object.last().copied().unwrap_or_default();
    TRIVIAL.has(head)
        || before_head.text == "commit"
        || (head.text == "request" && matches!(before_head.text, "pull" | "merge"))
        || clause.iter().any(|word| word.text == ".gitignore")
}

fn is_definite(clause: &[Word<'_>]) -> bool {
    object(clause).first().is_some_and(|word| matches!(word.text, "the" | "this" | "that"))
}

/// Whether the object is one definite thing in one place: `the unused variable`, `this function`.
fn is_one_place(clause: &[Word<'_>]) -> bool {
    let clause = match clause {
        [rid, of, rest @ ..] if rid.text == "rid" && of.text == "of" => rest,
        other => other,
    };
    is_definite(clause) && object(clause).last().is_some_and(|head| LOCAL.or(TRIVIAL).has(*head))
}

/// `build the app`: a command, unless it says more of what is to be built.
fn builds_whole(words: &[Word<'_>], at: usize) -> bool {
    words.iter().skip(at).find(|word| word.text != "the").is_some_and(|target| BUILD_TARGETS.has(*target))
}

fn because(head: &str) -> &'static str {
    match head {
        "fix" | "debug" | "resolve" | "solve" | "troubleshoot" => "a bug to find",
        "add" | "build" | "code" | "create" | "design" | "develop" | "draft" | "generate" | "implement"
        | "integrate" | "introduce" | "make" | "prototype" | "scaffold" | "set" | "setup" | "write" => {
            "something to make"
        }
        _ => "a larger change",
    }
}
