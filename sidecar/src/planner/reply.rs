//! What the model is asked to answer, and its JSON schema.

use serde::Deserialize;
use serde_json::{Value, json};

/// A plan, as a model writes it; nothing in it is trusted yet.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct PlanReply {
    #[serde(default)]
    pub(super) summary: String,
    #[serde(alias = "steps")]
    pub(super) tasks: Vec<TaskReply>,
}

/// One task of it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(super) struct TaskReply {
    #[serde(default, alias = "task_id")]
    pub(super) id: Value,
    #[serde(default, alias = "title", alias = "name")]
    pub(super) description: String,
    #[serde(default)]
    pub(super) files: Option<Vec<String>>,
    #[serde(default)]
    pub(super) checks: Option<Vec<Value>>,
    #[serde(default, alias = "dependencies")]
    pub(super) depends_on: Option<Vec<Value>>,
}

/// The schema of [`PlanReply`], in the subset that strict structured output accepts: every field
/// required, nothing additional.
pub(super) fn schema() -> Value {
    let text = json!({"type": "string"});
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["summary", "tasks"],
        "properties": {
            "summary": text,
            "tasks": {"type": "array", "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["id", "description", "files", "checks", "depends_on"],
                "properties": {
                    "id": text,
                    "description": text,
                    "files": {"type": "array", "items": text},
                    "depends_on": {"type": "array", "items": text},
                    "checks": {"type": "array", "items": {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["type", "path", "text", "command"],
                        "properties": {
                            "type": {"type": "string", "enum": ["file_exists", "file_contains", "command", "manual"]},
                            "path": text,
                            "text": text,
                            "command": text
                        }
                    }}
                }
            }}
        }
    })
}
