//! Events of 600 bytes as hook scripts send them: words, paths, a commit's hash, nothing secret.

use serde_json::json;

/// Bytes of each body.
const BYTES: usize = 600;
/// Different events; enough that no two in a row are alike.
const EVENTS: usize = 512;
const SESSIONS: usize = 8;
const TOOLS: [&str; 5] = ["Bash", "Read", "Edit", "Grep", "Write"];
const WORDS: [&str; 16] = [
    "refactor", "the", "parser", "so", "that", "errors", "name", "their", "line", "and", "run", "tests",
    "again", "with", "coverage", "please",
];

/// The bodies of `POST /events`.
pub(super) fn events() -> impl Iterator<Item = Vec<u8>> {
    (0..EVENTS).map(|number| {
        let tool = TOOLS.get(number % TOOLS.len()).copied().unwrap_or_default();
        let hash = hash(number);
        let mut text = String::new();
        let body = |text: &str| {
            json!({
                "source_app": "hooks",
                "session_id": format!("8f14e45f-ceea-467f-a0e6-{:012}", number % SESSIONS),
                "hook_event_type": if number.is_multiple_of(2) { "PreToolUse" } else { "PostToolUse" },
                "model_name": "claude-haiku-4-5",
                "payload": {
                    "tool_name": tool,
                    "tool_input": {"file_path": format!("/home/person/project/src/part{number}.rs"), "commit": hash},
                    "description": text,
                },
                "timestamp": 1_760_000_000_000_u64 + number as u64,
            })
            .to_string()
        };
        let missing = BYTES.saturating_sub(body("").len());
        let mut at = number;
        while text.len() < missing {
            text.push_str(WORDS.get(at % WORDS.len()).copied().unwrap_or_default());
            text.push(' ');
            at = at * 5 + 1;
            at %= 1_009;
        }
        text.truncate(missing);
        body(&text).into_bytes()
    })
}

/// Something that looks like a commit's.
fn hash(number: usize) -> String {
    let mut state = number as u64 + 1;
    (0..40)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from_digit((state >> 60) as u32, 16).unwrap_or_default()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_has_its_size() {
        assert!(events().all(|body| body.len() == BYTES));
        assert_ne!(hash(1), hash(2));
    }
}
