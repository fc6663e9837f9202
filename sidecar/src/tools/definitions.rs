//! The tools, as models are told of them. Every word is paid for with every request, so there are few.

use super::ToolDefinition;
use serde_json::{Map, Value, json};

/// The six tools.
pub(crate) fn definitions() -> Vec<ToolDefinition> {
    let text = |description: &str| json!({"type": "string", "description": description});
    let plain = || json!({"type": "string"});
    let number = |description: &str| json!({"type": "integer", "minimum": 1, "description": description});
    let path = || text("relative to the workspace");
    vec![
        tool(
            "read_file",
            "Read a text file. Long files come in parts.",
            &[
                ("path", true, path()),
                ("offset", false, number("first line, from 1")),
                ("limit", false, number("lines, at most 2000")),
            ],
        ),
        tool(
            "write_file",
            "Write a whole file; parent folders are made. Read an existing file first.",
            &[("path", true, path()), ("content", true, plain())],
        ),
        tool(
            "edit_file",
            "Replace text in a file. old_string must match exactly and only once.",
            &[
                ("path", true, path()),
                ("old_string", true, plain()),
                ("new_string", true, plain()),
                ("replace_all", false, json!({"type": "boolean"})),
            ],
        ),
        tool(
            "list_files",
            "List files that git does not ignore.",
            &[("path", false, path()), ("pattern", false, text("glob, such as **/*.rs"))],
        ),
        tool(
            "search",
            "Search file contents by regular expression, line by line.",
            &[
                ("pattern", true, plain()),
                ("path", false, path()),
                ("glob", false, text("files, such as *.rs")),
                ("ignore_case", false, json!({"type": "boolean"})),
            ],
        ),
        tool(
            "execute_bash",
            "Run a shell command in a sandbox. Nothing it starts outlives it.",
            &[
                ("command", true, plain()),
                ("timeout_ms", false, number("default 120000, at most 600000")),
                ("workdir", false, path()),
            ],
        ),
    ]
}

fn tool(
    name: &'static str,
    description: &'static str,
    fields: &[(&'static str, bool, Value)],
) -> ToolDefinition {
    let properties: Map<String, Value> =
        fields.iter().map(|(name, _, schema)| ((*name).to_owned(), schema.clone())).collect();
    let required: Vec<&str> =
        fields.iter().filter(|(_, required, _)| *required).map(|(name, ..)| *name).collect();
    let mut parameters = json!({"type": "object", "properties": properties});
    if let (false, Some(object)) = (required.is_empty(), parameters.as_object_mut()) {
        object.insert("required".to_owned(), json!(required));
    }
    ToolDefinition { name, description, parameters }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_are_cheap() {
        let text = serde_json::to_string(&definitions()).unwrap();
        let tokens = crate::spend::tokens_of(&text);
        assert!(tokens < 900, "{tokens} tokens");
    }

    #[test]
    fn only_what_is_needed_is_required() {
        let required = |index: usize| definitions()[index].parameters["required"].clone();
        assert_eq!(required(0), json!(["path"]));
        assert_eq!(required(2), json!(["path", "old_string", "new_string"]));
        assert_eq!(required(3), Value::Null);
        assert_eq!(required(5), json!(["command"]));
    }
}
