//! The built-in planner: splits a request into tasks by its own structure. Deterministic, and it always
//! ends in at least one task.

mod commands;
mod split;

use super::named_files;
use super::reply::{PlanReply, TaskReply};
use serde_json::{Value, json};
use std::path::Path;

/// Characters of a request that are split; taking a pasted log apart would only cost time.
const MAX_REQUEST_CHARS: usize = 12_000;

/// Plans a request without any model; `test_command` is the workspace's own.
pub(super) fn plan(request: &str, directory: &Path, test_command: Option<&str>) -> PlanReply {
    let end = request.char_indices().nth(MAX_REQUEST_CHARS).map_or(request.len(), |(at, _)| at);
    let request = request.get(..end).unwrap_or(request);
    let steps = split::steps(request);
    let mut tasks: Vec<TaskReply> = Vec::with_capacity(steps.len());
    for (number, step) in (1_usize..).zip(&steps) {
        let command = commands::asked_for(&step.text)
            .or_else(|| test_command.filter(|_| commands::runs_tests(&step.text)).map(str::to_owned));
        // A step that runs something reads the files it names; it does not write them.
        let files: Vec<String> = match command {
            Some(_) => Vec::new(),
            None => named_files::mentioned(&step.text)
                .into_iter()
                .filter(|file| super::rules::inside(file, directory).is_some())
                .collect(),
        };
        let mut checks: Vec<Value> =
            files.iter().map(|path| json!({"type": "file_exists", "path": path})).collect();
        let tested = test_command.filter(|_| command.is_none() && commands::speaks_of_tests(&step.text));
        let command = command.or_else(|| tested.map(str::to_owned));
        checks.extend(command.map(|command| json!({"type": "command", "command": command})));
        let depends_on =
            if step.after_previous && number > 1 { vec![json!(format!("T{}", number - 1))] } else { vec![] };
        tasks.push(TaskReply {
            id: json!(format!("T{number}")),
            description: step.text.clone(),
            files: Some(files),
            checks: Some(checks),
            depends_on: Some(depends_on),
        });
    }
    PlanReply { summary: split::head(request), tasks }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(request: &str) -> Vec<String> {
        plan(request, Path::new("/ws"), None).tasks.into_iter().map(|task| task.description).collect()
    }

    #[test]
    fn one_thing_is_one_task() {
        assert_eq!(described("create a hello world python script"), ["create a hello world python script"]);
    }

    #[test]
    fn lists_sequences_and_sentences_are_split() {
        assert_eq!(described("Please do:\n1. add a cache\n2. write tests\n"), ["add a cache", "write tests"]);
        assert_eq!(described("- rename foo\n- update docs"), ["rename foo", "update docs"]);
        assert_eq!(described("create app.py, then run it"), ["create app.py", "run it"]);
        assert_eq!(
            described("Add a login page. Also write the docs for it."),
            ["Add a login page", "write the docs for it"]
        );
    }

    #[test]
    fn order_makes_dependencies_and_files_make_checks() {
        let plan = plan("create src/app.py and then add docs/app.md", Path::new("/ws"), None);
        assert_eq!(plan.tasks[0].files.as_deref(), Some(&["src/app.py".to_owned()][..]));
        assert_eq!(plan.tasks[0].checks, Some(vec![json!({"type": "file_exists", "path": "src/app.py"})]));
        assert_eq!(plan.tasks[0].depends_on, Some(vec![]));
        assert_eq!(plan.tasks[1].depends_on, Some(vec![json!("T1")]));
    }

    #[test]
    fn a_command_spelled_out_is_its_own_check() {
        let plan = plan("create a.py, then run python3 a.py", Path::new("/ws"), None);
        assert_eq!(plan.tasks[1].files, Some(vec![]));
        assert_eq!(plan.tasks[1].checks, Some(vec![json!({"type": "command", "command": "python3 a.py"})]));
    }

    #[test]
    fn tests_are_proved_by_the_workspaces_own_command() {
        let plan =
            plan("add src/cache.rs with tests, then run the tests", Path::new("/ws"), Some("cargo test"));
        let test = json!({"type": "command", "command": "cargo test"});
        let file = json!({"type": "file_exists", "path": "src/cache.rs"});
        assert_eq!(plan.tasks[0].checks, Some(vec![file, test.clone()]));
        assert_eq!(plan.tasks[1].checks, Some(vec![test]));
    }

    #[test]
    fn of_a_vast_request_the_beginning_is_split() {
        let plan = plan(&"ä, then ".repeat(30_000), Path::new("/ws"), None);
        assert_eq!(plan.tasks.len(), MAX_REQUEST_CHARS / "ä, then ".chars().count());
    }

    #[test]
    fn any_request_has_a_task() {
        for request in ["", "   ", "...", "!!!", "\u{202e}\u{0}", "1.\n2.\n", "日本語で説明を書いて"]
        {
            assert!(!plan(request, Path::new("/ws"), None).tasks.is_empty(), "{request:?}");
        }
    }
}
