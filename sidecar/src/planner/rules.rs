//! Makes a sound plan of what a model wrote: unique ids, known dependencies without cycles, files inside
//! the workspace, a check for each task, bounded text. Nothing a model writes is trusted.

use super::reply::{PlanReply, TaskReply};
use rozet_observability::plan::{Check, Task, TaskStatus};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Component, Path};

/// Characters of a description, a check's text or a question.
const MAX_TEXT_CHARS: usize = 600;
/// Files of one task.
const MAX_FILES: usize = 32;
/// Checks of one task.
const MAX_CHECKS: usize = 8;
/// Longest path, in bytes.
const MAX_PATH_BYTES: usize = 512;

/// The tasks of a reply, at most `max_tasks`; empty when no task says what to do.
pub(super) fn tasks(reply: PlanReply, max_tasks: u32, directory: &Path, now_ms: i64) -> Vec<Task> {
    let wanted: Vec<TaskReply> = reply
        .tasks
        .into_iter()
        .filter(|task| !line(&task.description).is_empty())
        .take(usize::try_from(max_tasks).unwrap_or(usize::MAX))
        .collect();
    // The model's own ids lead to ours. Of two tasks with one id, the first keeps it.
    let mut ids = BTreeMap::new();
    for (number, task) in (1_usize..).zip(&wanted) {
        ids.entry(id_text(&task.id)).or_insert(number);
    }
    let mut tasks: Vec<Task> = Vec::with_capacity(wanted.len());
    for (number, task) in (1_usize..).zip(wanted) {
        let files = files(&task.files.unwrap_or_default(), directory);
        let mut depends_on: Vec<usize> = task
            .depends_on
            .unwrap_or_default()
            .iter()
            .filter_map(|id| ids.get(&id_text(id)).copied())
            .filter(|dependency| *dependency != number)
            .collect();
        depends_on.sort_unstable();
        depends_on.dedup();
        tasks.push(Task {
            task_id: format!("T{number}"),
            description: line(&task.description),
            checks: checks(&task.checks.unwrap_or_default(), &files, directory),
            files,
            depends_on: depends_on.iter().map(|number| format!("T{number}")).collect(),
            status: TaskStatus::Planned,
            waits_for: None,
            since: now_ms,
            claim: None,
            evidence: Vec::new(),
        });
    }
    break_cycles(&mut tasks);
    for task in &mut tasks {
        if task.depends_on.is_empty() {
            task.status = TaskStatus::Ready;
        }
    }
    tasks
}

/// One line of bounded, printable text.
pub(super) fn line(text: &str) -> String {
    let printable: String =
        text.chars().map(|character| if misleads(character) { ' ' } else { character }).collect();
    let words: Vec<&str> = printable.split_whitespace().collect();
    words.join(" ").chars().take(MAX_TEXT_CHARS).collect()
}

/// Whether a terminal obeys the character, or a reader sees the text around it in another order than a shell does.
fn misleads(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn id_text(id: &Value) -> String {
    match id {
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

fn files(wanted: &[String], directory: &Path) -> Vec<String> {
    let mut files: Vec<String> = Vec::new();
    // Each path is looked up on the disk: a list without end would take its time.
    for path in wanted.iter().take(4 * MAX_FILES).filter_map(|path| inside(path, directory)) {
        if files.len() < MAX_FILES && !files.contains(&path) {
            files.push(path);
        }
    }
    files
}

/// The path relative to the workspace; none when it leads out of it, by its spelling or by a link.
pub(super) fn inside(path: &str, directory: &Path) -> Option<String> {
    let path = path.trim();
    if path.is_empty() || path.len() > MAX_PATH_BYTES || path.chars().any(misleads) {
        return None;
    }
    let relative = Path::new(path).strip_prefix(directory).unwrap_or_else(|_| Path::new(path));
    let mut parts: Vec<&str> = Vec::new();
    for component in relative.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    if parts.is_empty() || leads_out(directory, &parts) {
        return None;
    }
    Some(parts.join("/"))
}

/// Whether the longest part of the path that exists resolves, through links, to a place outside.
fn leads_out(directory: &Path, parts: &[&str]) -> bool {
    let Ok(root) = directory.canonicalize() else { return false };
    let mut path = root.clone();
    for part in parts {
        path.push(part);
        match path.canonicalize() {
            Ok(real) if !real.starts_with(&root) => return true,
            Ok(_) => {}
            // A dangling link would be written through; a missing file is one to be made.
            Err(_) => return path.is_symlink(),
        }
    }
    false
}

fn checks(wanted: &[Value], files: &[String], directory: &Path) -> Vec<Check> {
    let mut checks: Vec<Check> =
        wanted.iter().filter_map(|check| self::check(check, directory)).take(MAX_CHECKS).collect();
    if checks.is_empty() {
        checks.extend(files.iter().take(MAX_CHECKS).map(|path| Check::FileExists { path: path.clone() }));
    }
    if checks.is_empty() {
        checks.push(Check::Manual { question: "is it done as described?".into() });
    }
    checks
}

fn check(check: &Value, directory: &Path) -> Option<Check> {
    let text = |name: &str| {
        let text = check.get(name)?.as_str()?;
        (!text.trim().is_empty()).then(|| text.to_owned())
    };
    let path = || inside(&text("path")?, directory);
    match check.get("type")?.as_str()? {
        "file_exists" => Some(Check::FileExists { path: path()? }),
        "file_contains" => Some(Check::FileContains { path: path()?, text: bounded(&text("text")?) }),
        "command" => Some(Check::Command { command: command(&text("command")?)? }),
        "manual" => {
            let question = line(&text("text").or_else(|| text("question"))?);
            (!question.is_empty()).then_some(Check::Manual { question })
        }
        _ => None,
    }
}

fn bounded(text: &str) -> String {
    text.chars().take(MAX_TEXT_CHARS).collect()
}

/// A command is one line of bounded length, or none: cutting one would make another command of it.
fn command(text: &str) -> Option<String> {
    let text = text.trim();
    let sound = text.chars().count() <= MAX_TEXT_CHARS && !text.chars().any(misleads);
    sound.then(|| text.to_owned())
}

/// Drops dependencies on later tasks until none is left in a cycle: a plan without them has an order.
fn break_cycles(tasks: &mut [Task]) {
    let mut placed: Vec<String> = Vec::new();
    while placed.len() < tasks.len() {
        let free = tasks.iter().position(|task| {
            !placed.contains(&task.task_id) && task.depends_on.iter().all(|id| placed.contains(id))
        });
        if let Some(task) = free.and_then(|place| tasks.get(place)) {
            placed.push(task.task_id.clone());
            continue;
        }
        // Everything left is in a cycle, or behind one: the first task loses what it cannot wait for.
        let Some(stuck) = tasks.iter_mut().find(|task| !placed.contains(&task.task_id)) else { return };
        stuck.depends_on.retain(|id| placed.contains(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn plan(tasks_json: &Value) -> Vec<Task> {
        let reply: PlanReply = serde_json::from_value(json!({"summary": "s", "tasks": tasks_json})).unwrap();
        tasks(reply, 6, Path::new("/ws"), 1)
    }

    #[test]
    fn ids_are_renumbered_and_dependencies_follow() {
        let tasks = plan(&json!([
            {"id": "setup", "description": "a"},
            {"id": 2, "description": "b", "depends_on": ["setup", "setup", "ghost", 2]},
            {"id": "setup", "description": "c", "depends_on": [2]}
        ]));
        let shape: Vec<_> =
            tasks.iter().map(|t| (t.task_id.as_str(), t.depends_on.join(","), t.status)).collect();
        assert_eq!(
            shape,
            [
                ("T1", String::new(), TaskStatus::Ready),
                ("T2", "T1".into(), TaskStatus::Planned),
                ("T3", "T2".into(), TaskStatus::Planned),
            ]
        );
    }

    #[test]
    fn a_cycle_is_broken_where_it_begins() {
        let tasks = plan(&json!([
            {"id": "a", "description": "a", "depends_on": ["c"]},
            {"id": "b", "description": "b", "depends_on": ["a"]},
            {"id": "c", "description": "c", "depends_on": ["b"]}
        ]));
        assert_eq!(tasks[0].depends_on, Vec::<String>::new());
        assert_eq!(tasks[1].depends_on, ["T1"]);
        assert_eq!(tasks[2].depends_on, ["T2"]);
    }

    #[test]
    fn paths_stay_inside_the_workspace() {
        let workspace = tempfile::tempdir().unwrap();
        let root = workspace.path();
        std::os::unix::fs::symlink("/etc", root.join("out")).unwrap();
        std::os::unix::fs::symlink("/nowhere/at/all", root.join("dangling")).unwrap();
        std::fs::create_dir(root.join("src")).unwrap();
        std::os::unix::fs::symlink("src", root.join("in")).unwrap();
        for bad in [
            "../x",
            "/etc/passwd",
            "a/../../x",
            "",
            "   ",
            "a\nb",
            "a\u{202e}b",
            "out/passwd",
            "dangling",
            ".",
        ] {
            assert_eq!(inside(bad, root), None, "{bad:?}");
        }
        let absolute = root.join("src/main.rs");
        for (good, wanted) in [
            ("./a.py", "a.py"),
            ("src//b.rs", "src/b.rs"),
            ("in/c.rs", "in/c.rs"),
            (absolute.to_str().unwrap(), "src/main.rs"),
        ] {
            assert_eq!(inside(good, root).as_deref(), Some(wanted));
        }
    }

    #[test]
    fn every_task_has_a_check_and_bad_ones_are_dropped() {
        let tasks = plan(&json!([
            {"description": "no checks, a file", "files": ["a.py"]},
            {"description": "nothing"},
            {"description": "bad ones", "checks": [
                {"type": "file_exists", "path": "../x"}, {"type": "rm"}, 7,
                {"type": "command", "command": "a\nb"}, {"type": "command", "command": "rm a\u{2066}b"},
                {"type": "manual", "text": "\u{7}"}, {"type": "command", "command": "true"}
            ]}
        ]));
        assert_eq!(tasks[0].checks, [Check::FileExists { path: "a.py".into() }]);
        assert!(matches!(tasks[1].checks[..], [Check::Manual { .. }]));
        assert_eq!(tasks[2].checks, [Check::Command { command: "true".into() }]);
    }

    #[test]
    fn text_is_one_bounded_line_and_forty_tasks_are_six() {
        let many: Vec<_> = (0..40)
            .map(|n| json!({"id": n, "description": format!("do\u{7} {n}\n\u{202e}\u{1b}[31mx")}))
            .collect();
        let tasks = plan(&Value::Array(many));
        assert_eq!(tasks.len(), 6);
        assert_eq!(tasks[0].description, "do 0 [31mx");
        assert!(plan(&json!([{"description": " \n "}])).is_empty());
    }
}
