//! Plans that somebody wrote: made sound, or refused with the names of what is wrong.

use crate::clock::now_ms;
use rozet_observability::plan::{Plan, PlanOrigin, Task, TaskStatus, Usage};
use rozet_observability::run::{PlanDraft, PlanEdit, TaskDraft};
use std::collections::HashMap;
use std::path::{Component, Path};
use thiserror::Error;

/// Tasks of one plan.
const MAX_TASKS: usize = 1_000;
/// Longest text of a draft, in bytes.
const MAX_TEXT_BYTES: usize = 8 * 1024;
/// Longest id, in bytes.
const MAX_ID_BYTES: usize = 64;

/// What is wrong with a draft.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("plan.{}: {message}", if matches!(*.field, "directory" | "summary") { .field } else { "tasks" })]
pub(crate) struct DraftFault {
    /// The task that it is about, by its id as far as it has one.
    pub(crate) task: Option<String>,
    pub(crate) field: &'static str,
    pub(crate) message: String,
}

fn fault_of(task: Option<&str>, field: &'static str, message: String) -> DraftFault {
    DraftFault { task: task.map(str::to_owned), field, message }
}

/// The plan that a draft becomes.
///
/// # Errors
/// Names what is wrong, with the tasks that it concerns.
pub(super) fn plan(draft: PlanDraft, plan_id: String, session_id: String) -> Result<Plan, DraftFault> {
    if !Path::new(&draft.directory).is_absolute() {
        return Err(fault_of(None, "directory", "expected the workspace's absolute path".into()));
    }
    let now = now_ms();
    let tasks = tasks(draft.tasks, now)?;
    Ok(Plan {
        plan_id,
        session_id,
        directory: draft.directory,
        request: draft.summary.clone(),
        summary: draft.summary,
        origin: PlanOrigin::Hand,
        reason: None,
        model: None,
        tasks,
        created_at: now,
        latency_ms: 0,
        usage: Usage::default(),
        prompt_version: "none".into(),
    })
}

/// A plan with its summary and tasks as somebody wants them to be.
///
/// # Errors
/// As [`plan`].
pub(super) fn edited(mut plan: Plan, edit: PlanEdit) -> Result<Plan, DraftFault> {
    if edit.summary.trim().is_empty() || edit.summary.len() > MAX_TEXT_BYTES {
        return Err(fault_of(None, "summary", format!("expected up to {MAX_TEXT_BYTES} bytes of text")));
    }
    plan.tasks = tasks(edit.tasks, now_ms())?;
    plan.summary = edit.summary;
    Ok(plan)
}

fn tasks(drafts: Vec<TaskDraft>, now: i64) -> Result<Vec<Task>, DraftFault> {
    if drafts.is_empty() || drafts.len() > MAX_TASKS {
        let message = format!("expected 1 to {MAX_TASKS} tasks, found {}", drafts.len());
        return Err(fault_of(None, "tasks", message));
    }
    drafts.iter().try_for_each(sound)?;
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (place, task) in drafts.iter().enumerate() {
        let id = &task.task_id;
        if places.insert(id, place).is_some() {
            return Err(fault_of(Some(id), "task_id", format!("{id} is there twice")));
        }
    }
    for task in &drafts {
        if let Some(unknown) = task.depends_on.iter().find(|id| !places.contains_key(id.as_str())) {
            let message = format!("{} depends on {unknown}, which is not in the plan", task.task_id);
            return Err(fault_of(Some(&task.task_id), "depends_on", message));
        }
    }
    if let Some(cycle) = cycle(&drafts) {
        let message = format!("the tasks wait for each other in a circle: {}", cycle.join(", "));
        return Err(fault_of(cycle.first().copied(), "depends_on", message));
    }
    let task = |task: TaskDraft| Task {
        status: if task.depends_on.is_empty() { TaskStatus::Ready } else { TaskStatus::Planned },
        task_id: task.task_id,
        description: task.description,
        files: task.files,
        checks: task.checks,
        depends_on: task.depends_on,
        waits_for: None,
        since: now,
        claim: None,
        evidence: Vec::new(),
    };
    Ok(drafts.into_iter().map(task).collect())
}

fn sound(task: &TaskDraft) -> Result<(), DraftFault> {
    let id = &task.task_id;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if id.is_empty() || id.len() > MAX_ID_BYTES || !id.bytes().all(plain) {
        let message = format!("expected a task_id of 1 to {MAX_ID_BYTES} letters, digits, `-`, `_` or `.`");
        return Err(fault_of(None, "task_id", message));
    }
    if task.description.trim().is_empty() || task.description.len() > MAX_TEXT_BYTES {
        let message = format!("{id} needs a description of up to {MAX_TEXT_BYTES} bytes");
        return Err(fault_of(Some(id), "description", message));
    }
    let leads_out = |path: &&String| {
        path.is_empty()
            || Path::new(path)
                .components()
                .any(|part| !matches!(part, Component::Normal(_) | Component::CurDir))
    };
    match task.files.iter().find(leads_out) {
        Some(path) => {
            let message = format!("{id} names the file `{path}`, which is not below the workspace");
            Err(fault_of(Some(id), "files", message))
        }
        None => Ok(()),
    }
}

/// Tasks that wait for each other: what is left when those without open dependencies are taken away, again and again.
fn cycle(tasks: &[TaskDraft]) -> Option<Vec<&str>> {
    let mut left: Vec<&TaskDraft> = tasks.iter().collect();
    loop {
        let open: std::collections::HashSet<&str> = left.iter().map(|task| task.task_id.as_str()).collect();
        let before = left.len();
        left.retain(|task| task.depends_on.iter().any(|id| open.contains(id.as_str())));
        if left.is_empty() {
            return None;
        }
        if left.len() == before {
            return Some(left.iter().map(|task| task.task_id.as_str()).take(10).collect());
        }
    }
}

/// What of a plan cannot be carried out, whoever made it.
pub(super) fn fault(plan: &Plan) -> Option<String> {
    let drafts: Vec<TaskDraft> = plan
        .tasks
        .iter()
        .map(|task| TaskDraft {
            task_id: task.task_id.clone(),
            depends_on: task.depends_on.clone(),
            ..TaskDraft::default()
        })
        .collect();
    let cycle = cycle(&drafts)?;
    Some(format!("the plan's tasks wait for each other in a circle: {}", cycle.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(tasks: &[(&str, &[&str])]) -> PlanDraft {
        let task = |(id, after): &(&str, &[&str])| TaskDraft {
            task_id: (*id).into(),
            description: "do".into(),
            depends_on: after.iter().map(|id| (*id).to_owned()).collect(),
            ..TaskDraft::default()
        };
        PlanDraft { directory: "/w".into(), summary: "s".into(), tasks: tasks.iter().map(task).collect() }
    }

    fn refused(draft: PlanDraft) -> String {
        plan(draft, "p".into(), "s".into()).unwrap_err().to_string()
    }

    #[test]
    fn a_sound_draft_becomes_a_plan() {
        let plan = plan(draft(&[("T1", &[]), ("T2", &["T1"])]), "p".into(), "s".into()).unwrap();
        assert_eq!(plan.tasks[0].status, TaskStatus::Ready);
        assert_eq!(plan.tasks[1].status, TaskStatus::Planned);
        assert_eq!(fault(&plan), None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let circle = draft(&[("T1", &[]), ("T2", &["T3"]), ("T3", &["T2"]), ("T4", &["T3"])]);
        assert!(refused(circle).contains("T2, T3, T4"));
        assert!(refused(draft(&[("T1", &["T9"])])).contains("T1 depends on T9"));
        assert!(refused(draft(&[("T1", &["T1"])])).contains("circle: T1"));
        assert!(refused(draft(&[("T1", &[]), ("T1", &[])])).contains("T1 is there twice"));
        assert!(refused(draft(&[])).contains("found 0"));
        assert!(refused(draft(&[("../x", &[])])).contains("task_id"));
        for path in ["../a", "/etc/passwd", "a/../../b", ""] {
            let mut outside = draft(&[("T1", &[])]);
            outside.tasks[0].files = vec![path.into()];
            assert!(refused(outside).contains("not below the workspace"), "{path}");
        }
    }
}
