//! Reads JSON out of what a model wrote: think tags, fences, prose around it, trailing commas and a cut-off
//! end are forgiven. Iterative and bounded: no answer can overflow the stack or take long.

use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

/// Longest answer that is looked at, in bytes.
const MAX_BYTES: usize = 256 * 1024;
/// Deepest nesting that is accepted.
const MAX_DEPTH: usize = 32;
/// Objects that are tried, and thoughts that are passed over.
const MAX_TRIES: usize = 16;
/// Tags around what a model thinks before it answers.
const THOUGHTS: [(&str, &str); 3] =
    [("<think>", "</think>"), ("<thinking>", "</thinking>"), ("<reasoning>", "</reasoning>")];

/// Why nothing could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum ReadError {
    #[error("the model's answer is empty")]
    Empty,
    #[error("the model's answer is larger than 256 KiB")]
    TooLarge,
    #[error("the model answered in prose, without JSON")]
    NoJson,
    #[error("the model's JSON is nested too deep")]
    TooDeep,
    #[error("the model's JSON is not a plan")]
    WrongShape,
    #[error("the model's JSON ends too early")]
    CutOff,
}

/// Reads the first JSON object of the answer that has the wanted shape.
pub(crate) fn read<T: DeserializeOwned>(answer: &str) -> Result<T, ReadError> {
    if answer.len() > MAX_BYTES {
        return Err(ReadError::TooLarge);
    }
    let text = without_thinking(answer);
    // Some servers swallow the tag that opens the thoughts; but the tag may also be a word of the plan.
    if let Some(after) = after_last_tag(text)
        && let Ok(value) = first_object(after)
    {
        return Ok(value);
    }
    first_object(text)
}

/// Reads a text that is one JSON object. Slips are mended, but an object that does not end is not closed: what it was
/// meant to say is unknown, and it may be about to be acted on.
pub(crate) fn whole_object(text: &str) -> Result<Value, ReadError> {
    if text.len() > MAX_BYTES {
        return Err(ReadError::TooLarge);
    }
    if text.trim().is_empty() {
        return Err(ReadError::Empty);
    }
    let start = text.find('{').and_then(|start| text.get(start..)).ok_or(ReadError::NoJson)?;
    match object(start)?.as_slice() {
        [json] => serde_json::from_str(json).map_err(|_| ReadError::WrongShape),
        _ => Err(ReadError::CutOff),
    }
}

/// What was said without the thoughts before it.
pub(crate) fn without_thoughts(answer: &str) -> &str {
    let text = without_thinking(answer);
    after_last_tag(text).unwrap_or(text).trim()
}

fn first_object<T: DeserializeOwned>(text: &str) -> Result<T, ReadError> {
    if text.trim().is_empty() {
        return Err(ReadError::Empty);
    }
    let mut failure = ReadError::NoJson;
    let mut rest = text;
    // Prose may have braces of its own before the object, and the object may be wrapped in another.
    for _ in 0..MAX_TRIES {
        let Some(candidate) = rest.find('{').and_then(|start| rest.get(start..)) else { break };
        for json in object(candidate)? {
            if let Ok(value) = serde_json::from_str(&json) {
                return Ok(value);
            }
        }
        failure = ReadError::WrongShape;
        rest = candidate.get(1..).unwrap_or_default();
    }
    Err(failure)
}

/// What follows the thoughts that the answer begins with; an answer that only thinks is empty.
fn without_thinking(answer: &str) -> &str {
    let mut rest = answer;
    for _ in 0..MAX_TRIES {
        let before_json = rest.split('{').next().unwrap_or_default();
        let opened = THOUGHTS.iter().filter_map(|(open, close)| Some((before_json.find(open)?, close))).min();
        let Some((start, close)) = opened else { break };
        let Some(end) = rest.find(close) else { return rest.get(..start).unwrap_or_default() };
        rest = rest.get(end + close.len()..).unwrap_or_default();
    }
    rest
}

fn after_last_tag(text: &str) -> Option<&str> {
    let ends = THOUGHTS.iter().filter_map(|(_, close)| Some(text.rfind(close)? + close.len()));
    text.get(ends.max()?..)
}

/// Copies one balanced object that starts at the first byte, mending it on the way. An object that does not end is
/// closed, in two ways: with its last words, and without them.
fn object(text: &str) -> Result<Vec<String>, ReadError> {
    let mut mended = String::with_capacity(text.len());
    let mut open: Vec<char> = Vec::new();
    let mut in_string = false;
    let mut escaped = false;
    // Where the last part that is whole ends in `mended`.
    let mut whole = 0;
    for character in text.chars() {
        if in_string {
            push_in_string(&mut mended, character, escaped);
            if escaped {
                escaped = false;
            } else if character == '\\' {
                escaped = true;
            } else if character == '"' {
                in_string = false;
            }
            continue;
        }
        match character {
            '"' => {
                in_string = true;
                mended.push(character);
            }
            '{' | '[' => {
                if open.len() >= MAX_DEPTH {
                    return Err(ReadError::TooDeep);
                }
                open.push(if character == '{' { '}' } else { ']' });
                mended.push(character);
                whole = mended.len();
            }
            '}' | ']' => {
                drop_trailing_comma(&mut mended);
                // A wrong bracket closes whatever is open inside of the one it was meant for.
                while let Some(expected) = open.pop() {
                    mended.push(expected);
                    if expected == character {
                        break;
                    }
                }
                if open.is_empty() {
                    return Ok(vec![mended]);
                }
                whole = mended.len();
            }
            ',' => {
                whole = mended.len();
                mended.push(character);
            }
            _ => mended.push(character),
        }
    }
    let mut without_end = mended.get(..whole).unwrap_or_default().to_owned();
    without_end.extend(open.iter().rev());
    close_cut_off(&mut mended, &open, in_string, escaped);
    Ok(vec![mended, without_end])
}

/// Raw control characters are not allowed in JSON strings, but models write them.
fn push_in_string(mended: &mut String, character: char, escaped: bool) {
    match character {
        '\n' => mended.push_str(if escaped { "n" } else { "\\n" }),
        '\t' => mended.push_str(if escaped { "t" } else { "\\t" }),
        control if control.is_control() => {
            if escaped {
                mended.pop();
            }
        }
        _ => mended.push(character),
    }
}

fn close_cut_off(mended: &mut String, open: &[char], in_string: bool, escaped: bool) {
    if escaped {
        mended.pop();
    }
    if in_string {
        mended.push('"');
    }
    drop_trailing_comma(mended);
    if mended.trim_end().ends_with(':') {
        mended.push_str("null");
    }
    mended.extend(open.iter().rev());
}

fn drop_trailing_comma(mended: &mut String) {
    let end = mended.trim_end().len();
    if mended.get(..end).is_some_and(|text| text.ends_with(',')) {
        mended.truncate(end - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn value(text: &str) -> Result<Value, ReadError> {
        read::<Value>(text)
    }

    #[test]
    fn what_models_do_to_json_is_forgiven() {
        let wanted = json!({"a": [1, 2], "b": "x"});
        for text in [
            r#"{"a":[1,2],"b":"x"}"#,
            "```json\n{\"a\":[1,2],\"b\":\"x\"}\n```",
            "Here is the plan:\n{\"a\": [1, 2,], \"b\": \"x\",}\nDone.",
            "<think>{\"a\":0}</think>{\"a\":[1,2],\"b\":\"x\"}",
            "{\"a\":[1,2],\"b\":\"x\"",
            "{\"a\":[1,2],\"b\":\"x",
            "{\"a\":[1,2],\"b\":\"x\",",
            "{\"a\":[1,2,\"b\":\"x\"}",
        ] {
            let read = value(text);
            if text.contains("2,\"b\"") {
                assert!(read.is_err(), "{text}");
            } else {
                assert_eq!(read.as_ref(), Ok(&wanted), "{text}");
            }
        }
        assert_eq!(value("{\"a\": \"two\nlines\"}").unwrap(), json!({"a": "two\nlines"}));
        assert_eq!(value("{\"a\": \"two\\\nlines\\\r\"}").unwrap(), json!({"a": "two\nlines"}));
        assert_eq!(value("{\"a\":").unwrap(), json!({"a": null}));
    }

    #[test]
    fn the_end_that_cannot_be_mended_is_left_out() {
        for cut in
            ["{\"a\":1,\"b", "{\"a\":1,\"b\"", "{\"a\":1,\"b\":tr", "{\"a\":1,\"b\":\"\\u00", "{\"a\":1,"]
        {
            assert_eq!(value(cut), Ok(json!({"a": 1})), "{cut}");
        }
    }

    #[test]
    fn thoughts_are_passed_over_and_words_of_the_plan_are_not() {
        let wanted = json!({"a": "drop <think> and </think>"});
        for text in [
            wanted.to_string(),
            format!("<think>{{\"b\"</think> <reasoning>x</reasoning> {wanted}"),
            format!("Hm. <thinking>{{}}</thinking>{wanted}"),
        ] {
            assert_eq!(value(&text).as_ref(), Ok(&wanted), "{text}");
        }
        assert_eq!(value("a {draft: 1} of mine</think>{\"a\":1}"), Ok(json!({"a": 1})));
    }

    #[test]
    fn what_is_no_json_is_named() {
        assert_eq!(value("  "), Err(ReadError::Empty));
        assert_eq!(value("<think>hm, {\"a\":1}"), Err(ReadError::Empty));
        assert_eq!(value("I would rather not."), Err(ReadError::NoJson));
        assert_eq!(value(&format!("{{\"a\":{}", "[".repeat(5_000))), Err(ReadError::TooDeep));
        assert_eq!(value(&"x".repeat(MAX_BYTES + 1)), Err(ReadError::TooLarge));
    }

    #[test]
    fn what_is_acted_on_is_mended_but_never_guessed() {
        let wanted = json!({"path": "a", "content": "x\ny"});
        for text in ["{\"path\":\"a\",\"content\":\"x\ny\",}", " {\"path\":\"a\",\"content\":\"x\\ny\"}}"] {
            assert_eq!(whole_object(text).as_ref(), Ok(&wanted), "{text}");
        }
        assert_eq!(whole_object("{\"path\":\"a\",\"content\":\"x"), Err(ReadError::CutOff));
        assert_eq!(whole_object("{\"path\":\"a\""), Err(ReadError::CutOff));
        assert_eq!(whole_object("a"), Err(ReadError::NoJson));
        assert_eq!(whole_object(""), Err(ReadError::Empty));
    }

    #[test]
    fn a_claim_is_told_without_its_thoughts() {
        for text in ["<think>{ hm }</think> Done: {x}", "hm</think>\nDone: {x}", "Done: {x}"] {
            assert_eq!(without_thoughts(text), "Done: {x}");
        }
        assert_eq!(without_thoughts("<think>for ever"), "");
    }

    #[test]
    fn braces_in_prose_are_passed_over() {
        for text in ["Use {curly} braces. {\"a\":1}", "Open with { and go on: {\"a\":1}"] {
            assert_eq!(value(text), Ok(json!({"a": 1})), "{text}");
        }
    }

    #[test]
    fn a_wrapped_object_is_found() {
        #[derive(serde::Deserialize)]
        struct Inner {
            tasks: Vec<u8>,
        }
        let inner: Inner = read("{\"plan\": {\"summary\": \"s\", \"tasks\": [1]}}").unwrap();
        assert_eq!(inner.tasks, [1]);
    }

    proptest! {
        #[test]
        fn no_answer_panics(text in "[\\PC\\n\"{}\\[\\],:\\\\]{0,200}") {
            let _ = value(&text);
        }

        #[test]
        fn a_sound_object_cut_anywhere_is_an_object(cut in 1usize..100) {
            let whole = r#"{"tasks":[{"id":"T1","done":true,"checks":[{"path":"a\\b\u0041"}]}],"n":-1.5e3,"summary":"s"}"#;
            prop_assert!(value(whole.get(..cut).unwrap_or(whole)).unwrap().is_object());
        }

        #[test]
        fn sound_json_reads_as_itself(text in "[a-z \\\\\"]{0,20}", number in 0i64..1000) {
            let wanted = json!({"text": text, "list": [number, {"deep": null}]});
            prop_assert_eq!(value(&wanted.to_string()).unwrap(), wanted);
        }
    }
}
