//! What was asked for before in the workspace, and what came of it: the last plans in some detail, older ones in a line
//! each, and what else was said in the session. Read from what is stored, so that it is true after a restart too.

use super::rules::line;
use rozet_observability::link::PlanRequest;
use rozet_observability::plan::{Plan, TaskStatus};
use rozet_observability::store::{BeforePlanning, Store};

/// Bytes of the whole; some 400 tokens.
const MAX_BYTES: usize = 1_600;
/// Plans looked at, and how many of them are told with their files and failures.
const PLANS: u32 = 8;
const IN_DETAIL: usize = 3;
/// Prompts of the session that are told.
const PROMPTS: u32 = 4;

/// What is stored that bears on a request. What cannot be read is left out: a plan without context is better than none.
pub(super) async fn before(store: &Store, request: &PlanRequest) -> BeforePlanning {
    let PlanRequest { plan_id, directory, session_id, .. } = request.clone();
    let read = store.before_planning(plan_id, directory, session_id, (PLANS, PROMPTS)).await;
    read.unwrap_or_else(|error| {
        tracing::error!(%error, "what was planned before cannot be read");
        BeforePlanning::default()
    })
}

/// The context of a new request as lines for a planner's model; empty where nothing was asked before.
pub(super) fn of(before: &BeforePlanning, request: &PlanRequest) -> String {
    text(&before.plans, &before.prompts, &request.text)
}

fn text(plans: &[Plan], prompts: &[String], request: &str) -> String {
    let mut lines = Vec::new();
    let mut room = MAX_BYTES;
    for (place, plan) in plans.iter().enumerate() {
        let told = if place < IN_DETAIL { in_detail(plan) } else { in_short(plan) };
        // The newest come first in `plans`: when the room is used up, the oldest are forgotten.
        if told.len() + 1 > room {
            break;
        }
        room -= told.len() + 1;
        lines.push(told);
    }
    lines.reverse();
    let known = |prompt: &str| {
        prompt.trim() == request.trim() || plans.iter().any(|plan| plan.request.trim() == prompt.trim())
    };
    for prompt in prompts.iter().filter(|prompt| !known(prompt)) {
        let told = format!("- said in this session: {}", head(prompt, 160));
        if told.len() < room {
            room -= told.len() + 1;
            lines.push(told);
        }
    }
    lines.join("\n")
}

fn in_short(plan: &Plan) -> String {
    format!("- {} ({})", head(&plan.request, 80), outcome(plan))
}

fn in_detail(plan: &Plan) -> String {
    let mut told = format!("- {} ({})", head(&plan.request, 160), outcome(plan));
    let mut files: Vec<&str> = plan.tasks.iter().flat_map(|task| &task.files).map(String::as_str).collect();
    files.dedup();
    files.truncate(6);
    if !files.is_empty() {
        told.push_str(&format!("; files: {}", files.join(", ")));
    }
    let failed =
        plan.tasks.iter().find(|task| matches!(task.status, TaskStatus::Failed | TaskStatus::Blocked));
    if let Some(task) = failed {
        told.push_str(&format!("; {}: {}", task.status.as_str(), head(&task.description, 80)));
    }
    head(&told, 500)
}

fn outcome(plan: &Plan) -> String {
    let completed = plan.tasks.iter().filter(|task| task.status == TaskStatus::Completed).count();
    format!("{completed} of {} tasks completed", plan.tasks.len())
}

fn head(text: &str, chars: usize) -> String {
    line(text).chars().take(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::now_ms;
    use crate::planner::reply::PlanReply;
    use crate::planner::rules;
    use rozet_observability::plan::{PlanOrigin, Usage};
    use serde_json::json;
    use std::path::Path;

    fn plan(number: usize, request: &str) -> Plan {
        let reply: PlanReply = serde_json::from_value(json!({"summary": "s", "tasks": [
            {"id": "1", "description": "write it", "files": ["a.py"]},
            {"id": "2", "description": "try it", "depends_on": ["1"]}]}))
        .unwrap();
        let mut tasks = rules::tasks(reply, 6, Path::new("/ws"), now_ms());
        tasks[0].status = TaskStatus::Completed;
        tasks[1].status = TaskStatus::Failed;
        Plan {
            plan_id: format!("p{number}"),
            session_id: "s".into(),
            directory: "/ws".into(),
            request: request.into(),
            summary: "s".into(),
            origin: PlanOrigin::Offline,
            reason: None,
            model: None,
            tasks,
            created_at: i64::try_from(number).unwrap(),
            latency_ms: 1,
            usage: Usage::default(),
            prompt_version: "1".into(),
        }
    }

    #[tokio::test]
    async fn what_was_asked_before_is_told_the_oldest_first() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(
            &folder.path().join("rozet.db"),
            0,
            rozet_observability::store::StoreOptions::default(),
        )
        .unwrap();
        let asked = crate::planner::tests::request("now");
        assert_eq!(before(&store, &asked).await, BeforePlanning::default());
        for (number, request) in [(1, "first\nthing"), (2, "second thing")] {
            store.save_plan(plan(number, request)).await.unwrap();
        }
        let other = Plan { directory: "/other".into(), ..plan(3, "elsewhere") };
        store.save_plan(other).await.unwrap();
        assert_eq!(
            of(&before(&store, &asked).await, &asked),
            "- first thing (1 of 2 tasks completed); files: a.py; failed: try it\n\
             - second thing (1 of 2 tasks completed); files: a.py; failed: try it"
        );
    }

    #[test]
    fn a_long_history_stays_short_and_the_newest_is_kept() {
        let plans: Vec<Plan> = (0..8)
            .rev()
            .map(|number| plan(number, &format!("{number} {}", "é very long ".repeat(99))))
            .collect();
        let prompts = vec!["what is this?".to_owned(), "the request".to_owned()];
        let told = text(&plans, &prompts, "the request");
        assert!(told.len() <= MAX_BYTES, "{}", told.len());
        assert!(told.contains("- 7 é") && !told.contains("the request"), "{told}");
        let told = text(&plans[..1], &prompts, "the request");
        assert!(told.ends_with("- said in this session: what is this?"), "{told}");
    }
}
