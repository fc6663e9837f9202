//! `events`, `export` and `import` of the real binary.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod common;

use common::{Home, Sidecar, event, text};
use serde_json::{Value, json};
use std::process::Output;

/// 1,205 events of a session, its child and another one: more than one page.
async fn fill(sidecar: &Sidecar) {
    let mut events = Vec::new();
    for seq in 1..=1_205_u64 {
        let (session, parent) = match seq % 3 {
            0 => ("root", None),
            1 => ("child", Some("root")),
            _ => ("other", None),
        };
        let mut payload = json!({"message": format!("number {seq} <b>\u{202e}</b>")});
        if let Some(parent) = parent {
            payload["parent_id"] = json!(parent);
        }
        let mut event = event("p.1.a", seq, if seq % 5 == 0 { "Stop" } else { "Notification" }, payload);
        event["session_id"] = json!(session);
        event["timestamp"] = json!(1_700_000_000_000_u64 + seq * 1_000);
        events.push(event);
    }
    for batch in events.chunks(500) {
        sidecar.emit("p.1.a", batch).await;
    }
    let known = json!({"source_app": "hooks", "session_id": "root", "hook_event_type": "PreToolUse",
        "payload": {"tool_name": "Bash"}, "colour": "red", "timestamp": 5});
    assert_eq!(sidecar.post("/events", &known).await.0, 200);
}

fn events(printed: &str) -> Vec<Value> {
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn import(home: &Home, lines: &[u8]) -> Output {
    std::fs::write(home.path("import.jsonl"), lines).unwrap();
    home.run(&["import", "import.jsonl"])
}

#[tokio::test]
async fn what_is_exported_can_be_imported_elsewhere_once() {
    let (home, other) = (Home::new(), Home::new());
    let (sidecar, elsewhere) = (home.start(), other.start());
    fill(&sidecar).await;
    let everything = home.print(&["export"]);
    let exported = events(&everything);
    assert_eq!(exported.len(), 1_206);
    assert!(exported.iter().map(|event| event["id"].as_i64().unwrap()).eq(1..=1_206));
    let stops = events(&home.print(&["export", "--type", "Stop", "--session", "root"]));
    assert!(stops.len() > 50 && stops.iter().all(|event| event["hook_event_type"] == "Stop"));
    let session = events(&home.print(&["export", "root"]));
    assert_eq!(session.len(), exported.iter().filter(|event| event["session_id"] != "other").count());
    let unknown = home.run(&["export", "nobody"]);
    assert!(!unknown.status.success() && text(&unknown.stderr).contains("no such session"));

    let first = import(&other, everything.as_bytes());
    assert!(first.status.success(), "{}", text(&first.stderr));
    assert_eq!(text(&first.stdout), "1206 stored, 0 were there before, 0 bad lines\n");
    assert_eq!(
        text(&import(&other, everything.as_bytes()).stdout),
        "0 stored, 1206 were there before, 0 bad lines\n"
    );
    assert_eq!(
        text(&import(&home, everything.as_bytes()).stdout),
        "0 stored, 1206 were there before, 0 bad lines\n"
    );
    let view = elsewhere.get("/v1/sessions/root").await;
    assert_eq!(view["descendants"][0]["session"]["session_id"], "child");
    let mut copies = events(&other.print(&["export"]));
    let mut originals = exported;
    for events in [&mut copies, &mut originals] {
        for event in events.iter_mut() {
            let fields = event.as_object_mut().unwrap();
            ["id", "producer", "seq"].iter().for_each(|name| drop(fields.remove(*name)));
        }
        events.sort_by_key(|event| event["event_id"].as_str().unwrap().to_owned());
    }
    assert_eq!(copies, originals, "nothing but who delivers it is different");
}

#[tokio::test]
async fn bad_lines_are_named_and_the_good_ones_stored() {
    let home = Home::new();
    let sidecar = home.start();
    let good = |number: u64| {
        json!({"source_app": "a", "session_id": "s", "hook_event_type": "T", "payload": {"n": number}, "timestamp": 5}).to_string()
    };
    let mut lines = Vec::new();
    for line in [
        good(1).into_bytes(),
        b"not json".to_vec(),
        Vec::new(),
        b"{\"source_app\":\"a\",\"payload\":{\"x\":\"\xff\xfe\"}}".to_vec(),
        b"{\"source_app\":\"\\ud800\"}".to_vec(),
        good(2).replace("\"payload\":{", "\"payload\":[{").replace("},\"s", "}],\"s").into_bytes(),
        good(3).replace("\"timestamp\":5", "\"timestamp\":-5").into_bytes(),
        good(4).replace("\"timestamp\":5", "\"timestamp\":99999999999999999").into_bytes(),
        "x".repeat(4_000_000).into_bytes(),
        good(5).into_bytes(),
    ] {
        lines.extend(line);
        lines.push(b'\n');
    }
    lines.extend(good(6).as_bytes());
    let output = import(&home, &lines);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "3 stored, 0 were there before, 7 bad lines\n");
    let named = text(&output.stderr);
    for line in [2, 4, 5, 6, 7, 8, 9] {
        assert!(named.contains(&format!("line {line}: ")), "{line}: {named}");
    }
    assert_eq!(sidecar.get("/events/recent").await.as_array().unwrap().len(), 3);
    let missing = home.run(&["import", "nothing.jsonl"]);
    assert!(!missing.status.success() && text(&missing.stderr).contains("nothing.jsonl"));
}

#[tokio::test]
async fn a_session_is_exported_as_one_page_that_can_do_nothing() {
    let home = Home::new();
    let sidecar = home.start();
    fill(&sidecar).await;
    let secret = format!("ghp_{}", "a1B2".repeat(9));
    let evil = json!({"source_app": "x", "session_id": "root", "hook_event_type": "<script>alert(1)</script>",
        "payload": {"message": format!("</pre><img src=x onerror=alert(1)> {secret}")}});
    sidecar.post("/events", &evil).await;
    let html = home.print(&["export", "root", "--html"]);
    assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"));
    assert!(html.contains("default-src &#39;none&#39;") || html.contains("default-src 'none'"));
    for never in ["<script", "<img", "http://", "https://", "<b>", "\u{202e}", secret.as_str()] {
        assert!(!html.contains(never), "{never}");
    }
    assert_eq!(html.matches("<details>").count(), 805, "every event of the session and its child");
    assert!(html.contains("2023-11-14T22:13:23.000Z"));
    assert!(!home.run(&["export", "--html"]).status.success());
    assert!(!home.run(&["export", "nobody", "--html"]).status.success());
}

#[tokio::test]
async fn events_are_printed_by_filter() {
    let home = Home::new();
    let sidecar = home.start();
    fill(&sidecar).await;
    let print = |arguments: &[&str]| {
        let all: Vec<&str> = ["events", "--json"].iter().chain(arguments).copied().collect();
        events(&home.print(&all)).iter().map(|event| event["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(print(&["--limit", "2"]), [1_205, 1_206]);
    assert_eq!(print(&["--session", "other", "--type", "Stop", "--limit", "2"]), [1_190, 1_205]);
    assert_eq!(print(&["--tool", "Bash"]), [1_206]);
    assert_eq!(print(&["--from", "2023-11-14T22:13:21Z", "--to", "1700000003000"]), [1, 2, 3]);
    assert_eq!(print(&["--source", "nobody"]), [0_i64; 0]);
    let refused = home.run(&["events", "--follow", "--text", "x"]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("--text"));
    assert_eq!(home.run(&["events", "--from", "yesterday"]).status.code(), Some(2));
    drop(sidecar);
    for command in [&["export"][..], &["import", "x"], &["events"]] {
        let output = home.run(command);
        assert!(!output.status.success() && text(&output.stderr).contains("rozet-sidecar up"), "{command:?}");
    }
}
