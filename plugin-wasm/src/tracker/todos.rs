//! Which entry of OpenCode's own list is the same work as a task of the plan.

use super::Tracker;
use super::{Step, may_be_claimed};
use crate::input::Todo;
use rozet_observability::plan::{Plan, Task};

/// Entries that are looked at.
const MOST_TODOS: usize = 64;
/// Words of a text that are compared.
const MOST_WORDS: usize = 40;
/// Shorter words say little of the work.
const SHORTEST: usize = 3;
/// So many words in common at least, and so many of the shorter text's words in a hundred.
const LEAST_COMMON: usize = 2;
const LEAST_PERCENT: usize = 60;
const STATEMENT: &str = "OpenCode's own list has it as completed";

impl Tracker {
    /// What follows for the plan's tasks from the list as it stands now.
    pub fn todos(&mut self, plan: &Plan, todos: &[Todo]) -> Vec<Step> {
        let mut steps = Vec::new();
        for todo in todos.iter().take(MOST_TODOS) {
            let done = match todo.status.as_str() {
                "in_progress" => false,
                "completed" => true,
                _ => continue,
            };
            let Some(task) = same_work(plan, &todo.content) else { continue };
            // The whole list comes with each change: each entry speaks once.
            if !self.heard(&task.task_id, done) {
                continue;
            }
            if !done {
                steps.extend(self.start(task));
            } else if may_be_claimed(task) {
                steps.push(self.claim(task, STATEMENT.to_owned()));
            }
        }
        steps
    }
}

/// The one task that the words speak of; none when several do.
fn same_work<'p>(plan: &'p Plan, content: &str) -> Option<&'p Task> {
    let said = words(content);
    let by_id = plan
        .tasks
        .iter()
        .find(|task| content.split(|char: char| !char.is_alphanumeric()).any(|word| word == task.task_id));
    if by_id.is_some() {
        return by_id;
    }
    let scored = plan.tasks.iter().map(|task| (score(&said, task), task));
    let best = scored.clone().max_by_key(|(score, _)| *score)?;
    let alone = scored.filter(|(score, _)| *score == best.0).count() == 1;
    (best.0 > 0 && alone).then_some(best.1)
}

/// How much of the work is the same, in a hundred; 0 where that is too little.
fn score(said: &[String], task: &Task) -> usize {
    let planned = words(&task.description);
    let common = said.iter().filter(|word| planned.contains(word)).count();
    let shorter = said.len().min(planned.len());
    let percent = (common * 100).checked_div(shorter).unwrap_or_default();
    if common >= LEAST_COMMON.min(shorter.max(1)) && percent >= LEAST_PERCENT { percent } else { 0 }
}

fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(|char: char| !char.is_alphanumeric() && char != '.' && char != '_') {
        // Letters beyond ASCII stay as they are: their tables would weigh more than all of this.
        let word = word.trim_matches('.').to_ascii_lowercase();
        if word.len() >= SHORTEST && words.len() < MOST_WORDS && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_plans::{plan, task};

    fn described(id: &str, description: &str) -> Task {
        let mut task = task(id, &[], &[]);
        task.description = description.into();
        task
    }

    fn todo(content: &str, status: &str) -> Todo {
        Todo { content: content.into(), status: status.into() }
    }

    #[test]
    fn the_same_work_is_recognised_and_other_work_is_not() {
        let plan = plan(
            "p",
            vec![
                described("T1", "Create hello.py that prints a greeting"),
                described("T2", "Run hello.py and see its output"),
                described("T3", "Update the documentation"),
            ],
        );
        for (content, expected) in [
            ("Create hello.py", Some("T1")),
            ("create the file hello.py printing a greeting", Some("T1")),
            ("Run hello.py", Some("T2")),
            ("T2", Some("T2")),
            ("finish T3 (docs)", Some("T3")),
            ("Update documentation", Some("T3")),
            ("hello.py", None),
            ("Fix the build of the server", None),
            ("", None),
        ] {
            let found = same_work(&plan, content).map(|task| task.task_id.as_str());
            assert_eq!(found, expected, "{content}");
        }
    }

    #[test]
    fn an_entry_starts_and_claims_its_task_once() {
        let plan = plan("p", vec![described("T1", "Update the documentation"), described("T2", "Run tests")]);
        let mut tracker = Tracker::default();
        let list = |status| [todo("Update the documentation", status), todo("Run tests", "pending")];
        assert_eq!(tracker.todos(&plan, &list("in_progress")), [Step::Started { task_id: "T1".into() }]);
        assert_eq!(tracker.todos(&plan, &list("in_progress")), []);
        let claimed = Step::Claimed { task_id: "T1".into(), statement: STATEMENT.into() };
        assert_eq!(tracker.todos(&plan, &list("completed")), [claimed]);
        assert_eq!(tracker.todos(&plan, &list("completed")), []);
        assert_eq!(tracker.todos(&plan, &list("cancelled")), []);
    }
}
