//! What the scripted model does with the prompt.

use crate::artifacts::variable;
use crate::scripted_model::{Delta, PlannerScript, Script, Step};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The prompt when none is given.
pub const DEFAULT_PROMPT: &str = "create a hello world python script";
/// The planner's tasks.
pub const TASKS: [&str; 2] = ["Create hello.py that prints a greeting", "Run hello.py and see its output"];
/// In the model's reasoning, and nowhere that a person or the model sees again.
pub const REASONED: &str = "pondering-marker-4711";
/// In the `<think>` blocks that leak into text, and nowhere else.
pub const LEAKED: &str = "leaked-marker-0815";
/// How many blocks leak.
pub const LEAKED_BLOCKS: u64 = 2;
/// How the model's last message begins.
pub const ANSWER: &str = "hello.py is there";

/// The command that shows the script at work. Where there is no Python it only reads the file, so that the
/// demo says something true on every machine.
#[derive(Debug, Clone)]
pub struct RunCommand(String);

impl RunCommand {
    /// Looks for an interpreter in `PATH`.
    #[must_use]
    pub fn find() -> Self {
        let path = variable("PATH").unwrap_or_default();
        let interpreter = ["python3", "python"]
            .into_iter()
            .find(|name| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()));
        Self(format!("{} hello.py", interpreter.unwrap_or("cat")))
    }

    /// The command line.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the planner's model answers.
#[must_use]
pub fn plan_json(run: &RunCommand) -> Value {
    let [create, execute] = TASKS;
    json!({
        "summary": "A Python script that greets the world",
        "tasks": [
            {
                "id": "T1", "description": create, "files": ["hello.py"], "depends_on": [],
                "checks": [
                    {"type": "file_exists", "path": "hello.py"},
                    {"type": "file_contains", "path": "hello.py", "text": "print"}
                ]
            },
            {
                "id": "T2", "description": execute, "files": [], "depends_on": ["T1"],
                "checks": [{"type": "command", "command": run.as_str()}]
            }
        ]
    })
}

/// The whole script: a plan, then thinking, leaking, writing, running and answering.
#[must_use]
pub fn script(workspace: &Path, run: &RunCommand) -> Script {
    let write = json!({
        "filePath": workspace.join("hello.py"),
        "content": "print(\"Hello, world!\")\n",
    });
    let execute = json!({"command": run.as_str(), "description": "Runs hello.py"});
    Script {
        title: "Hello world in Python".into(),
        planner: PlannerScript::Always(Step::says([Delta::Text(plan_json(run).to_string())])),
        by_prompt: BTreeMap::new(),
        worker: vec![
            Step::says([
                Delta::reasoning("First a file: "),
                Delta::reasoning(REASONED),
                Delta::text("I will write the script. <thi"),
                Delta::text("nk>"),
                Delta::text("The person wants a greeting, "),
                Delta::text(LEAKED),
                Delta::text(", so one file is enough.</thi"),
                Delta::text("nk>Here it comes."),
                Delta::tool("call_write", "write", write),
            ]),
            Step::says([Delta::reasoning(REASONED), Delta::tool("call_run", "bash", execute)]),
            Step::says([
                Delta::text(&format!("<think>\nIt ran, {LEAKED}, so I can say so.\n</think>\n\n")),
                Delta::text(ANSWER),
                Delta::text(" and greets the world."),
            ]),
        ],
        tasks: BTreeMap::new(),
    }
}
