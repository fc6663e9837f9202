//! Activity, history, exports and health of the real binary, and what `doctor` makes of it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod common;

use common::{Home, Sidecar, event, text};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

fn told(seq: u64, session: &str, kind: &str, at: i64, payload: Value) -> Value {
    let mut event = event("p.1.a", seq, kind, payload);
    event["session_id"] = json!(session);
    event["timestamp"] = json!(at);
    event
}

async fn filled(sidecar: &Sidecar) -> i64 {
    let now = now_ms();
    let versions = json!({"directory": "/w", "plugin_version": "0.0.1", "opencode_version": "1.18.33"});
    let degraded = json!({"kind": "degraded", "what": "permissions are not seen", "hint": "update OpenCode", "hook": "event"});
    sidecar
        .emit(
            "p.1.a",
            &[
                told(1, "root", "SessionStart", now - 3_000, versions),
                told(2, "root", "UserPromptSubmit", now - 2_000, json!({"prompt": "<b>do</b>"})),
                told(3, "child", "SessionStart", now - 1_000, json!({"parent_id": "root"})),
                told(4, "root", "Notification", now, degraded),
            ],
        )
        .await;
    now
}

async fn status(sidecar: &Sidecar, path: &str) -> u16 {
    sidecar.http.get(sidecar.url(path)).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn activity_and_history_are_told_and_bad_questions_are_refused() {
    let home = Home::new();
    let sidecar = home.start();
    let now = filled(&sidecar).await;
    let activity =
        sidecar.get(&format!("/v1/activity?from={}&to={}&buckets=2", now - 3_000, now + 1_000)).await;
    assert_eq!(
        (&activity["bucket_ms"], activity["types"].as_array().unwrap().len()),
        (&json!(2_000), 3),
        "{activity}"
    );
    assert_eq!(activity["types"][0], json!({"hook_event_type": "SessionStart", "counts": [1, 1]}));
    let of_child = sidecar.get("/v1/activity?session=child").await;
    assert_eq!(of_child["types"].as_array().unwrap().len(), 1, "{of_child}");
    let history = sidecar.get("/v1/history?by=project").await;
    let row = &history["rows"][0];
    assert_eq!(
        (&row["key"], &row["sessions"], &row["prompts"], &row["events"]),
        (&json!("/w"), &json!(1), &json!(1), &json!(4)),
        "{history}"
    );
    assert_eq!(sidecar.get("/v1/history?offset_minutes=-300").await["rows"][0]["sessions"], 1);
    for wrong in [
        "/v1/activity?buckets=0",
        "/v1/activity?buckets=241",
        "/v1/activity?text=a",
        "/v1/activity?from=5&to=5",
        "/v1/activity?nonsense=1",
        "/v1/history?by=year",
        "/v1/history?offset_minutes=9999",
        "/v1/sessions/root/export?format=pdf",
        "/v1/asks?state=odd",
        "/v1/asks?limit=0",
    ] {
        assert_eq!(status(&sidecar, wrong).await, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_session_is_exported_as_the_command_line_does_it() {
    let home = Home::new();
    let sidecar = home.start();
    filled(&sidecar).await;
    let get = async |path: &str| sidecar.http.get(sidecar.url(path)).send().await.unwrap();
    let lines = get("/v1/sessions/root/export?format=jsonl").await;
    assert_eq!(lines.headers()["content-disposition"], "attachment; filename=\"rozet-root.jsonl\"");
    assert_eq!(lines.text().await.unwrap(), home.print(&["export", "root"]));
    let page = get("/v1/sessions/root/export?format=html").await;
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    let page = page.text().await.unwrap();
    assert_eq!(page, home.print(&["export", "root", "--html"]));
    assert!(page.contains("&lt;b&gt;do") && page.ends_with("</html>\n"));
    assert_eq!(status(&sidecar, "/v1/sessions/none/export").await, 404);
}

#[tokio::test]
async fn health_tells_of_the_process_rates_spools_versions_and_what_does_not_work() {
    let home = Home::new();
    let sidecar = home.start();
    filled(&sidecar).await;
    // The spool of a process that lives is its own.
    let waits = format!("rozet-opencode.{}.0a1b2c3d", std::process::id());
    std::fs::write(home.state(&format!("spool/{waits}.jsonl")), "{}\n").unwrap();
    let health = sidecar.get("/v1/health").await;
    assert!(
        health["process"]["resident_bytes"].as_u64().unwrap() > 1_000_000
            && health["process"]["cpu_percent"].as_f64().unwrap() >= 0.0
    );
    assert!(health["rates"]["events_per_second_1m"].as_f64().unwrap() > 0.0, "{health}");
    assert!(health["retention"]["days"] == 90 && health["retention"]["oldest_event_at"].is_i64());
    assert_eq!(health["spools"], json!([{"producer": waits, "bytes": 3}]));
    let store = &health["store"];
    assert!(
        store["database_bytes"].as_u64().unwrap() > 0
            && store["log_bytes"].is_u64()
            && store["index_bytes"].is_u64()
    );
    let components: Vec<_> = health["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), one["matches"].as_bool().unwrap()))
        .collect();
    assert_eq!(components, [("sidecar", true), ("plugin", false), ("opencode", true)]);
    let degraded = &health["degraded"][0];
    assert_eq!(
        (&degraded["what"], &degraded["hint"], &degraded["hook"]),
        (&json!("permissions are not seen"), &json!("update OpenCode"), &json!("event"))
    );
    let doctor = text(&home.run(&["doctor"]).stdout);
    for part in [
        "BAD  versions  plugin 0.0.1: the plugin is 0.0.1",
        "BAD  degraded  permissions are not seen (hook event), for",
        "update OpenCode",
    ] {
        assert!(doctor.contains(part), "{part}: {doctor}");
    }
    drop(sidecar);
    let sidecar = home.start();
    assert_eq!(sidecar.get("/v1/health").await["degraded"].as_array().unwrap().len(), 1);
}
