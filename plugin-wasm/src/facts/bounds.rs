//! Bounds of what an event carries.

use super::{MOST_OUTPUT, MOST_PROMPT};
use serde_json::{Map, Value};

/// The most bytes of one string inside structured arguments.
const MOST_STRING: usize = 2 * 1024;
/// The most bytes of all strings of one payload.
const MOST_PAYLOAD: usize = 24 * 1024;
/// The most entries of one list or object.
const MOST_ENTRIES: usize = 64;

/// Head and tail of a text that is longer than `most` bytes; the cut says how much is missing.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let head = text.floor_char_boundary(most * 3 / 4);
    let tail = text.ceil_char_boundary(text.len() - most / 4);
    let missing = tail - head;
    let (head, tail) = (text.get(..head).unwrap_or_default(), text.get(tail..).unwrap_or_default());
    format!("{head}\n[{missing} bytes cut]\n{tail}")
}

/// Bounds a payload: each string, each list, and all together. What was dropped is counted in its place.
pub fn bound_fields(fields: &mut Map<String, Value>) {
    let mut left = MOST_PAYLOAD;
    bound_object(fields, &mut left, true);
}

fn bound_object(fields: &mut Map<String, Value>, left: &mut usize, top: bool) {
    if fields.len() > MOST_ENTRIES {
        let dropped = fields.len() - MOST_ENTRIES;
        let mut kept = 0;
        fields.retain(|_, _| {
            kept += 1;
            kept <= MOST_ENTRIES
        });
        fields.insert("…".to_owned(), Value::from(format!("{dropped} entries cut")));
    }
    for (key, value) in fields.iter_mut() {
        let most = match key.as_str() {
            "prompt" | "thinking" if top => MOST_PROMPT,
            "diff" if top => MOST_OUTPUT,
            "output" if top => MOST_OUTPUT,
            _ => MOST_STRING,
        };
        bound(value, most, left);
    }
}

fn bound(value: &mut Value, most: usize, left: &mut usize) {
    match value {
        Value::String(text) => {
            let most = most.min(*left);
            if text.len() > most {
                *text = cut(text, most);
            }
            *left = left.saturating_sub(text.len());
        }
        Value::Array(items) => {
            let dropped = items.len().saturating_sub(MOST_ENTRIES);
            items.truncate(MOST_ENTRIES);
            for item in items.iter_mut() {
                bound(item, MOST_STRING, left);
            }
            if dropped > 0 {
                items.push(Value::from(format!("{dropped} items cut")));
            }
        }
        Value::Object(fields) => bound_object(fields, left, false),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cut_keeps_both_ends_and_whole_characters() {
        assert_eq!(cut("short", 5), "short");
        let text = format!("a{}z", "é".repeat(100));
        let cut = cut(&text, 20);
        assert!(cut.starts_with("aé") && cut.ends_with("éz") && cut.contains("bytes cut"));
        assert!(cut.len() < 60);
    }

    #[test]
    fn no_payload_is_larger_than_its_bound() {
        let many: Map<String, Value> =
            (0..500).map(|i| (format!("k{i:03}"), json!("v".repeat(9000)))).collect();
        let mut fields = json!({"args": many, "list": vec!["x"; 500], "deep": [[[{"s": "y".repeat(9000)}]]]});
        let Value::Object(fields) = &mut fields else { panic!("an object") };
        bound_fields(fields);
        assert_eq!(fields["args"].as_object().unwrap().len(), MOST_ENTRIES + 1);
        assert_eq!(fields["list"].as_array().unwrap().len(), MOST_ENTRIES + 1);
        assert!(serde_json::to_string(fields).unwrap().len() < MOST_PAYLOAD * 2);
    }
}
