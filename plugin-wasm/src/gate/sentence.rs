//! Sentences: what a prompt's sentences ask for, taken together.

use super::clause::{Act, BREAK, Kind, WORK, act, gerund_act, inner_act, word_at, words};
use super::layout::Layout;
use super::lexicon::{Bits, Word};
use super::words::{
    ASSENT, AUXILIARIES, FILLERS, INTERROGATIVES, LOCAL, OBJECT_STARTS, OBLIGATION, OPENERS, PERSONAL,
    PROGRAMS, REFUSAL, RELIEF, SEQUENCE, SOCIAL, SUBJECTS, TRIVIAL, TROUBLE,
};

/// From this many words on, a description without a request is one all the same.
const LONG_DESCRIPTION: usize = 60;
/// The same for several sentences that speak only of the thing.
const LONG_SPECIFICATION: usize = 18;

/// From this many steps on, nothing that follows could change the verdict.
const ENOUGH_STEPS: usize = 9;

/// What was read in a prompt.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// How much work is asked for; [`WORK`] deserves a plan.
    pub(super) effort: u32,
    /// How many things are to be done.
    pub(super) steps: usize,
    pub(super) edits: usize,
    pub(super) runs: usize,
    pub(super) looks: usize,
    pub(super) questions: usize,
    /// What decided, in words for a person.
    pub(super) because: Option<&'static str>,
    /// What statements let one guess: a wish, a bug.
    hint: Option<&'static str>,
    words: usize,
    sentences: usize,
    /// Whether a sentence speaks of the person or to the reader: not how a specification speaks.
    personal: bool,
}

/// What one sentence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Question,
    Request,
    Statement,
}

impl Reading {
    pub(super) fn of(layout: &Layout<'_>) -> Self {
        let mut reading = Self::default();
        let mut buffer = Vec::new();
        for line in &layout.prose {
            for (sentence, asked) in sentences(line) {
                if reading.steps >= ENOUGH_STEPS {
                    return reading;
                }
                words(sentence, &mut buffer);
                reading.sentence(&buffer, asked);
            }
        }
        reading.list(layout);
        if reading.questions == 0 {
            if let Some(hint) = reading.hint {
                reading.count(hint, WORK);
            } else if layout.is_pasted_error() || reading.is_description() {
                reading.effort += WORK;
            }
        }
        reading
    }

    fn is_description(&self) -> bool {
        let specification = self.sentences >= 2 && !self.personal && self.words >= LONG_SPECIFICATION;
        specification || self.words >= LONG_DESCRIPTION
    }

    pub(super) fn is_work(&self) -> bool {
        self.effort >= WORK
    }

    /// Points of a list are steps, unless the text around only asks or reads.
    fn list(&mut self, layout: &Layout<'_>) {
        let talks = self.effort == 0 && (self.questions > 0 || self.looks > 0);
        let mut buffer = Vec::new();
        for item in layout.items.iter().take(ENOUGH_STEPS) {
            words(item, &mut buffer);
            let before = self.effort;
            self.sentence(&buffer, item.ends_with('?'));
            if !talks && self.effort == before && !item.ends_with('?') {
                self.effort += WORK / 2;
                self.steps += 1;
            }
        }
    }

    fn sentence(&mut self, words: &[Word<'_>], asked: bool) {
        self.words += words.len();
        self.sentences += 1;
        self.personal |= words.iter().any(|word| PERSONAL.has(*word));
        let opening = Opening::of(words);
        match opening.sort(words, asked) {
            Sort::Question => {
                let (steps, looks) = (self.steps, self.looks);
                self.politely_asked(words, opening.at);
                self.questions += usize::from((steps, looks) == (self.steps, self.looks));
            }
            Sort::Request => {
                let first =
                    if opening.gerund { gerund_act(words, opening.at) } else { act(words, opening.at) };
                if let Some(first) = first {
                    self.act(first);
                }
                self.inner(words, opening.at + 1, true);
            }
            Sort::Statement => {
                self.inner(words, opening.at, false);
                self.hint = self.hint.or_else(|| hint(words));
            }
        }
    }

    /// A question may end in a request: `after the upgrade nothing starts, can you sort it out?`
    fn politely_asked(&mut self, words: &[Word<'_>], from: usize) {
        let clauses = words.iter().enumerate().skip(from).filter(|(_, word)| word.text == BREAK);
        for (at, _) in clauses {
            let asks = matches!(word_at(words, at + 1).text, "can" | "could" | "would")
                && word_at(words, at + 2).text == "you";
            let Some((length, _)) = opener(words, at + 1).filter(|_| asks) else { continue };
            if let Some(found) = act(words, at + 1 + length) {
                self.act(found);
            }
        }
    }

    /// Further requests in the same sentence: after commas and, among imperatives, after `and` and `then`.
    fn inner(&mut self, words: &[Word<'_>], from: usize, imperative: bool) {
        let mut at = from;
        while let Some(word) = words.get(at) {
            at += 1;
            let breaks = word.text == BREAK;
            let joins = breaks || (imperative && matches!(word.text, "and" | "then" | "&" | "also"));
            if !joins {
                continue;
            }
            let fillers =
                words.iter().skip(at).take_while(|word| FILLERS.has(**word) || word.text == "&").count();
            let sure = matches!(word.text, "then" | "also")
                || words.iter().skip(at).take(fillers).any(|word| SEQUENCE.has(*word));
            let head = at + fillers;
            // `…, can you sort it out?`
            if let Some((length, gerund)) = opener(words, head) {
                let verb = head + length;
                let found = if gerund { gerund_act(words, verb) } else { act(words, verb) };
                if let Some(found) = found {
                    self.act(found);
                }
                at = verb + 1;
                continue;
            }
            let next = word_at(words, head + 1);
            let shown =
                imperative || sure || OBJECT_STARTS.has(next) || matches!(next.text, "please" | "and");
            if let Some(found) = inner_act(words, head, sure || (imperative && !breaks)).filter(|_| shown) {
                self.act(found);
            }
            at = head;
        }
    }

    fn act(&mut self, act: Act) {
        match act.kind {
            Kind::Look => self.looks += 1,
            Kind::Run => self.runs += 1,
            Kind::Edit => self.edits += 1,
            Kind::Make => {}
        }
        if act.effort > 0 {
            self.steps += 1;
            self.effort += act.effort;
        }
        if act.effort >= WORK && self.because.is_none() {
            self.because = Some(act.because);
        }
    }

    fn count(&mut self, because: &'static str, effort: u32) {
        self.effort += effort;
        self.because = self.because.or(Some(because));
    }
}

/// Where a sentence's own words begin, after greetings and ways to be polite.
struct Opening {
    at: usize,
    /// A polite or wishing form led here: the sentence is a request even with a question mark.
    polite: bool,
    /// The verb stands in `-ing`.
    gerund: bool,
}

/// Ways to begin a request; `|` parts alternatives. A `to` after them is skipped. Their first words are [`OPENERS`].
const PATTERNS: &[&[&str]] = &[
    &["can|could|would|will", "you|we|u", "mind"],
    &["can|could|would|will", "you|we|u"],
    &["i|we", "want|need|wish|have", "you"],
    &["i|we", "would|should|must|will", "like|love|need", "you"],
    &["i|we", "would|should|must|will", "like|love|need"],
    &["i'd|we'd", "like|love", "you"],
    &["i'd|we'd", "like|love"],
    &["i|we", "want|need|have|should|must"],
    &["you", "should|must|need|have|can|could"],
    &["let's|lets"],
    &["let", "us"],
    &["help", "me|us"],
    &["go", "ahead", "and"],
    &["try", "to|and"],
    &["be", "sure"],
    &["make", "sure"],
    &["don't", "forget"],
    &["remember"],
    &["feel", "free"],
    &["your|the|my", "task|job|goal", "is"],
    &["start|begin", "by"],
    &["time"],
];

impl Opening {
    fn of(words: &[Word<'_>]) -> Self {
        let mut opening = Self { at: 0, polite: false, gerund: false };
        while let Some(word) = words.get(opening.at) {
            // `hey there` greets, `there should be` does not.
            if FILLERS.has(*word) || word.text == BREAK || (word.text == "there" && opening.at > 0) {
                opening.at += 1;
                continue;
            }
            let Some((length, gerund)) = opener(words, opening.at) else { break };
            opening.at += length;
            opening.polite = true;
            opening.gerund = gerund;
        }
        opening
    }

    fn sort(&self, words: &[Word<'_>], asked: bool) -> Sort {
        let Some(first) = words.get(self.at) else { return Sort::Statement };
        let is_request = self.gerund || act(words, self.at).is_some();
        if self.polite && is_request {
            return Sort::Request;
        }
        let next = word_at(words, self.at + 1);
        // `do`, `don't` and `have` may also begin an imperative, `can` and `will` are nouns too.
        let only_asks = matches!(
            first.text,
            "is" | "are" | "was" | "were" | "does" | "did" | "has" | "should" | "would" | "could"
        ) || (first.text.ends_with("n't") && first.text != "don't");
        let has_subject =
            SUBJECTS.has(next) && !(first.text == "do" && matches!(next.text, "it" | "this" | "these"));
        let inverted = AUXILIARIES.has(*first) && (asked || only_asks || has_subject);
        let located = matches!(first.text, "when" | "where") && AUXILIARIES.has(next);
        if INTERROGATIVES.has(*first) || inverted || located {
            return Sort::Question;
        }
        match (is_request, asked) {
            (true, _) => Sort::Request,
            (false, true) => Sort::Question,
            (false, false) => Sort::Statement,
        }
    }
}

/// The length of the opener at `at`, when a verb follows it, and whether that is in `-ing`.
fn opener(words: &[Word<'_>], at: usize) -> Option<(usize, bool)> {
    if !OPENERS.has(word_at(words, at)) {
        return None;
    }
    for pattern in PATTERNS {
        let fits = pattern
            .iter()
            .zip(at..)
            .all(|(part, index)| words.get(index).is_some_and(|word| is_one_of(word.text, part)));
        if !fits {
            continue;
        }
        let mut end = at + pattern.len();
        end += words.iter().skip(end).take_while(|word| word.text == "to" || FILLERS.has(**word)).count();
        if act(words, end).is_some() || opener(words, end).is_some() {
            return Some((end - at, false));
        }
        if gerund_act(words, end).is_some() {
            return Some((end - at, true));
        }
    }
    None
}

/// Whether the word is one of those between the bars; by bytes, because this runs for many short words.
fn is_one_of(word: &str, part: &str) -> bool {
    part.as_bytes().split(|byte| *byte == b'|').any(|one| one == word.as_bytes())
}

/// What a statement lets one guess: a wish, a rule to be kept, a bug.
fn hint(words: &[Word<'_>]) -> Option<&'static str> {
    let mut plain = words.iter().filter(|word| word.text != BREAK);
    let subject = plain.find(|word| !FILLERS.has(**word))?.text;
    let after = plain.next().copied().unwrap_or_default().text;
    let any = |bits: Bits| words.iter().any(|word| bits.has(*word));
    if is_wish(words, subject, after) {
        return Some("a wish");
    }
    let last_is_trouble = words.last().is_some_and(|word| TROUBLE.has(*word));
    let opinion = matches!(subject, "i" | "i'm" | "i've")
        && matches!(after, "don't" | "can't" | "cannot" | "didn't" | "think" | "guess" | "never")
        && !last_is_trouble;
    // `avatars don't load`, but not `we don't have`.
    let refuses = after == "don't" && !matches!(subject, "i" | "we" | "you");
    let count = words.len();
    if count >= 5 && !opinion && (refuses || any(TROUBLE)) && !any(RELIEF) {
        return Some("a bug to find");
    }
    if matches!(subject, "a" | "an" | "new") && count >= 5 && !any(AUXILIARIES) {
        return Some("a description of something new");
    }
    let small = words.iter().take(4).any(|word| LOCAL.or(TRIVIAL).has(*word));
    let rule = count >= 6 && !small && any(OBLIGATION);
    (rule && !matches!(subject, "i" | "you")).then_some("a rule to be kept")
}

/// `I want …`, `as a user I want …`, `it would be great to …`, `I'm looking for …`.
fn is_wish(words: &[Word<'_>], subject: &str, after: &str) -> bool {
    let tells_story = subject == "as" && matches!(after, "a" | "an");
    words.iter().enumerate().any(|(at, first)| {
        let (second, third) = (word_at(words, at + 1).text, word_at(words, at + 2).text);
        let longs = match (first.text, second, third) {
            ("i'm" | "we're", "looking", "for")
            | ("would", "be", "great" | "nice" | "good")
            | ("it'd", "be", _) => {
                return words.len() >= 6;
            }
            ("i" | "we" | "users", "want" | "need", _) | ("i'd" | "we'd" | "would", "like", _) => true,
            _ => false,
        };
        let reads = third == "to" && act(words, at + 3).is_some_and(|act| act.kind == Kind::Look);
        let says_what = at < 8 && !reads && !matches!(third, "" | "help" | "advice") && words.len() >= at + 4;
        longs && (says_what || (tells_story && first.text == "i"))
    })
}

/// Whether the prompt is only greeting, thanks or assent.
pub(super) fn is_talk(layout: &Layout<'_>) -> bool {
    const MOST: usize = 10;
    let mut count = 0;
    layout.items.is_empty()
        && !layout.is_pasted_error()
        && bare_words(layout).all(|word| {
            count += 1;
            SOCIAL.has(Word::of(word)) && count <= MOST
        })
}

/// Whether talk lets the work begin.
pub(super) fn is_go_ahead(layout: &Layout<'_>) -> bool {
    let any = |bits: Bits| bare_words(layout).any(|word| bits.has(Word::of(word)));
    any(ASSENT) && !any(REFUSAL)
}

/// Whether a short answer lets the work begin and says how: `yes, the second one`.
pub(super) fn begins_with_assent(layout: &Layout<'_>) -> bool {
    const MOST: usize = 12;
    let first = bare_words(layout).next().unwrap_or_default();
    let question = layout.written().any(|line| line.contains('?'));
    let personal = bare_words(layout).any(|word| matches!(word, "i" | "i'm" | "i'll"));
    ASSENT.has(Word::of(first)) && bare_words(layout).count() <= MOST && !question && !personal
}

/// Whether the prompt is a command line: `git push`, `npm run build`.
pub(super) fn is_shell_command(layout: &Layout<'_>) -> bool {
    let [line] = layout.prose.as_slice() else { return false };
    let mut words = line.split_whitespace();
    let Some(program) = words.next().filter(|word| PROGRAMS.has(Word::of(word))) else { return false };
    let (mut count, mut spoken) = (0, false);
    for word in words {
        count += 1;
        spoken |= OBJECT_STARTS.has(Word::of(word)) || word.ends_with([',', '.', '?']);
    }
    // `make` and `go` are also plain verbs.
    let most = if matches!(program, "make" | "go" | "touch") { 2 } else { 12 };
    !spoken && count < most.min(12) + 1 && layout.items.is_empty() && !(program == "make" && count > 1)
}

fn bare_words<'l>(layout: &'l Layout<'_>) -> impl Iterator<Item = &'l str> {
    layout
        .written()
        .flat_map(|line| line.split(|char: char| !char.is_alphabetic() && char != '\''))
        .filter(|word| !word.is_empty())
}

/// The sentences of a line, each with whether it ends with a question mark.
fn sentences(line: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = line;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        if rest.is_empty() {
            return None;
        }
        let mut chars = rest.char_indices().peekable();
        let mut end = rest.len();
        while let Some((at, char)) = chars.next() {
            let closes =
                matches!(char, '.' | '!' | '?') && chars.peek().is_none_or(|(_, next)| next.is_whitespace());
            if closes || matches!(char, '。' | '！' | '？') {
                end = at + char.len_utf8();
                break;
            }
        }
        let (sentence, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        rest = after;
        Some((sentence, sentence.ends_with(['?', '？'])))
    })
}
