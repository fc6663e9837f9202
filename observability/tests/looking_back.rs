//! Days, weeks, projects and activity, from what was counted while events were stored.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

use rozet_observability::event::Event;
use rozet_observability::plan::{Plan, PlanOrigin, Task, TaskStatus, Usage};
use rozet_observability::reading::{EventFilter, HistoryBy, HistoryRow};
use rozet_observability::store::{HistoryRange, ProducerFigures, Store, StoreOptions};
use serde_json::{Value, json};

const DAY: i64 = 86_400_000;
/// 2026-11-25, a Wednesday.
const TODAY: i64 = 20_782 * DAY;

fn event(seq: u64, session: &str, kind: &str, at: i64, payload: impl Into<Value>) -> Event {
    let event = json!({"event_id": format!("p.{seq}"), "producer": "p", "seq": seq, "source_app": "rozet-opencode",
        "session_id": session, "hook_event_type": kind, "payload": payload.into(), "timestamp": at});
    serde_json::from_value(event).unwrap()
}

fn task(id: &str, status: TaskStatus, since: i64) -> Task {
    Task {
        task_id: id.into(),
        description: "d".into(),
        files: vec![],
        checks: vec![],
        depends_on: vec![],
        status,
        waits_for: None,
        since,
        claim: None,
        evidence: vec![],
    }
}

async fn filled(folder: &tempfile::TempDir) -> Store {
    let store = Store::open(&folder.path().join("rozet.db"), 0, StoreOptions::default()).unwrap();
    let usage = |tokens: i64, cost: f64| json!({"usage": {"input_tokens": tokens, "output_tokens": 1, "cost_usd": cost}});
    let events = vec![
        event(1, "old", "SessionStart", TODAY - 5 * DAY, json!({"directory": "/w/a"})),
        event(2, "old", "UserPromptSubmit", TODAY - 5 * DAY + 1, json!({"prompt": "p"})),
        event(3, "old", "Stop", TODAY - 5 * DAY + 2, usage(10, 0.5)),
        event(4, "new", "SessionStart", TODAY, json!({"directory": "/w/b"})),
        event(5, "new", "UserPromptSubmit", TODAY + 1, json!({"prompt": "p"})),
        event(6, "child", "SessionStart", TODAY + 2, json!({"parent_id": "new"})),
        event(7, "child", "Stop", TODAY + 3, usage(7, 0.25)),
        event(8, "new", "UserPromptSubmit", TODAY + DAY, json!({"prompt": "p"})),
        event(9, "new", "Stop", TODAY + DAY + 1, json!({"usage": {"input_tokens": 5, "output_tokens": 5}})),
    ];
    store.append("p".into(), events, ProducerFigures::default()).await.unwrap();
    let plan = Plan {
        plan_id: "plan".into(),
        session_id: "new".into(),
        directory: "/w/b".into(),
        request: "r".into(),
        summary: "s".into(),
        origin: PlanOrigin::Model,
        reason: None,
        model: None,
        tasks: vec![
            task("T1", TaskStatus::Completed, TODAY + 5),
            task("T2", TaskStatus::Failed, TODAY + DAY),
            task("T3", TaskStatus::Ready, TODAY),
        ],
        created_at: TODAY,
        latency_ms: 1,
        usage: Usage { input_tokens: 100, output_tokens: 10, cost_usd: Some(1.0), cost_estimated: false },
        prompt_version: "1".into(),
    };
    store.save_plan(plan).await.unwrap();
    store
}

fn range(by: HistoryBy) -> HistoryRange {
    HistoryRange { by, from: None, to: None, offset_minutes: 0 }
}

fn told(row: &HistoryRow) -> (&str, [i64; 5], [i64; 2]) {
    let counts = [row.sessions, row.prompts, row.events, row.tasks_completed, row.tasks_failed];
    (&row.key, counts, [row.tokens_input, row.tokens_output])
}

#[tokio::test]
async fn days_weeks_and_projects_add_up_what_happened() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(&folder).await;
    let days = store.history(range(HistoryBy::Day)).await.unwrap();
    let rows: Vec<_> = days.rows.iter().map(told).collect();
    assert_eq!(
        rows,
        [
            ("2026-11-26", [0, 1, 2, 0, 1], [0, 0]),
            ("2026-11-25", [1, 1, 4, 1, 0], [112, 16]),
            ("2026-11-20", [1, 1, 3, 0, 0], [10, 1]),
        ]
    );
    assert_eq!(
        (days.rows[1].from, days.rows[1].cost_usd, days.rows[1].cost_known),
        (Some(TODAY), Some(1.25), false)
    );
    assert_eq!((days.rows[2].cost_usd, days.rows[2].cost_known), (Some(0.5), true));
    let weeks = store.history(range(HistoryBy::Week)).await.unwrap();
    let rows: Vec<_> = weeks.rows.iter().map(told).collect();
    assert_eq!(rows, [("2026-11-23", [1, 2, 6, 1, 1], [112, 16]), ("2026-11-16", [1, 1, 3, 0, 0], [10, 1])]);
    let projects = store.history(range(HistoryBy::Project)).await.unwrap();
    let rows: Vec<_> = projects.rows.iter().map(told).collect();
    assert_eq!(rows, [("/w/b", [1, 2, 6, 1, 1], [112, 16]), ("/w/a", [1, 1, 3, 0, 0], [10, 1])]);
    assert_eq!(projects.rows[0].directory.as_deref(), Some("/w/b"));
    let one = HistoryRange { from: Some(TODAY), to: Some(TODAY + DAY - 1), ..range(HistoryBy::Day) };
    let rows = store.history(one).await.unwrap().rows;
    assert_eq!(rows.len(), 1);
    assert_eq!(told(&rows[0]).1, [1, 1, 4, 1, 0]);
    // East of Greenwich the day has begun before.
    let east = HistoryRange { offset_minutes: 60, ..range(HistoryBy::Day) };
    assert_eq!(store.history(east).await.unwrap().rows[1].from, Some(TODAY - 3_600_000));
}

#[tokio::test]
async fn activity_is_counted_by_type_and_span() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(&folder).await;
    let activity = store.activity(EventFilter::default(), (TODAY, TODAY + 10), 5).await.unwrap();
    assert_eq!((activity.from, activity.to, activity.bucket_ms, activity.cut), (TODAY, TODAY + 10, 2, false));
    let of =
        |kind: &str| activity.types.iter().find(|line| line.hook_event_type == kind).unwrap().counts.clone();
    assert_eq!(of("SessionStart"), [1, 1, 0, 0, 0]);
    assert_eq!(of("Stop"), [0, 1, 0, 0, 0]);
    let filter =
        EventFilter { subtree: Some("new".into()), types: vec!["Stop".into()], ..EventFilter::default() };
    let activity = store.activity(filter, (TODAY - 10 * DAY, TODAY + 10 * DAY), 2).await.unwrap();
    assert_eq!(activity.types.len(), 1);
    assert_eq!(activity.types[0].counts, [0, 2]);
    let nobody = EventFilter { sources: vec!["nobody".into()], ..EventFilter::default() };
    assert!(store.activity(nobody, (0, TODAY), 10).await.unwrap().types.is_empty());
}
