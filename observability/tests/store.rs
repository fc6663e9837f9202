//! The store through its public face: nothing lost, nothing twice, whatever order things come in.
#![cfg(feature = "store")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

use rozet_observability::event::Event;
use rozet_observability::plan::{Check, Plan, PlanOrigin, Task, TaskStatus, Usage};
use rozet_observability::reading::SessionFilter;
use rozet_observability::store::{ProducerFigures, Store, StoreError, StoreOptions};
use serde_json::{Map, json};
use std::time::Duration;

fn event(producer: &str, seq: u64, kind: &str) -> Event {
    Event {
        event_id: format!("{producer}.{seq}"),
        producer: producer.into(),
        seq,
        source_app: "rozet-opencode".into(),
        session_id: format!("session-of-{producer}"),
        hook_event_type: kind.into(),
        payload: Map::from_iter([("n".to_owned(), json!(seq))]),
        timestamp: 1_000 + i64::try_from(seq).unwrap(),
        model_name: Some("p/m".into()),
        summary: None,
        extra: Map::from_iter([("colour".to_owned(), json!("red"))]),
    }
}

fn open(folder: &tempfile::TempDir) -> Store {
    Store::open(&folder.path().join("rozet.db"), 0, StoreOptions::default()).unwrap()
}

#[tokio::test]
async fn an_event_comes_back_as_it_went_in_also_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let sent = event("p", 1, "ToolRequested");
    store.append("p".into(), vec![sent.clone()], ProducerFigures::default()).await.unwrap();
    store.close().await;
    assert!(matches!(
        store.append("p".into(), vec![sent.clone()], ProducerFigures::default()).await,
        Err(StoreError::Closed)
    ));
    let recent = open(&folder).recent(10).await.unwrap();
    assert_eq!((recent.len(), &recent[0].event), (1, &sent));
}

#[tokio::test]
async fn replays_and_late_events_are_stored_once_and_gaps_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let append = async |seqs: &[u64]| {
        let events = seqs.iter().map(|seq| event("p", *seq, "Stop")).collect();
        let outcome = store.append("p".into(), events, ProducerFigures::default()).await.unwrap();
        (outcome.stored.len(), outcome.duplicates)
    };
    assert_eq!(append(&[1, 2, 5]).await, (3, 0));
    assert_eq!(store.producers(9).await.unwrap()[0].missing, 2);
    assert_eq!(append(&[2, 3, 3, 4]).await, (2, 2));
    let health = &store.producers(9).await.unwrap()[0];
    assert_eq!((health.last_seq, health.missing, health.duplicates), (5, 0, 2));
    assert_eq!(store.health().await.unwrap().events, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_at_once_lose_nothing_and_readers_see_the_order() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let mut live = store.hub().subscribe();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let store = store.clone();
        writers.spawn(async move {
            let producer = format!("p{writer}");
            for seq in 1..=100 {
                let outcome = store
                    .append(producer.clone(), vec![event(&producer, seq, "Stop")], ProducerFigures::default())
                    .await
                    .unwrap();
                assert_eq!(outcome.stored.len(), 1);
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    let mut last = 0;
    while last < 800 {
        for live in tokio::time::timeout(Duration::from_secs(10), live.recv()).await.unwrap().unwrap() {
            assert_eq!(live.event.id, last + 1);
            last = live.event.id;
        }
    }
    assert_eq!(store.health().await.unwrap().events, 800);
    assert!(store.producers(9).await.unwrap().iter().all(|producer| producer.missing == 0));
}

#[tokio::test]
async fn a_session_list_shows_what_its_events_said() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let mut events =
        vec![event("p", 1, "SessionStart"), event("p", 2, "UserPromptSubmit"), event("p", 3, "Stop")];
    events[0].payload.insert("directory".into(), json!("/ws"));
    events[0].payload.insert("parent_id".into(), json!("root"));
    events[1].payload.insert("prompt".into(), json!("é".repeat(500)));
    store.append("p".into(), events, ProducerFigures::default()).await.unwrap();
    store.append("q".into(), vec![event("q", 1, "SessionStart")], ProducerFigures::default()).await.unwrap();
    let sessions = store.sessions(SessionFilter::default(), None, 10).await.unwrap().sessions;
    assert_eq!(sessions[0].session_id, "session-of-q");
    let first = &sessions[1];
    assert_eq!((first.directory.as_deref(), first.parent_id.as_deref()), (Some("/ws"), Some("root")));
    assert_eq!(first.last_prompt.as_ref().unwrap().chars().count(), 200);
    assert_eq!((first.state.as_str(), first.events), ("idle", 3));
}

fn task(id: &str, depends_on: &[&str], status: TaskStatus) -> Task {
    Task {
        task_id: id.into(),
        description: "do".into(),
        files: vec![],
        checks: vec![Check::FileExists { path: "a".into() }],
        depends_on: depends_on.iter().map(|id| (*id).to_owned()).collect(),
        status,
        waits_for: None,
        since: 0,
        claim: None,
        evidence: vec![],
    }
}

fn plan() -> Plan {
    Plan {
        plan_id: "p1".into(),
        session_id: "s1".into(),
        directory: "/ws".into(),
        request: "r".into(),
        summary: "s".into(),
        origin: PlanOrigin::Offline,
        reason: Some("a test".into()),
        model: None,
        tasks: vec![
            task("T1", &[], TaskStatus::Ready),
            task("T2", &["T1"], TaskStatus::Planned),
            task("T3", &["T1", "T2"], TaskStatus::Planned),
        ],
        created_at: 1,
        latency_ms: 2,
        usage: Usage::default(),
        prompt_version: "v".into(),
    }
}

#[tokio::test]
async fn a_completed_task_releases_what_waited_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    store.save_plan(plan()).await.unwrap();
    store.save_plan(plan()).await.unwrap();
    let go = async |task: &str, to: TaskStatus| {
        store
            .change_task("p1".into(), task.into(), move |task| Ok(task.advance(to, 7)?), 7)
            .await
            .map(|change| change.released.iter().map(|task| task.task_id.clone()).collect::<Vec<_>>())
    };
    assert!(matches!(go("T1", TaskStatus::Completed).await, Err(StoreError::Transition(_))));
    assert!(matches!(go("T9", TaskStatus::Ready).await, Err(StoreError::Missing("task"))));
    assert_eq!(go("T1", TaskStatus::Verifying).await.unwrap(), Vec::<String>::new());
    assert_eq!(go("T1", TaskStatus::Completed).await.unwrap(), ["T2"]);
    let stored = store.plan("p1".into()).await.unwrap().unwrap();
    let states: Vec<_> = stored.tasks.iter().map(|task| task.status.as_str()).collect();
    assert_eq!(states, ["completed", "ready", "planned"]);
    assert_eq!(store.plans_with_tasks_in(TaskStatus::Ready).await.unwrap().len(), 1);
    assert!(store.plans_with_tasks_in(TaskStatus::Verifying).await.unwrap().is_empty());
    assert_eq!(store.plans_of_session("s1".into()).await.unwrap(), [stored]);
}
