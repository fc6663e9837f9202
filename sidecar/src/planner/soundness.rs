//! What holds for every plan, whatever a model wrote or a person asked for: asserted of random ones, and by the fuzzer.

use super::reply::PlanReply;
use super::rules;
use crate::reader;
use rozet_observability::plan::{Check, Task, TaskStatus};
use std::collections::BTreeSet;
use std::path::{Component, Path};

const WORKSPACE: &str = "/ws";

/// Reads an answer as the planner does; what can be read must be sound under any limit of tasks.
pub(crate) fn of_answer(answer: &str) {
    let Ok(reply) = reader::read::<PlanReply>(answer) else { return };
    for max_tasks in [1, 6, 50] {
        let tasks = rules::tasks(reply.clone(), max_tasks, Path::new(WORKSPACE), 0);
        assert!(tasks.len() <= max_tasks as usize, "{} tasks of {max_tasks}", tasks.len());
        of_tasks(&tasks);
    }
    let summary = rules::line(&reply.summary);
    assert!(summary.is_empty() || is_line(&summary), "{summary:?}");
}

fn of_tasks(tasks: &[Task]) {
    let ids: BTreeSet<&str> = tasks.iter().map(|task| task.task_id.as_str()).collect();
    assert_eq!(ids.len(), tasks.len(), "ids are unique");
    // As long as a task waits only for those that are done, there is an order; a cycle has none.
    let mut done: BTreeSet<&str> = BTreeSet::new();
    while done.len() < tasks.len() {
        let can_begin = |task: &&Task| task.depends_on.iter().all(|id| done.contains(id.as_str()));
        let next: Vec<&str> = tasks.iter().filter(can_begin).map(|task| task.task_id.as_str()).collect();
        let before = done.len();
        done.extend(next);
        assert!(done.len() > before, "a cycle, or an unknown dependency");
    }
    tasks.iter().for_each(of_task);
}

fn of_task(task: &Task) {
    assert!(is_line(&task.description), "{:?}", task.description);
    let begins = if task.depends_on.is_empty() { TaskStatus::Ready } else { TaskStatus::Planned };
    assert_eq!(task.status, begins);
    for names in [&task.files, &task.depends_on] {
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    }
    assert!(task.files.len() <= 32 && (1..=8).contains(&task.checks.len()));
    task.files.iter().for_each(|path| assert!(is_inside(path), "{path:?}"));
    for check in &task.checks {
        let sound = match check {
            Check::Command { command } => is_line(command),
            Check::FileExists { path } => is_inside(path),
            Check::FileContains { path, text } => {
                is_inside(path) && !text.is_empty() && text.chars().count() <= 600
            }
            Check::Manual { question } => is_line(question),
            Check::FileUnchanged { path } => is_inside(path),
            Check::OnlyTouched { .. } => true,
        };
        assert!(sound, "{check:?}");
    }
}

fn is_line(text: &str) -> bool {
    let reordered = |character| matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !text.trim().is_empty()
        && text.chars().count() <= 600
        && !text.chars().any(|character| character.is_control() || reordered(character))
}

fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && path.len() <= 512
        && !path.chars().any(char::is_control)
        && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::offline;
    use proptest::prelude::*;
    use proptest::sample::select;
    use serde_json::{Value, json};

    const WORDS: &[&str] = &[
        "",
        " ",
        "a",
        "b",
        "T1",
        "T2",
        "T3",
        "file_exists",
        "command",
        "manual",
        "../x",
        "/etc/passwd",
        "/ws/in.rs",
        "/ws/../x",
        "./a//b.py",
        ".",
        "a\nb",
        "\u{1b}[31m",
        "\u{202e}",
        "</think>",
        "<think>",
        "{",
        "}]",
    ];

    fn word() -> impl Strategy<Value = String> {
        prop_oneof![4 => select(WORDS).prop_map(str::to_owned), 1 => any::<String>(), 1 => "[a-z]{590,610}"]
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            4 => word().prop_map(Value::from),
            1 => (0..4).prop_map(Value::from),
            1 => Just(Value::Null)
        ];
        leaf.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                inner.prop_map(|value| json!({"type": value, "path": "a.py", "text": "x"})),
            ]
        })
    }

    fn check() -> impl Strategy<Value = Value> {
        let kind = select(&["file_exists", "file_contains", "command", "manual"][..]);
        let sound = (kind, word(), word(), word()).prop_map(
            |(kind, path, text, command)| json!({"type": kind, "path": path, "text": text, "command": command}),
        );
        prop_oneof![3 => sound, 1 => value()]
    }

    fn task() -> impl Strategy<Value = Value> {
        let (id, ids) = (value(), prop::collection::vec(value(), 0..6));
        let (files, checks) = (prop::collection::vec(word(), 0..40), prop::collection::vec(check(), 0..12));
        (id, word(), files, checks, ids).prop_map(|(id, description, files, checks, ids)| {
            json!({"id": id, "description": description, "files": files, "checks": checks, "depends_on": ids})
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn whatever_a_model_writes_becomes_a_sound_plan(
            tasks in prop::collection::vec(task(), 0..9), before in word(), cut in any::<prop::sample::Index>(),
        ) {
            let answer = format!("{before}{}", json!({"summary": before, "tasks": tasks}));
            of_answer(&answer);
            let end = answer.floor_char_boundary(cut.index(answer.len()));
            of_answer(answer.get(..end).unwrap_or_default());
        }

        #[test]
        fn whatever_a_person_asks_for_becomes_a_sound_plan(
            words in prop::collection::vec(prop_oneof![
                word(),
                select(&[", then ", ". ", "\n1. ", "\n- ", "run ", "`", "the tests", "also ", "src/a.rs"][..])
                    .prop_map(str::to_owned),
            ], 0..30),
        ) {
            let reply = offline::plan(&words.concat(), Path::new(WORKSPACE), Some("make test"));
            let tasks = rules::tasks(reply, 6, Path::new(WORKSPACE), 0);
            prop_assert!((1..=6).contains(&tasks.len()));
            of_tasks(&tasks);
        }
    }
}
