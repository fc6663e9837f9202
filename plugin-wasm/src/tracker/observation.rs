//! What one finished tool call did to the workspace.

use super::{command, path};
use rozet_observability::plan::{Check, Task};
use serde_json::{Map, Value};

/// Tools that write the file named in their arguments.
const WRITERS: &[&str] = &["write", "edit", "multiedit", "patch", "apply_patch", "create", "str_replace"];
/// Tools that show that a file exists.
const READERS: &[&str] = &["read"];
const PATH_KEYS: &[&str] = &["filePath", "file_path", "path", "filename"];
const PATCH_KEYS: &[&str] = &["patchText", "patch", "input", "diff"];

/// What a tool call did: paths are relative to the workspace.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Files that it wrote.
    pub written: Vec<String>,
    /// Files that were there.
    pub seen: Vec<String>,
    /// The command that it ran.
    pub ran: Option<Run>,
}

/// A command that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// As it was given.
    pub command: String,
    /// Whether it exited with 0.
    pub passed: bool,
}

impl Observation {
    /// Reads a finished call.
    #[must_use]
    pub fn of(directory: &str, tool: &str, args: &Map<String, Value>, exit: Option<i32>) -> Self {
        let text = |keys: &[&str]| keys.iter().find_map(|key| args.get(*key)).and_then(Value::as_str);
        let tool = tool.to_ascii_lowercase();
        let mut observation = Self::default();
        if tool == "bash" {
            let Some(given) = text(&["command"]) else { return observation };
            let folder = text(&["workdir"]);
            let passed = exit == Some(0);
            observation.written = command::written(directory, folder, given);
            if passed {
                observation.seen = command::mentioned(directory, folder, given);
            }
            observation.ran = Some(Run { command: given.trim().to_owned(), passed });
        } else if WRITERS.contains(&tool.as_str()) {
            observation.written =
                text(PATH_KEYS).and_then(|file| path::within(directory, file)).into_iter().collect();
            if let Some(patch) = text(PATCH_KEYS) {
                observation.written.extend(patched(patch).filter_map(|file| path::within(directory, file)));
            }
        } else if READERS.contains(&tool.as_str()) {
            observation.seen =
                text(PATH_KEYS).and_then(|file| path::within(directory, file)).into_iter().collect();
        }
        observation
    }

    /// Whether the call worked on the task: it wrote one of its files, or ran one of its commands.
    #[must_use]
    pub fn concerns(&self, task: &Task) -> bool {
        let files = task.files.iter().map(String::as_str).chain(task.checks.iter().filter_map(checked_path));
        let wrote = || {
            files.filter_map(path::tidy).any(|file| {
                let folder = format!("{file}/");
                self.written.iter().any(|path| *path == file || path.starts_with(&folder))
            })
        };
        let ran = || {
            let run = self.ran.as_ref();
            run.is_some_and(|run| {
                task.checks.iter().any(|check| {
                    matches!(check, Check::Command { command } if command::covers(&run.command, command))
                })
            })
        };
        wrote() || ran()
    }
}

fn checked_path(check: &Check) -> Option<&str> {
    match check {
        Check::FileExists { path } | Check::FileContains { path, .. } => Some(path),
        Check::Command { .. }
        | Check::FileUnchanged { .. }
        | Check::OnlyTouched { .. }
        | Check::Manual { .. } => None,
    }
}

/// The files that a patch changes, in OpenCode's format or as a unified diff.
fn patched(patch: &str) -> impl Iterator<Item = &str> {
    patch.lines().filter_map(|line| {
        let file = ["*** Add File: ", "*** Update File: ", "*** Move to: ", "+++ b/", "+++ "]
            .iter()
            .find_map(|prefix| line.strip_prefix(prefix))?;
        let file = file.split('\t').next()?.trim();
        (file != "/dev/null").then_some(file)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_plans::task;
    use serde_json::json;

    fn observe(tool: &str, args: &Value, exit: Option<i32>) -> Observation {
        Observation::of("/w", tool, args.as_object().unwrap(), exit)
    }

    #[test]
    fn tools_are_read() {
        for (tool, args, written, seen) in [
            ("write", json!({"filePath": "/w/a.py", "content": "x"}), vec!["a.py"], vec![]),
            ("Edit", json!({"file_path": "src/a.py"}), vec!["src/a.py"], vec![]),
            ("write", json!({"filePath": "/etc/passwd"}), vec![], vec![]),
            ("write", json!({"filePath": 7}), vec![], vec![]),
            ("read", json!({"filePath": "a.py"}), vec![], vec!["a.py"]),
            (
                "apply_patch",
                json!({"patchText": "*** Begin Patch\n*** Add File: n.rs\n+x\n*** Update File: u.rs\n*** Move to: m.rs"}),
                vec!["n.rs", "u.rs", "m.rs"],
                vec![],
            ),
            (
                "patch",
                json!({"patch": "--- a/o.c\t2026\n+++ b/o.c\t2026\n--- a/gone\n+++ /dev/null"}),
                vec!["o.c"],
                vec![],
            ),
            ("grep", json!({"path": "a.py"}), vec![], vec![]),
            ("bash", json!({"command": "cat a.py > b.py"}), vec!["b.py"], vec!["a.py", "b.py"]),
        ] {
            let observation = observe(tool, &args, Some(0));
            assert_eq!(
                (observation.written, observation.seen),
                (
                    written.iter().map(ToString::to_string).collect(),
                    seen.iter().map(ToString::to_string).collect()
                ),
                "{tool} {args}"
            );
        }
        let failed = observe("bash", &json!({"command": " false a.py "}), Some(1));
        assert_eq!(
            (failed.seen, failed.ran),
            (vec![], Some(Run { command: "false a.py".into(), passed: false }))
        );
        assert!(!observe("bash", &json!({"command": "x"}), None).ran.unwrap().passed);
    }

    #[test]
    fn a_call_concerns_the_tasks_it_touches() {
        let mut docs = task("T1", &["docs"], &[]);
        assert!(observe("write", &json!({"filePath": "docs/a.md"}), None).concerns(&docs));
        assert!(!observe("write", &json!({"filePath": "docs2/a.md"}), None).concerns(&docs));
        assert!(!observe("read", &json!({"filePath": "docs/a.md"}), None).concerns(&docs));
        docs.checks = vec![Check::FileContains { path: "b.md".into(), text: "x".into() }];
        assert!(observe("edit", &json!({"filePath": "/w/b.md"}), None).concerns(&docs));
        assert!(observe("bash", &json!({"command": "pytest -q"}), Some(1)).concerns(&task(
            "T2",
            &[],
            &["pytest -q"]
        )));
    }
}
