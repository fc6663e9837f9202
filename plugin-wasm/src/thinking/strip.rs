//! Taking leaked thinking out of a finished text.
//!
//! Models leak in three ways: a tagged block (`<think>…</think>`), a block whose opening tag stood in the prompt's
//! template (`…</think>`), and channel markers (`<|channel|>analysis<|message|>…<|end|>`). Code and prose that
//! only speaks of the tags stay as they are.

mod channel;
mod code;
mod tags;

/// A text without its leaked thinking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stripped {
    /// What is left.
    pub text: String,
    /// How many blocks were taken out.
    pub blocks: u32,
    /// How much was taken out, in UTF-16 units.
    pub chars: u64,
}

/// What is taken out may leave a new tag behind (`<th<think>x</think>ink>`); more rounds are no accident.
const MOST_ROUNDS: usize = 16;

/// Strips a text; none when there is nothing to strip.
#[must_use]
pub fn strip(text: &str) -> Option<Stripped> {
    if !may_leak(text) {
        return None;
    }
    let mut left = text.to_owned();
    let mut blocks = 0;
    for _ in 0..MOST_ROUNDS {
        let Some((shorter, count)) = channel::strip(&left).or_else(|| tags::strip(&left)) else { break };
        left = shorter;
        blocks += count;
    }
    (blocks > 0).then(|| Stripped { blocks, chars: units(text).saturating_sub(units(&left)), text: left })
}

fn may_leak(text: &str) -> bool {
    text.contains(['<', '[', '◁'])
}

fn units(text: &str) -> u64 {
    // Most thinking is ASCII, and counting it one by one costs more than looking for tags.
    if text.is_ascii() {
        return u64::try_from(text.len()).unwrap_or(u64::MAX);
    }
    text.encode_utf16().fold(0, |count, _| count + 1)
}

#[cfg(test)]
mod tests {
    use super::strip;
    use proptest::prelude::*;

    #[test]
    fn leaked_thinking_goes() {
        for (text, left, blocks) in [
            ("<think>\nhmm\n</think>\n\nHello", "Hello", 1),
            ("<think>hmm</think>Hello", "Hello", 1),
            ("<thinking>hmm</thinking>\nHello", "Hello", 1),
            ("<reasoning>hmm</reasoning> Hello", "Hello", 1),
            ("<THINK>hmm</Think>Hello", "Hello", 1),
            ("[THINK]hmm[/THINK]Hello", "Hello", 1),
            ("◁think▷hmm◁/think▷Hello", "Hello", 1),
            ("Hello\n<think>\nhmm\n</think>\nWorld", "Hello\nWorld", 1),
            ("Hello\n\n<think>hmm</think>\n\nWorld", "Hello\n\nWorld", 1),
            ("Done. <think>is that all I should say? yes</think> Bye.", "Done. Bye.", 1),
            ("Let me see. <think>hmm</think>Here it is.", "Let me see. Here it is.", 1),
            ("<think>a</think><think>b</think>Hello", "Hello", 2),
            // nested, whole and not
            ("<think>a<think>b</think>c</think>Hello", "Hello", 1),
            ("<think>a<think>b</think>Hello", "Hello", 1),
            // never closed
            ("<think>Okay, the user wants", "", 1),
            ("Hello\n<think>\nOkay, the user wants", "Hello\n", 1),
            ("Hello\n<think>", "Hello\n", 1),
            // opened in the prompt's template
            ("Okay, the user wants x.\n</think>\n\nHello", "Hello", 1),
            ("Okay, that is it.</think>Hello", "Hello", 1),
            ("</think>\nHello", "Hello", 1),
            ("Okay.\n</think>", "", 1),
            ("Okay.\n</think>\n<think>more</think>Hello", "Hello", 2),
            // thinking with code inside
            ("<think>try `x`:\n```\ncode\n</think>\nHello", "Hello", 1),
            // channels
            (
                "<|channel|>analysis<|message|>hmm<|end|><|start|>assistant<|channel|>final<|message|>Hello<|return|>",
                "Hello",
                1,
            ),
            ("<|channel|>analysis<|message|>hmm", "", 1),
            ("<|start|>assistant<|channel|>commentary to=functions.x<|message|>{}<|call|>Hello", "Hello", 1),
            ("analysis first\n<|channel|>final<|message|>Hello", "analysis first\nHello", 1),
            ("<|channel>thought\nhmm<channel|>Hello", "Hello", 1),
        ] {
            let stripped = strip(text).unwrap_or_else(|| panic!("nothing stripped: {text}"));
            assert_eq!((stripped.text.as_str(), stripped.blocks), (left, blocks), "{text}");
            assert!(strip(&stripped.text).is_none(), "twice: {text}");
        }
    }

    #[test]
    fn talk_about_tags_and_code_stay() {
        for text in [
            "",
            "Hello",
            "Use the <think> tag to open it.",
            "The model emits <think>...</think> before its answer.",
            "It opens a block. <think>…</think> around the thought is enough.",
            "Put it between <think> and </think>, like the others do.",
            "The block ends at </think> and the answer follows.",
            "<think> is a tag that models use.",
            "`<think>x</think>`",
            "Use `<think>` and `</think>` around it.",
            "```\n<think>\na\n</think>\n```",
            "~~~xml\n<think>a</think>\n~~~\nDone.",
            "```html\n<think>never closed fence",
            "<thinker>x</thinker> a < b > c",
            "The marker <|channel|> opens a channel.",
            "```\n<|channel|>analysis<|message|>hmm<|end|>\n```",
            "In `<|channel|>final<|message|>` the answer follows.",
            "[think] twice before you act",
            "<b>bold</b> [link](x)",
        ] {
            assert_eq!(strip(text), None, "{text}");
        }
    }

    #[test]
    fn what_was_hidden_is_counted_in_utf16() {
        let stripped = strip("<think>𝄞</think>ok").unwrap();
        assert_eq!((stripped.blocks, stripped.chars), (1, 7 + 2 + 8));
    }

    fn piece() -> impl Strategy<Value = String> {
        let pieces = [
            "<think>",
            "</think>",
            "<thinking>",
            "</reasoning>",
            "[think]",
            "[/think]",
            "◁think▷",
            "\n",
            "\n\n",
            "```",
            "`",
            "~~~",
            "word ",
            "A sentence. ",
            "<",
            ">",
            "</",
            "think",
            "<|channel|>",
            "<|message|>",
            "<|end|>",
            "<|start|>assistant",
            "analysis",
            "final",
            "é",
            "  ",
            "<|channel>thought",
            "<channel|>",
        ];
        prop_oneof![6 => proptest::sample::select(pieces.map(str::to_owned).to_vec()), 1 => "\\PC{0,8}"]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn stripping_twice_is_stripping_once(pieces in proptest::collection::vec(piece(), 0..14)) {
            let text = pieces.concat();
            if let Some(once) = strip(&text) {
                prop_assert!(once.text.len() < text.len());
                prop_assert_eq!(strip(&once.text), None);
            }
        }

        #[test]
        fn text_without_tags_stays(text in "[^<\\[◁]{0,60}") {
            prop_assert_eq!(strip(&text), None);
        }
    }
}
