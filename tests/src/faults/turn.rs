//! The turn that has to succeed whatever happens.

use crate::home::Home;
use crate::scripted_model::{Delta, PlannerScript, Script, Step};
use anyhow::Result;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;

/// What is asked; it deserves a plan, has quotes, line ends and letters of several scripts, and must be stored as it is.
pub const SHORT_TURN: &str = "Create done.txt with one line, then read it back.\n  Keep \"quotes\", ünïcödé 日本語 and 🦀 as they are.";
/// How the model ends.
pub const SAID: &str = "All of it is done.";

/// A model that thinks, runs two commands and says so; the same in every directory.
#[must_use]
pub fn short_turn() -> Script {
    let run = |id: &str, command: &str| {
        Delta::tool(id, "bash", json!({"command": command, "description": "Works"}))
    };
    let plan = json!({"summary": "A file", "tasks": [{"id": "T1", "description": "Create done.txt", "files": ["done.txt"],
        "depends_on": [], "checks": [{"type": "file_exists", "path": "done.txt"}]}]});
    Script {
        title: "A short turn".into(),
        planner: PlannerScript::Always(Step::says([Delta::text(&plan.to_string())])),
        by_prompt: BTreeMap::new(),
        worker: vec![
            Step::says([
                Delta::reasoning("A file first."),
                Delta::text("I begin."),
                run("call_write", "echo one > done.txt"),
            ]),
            Step::says([run("call_read", "cat done.txt")]),
            Step::says([Delta::text(SAID)]),
        ],
        tasks: BTreeMap::new(),
    }
}

/// What the plugin told the person, as OpenCode's log has it: each notice is shown and logged.
///
/// # Errors
/// When the log cannot be read.
pub fn notices(home: &Home) -> Result<Vec<String>> {
    let folder = home.home().join(".local/share/opencode/log");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let text = fs::read_to_string(entry?.path())?;
        let warned = text.lines().filter(|line| line.contains("level=WARN"));
        found.extend(
            warned.filter_map(|line| Some(format!("Rozet{}", line.split_once("message=\"Rozet")?.1))),
        );
    }
    Ok(found)
}
