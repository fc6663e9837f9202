//! Plans for tests.

use rozet_observability::plan::{Check, Plan, PlanOrigin, Task, TaskStatus, Usage};

pub(crate) fn plan(plan_id: &str, tasks: Vec<Task>) -> Plan {
    Plan {
        plan_id: plan_id.into(),
        session_id: "s".into(),
        directory: "/w".into(),
        request: "request".into(),
        summary: "summary".into(),
        origin: PlanOrigin::Offline,
        reason: None,
        model: None,
        tasks,
        created_at: 1,
        latency_ms: 1,
        usage: Usage::default(),
        prompt_version: "1".into(),
    }
}

/// A ready task that writes these files, each of which must exist, and must pass these commands.
pub(crate) fn task(task_id: &str, files: &[&str], commands: &[&str]) -> Task {
    Task {
        task_id: task_id.into(),
        description: format!("do {task_id}"),
        files: files.iter().map(|file| (*file).to_owned()).collect(),
        checks: commands.iter().map(|command| Check::Command { command: (*command).into() }).collect(),
        depends_on: vec![],
        status: TaskStatus::Ready,
        waits_for: None,
        since: 1,
        claim: None,
        evidence: vec![],
    }
}
