//! Whether a worker still gets somewhere: it is judged by its tool calls and what came of them, nothing else.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Steps that are looked back on for repetition.
const WINDOW: usize = 16;
/// Times that the same may come about.
const REPEATS: usize = 4;
/// Steps that are remembered as seen; a worker that takes more is stopped by other limits.
const MAX_SEEN: usize = 8_192;
/// Longest call that is quoted, in characters.
const QUOTED: usize = 120;

/// Watches one attempt. Does no I/O and knows no time.
#[derive(Debug)]
pub(crate) struct ProgressGate {
    idle_steps: u32,
    seen: HashSet<u64>,
    /// The last steps, each with whether it was new, the newest last.
    window: VecDeque<(u64, bool)>,
    idle: u32,
}

impl ProgressGate {
    /// A gate that lets this many steps pass in a row that bring nothing new.
    pub(crate) fn new(idle_steps: u32) -> Self {
        Self {
            idle_steps: idle_steps.max(1),
            seen: HashSet::new(),
            window: VecDeque::with_capacity(WINDOW),
            idle: 0,
        }
    }

    /// Takes note of a call, its name with its arguments, and of what came of it.
    ///
    /// # Errors
    /// When the worker goes round in circles: says so in a sentence for a person.
    pub(crate) fn step(&mut self, call: &str, outcome: &str) -> Result<(), String> {
        let step = digest(call, &without_durations(outcome));
        let is_new = self.seen.len() < MAX_SEEN && self.seen.insert(step);
        if self.window.len() >= WINDOW {
            self.window.pop_front();
        }
        self.window.push_back((step, is_new));
        self.idle = if is_new { 0 } else { self.idle.saturating_add(1) };
        if self.repeats(step) {
            return Err(format!(
                "it made the same call {REPEATS} times with the same outcome: {}",
                quoted(call)
            ));
        }
        if self.idle >= self.idle_steps {
            let idle = self.idle;
            return Err(format!("{idle} calls in a row brought nothing new, the last one: {}", quoted(call)));
        }
        Ok(())
    }

    /// Whether this step came about too often, alone or in turn with others, and nothing new came since it was first
    /// repeated: a test that fails again and again between different edits is no circle.
    fn repeats(&self, step: u64) -> bool {
        let mut times = 0;
        for (known, is_new) in self.window.iter().rev() {
            if *known == step {
                times += 1;
                if times == REPEATS {
                    return true;
                }
            } else if *is_new && times < REPEATS - 1 {
                return false;
            }
        }
        false
    }
}

fn digest(call: &str, outcome: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (call, outcome).hash(&mut hasher);
    hasher.finish()
}

/// The outcome without how long things took, which differs each time.
fn without_durations(outcome: &str) -> String {
    let mut kept = String::with_capacity(outcome.len());
    let mut rest = outcome;
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let (before, number) = rest.split_at(start);
        kept.push_str(before);
        let end = number
            .find(|character: char| !character.is_ascii_digit() && character != '.')
            .unwrap_or(number.len());
        let (number, after) = number.split_at(end);
        rest = after;
        let unit = after.strip_prefix(' ').unwrap_or(after);
        let is_duration = ["ms", "s", "sec", "seconds"].iter().any(|name| {
            unit.strip_prefix(name).is_some_and(|next| !next.starts_with(|next: char| next.is_alphanumeric()))
        });
        kept.push_str(if is_duration { "0" } else { number });
    }
    kept.push_str(rest);
    kept
}

fn quoted(call: &str) -> String {
    let line: String =
        call.chars().map(|each| if each.is_control() { ' ' } else { each }).take(QUOTED).collect();
    if call.chars().count() > QUOTED { format!("{line}…") } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// How many steps pass before the gate trips, and what it says.
    fn trips(gate: &mut ProgressGate, steps: &[(&str, &str)]) -> Option<(usize, String)> {
        steps
            .iter()
            .enumerate()
            .find_map(|(index, (call, outcome))| Some((index + 1, gate.step(call, outcome).err()?)))
    }

    #[test]
    fn the_same_call_with_the_same_outcome_is_stopped_the_fourth_time() {
        let (at, why) = trips(&mut ProgressGate::new(50), &[("shell ls", "a.rs"); 9]).unwrap();
        assert_eq!(at, 4);
        assert_eq!(why, "it made the same call 4 times with the same outcome: shell ls");
    }

    #[test]
    fn going_round_in_a_circle_is_the_same() {
        for period in 2..=5 {
            let names: Vec<String> = (0..period).map(|index| format!("read {index}")).collect();
            let steps: Vec<_> = (0..40).map(|index| (names[index % period].as_str(), "text")).collect();
            assert_eq!(trips(&mut ProgressGate::new(50), &steps).unwrap().0, 3 * period + 1, "{period}");
        }
    }

    #[test]
    fn a_test_that_fails_between_different_edits_is_no_circle() {
        let edits: Vec<String> = (0..30).map(|index| format!("edit a.rs {index}")).collect();
        let steps: Vec<_> =
            edits.iter().flat_map(|edit| [(edit.as_str(), "done"), ("test", "1 failed")]).collect();
        assert_eq!(trips(&mut ProgressGate::new(12), &steps), None);
    }

    #[test]
    fn nothing_new_for_long_enough_is_stopped() {
        let mut gate = ProgressGate::new(6);
        let calls: Vec<String> = (0..20).map(|index| format!("read {index}")).collect();
        let once: Vec<_> = calls.iter().map(|call| (call.as_str(), "text")).collect();
        assert_eq!(trips(&mut gate, &once), None);
        let (at, why) = trips(&mut gate, &once).unwrap();
        assert_eq!(at, 6);
        assert_eq!(why, "6 calls in a row brought nothing new, the last one: read 5");
    }

    #[test]
    fn how_long_something_took_is_nothing_new() {
        let outcomes = ["1 failed in 0.31s", "1 failed in 12 ms", "1 failed in 4.2s", "1 failed in 7 s"];
        let steps: Vec<_> = outcomes.iter().map(|outcome| ("test", *outcome)).collect();
        // `ms` and `s` stay: only two of each are the same.
        assert_eq!(trips(&mut ProgressGate::new(50), &steps), None);
        assert_eq!(without_durations("2 failed in 0.31s, 3 sets; 4ms"), "2 failed in 0s, 3 sets; 0ms");
        let counts = ["3 failed", "2 failed", "1 failed", "0 failed"];
        let steps: Vec<_> = counts.iter().map(|outcome| ("test", *outcome)).collect();
        assert_eq!(trips(&mut ProgressGate::new(2), &steps), None);
    }

    proptest! {
        #[test]
        fn only_what_was_there_before_trips(steps in prop::collection::vec((0u8..6, 0u8..3), 0..200), idle in 1u32..30) {
            let mut gate = ProgressGate::new(idle);
            let mut seen = HashSet::new();
            for (call, outcome) in steps {
                let is_new = seen.insert((call, outcome));
                let passed = gate.step(&format!("call {call}"), &format!("outcome {outcome}"));
                prop_assert!(passed.is_ok() || !is_new);
            }
        }

        #[test]
        fn whoever_brings_nothing_new_is_stopped_in_time(steps in prop::collection::vec(0u8..5, 100), idle in 1u32..30) {
            let mut gate = ProgressGate::new(idle);
            // Five different steps at most, then nothing new any more.
            let tripped = steps.iter().any(|step| gate.step(&step.to_string(), "same").is_err());
            prop_assert!(tripped);
        }

        #[test]
        fn any_outcome_can_be_taken(outcome in "[\\PC0-9.ms ]{0,80}") {
            let _ = ProgressGate::new(1).step(&outcome, &outcome);
            prop_assert!(without_durations(&outcome).len() <= outcome.len());
        }
    }
}
