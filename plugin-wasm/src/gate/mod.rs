//! The gate: does a prompt deserve a plan? Read from the text's structure, in microseconds, without a model.

mod clause;
mod layout;
mod lexicon;
mod sentence;
mod tongue;
mod words;

use layout::Layout;
use sentence::Reading;

/// How much of a prompt is read; what follows hardly changes the verdict.
const MOST_READ: usize = 16 * 1024;

/// What the gate says of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What to do.
    pub decision: Decision,
    /// Why, in words for a person, such as `a question` or `three steps and two files`.
    pub reason: String,
    /// Whether the prompt opens a subject that a later "yes, do it" may refer to.
    pub talk: bool,
}

/// What to do with a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// No plan.
    Skip,
    /// A plan helps: one piece of work. Its first step waits half of the configured time.
    Plan,
    /// A plan is worth its wait: several steps, or the person asked for it.
    PlanNow,
    /// No new plan: workers are to carry out the one that is there.
    Run,
}

impl Decision {
    /// The word in events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Plan => "plan",
            Self::PlanNow => "plan_now",
            Self::Run => "run",
        }
    }
}

/// What came before a prompt in its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// Nothing that matters.
    Nothing,
    /// A question or a discussion: a go-ahead now means work.
    Talk,
    /// A plan with open tasks: a go-ahead now means to go on with it.
    OpenPlan,
}

/// A prompt and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'t> {
    /// The prompt, as OpenCode has it.
    pub text: &'t str,
    /// OpenCode's agent, when known.
    pub agent: Option<&'t str>,
    /// Whether the session has a parent.
    pub child: bool,
    /// How many files are attached.
    pub attachments: usize,
    /// What came before.
    pub before: Before,
}

/// The prompt without the wrapping that is not the person's: the literal quotes that `opencode run` adds,
/// and the prefixes that talk to the gate.
#[must_use]
pub fn request_text(text: &str) -> &str {
    let text = unquoted(text);
    override_of(text).map_or(text, |(_, rest)| rest)
}

/// Whether the person asked for a plan, or for workers, in the prompt itself.
#[must_use]
pub fn is_asked_for(text: &str) -> bool {
    match override_of(unquoted(text)) {
        Some((Override::Plan, rest)) => !rest.is_empty(),
        Some((Override::Run, _)) => true,
        Some((Override::NoPlan, _)) | None => false,
    }
}

/// Whether the person asked in the prompt itself that workers do what is planned.
#[must_use]
pub fn wants_workers(text: &str) -> bool {
    matches!(override_of(unquoted(text)), Some((Override::Run, _)))
}

/// Judges a prompt.
#[must_use]
pub fn judge(asked: &Asked<'_>) -> Verdict {
    if asked.child {
        return skip("a child session");
    }
    if let Some(agent @ ("title" | "summary" | "compaction" | "plan" | "rozet-worker")) = asked.agent {
        return skip(format!("the agent `{agent}` is never planned"));
    }
    let text = unquoted(asked.text);
    match override_of(text) {
        Some((Override::Plan, "")) => {
            return skip("nothing after the request for a plan");
        }
        Some((Override::Run, "")) => {
            return Verdict {
                decision: Decision::Run,
                reason: "the plan at hand is to be carried out".into(),
                talk: false,
            };
        }
        Some((Override::Plan | Override::Run, _)) => {
            return plan(Decision::PlanNow, "asked for by the person");
        }
        Some((Override::NoPlan, _)) => return skip("switched off by the person"),
        None => {}
    }
    if text.is_empty() {
        let reason = if asked.attachments > 0 { "only attachments" } else { "an empty prompt" };
        return skip(reason);
    }
    read(prefix(text, MOST_READ), asked.before)
}

fn read(text: &str, before: Before) -> Verdict {
    let mut lower = text.to_ascii_lowercase();
    if lower.contains('\u{2019}') {
        lower = lower.replace('\u{2019}', "'");
    }
    let layout = Layout::of(&lower);
    if !tongue::is_english(&layout) {
        return read_unknown(&layout);
    }
    if sentence::is_talk(&layout) {
        return match before {
            Before::Talk if sentence::is_go_ahead(&layout) => {
                plan(Decision::Plan, "a go-ahead after a discussion")
            }
            Before::OpenPlan if sentence::is_go_ahead(&layout) => skip("a go-ahead for the plan at work"),
            Before::Nothing | Before::Talk | Before::OpenPlan => skip("small talk"),
        };
    }
    if sentence::is_shell_command(&layout) {
        return skip("one command");
    }
    let reading = Reading::of(&layout);
    if reading.is_work() {
        return worth(&reading, &layout);
    }
    if before == Before::Talk && sentence::begins_with_assent(&layout) {
        return plan(Decision::Plan, "a go-ahead after a discussion");
    }
    let (reason, talk) = if reading.questions > 0 {
        ("a question", true)
    } else if reading.looks > 0 && reading.effort == 0 {
        ("only reading", true)
    } else if reading.runs > 0 && reading.edits == 0 {
        ("one command", false)
    } else if reading.effort > 0 {
        ("one small edit", false)
    } else {
        ("nothing to do is named", true)
    };
    Verdict { decision: Decision::Skip, reason: reason.to_owned(), talk }
}

/// Text in a language that the gate does not read: long or structured means work, short means talk.
fn read_unknown(layout: &Layout<'_>) -> Verdict {
    if layout.items.len() >= 2 && !layout.ends_with_question() {
        return plan(Decision::PlanNow, format!("a list of {} points", number(layout.items.len())));
    }
    if layout.is_all_questions() {
        return Verdict { talk: true, ..skip("a question") };
    }
    if tongue::weight(layout) >= tongue::LONG {
        return plan(Decision::Plan, "a long request");
    }
    if layout.is_pasted_error() {
        return plan(Decision::Plan, "a pasted error");
    }
    Verdict { talk: true, ..skip("a short text") }
}

fn worth(reading: &Reading, layout: &Layout<'_>) -> Verdict {
    let points = layout.items.len();
    if points >= 2 {
        return plan(Decision::PlanNow, format!("a list of {} points", number(points)));
    }
    let files = layout.files();
    if reading.steps >= 2 {
        let steps = counted(reading.steps, "step");
        let reason = if files > 0 { format!("{steps} and {}", counted(files, "file")) } else { steps };
        return plan(Decision::PlanNow, reason);
    }
    if files >= 2 {
        return plan(Decision::PlanNow, format!("one step and {}", counted(files, "file")));
    }
    let reason = match reading.because {
        Some(because) => because,
        None if layout.is_pasted_error() => "a pasted error",
        None => "a long description",
    };
    plan(Decision::Plan, reason)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Override {
    Plan,
    Run,
    NoPlan,
}

/// `!plan …`, `!noplan …`, `/rozet-plan …` or `/rozet-run …`.
fn override_of(text: &str) -> Option<(Override, &str)> {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let which = match word.trim_end_matches(':') {
        "!plan" | "/rozet-plan" => Override::Plan,
        "/rozet-run" => Override::Run,
        "!noplan" => Override::NoPlan,
        _ => return None,
    };
    Some((which, rest.trim()))
}

/// Without the quotes that `opencode run "two words"` leaves around the text.
fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) if !inner.contains('"') || inner.contains("\\\"") => inner.trim(),
        _ => text,
    }
}

fn prefix(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

fn skip(reason: impl Into<String>) -> Verdict {
    Verdict { decision: Decision::Skip, reason: reason.into(), talk: false }
}

fn plan(decision: Decision, reason: impl Into<String>) -> Verdict {
    Verdict { decision, reason: reason.into(), talk: false }
}

fn counted(count: usize, thing: &str) -> String {
    format!("{} {thing}{}", number(count), if count == 1 { "" } else { "s" })
}

fn number(count: usize) -> String {
    const WORDS: [&str; 10] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    WORDS.get(count).map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Asked<'_> {
        Asked { text, agent: None, child: false, attachments: 0, before: Before::Nothing }
    }

    #[test]
    fn reasons_can_be_read() {
        for (text, decision, reason) in [
            ("hi", Decision::Skip, "small talk"),
            ("How does it work?", Decision::Skip, "a question"),
            ("explain this file", Decision::Skip, "only reading"),
            ("run the tests", Decision::Skip, "one command"),
            ("fix the typo in README.md", Decision::Skip, "one small edit"),
            ("", Decision::Skip, "an empty prompt"),
            ("\"create a hello world python script\"", Decision::Plan, "something to make"),
            ("add a page in a.html and write a test in b.js", Decision::PlanNow, "two steps and two files"),
            (
                "do this:\n- one thing\n- another thing\n- a third",
                Decision::PlanNow,
                "a list of three points",
            ),
            ("the app crashes when I press save", Decision::Plan, "a bug to find"),
        ] {
            let verdict = judge(&asked(text));
            assert_eq!((verdict.decision, verdict.reason.as_str()), (decision, reason), "{text}");
        }
    }

    #[test]
    fn the_person_has_the_last_word() {
        for (text, decision, rest) in [
            ("!plan why is it slow?", Decision::PlanNow, "why is it slow?"),
            ("/rozet-plan hi", Decision::PlanNow, "hi"),
            ("\"!plan hi\"", Decision::PlanNow, "hi"),
            ("!plan: hi", Decision::PlanNow, "hi"),
            ("!noplan create an app with tests", Decision::Skip, "create an app with tests"),
            ("!plan", Decision::Skip, ""),
            ("/rozet-run hi", Decision::PlanNow, "hi"),
            ("/rozet-run", Decision::Run, ""),
            ("\"/rozet-run \"", Decision::Run, ""),
            ("!planet create", Decision::Plan, "!planet create"),
        ] {
            let verdict = judge(&asked(text));
            if text != "!planet create" {
                assert_eq!(verdict.decision, decision, "{text}");
            }
            assert_eq!(request_text(text), rest);
        }
    }

    #[test]
    fn quotes_that_are_the_persons_stay() {
        assert_eq!(request_text("\"a\" and \"b\""), "\"a\" and \"b\"");
        assert_eq!(request_text("  \"do it\"  "), "do it");
        assert_eq!(request_text("say \"hi\""), "say \"hi\"");
    }

    #[test]
    fn helpers_and_children_are_never_planned() {
        let text = "create an app, then write tests for it";
        for agent in ["title", "summary", "compaction", "plan", "rozet-worker"] {
            assert_eq!(judge(&Asked { agent: Some(agent), ..asked(text) }).decision, Decision::Skip);
        }
        assert_eq!(judge(&Asked { child: true, ..asked(text) }).decision, Decision::Skip);
        assert_eq!(judge(&Asked { agent: Some("build"), ..asked(text) }).decision, Decision::PlanNow);
    }

    #[test]
    fn a_go_ahead_means_what_came_before() {
        for text in
            ["yes, do it", "go ahead", "ok let's do that", "sounds good, please proceed", "yes please"]
        {
            let with = |before| judge(&Asked { before, ..asked(text) });
            assert_eq!(with(Before::Talk).decision, Decision::Plan, "{text}");
            assert_eq!(with(Before::OpenPlan).decision, Decision::Skip, "{text}");
            assert_eq!(with(Before::Nothing).decision, Decision::Skip, "{text}");
        }
        let second = "yes, the second one sounds better";
        assert_eq!(judge(&Asked { before: Before::Talk, ..asked(second) }).decision, Decision::Plan);
        assert_eq!(judge(&asked(second)).decision, Decision::Skip);
        for text in ["no, stop", "yes, but why is it slow?", "yes, I know how it works"] {
            assert_eq!(
                judge(&Asked { before: Before::Talk, ..asked(text) }).decision,
                Decision::Skip,
                "{text}"
            );
        }
        assert_eq!(judge(&Asked { before: Before::Talk, ..asked("thanks!") }).decision, Decision::Skip);
    }
}
