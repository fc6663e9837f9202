//! Reading back what was stored: filters, pages, sessions with all that belongs to them, and imports.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

use rozet_observability::event::{Event, from_known_form};
use rozet_observability::reading::{EventFilter, EventRange, SessionFilter, SpanOutcome};
use rozet_observability::store::{ProducerFigures, Store, StoreOptions};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn open(folder: &tempfile::TempDir) -> Store {
    Store::open(&folder.path().join("rozet.db"), 0, StoreOptions::default()).unwrap()
}

fn event(seq: u64, session: &str, kind: &str, at: i64, payload: impl Into<Value>) -> Event {
    let payload = payload.into();
    let event = json!({"event_id": format!("p.{seq}"), "producer": "p", "seq": seq, "source_app": "rozet-opencode",
        "session_id": session, "hook_event_type": kind, "payload": payload, "timestamp": at});
    serde_json::from_value(event).unwrap()
}

async fn append(store: &Store, events: Vec<Event>) {
    let count = events.len();
    let outcome = store.append("p".into(), events, ProducerFigures::default()).await.unwrap();
    assert_eq!(outcome.stored.len(), count);
}

/// All ids that a filter wants, page by page.
async fn ids(store: &Store, filter: &EventFilter, limit: u32, newest_first: bool) -> Vec<i64> {
    let (mut ids, mut at) = (Vec::new(), None);
    loop {
        let range = EventRange {
            before: at.filter(|_| newest_first),
            after: at.filter(|_| !newest_first),
            limit,
            newest_first,
        };
        let page = store.events(filter.clone(), range).await.unwrap();
        assert!(page.events.len() <= usize::try_from(limit).unwrap());
        ids.extend(page.events.iter().map(|event| event.id));
        match page.next {
            Some(next) => at = Some(next),
            None => return ids,
        }
    }
}

/// What a filter should want.
type IsWanted = Box<dyn Fn(&Event) -> bool>;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// 600 events of six sessions, of which `s1` and `s2` are children of `s0` and `s3` is a child of `s2`.
async fn filled(store: &Store) -> Vec<Event> {
    let events = some_events();
    append(store, events.clone()).await;
    events
}

/// Waits until the index has everything.
async fn indexed(store: &Store) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while store.indexed().await.unwrap() < store.newest_event().await.unwrap() {
        assert!(Instant::now() < deadline, "the index did not come");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn some_events() -> Vec<Event> {
    let kinds = ["ToolRequested", "ToolCompleted", "Stop", "TaskStarted"];
    let tools = ["bash", "edit", "read"];
    let parents = [None, Some("s0"), Some("s0"), Some("s2"), None, None];
    let mut events = Vec::new();
    for number in 0..600_u64 {
        let session = usize::try_from(number % 6).unwrap();
        let kind = kinds[usize::try_from(number * 7 % 4).unwrap()];
        let mut payload = json!({"words": format!("number{number} common"), "call_id": format!("c{number}")});
        if kind.starts_with("Tool") {
            payload["tool"] = json!(tools[usize::try_from(number % 3).unwrap()]);
        }
        if kind == "TaskStarted" {
            payload["task_id"] = json!(format!("T{}", number % 5));
        }
        if let Some(parent) = parents[session] {
            payload["parent_id"] = json!(parent);
        }
        // Every tenth came late.
        let at = i64::try_from(if number % 10 == 0 { number / 2 } else { number }).unwrap() * 1_000;
        events.push(event(number + 1, &format!("s{session}"), kind, at, payload));
    }
    events
}

fn text<'e>(event: &'e Event, name: &str) -> Option<&'e str> {
    event.payload.get(name).and_then(Value::as_str)
}

#[tokio::test]
async fn every_filter_finds_exactly_what_it_names_page_by_page_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let events = some_events();
    let store = open(&folder);
    append(&store, events[..350].to_vec()).await;
    indexed(&store).await;
    store.close().await;
    let never = StoreOptions { index_after: Duration::from_secs(600), ..StoreOptions::default() };
    let store = Store::open(&folder.path().join("rozet.db"), 0, never).unwrap();
    append(&store, events[350..].to_vec()).await;
    assert_eq!(store.indexed().await.unwrap(), 350, "a part of them is in no index");
    all_filters(&store, &events).await;
    store.close().await;
    let store = open(&folder);
    indexed(&store).await;
    all_filters(&store, &events).await;
}

async fn all_filters(store: &Store, events: &[Event]) {
    let all = EventFilter::default;
    let filters: Vec<(EventFilter, IsWanted)> = vec![
        (all(), Box::new(|_| true)),
        (EventFilter { sessions: names(&["s4"]), ..all() }, Box::new(|event| event.session_id == "s4")),
        (
            EventFilter { subtree: Some("s0".into()), ..all() },
            Box::new(|event| ["s0", "s1", "s2", "s3"].contains(&event.session_id.as_str())),
        ),
        (
            EventFilter { subtree: Some("s2".into()), types: names(&["Stop"]), ..all() },
            Box::new(|event| {
                ["s2", "s3"].contains(&event.session_id.as_str()) && event.hook_event_type == "Stop"
            }),
        ),
        (
            EventFilter { types: names(&["Stop", "ToolRequested", "unknown"]), ..all() },
            Box::new(|event| ["Stop", "ToolRequested"].contains(&event.hook_event_type.as_str())),
        ),
        (
            EventFilter { tools: names(&["bash"]), sessions: names(&["s0", "s3"]), ..all() },
            Box::new(|event| {
                text(event, "tool") == Some("bash") && ["s0", "s3"].contains(&event.session_id.as_str())
            }),
        ),
        (
            EventFilter { tasks: names(&["T1", "T4"]), ..all() },
            Box::new(|event| ["T1", "T4"].contains(&text(event, "task_id").unwrap_or_default())),
        ),
        (EventFilter { sources: names(&["rozet-opencode"]), ..all() }, Box::new(|_| true)),
        (EventFilter { sources: names(&["nobody"]), ..all() }, Box::new(|_| false)),
        (EventFilter { subtree: Some("nobody".into()), ..all() }, Box::new(|_| false)),
        (
            EventFilter { from: Some(100_000), to: Some(200_500), ..all() },
            Box::new(|event| (100_000..=200_500).contains(&event.timestamp)),
        ),
        (
            EventFilter { from: Some(599_000), types: names(&["ToolCompleted"]), ..all() },
            Box::new(|event| event.timestamp >= 599_000 && event.hook_event_type == "ToolCompleted"),
        ),
        (EventFilter { from: Some(i64::MAX), ..all() }, Box::new(|_| false)),
        (EventFilter { from: Some(9), to: Some(3), ..all() }, Box::new(|_| false)),
    ];
    for (filter, is_wanted) in filters {
        let wanted: Vec<i64> =
            (1_i64..).zip(events).filter(|(_, event)| is_wanted(event)).map(|(id, _)| id).collect();
        for limit in [1_000, 7] {
            assert_eq!(ids(store, &filter, limit, false).await, wanted, "{filter:?}");
            let mut found = ids(store, &filter, limit, true).await;
            found.reverse();
            assert_eq!(found, wanted, "{filter:?}, newest first");
        }
    }
    let between = EventRange { before: Some(20), after: Some(10), limit: 100, newest_first: true };
    let page = store.events(all(), between).await.unwrap();
    assert_eq!(
        page.events.iter().map(|event| event.id).collect::<Vec<_>>(),
        (11..20).rev().collect::<Vec<_>>()
    );
    assert_eq!((page.next, page.newest), (None, 600));
    for odd in [(Some(-5), None), (Some(i64::MIN), None), (None, Some(i64::MAX)), (Some(1), Some(600))] {
        let range = EventRange { before: odd.0, after: odd.1, limit: 10, newest_first: false };
        assert_eq!(store.events(all(), range).await.unwrap().events, []);
    }
}

#[tokio::test]
async fn words_are_found_whatever_else_is_typed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    filled(&store).await;
    let search = |text: &str| EventFilter { text: Some(text.into()), ..EventFilter::default() };
    indexed(&store).await;
    assert_eq!(ids(&store, &search("number599"), 10, true).await, [600]);
    assert_eq!(ids(&store, &search("common"), 250, true).await.len(), 600);
    assert_eq!(
        ids(&store, &search("number12*"), 7, true).await,
        [130, 129, 128, 127, 126, 125, 124, 123, 122, 121, 13]
    );
    assert_eq!(ids(&store, &search("\"number5 common\""), 7, true).await, [6]);
    assert_eq!(ids(&store, &search("common number5 ( AND"), 7, true).await, [0_i64; 0]);
    assert_eq!(ids(&store, &search("-- \" *"), 7, true).await, [0_i64; 0]);
    let both = EventFilter { tools: names(&["edit"]), ..search("common") };
    assert_eq!(ids(&store, &both, 7, false).await.len(), 100);
}

#[tokio::test]
async fn a_session_is_seen_with_its_descendants_and_nothing_is_counted_twice() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let usage = |input: i64, cost: f64| json!({"input_tokens": input, "output_tokens": 10, "cost_usd": cost});
    let task = |status: &str| {
        json!({"task_id": "T1", "description": "do it", "files": [], "checks": [], "depends_on": [], "status": status,
            "since": 5})
    };
    let mut stop = event(3, "root", "Stop", 300, json!({"usage": usage(100, 0.5)}));
    stop.model_name = Some("m/one".into());
    let mut child_stop = event(8, "child", "Stop", 800, json!({"usage": usage(1_000, 1.0)}));
    child_stop.model_name = Some("m/two".into());
    let events = vec![
        event(1, "root", "SessionStart", 100, json!({"directory": "/ws", "agent": "build"})),
        event(2, "root", "UserPromptSubmit", 200, json!({"prompt": "please"})),
        stop,
        event(4, "root", "TaskPlanned", 400, json!({"plan_id": "P", "task": task("ready")})),
        event(
            5,
            "root",
            "TaskStarted",
            500,
            json!({"plan_id": "P", "task_id": "T1", "attempt": 1, "task": task("running")}),
        ),
        event(6, "child", "SessionStart", 600, json!({"parent_id": "root", "agent": "worker"})),
        event(7, "child", "ToolRequested", 700, json!({"tool": "bash", "call_id": "c1"})),
        child_stop,
        event(
            9,
            "root",
            "TaskCompleted",
            900,
            json!({"plan_id": "P", "task_id": "T1", "attempt": 1, "session_id": "child",
            "model": "m/two", "task": task("completed"), "usage": usage(900, 0.9)}),
        ),
        event(
            10,
            "root",
            "TaskCompleted",
            1_000,
            json!({"plan_id": "P", "task_id": "T2", "attempt": 1, "model": "m/local",
            "usage": {"input_tokens": 7, "output_tokens": 3, "cost_usd": 0.1, "cost_estimated": true}}),
        ),
    ];
    append(&store, events).await;
    // Anyone can say this: it is not counted.
    let claim = json!({"source_app": "a", "session_id": "root", "hook_event_type": "Stop", "payload": {"usage": usage(9_999, 9.0)}});
    store.append_known_form(from_known_form(claim, 1_100).unwrap()).await.unwrap();

    let view = store.session("root".into()).await.unwrap().unwrap();
    assert_eq!(view.descendants.len(), 1);
    assert_eq!((view.descendants[0].session.session_id.as_str(), view.descendants[0].depth), ("child", 1));
    let used = &view.usage;
    assert_eq!((used.own.input_tokens, used.own.turns), (107, 2));
    assert_eq!(used.inclusive.input_tokens, 1_107, "the child's turns, not its attempt beside them");
    assert!((used.inclusive.cost_usd - 1.6).abs() < 1e-9 && used.inclusive.cost_estimated);
    let by = |lines: &[rozet_observability::reading::UsageLine]| {
        lines.iter().map(|line| (line.name.clone(), line.usage.input_tokens)).collect::<Vec<_>>()
    };
    assert_eq!(by(&used.by_model), [("m/two".into(), 1_000), ("m/one".into(), 100), ("m/local".into(), 7)]);
    assert_eq!(by(&used.by_agent), [("worker".into(), 1_000), ("build".into(), 107)]);
    assert_eq!(by(&used.by_task), [("P T1".into(), 1_000), ("P T2".into(), 7)]);
    let spans: Vec<_> = view.spans.iter().map(|span| (span.key.as_str(), span.outcome)).collect();
    assert!(spans.contains(&("c1", SpanOutcome::Running)), "{spans:?}");
    assert!(spans.contains(&("P T1", SpanOutcome::Completed)), "{spans:?}");

    let at = |time| store.session_at("root".into(), time);
    let before = at(50).await.unwrap().unwrap();
    assert_eq!((before.state, before.events, before.tasks.len()), (None, 0, 0));
    let working = at(750).await.unwrap().unwrap();
    assert_eq!(working.prompt.as_deref(), Some("please"));
    assert_eq!((working.tasks[0].status.as_str(), working.tasks[0].since), ("running", 500));
    assert_eq!((working.running[0].tool.as_str(), working.running[0].session_id.as_str()), ("bash", "child"));
    assert_eq!((working.usage.input_tokens, working.events), (100, 7));
    let after = at(i64::MAX).await.unwrap().unwrap();
    assert_eq!(after.tasks[0].status.as_str(), "completed");
    assert_eq!(after.usage.input_tokens, used.inclusive.input_tokens);
    assert!(store.session("nobody".into()).await.unwrap().is_none());
    assert!(store.session_at("nobody".into(), 1).await.unwrap().is_none());
}

#[tokio::test]
async fn sessions_are_listed_page_by_page_and_filtered() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    filled(&store).await;
    let listed = async |filter: SessionFilter| {
        let (mut ids, mut before) = (Vec::new(), None);
        loop {
            let page = store.sessions(filter.clone(), before, 2).await.unwrap();
            ids.extend(page.sessions.into_iter().map(|session| session.session_id));
            match page.next {
                Some(next) => before = Some(next),
                None => return ids,
            }
        }
    };
    assert_eq!(listed(SessionFilter::default()).await, ["s5", "s4", "s3", "s2", "s1", "s0"]);
    assert_eq!(listed(SessionFilter { roots: true, ..SessionFilter::default() }).await, ["s5", "s4", "s0"]);
    assert_eq!(
        listed(SessionFilter { parent: Some("s0".into()), ..SessionFilter::default() }).await,
        ["s2", "s1"]
    );
    assert_eq!(listed(SessionFilter { source: Some("x".into()), ..SessionFilter::default() }).await, [""; 0]);
    let stats = store.stats(1).await.unwrap();
    assert_eq!((stats.events, stats.sessions, stats.oldest, stats.newest), (600, 6, 1, 600));
    assert_eq!(stats.by_type.iter().map(|count| count.events).sum::<i64>(), 600);
    assert_eq!((stats.by_day.len(), stats.by_day[0].events, stats.by_source.len()), (1, 600, 1));
}

#[tokio::test]
async fn what_is_exported_is_imported_once_and_proves_nothing() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, other) = (open(&here), open(&there));
    let command = json!({"tool": "bash", "call_id": "c", "args": {"command": "cargo test"}});
    append(
        &one,
        vec![event(1, "s", "SessionStart", 1, json!({})), event(2, "s", "ToolCompleted", 2, command)],
    )
    .await;
    let known = json!({"source_app": "a", "session_id": "s", "hook_event_type": "Stop", "payload": {}});
    one.append_known_form(from_known_form(known, 3).unwrap()).await.unwrap();
    let range = EventRange { before: None, after: None, limit: 10, newest_first: false };
    let exported: Vec<Event> = one
        .events(EventFilter::default(), range)
        .await
        .unwrap()
        .events
        .into_iter()
        .map(|stored| stored.event)
        .collect();
    let again = one.import(exported.clone()).await.unwrap();
    assert_eq!((again.stored, again.duplicates), (0, 3), "they are all here");
    assert_eq!(other.import(exported.clone()).await.unwrap().stored, 3);
    assert_eq!(other.import(exported.clone()).await.unwrap().duplicates, 3);
    let copies = other.events(EventFilter::default(), range).await.unwrap().events;
    let mut event_ids: Vec<_> = copies.iter().map(|stored| stored.event.event_id.clone()).collect();
    let mut wanted: Vec<_> = exported.iter().map(|event| event.event_id.clone()).collect();
    event_ids.sort();
    wanted.sort();
    assert_eq!(event_ids, wanted);
    assert!(copies.iter().all(|stored| stored.event.producer.starts_with("import.")));
    assert!(one.command_was_run("s".into(), "cargo test".into()).await.unwrap());
    assert!(!other.command_was_run("s".into(), "cargo test".into()).await.unwrap());
    // A copy of a copy is the same event.
    let copies: Vec<Event> = copies.into_iter().map(|stored| stored.event).collect();
    assert_eq!(one.import(copies).await.unwrap().duplicates, 3);
    assert!(other.producers(9).await.unwrap().iter().all(|producer| producer.missing == 0));
    // Nobody speaks in a living producer's name.
    let forged = event(3, "s", "ToolCompleted", 4, json!({"tool": "bash", "args": {"command": "rm"}}));
    assert_eq!(one.import(vec![forged]).await.unwrap().stored, 1);
    assert!(!one.command_was_run("s".into(), "rm".into()).await.unwrap());
    let plain = json!({"source_app": "a", "session_id": "s", "hook_event_type": "Stop", "payload": {"n": 1}});
    let plain = from_known_form(plain, 9).unwrap();
    assert_eq!(one.import(vec![plain.clone(), plain.clone()]).await.unwrap().duplicates, 1);
    assert_eq!(one.import(vec![plain]).await.unwrap().duplicates, 1);
}

#[tokio::test]
async fn a_worker_that_only_its_parent_spoke_of_is_a_descendant_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let ended = json!({"plan_id": "P", "task_id": "T1", "attempt": 1, "session_id": "silent", "model": "m/x",
        "usage": {"input_tokens": 40, "output_tokens": 2}});
    append(
        &store,
        vec![event(1, "root", "SessionStart", 1, json!({})), event(2, "root", "TaskFailed", 2, ended)],
    )
    .await;
    let view = store.session("root".into()).await.unwrap().unwrap();
    assert_eq!(view.descendants[0].session.session_id, "silent");
    assert_eq!((view.usage.own.input_tokens, view.usage.inclusive.input_tokens), (0, 40));
    assert!(view.usage.inclusive.cost_incomplete && !view.more_descendants && !view.more_spans);
    let listed = store.sessions(SessionFilter::default(), None, 10).await.unwrap();
    assert_eq!(listed.sessions.len(), 1, "a session without an event is in no list");
    let children = SessionFilter { parent: Some("root".into()), ..SessionFilter::default() };
    assert_eq!(store.sessions(children, None, 10).await.unwrap().sessions.len(), 1);
}

#[tokio::test]
async fn sessions_that_descend_from_each_other_end_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let events = vec![
        event(1, "a", "SessionStart", 1, json!({"parent_id": "b"})),
        event(2, "b", "SessionStart", 2, json!({"parent_id": "a"})),
        event(3, "c", "SessionStart", 3, json!({"parent_id": "c"})),
    ];
    append(&store, events).await;
    assert_eq!(store.subtree("a".into()).await.unwrap(), ["a", "b"]);
    assert_eq!(store.subtree("c".into()).await.unwrap(), ["c"]);
    let filter = EventFilter { subtree: Some("b".into()), ..EventFilter::default() };
    assert_eq!(ids(&store, &filter, 10, false).await, [1, 2]);
    assert_eq!(store.session("a".into()).await.unwrap().unwrap().descendants.len(), 1);
}
