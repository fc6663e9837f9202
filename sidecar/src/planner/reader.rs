//! Reads JSON out of what a model wrote: think tags, fences, prose around it, trailing commas and a cut-off
//! end are forgiven. Iterative and bounded: no answer can overflow the stack or take long.

use serde::de::DeserializeOwned;
use thiserror::Error;

/// Longest answer that is looked at, in bytes.
const MAX_BYTES: usize = 256 * 1024;
/// Deepest nesting that is accepted.
const MAX_DEPTH: usize = 32;

/// Why nothing could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum ReadError {
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
}

/// Reads the first JSON object of the answer that has the wanted shape.
pub(super) fn read<T: DeserializeOwned>(answer: &str) -> Result<T, ReadError> {
    if answer.len() > MAX_BYTES {
        return Err(ReadError::TooLarge);
    }
    let text = without_thinking(answer);
    if text.trim().is_empty() {
        return Err(ReadError::Empty);
    }
    let mut failure = ReadError::NoJson;
    let mut rest = text;
    // Prose may have braces of its own before the object; a few are tried.
    for _ in 0..8 {
        let Some(start) = rest.find('{') else { break };
        let Some(candidate) = rest.get(start..) else { break };
        match object(candidate) {
            Ok((json, length)) => match serde_json::from_str(&json) {
                Ok(value) => return Ok(value),
                Err(_) => {
                    failure = ReadError::WrongShape;
                    rest = candidate.get(length..).unwrap_or_default();
                }
            },
            Err(error) => return Err(error),
        }
    }
    Err(failure)
}

/// What follows the last closing think tag; an answer that only thinks is empty.
fn without_thinking(answer: &str) -> &str {
    for (open, close) in
        [("<think>", "</think>"), ("<thinking>", "</thinking>"), ("<reasoning>", "</reasoning>")]
    {
        if let Some((_, after)) = answer.rsplit_once(close) {
            return after;
        }
        if let Some((before, _)) = answer.split_once(open) {
            return before;
        }
    }
    answer
}

/// Copies one balanced object that starts at the first byte, mending it on the way; returns it with the
/// number of bytes it took. An object that does not end is closed.
fn object(text: &str) -> Result<(String, usize), ReadError> {
    let mut mended = String::with_capacity(text.len());
    let mut open: Vec<char> = Vec::new();
    let mut in_string = false;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if in_string {
            // Raw control characters are not allowed in JSON strings, but models write them.
            match character {
                '\n' if !escaped => mended.push_str("\\n"),
                '\t' if !escaped => mended.push_str("\\t"),
                control if control.is_control() => {}
                _ => mended.push(character),
            }
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
                    return Ok((mended, at + character.len_utf8()));
                }
            }
            _ => mended.push(character),
        }
    }
    close_cut_off(&mut mended, &open, in_string, escaped);
    Ok((mended, text.len()))
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
    for bracket in open.iter().rev() {
        mended.push(*bracket);
    }
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
    use serde_json::{Value, json};

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
        assert_eq!(value("{\"a\":").unwrap(), json!({"a": null}));
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
    fn braces_in_prose_are_passed_over() {
        assert_eq!(value("Use {curly} braces. {\"a\":1}").unwrap(), json!({"a": 1}));
    }

    proptest! {
        #[test]
        fn no_answer_panics(text in "[\\PC\\n\"{}\\[\\],:\\\\]{0,200}") {
            let _ = value(&text);
        }

        #[test]
        fn a_sound_object_cut_anywhere_never_panics(cut in 0usize..80) {
            let whole = r#"{"tasks":[{"id":"T1","checks":[{"type":"file_exists","path":"a\\b"}]}],"summary":"s"}"#;
            let _ = value(whole.get(..cut).unwrap_or(whole));
        }

        #[test]
        fn sound_json_reads_as_itself(text in "[a-z \\\\\"]{0,20}", number in 0i64..1000) {
            let wanted = json!({"text": text, "list": [number, {"deep": null}]});
            prop_assert_eq!(value(&wanted.to_string()).unwrap(), wanted);
        }
    }
}
