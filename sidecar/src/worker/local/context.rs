//! Keeps the conversation as short as it has to be: what tools brought long ago goes first, the task never.

use crate::provider::{Conversation, ToolResult, Turn};

/// Longest conversation, in tokens as we estimate them; models have more, but pay for each turn again and forget what
/// is in the middle.
const MAX_TOKENS: u64 = 60_000;
/// What is kept of an output that is shortened, and of a long argument, in characters.
const KEPT_CHARS: usize = 160;
/// How a shortened output ends.
const NOTE: &str = "left out to save room; call the tool again if you need it]";

/// Shortens the conversation to what it may be.
pub(super) fn fit(conversation: &mut Conversation) {
    shorten_to(conversation, MAX_TOKENS);
}

/// Shortens the conversation to half of what it is; false when nothing could be left out.
pub(super) fn halve(conversation: &mut Conversation) -> bool {
    let most = conversation.tokens() / 2;
    shorten_to(conversation, most)
}

fn shorten_to(conversation: &mut Conversation, most: u64) -> bool {
    let mut tokens = conversation.tokens();
    // The last turn is what the model is about to read for the first time.
    let older = conversation.turns.len().saturating_sub(1);
    let mut shortened = false;
    for stage in [outputs, arguments] {
        for turn in conversation.turns.iter_mut().take(older) {
            if tokens <= most {
                return shortened;
            }
            let before = turn.tokens();
            shortened |= stage(turn);
            tokens = tokens.saturating_sub(before.saturating_sub(turn.tokens()));
        }
    }
    shortened
}

fn outputs(turn: &mut Turn) -> bool {
    let Turn::Tools(results) = turn else { return false };
    let mut shortened = false;
    for result in results {
        shortened |= stub(result);
    }
    shortened
}

fn arguments(turn: &mut Turn) -> bool {
    let Turn::Model(said) = turn else { return false };
    said.shorten(KEPT_CHARS)
}

/// One line in the place of an output.
fn stub(result: &mut ToolResult) -> bool {
    let count = result.output.chars().count();
    if count <= 2 * KEPT_CHARS || result.output.ends_with(NOTE) {
        return false;
    }
    let line = result.output.lines().next().unwrap_or_default();
    let kept: String = line.chars().take(KEPT_CHARS).collect();
    let rest = count - kept.chars().count();
    result.output = format!("{kept} [{rest} more characters were {NOTE}");
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Said, ToolCall};
    use proptest::prelude::*;
    use serde_json::json;

    fn conversation(outputs: &[usize]) -> Conversation {
        let mut turns = vec![Turn::Person("the task".repeat(50))];
        for (index, length) in outputs.iter().enumerate() {
            let id = index.to_string();
            let arguments = Ok(json!({"path": "a", "content": "x".repeat(*length)}));
            let call = ToolCall { id: id.clone(), name: "write".into(), arguments };
            turns.push(Turn::Model(Said::of("", vec![call])));
            let output = format!("first line\n{}", "y".repeat(*length));
            turns.push(Turn::Tools(vec![ToolResult { id, name: "write".into(), output }]));
        }
        Conversation { system: "s".into(), turns, tools: Vec::new() }
    }

    fn output(conversation: &Conversation, turn: usize) -> &str {
        let Turn::Tools(results) = &conversation.turns[turn] else { panic!("results") };
        &results[0].output
    }

    #[test]
    fn the_oldest_outputs_go_first() {
        let mut long = conversation(&[60_000, 30_000, 30_000, 30_000]);
        fit(&mut long);
        assert!(long.tokens() <= MAX_TOKENS);
        assert_eq!(
            output(&long, 2),
            "first line [60001 more characters were left out to save room; call the tool again if you need it]"
        );
        assert!(output(&long, 8).len() > 30_000);
        let Turn::Person(task) = &long.turns[0] else { panic!("the task") };
        assert_eq!(*task, "the task".repeat(50));
        let untouched = conversation(&[3_000, 3_000]);
        let mut same = untouched.clone();
        fit(&mut same);
        assert_eq!(same.tokens(), untouched.tokens());
        assert!(!halve(&mut conversation(&[10, 10])));
    }

    #[test]
    fn what_was_written_goes_when_outputs_are_not_enough() {
        let mut long = conversation(&[90_000, 90_000, 100]);
        fit(&mut long);
        assert!(long.tokens() <= MAX_TOKENS, "{}", long.tokens());
        let Turn::Model(said) = &long.turns[1] else { panic!("calls") };
        let content = said.calls[0].arguments.as_ref().unwrap()["content"].as_str().unwrap().to_owned();
        assert!(content.ends_with("x [89840 more characters are left out]"), "{content}");
    }

    proptest! {
        #[test]
        fn the_last_turn_and_the_task_are_never_touched(outputs in prop::collection::vec(0usize..40_000, 1..8)) {
            let whole = conversation(&outputs);
            let mut short = whole.clone();
            fit(&mut short);
            prop_assert!(short.tokens() <= whole.tokens());
            prop_assert_eq!(short.turns.len(), whole.turns.len());
            let last = whole.turns.len() - 1;
            prop_assert_eq!(output(&short, last), output(&whole, last));
            prop_assert_eq!(short.turns[0].tokens(), whole.turns[0].tokens());
        }
    }
}
