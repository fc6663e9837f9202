//! A call's arguments, read leniently where only one thing can be meant and strictly elsewhere.

use super::ToolError;
use serde_json::{Map, Value};

/// Other names that models know fields by.
const ALIASES: [(&str, &[&str]); 11] = [
    ("path", &["filePath", "file_path", "filepath", "file", "filename", "dir", "directory"]),
    ("content", &["contents", "text"]),
    ("old_string", &["oldString", "old_str", "old_text", "oldText"]),
    ("new_string", &["newString", "new_str", "new_text", "newText"]),
    ("replace_all", &["replaceAll"]),
    ("pattern", &["query", "regex"]),
    ("glob", &["include"]),
    ("ignore_case", &["ignoreCase", "case_insensitive"]),
    ("command", &["cmd"]),
    ("timeout_ms", &["timeoutMs", "timeout"]),
    ("workdir", &["cwd", "workDir", "working_directory"]),
];

/// The arguments of one call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arguments<'a> {
    tool: &'static str,
    fields: &'a Map<String, Value>,
}

impl<'a> Arguments<'a> {
    pub(super) fn of(tool: &'static str, value: &'a Value) -> Result<Self, ToolError> {
        match value {
            Value::Object(fields) => Ok(Self { tool, fields }),
            other => Err(ToolError::Arguments(format!(
                "the arguments of {tool} must be a JSON object, got {}",
                kind(other)
            ))),
        }
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        let aliases =
            ALIASES.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, aliases)| aliases);
        std::iter::once(name)
            .chain(aliases.iter().copied())
            .find_map(|name| self.fields.get(name))
            .filter(|value| !value.is_null())
    }

    fn wrong(&self, name: &str, expected: &str, got: &Value) -> ToolError {
        ToolError::Arguments(format!("{}: `{name}` must be {expected}, got {}", self.tool, kind(got)))
    }

    /// Text that must be there.
    pub(super) fn text(&self, name: &str) -> Result<String, ToolError> {
        self.optional_text(name)?.ok_or_else(|| {
            let given: Vec<&str> = self.fields.keys().map(String::as_str).take(10).collect();
            let given = if given.is_empty() { "nothing".to_owned() } else { given.join(", ") };
            ToolError::Arguments(format!("{}: `{name}` is missing (text); given: {given}", self.tool))
        })
    }

    /// Text that may be left out.
    pub(super) fn optional_text(&self, name: &str) -> Result<Option<String>, ToolError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(self.wrong(name, "text", other)),
        }
    }

    /// A whole number from 0, also as text.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, ToolError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = match value {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is whole and not negative"
            )]
            Value::Number(number) => number.as_u64().or_else(|| {
                number
                    .as_f64()
                    .filter(|float| *float >= 0.0 && float.fract() == 0.0 && *float < 1e15)
                    .map(|float| float as u64)
            }),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.map(Some).ok_or_else(|| self.wrong(name, "a whole number", value))
    }

    /// Yes or no, no when left out.
    pub(super) fn flag(&self, name: &str) -> Result<bool, ToolError> {
        match self.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) if text == "true" => Ok(true),
            Some(Value::String(text)) if text == "false" => Ok(false),
            Some(other) => Err(self.wrong(name, "true or false", other)),
        }
    }
}

/// What a value is, in a word; its content stays out.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn harmless_slips_are_understood() {
        let value =
            json!({"filePath": "a", "offset": "12", "limit": 5.0, "replaceAll": "true", "workdir": null});
        let arguments = Arguments::of("x", &value).unwrap();
        assert_eq!(arguments.text("path").unwrap(), "a");
        assert_eq!(arguments.number("offset").unwrap(), Some(12));
        assert_eq!(arguments.number("limit").unwrap(), Some(5));
        assert!(arguments.flag("replace_all").unwrap());
        assert_eq!(arguments.optional_text("workdir").unwrap(), None);
    }

    #[test]
    fn wrong_types_are_named_with_what_was_expected() {
        let value = json!({"path": 3, "offset": -1, "limit": "many", "replace_all": 1});
        let arguments = Arguments::of("edit_file", &value).unwrap();
        let message = |error: ToolError| error.to_string();
        assert_eq!(
            message(arguments.text("path").unwrap_err()),
            "edit_file: `path` must be text, got a number"
        );
        assert!(message(arguments.number("offset").unwrap_err()).contains("a whole number"));
        assert!(message(arguments.number("limit").unwrap_err()).contains("got text"));
        assert!(message(arguments.flag("replace_all").unwrap_err()).contains("true or false"));
        assert!(message(arguments.text("old_string").unwrap_err()).contains("`old_string` is missing"));
        assert!(
            message(Arguments::of("search", &json!([1])).unwrap_err()).contains("JSON object, got a list")
        );
    }
}
