//! What a worker does, in one line for people.

use serde_json::Value;

/// Longest line about a call, in characters.
const LINE_CHARS: usize = 160;
/// The arguments that tell most about a call, the most telling first.
const TELLING: [&str; 9] =
    ["path", "filePath", "file_path", "file", "command", "pattern", "query", "url", "name"];

/// One line about a call, such as `edit_file src/a.rs`.
pub(super) fn line(name: &str, arguments: Option<&Value>) -> String {
    let telling = arguments.and_then(|arguments| {
        TELLING.iter().find_map(|key| arguments.get(key)?.as_str().filter(|text| !text.is_empty()))
    });
    let text = telling.map_or_else(|| name.to_owned(), |telling| format!("{name} {telling}"));
    let mut line: String =
        text.chars().map(|each| if each.is_control() { ' ' } else { each }).take(LINE_CHARS).collect();
    if text.chars().count() > LINE_CHARS {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::line;
    use serde_json::json;

    #[test]
    fn a_call_is_told_in_one_line() {
        assert_eq!(line("edit_file", Some(&json!({"text": "x", "path": "src/a.rs"}))), "edit_file src/a.rs");
        assert_eq!(line("shell", Some(&json!({"command": "a\nb"}))), "shell a b");
        assert_eq!(line("list", Some(&json!({"depth": 1}))), "list");
        assert_eq!(line("list", None), "list");
        assert!(line("shell", Some(&json!({"command": "x".repeat(500)}))).ends_with("x…"));
    }
}
