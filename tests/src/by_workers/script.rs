//! What the scripted model does when workers carry the plan out: a plan of three tasks, a main model that waits, and
//! three workers, one of whom gets it wrong at first.

use crate::main_job::RunCommand;
use crate::scripted_model::{Delta, PlannerScript, Script, Step};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The prompt when none is given.
pub const PROMPT: &str =
    "create hello.py that prints a greeting, describe it in NOTES.md, then run it and see that it greets";
/// The planner's tasks.
pub const TASKS: [&str; 3] = [
    "Create hello.py that prints a greeting",
    "Describe hello.py in NOTES.md",
    "Run hello.py and see its output",
];
/// How the main model's last message begins.
pub const ANSWER: &str = "The workers are done";
/// What the worker of T2 forgets at first.
pub const NEEDED: &str = "Usage:";

fn plan(run: &RunCommand) -> Value {
    let [create, describe, execute] = TASKS;
    json!({
        "summary": "A script that greets, with its notes",
        "tasks": [
            {
                "id": "T1", "description": create, "files": ["hello.py"], "depends_on": [],
                "checks": [{"type": "file_contains", "path": "hello.py", "text": "print"}]
            },
            {
                "id": "T2", "description": describe, "files": ["NOTES.md"], "depends_on": [],
                "checks": [{"type": "file_contains", "path": "NOTES.md", "text": NEEDED}]
            },
            {
                "id": "T3", "description": execute, "files": [], "depends_on": ["T1", "T2"],
                "checks": [{"type": "command", "command": run.as_str()}]
            }
        ]
    })
}

/// How the tools are called: by OpenCode's workers, or by the sidecar's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// As the plugin offers them to OpenCode.
    OpenCode,
    /// As the sidecar's own loop knows them.
    Local,
}

/// The whole script.
#[must_use]
pub fn script(run: &RunCommand, names: Names) -> Script {
    let [write, edit, shell] = match names {
        Names::OpenCode => ["rozet_write", "rozet_edit", "rozet_shell"],
        Names::Local => ["write_file", "edit_file", "execute_bash"],
    };
    let call = |id: &str, tool: &str, arguments: Value| Step::says([Delta::tool(id, tool, arguments)]);
    let says = |text: &str| Step::says([Delta::text(text)]);
    let hello = json!({"path": "hello.py", "content": "print(\"Hello, world!\")\n"});
    let notes = json!({"path": "NOTES.md", "content": "# hello.py\n\nIt greets.\n"});
    let mended = format!("It greets.\n\n{NEEDED} {}\n", run.as_str());
    let mend = json!({"path": "NOTES.md", "old_string": "It greets.\n", "new_string": mended});
    let tasks = BTreeMap::from([
        ("T1".to_owned(), vec![vec![call("one", write, hello), says("hello.py is written")]]),
        (
            "T2".to_owned(),
            vec![
                vec![call("two", write, notes), says("NOTES.md is written")],
                vec![call("three", edit, mend), says("NOTES.md says how to use it now")],
            ],
        ),
        (
            "T3".to_owned(),
            vec![vec![call("four", shell, json!({"command": run.as_str()})), says("it greets the world")]],
        ),
    ]);
    Script {
        title: "Hello world by workers".into(),
        planner: PlannerScript::Always(Step::says([Delta::text(&plan(run).to_string())])),
        by_prompt: BTreeMap::new(),
        worker: vec![
            call("wait", "rozet_wait", json!({})),
            Step::says([
                Delta::text(ANSWER),
                Delta::text(": the script greets, and its notes say how to use it."),
            ]),
        ],
        tasks,
    }
}
