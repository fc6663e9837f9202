//! The tools, as models are told of them.

use super::ToolDefinition;
use rozet_observability::run::TOOLS;
use std::sync::LazyLock;

/// The six tools.
pub(crate) fn definitions() -> Vec<ToolDefinition> {
    // Sound, as a test sees to.
    static DEFINITIONS: LazyLock<Vec<ToolDefinition>> =
        LazyLock::new(|| serde_json::from_str(TOOLS).unwrap_or_default());
    DEFINITIONS.clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_definitions_are_cheap() {
        let text = serde_json::to_string(&definitions()).unwrap();
        let tokens = crate::spend::tokens_of(&text);
        assert!(tokens < 900, "{tokens} tokens");
        assert_eq!(definitions().len(), 6);
    }

    #[test]
    fn only_what_is_needed_is_required() {
        let required = |index: usize| definitions()[index].parameters["required"].clone();
        assert_eq!(required(0), json!(["path"]));
        assert_eq!(required(2), json!(["path", "old_string", "new_string"]));
        assert_eq!(required(3), json!([]));
        assert_eq!(required(5), json!(["command"]));
    }
}
