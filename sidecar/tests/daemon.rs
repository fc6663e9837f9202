//! Starting, stopping, and what can stand in the way.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod common;

use common::{Home, event, text, wait_for};
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpListener;
use std::process::Stdio;
use std::time::Instant;

const UP: [&str; 5] = ["up", "--port", "0", "--dashboard-port", "0"];

#[test]
fn up_returns_when_healthy_twice_is_fine_and_down_leaves_nothing() {
    let home = Home::new();
    let first = home.print(&UP);
    assert!(first.contains("is up") && first.contains("dashboard  http://127.0.0.1:"), "{first}");
    let second = home.print(&UP);
    assert!(second.contains("already runs"), "{second}");
    let status: Value = serde_json::from_str(&home.print(&["status", "--json"])).unwrap();
    assert_eq!((&status["running"], &status["status"]), (&json!(true), &json!("ok")));
    let pid = status["pid"].as_u64().unwrap();
    assert!(home.print(&["down"]).contains("has stopped"));
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    assert!(stat.is_empty() || stat.contains(") Z "), "the daemon lives: {stat}");
    assert!(!home.state("sidecar.json").exists());
    assert!(home.print(&["down"]).contains("not running"));
    assert_eq!(home.run(&["status"]).status.code(), Some(3));
    let log = std::fs::read_to_string(home.state("logs/sidecar.log")).unwrap();
    for phase in ["shutdown 1/4", "shutdown 2/4", "shutdown 3/4", "shutdown 4/4"] {
        assert!(log.contains(phase), "{phase} is missing in {log}");
    }
}

#[test]
fn of_several_at_once_one_starts_and_all_are_content() {
    let home = Home::new();
    let started: Vec<_> = (0..4).map(|_| home.command(&UP).stdout(Stdio::piped()).spawn().unwrap()).collect();
    let said: Vec<String> = started
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success());
            text(&output.stdout)
        })
        .collect();
    assert_eq!(said.iter().filter(|said| said.contains("is up")).count(), 1, "{said:?}");
    assert_eq!(said.iter().filter(|said| said.contains("already runs")).count(), 3, "{said:?}");
    home.print(&["down"]);
}

#[test]
fn restart_keeps_the_ports() {
    let home = Home::new();
    home.print(&UP);
    let url = || serde_json::from_str::<Value>(&home.print(&["status", "--json"])).unwrap()["url"].clone();
    let before = url();
    home.print(&["restart"]);
    assert_eq!(url(), before);
    home.print(&["down"]);
}

#[test]
fn a_taken_port_is_named_with_its_owner_and_the_flag() {
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = held.local_addr().unwrap().port().to_string();
    let home = Home::new();
    for (arguments, flag) in [
        (["up", "--port", &port, "--dashboard-port", "0"], "--port"),
        (["up", "--port", "0", "--dashboard-port", &port], "--dashboard-port"),
    ] {
        let output = home.run(&arguments);
        let error = text(&output.stderr);
        assert!(!output.status.success());
        assert!(error.contains(&port) && error.contains(flag), "{error}");
        if cfg!(target_os = "linux") {
            assert!(error.contains(&format!("pid {}", std::process::id())), "{error}");
        }
        assert!(!home.state("sidecar.json").exists());
    }
}

#[test]
fn broken_settings_are_named_with_file_and_line() {
    let home = Home::new();
    let file = home.path("rozet/config/providers.yaml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "orchestrator:\n  provider: openai-compatible\n  temperature: hot\n").unwrap();
    let output = home.run(&UP);
    let error = text(&output.stderr);
    assert!(!output.status.success());
    assert!(error.contains("providers.yaml") && error.contains("line 3"), "{error}");
    assert!(text(&home.run(&["doctor"]).stdout).contains("BAD  settings"));
}

#[test]
fn a_corrupt_database_is_set_aside_and_said_loudly() {
    let home = Home::new();
    let database = home.path("rozet/data/rozet.db");
    std::fs::create_dir_all(database.parent().unwrap()).unwrap();
    std::fs::write(&database, vec![b'?'; 10_000]).unwrap();
    let output = home.run(&UP);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("corrupt"), "{}", text(&output.stderr));
    assert!(text(&home.run(&["status"]).stderr).contains("rozet.db.corrupt-"));
    home.print(&["down"]);
}

#[tokio::test]
async fn after_kill_9_the_next_start_takes_over_and_has_every_acknowledged_event() {
    let home = Home::new();
    let producer = "rozet-opencode.1.aa";
    let mut sidecar = home.start();
    for seq in 1..=50 {
        sidecar.emit(producer, &[event(producer, seq, "ToolRequested", json!({"n": seq}))]).await;
    }
    sidecar.child.kill().unwrap();
    sidecar.child.wait().unwrap();
    assert!(home.state("sidecar.json").exists(), "a killed daemon cannot tidy up");
    assert_eq!(home.run(&["status"]).status.code(), Some(3));
    let sidecar = home.start();
    let recent = sidecar.get("/events/recent").await;
    let seqs: Vec<u64> =
        recent.as_array().unwrap().iter().filter_map(|event| event["seq"].as_u64()).collect();
    assert_eq!(seqs, (1..=50).collect::<Vec<_>>());
}

#[tokio::test]
async fn spools_of_dead_producers_are_taken_in_once_and_live_ones_left_alone() {
    let home = Home::new();
    let spool = home.state("spool");
    std::fs::create_dir_all(&spool).unwrap();
    // No process has the highest id; this test's own process lives.
    let (dead, alive) =
        ("rozet-opencode.2147483647.aa".to_owned(), format!("rozet-opencode.{}.bb", std::process::id()));
    for producer in [&dead, &alive] {
        let mut file = std::fs::File::create(spool.join(format!("{producer}.jsonl"))).unwrap();
        for seq in 1..=3 {
            writeln!(file, "{}", event(producer, seq, "Stop", json!({}))).unwrap();
        }
        write!(file, "{{\"cut\":").unwrap();
    }
    let sidecar = home.start();
    let gone = spool.join(format!("{dead}.jsonl"));
    wait_for("the dead producer's spool to be taken in", || (!gone.exists()).then_some(()));
    assert!(spool.join(format!("{alive}.jsonl")).exists());
    let recent = sidecar.get("/events/recent").await;
    let ids: Vec<&str> =
        recent.as_array().unwrap().iter().filter_map(|event| event["event_id"].as_str()).collect();
    assert_eq!(ids, (1..=3).map(|seq| format!("{dead}.{seq}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn open_streams_do_not_hold_up_the_end() {
    let home = Home::new();
    let mut sidecar = home.start();
    let link = sidecar.http.get(sidecar.url("/v1/link")).bearer_auth(&sidecar.token).send().await.unwrap();
    let socket =
        tokio_tungstenite::connect_async(sidecar.url("/stream").replace("http", "ws")).await.unwrap();
    let began = Instant::now();
    home.print(&["down"]);
    sidecar.child.wait().unwrap();
    assert!(began.elapsed() < std::time::Duration::from_secs(4), "{:?}", began.elapsed());
    drop((link, socket));
}

#[test]
fn the_command_line_plans_and_its_events_say_so() {
    let home = Home::new();
    let workspace = home.workspace();
    home.print(&UP);
    let directory = workspace.to_str().unwrap();
    let printed = home.print(&[
        "plan",
        "create a.py, then run it",
        "--json",
        "--directory",
        directory,
        "--session-id",
        "mine",
    ]);
    let plan: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((&plan["session_id"], &plan["origin"]), (&json!("mine"), &json!("offline")));
    assert_eq!(plan["tasks"].as_array().unwrap().len(), 2);
    let events = home.print(&["events", "--json"]);
    let events: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = events.iter().filter_map(|event| event["hook_event_type"].as_str()).collect();
    assert_eq!(kinds, ["SessionStart", "TaskPlanned", "TaskPlanned", "SessionEnd"]);
    assert!(events.iter().all(|event| event["source_app"] == "rozet-cli"));
    assert!(
        std::fs::read_dir(home.state("spool"))
            .unwrap()
            .flatten()
            .all(|file| !text(file.file_name().as_encoded_bytes()).starts_with("rozet-cli"))
    );
    let readable = home.print(&["plan", "create b.py"]);
    assert!(readable.contains("T1") && readable.contains("built-in planner"), "{readable}");
    home.print(&["down"]);
    let without = home.run(&["plan", "create c.py"]);
    assert!(!without.status.success() && text(&without.stderr).contains("rozet-sidecar up"));
}

#[test]
fn a_request_can_be_piped_in_capped_and_looked_at_without_asking() {
    let home = Home::new()
        .set("ROZET_ORCHESTRATOR_PROVIDER", "openai")
        .set("ROZET_ORCHESTRATOR_MODEL", "some-model")
        .set("ROZET_ORCHESTRATOR_API_KEY", "key-that-is-not-shown");
    let printed = home.print(&["plan", "add src/a.rs with tests", "--dry-run"]);
    let asked: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((&asked["provider"], &asked["model"]), (&json!("openai"), &json!("some-model")));
    let request = &asked["request"];
    assert_eq!(request["url"], "https://api.openai.com/v1/chat/completions");
    assert_eq!(request["headers"]["authorization"], "****");
    let told = request["body"]["messages"][1]["content"].as_str().unwrap();
    assert!(told.contains("src/a.rs: does not exist yet"), "{told}");
    assert_eq!(request["body"]["response_format"]["type"], "json_schema");
    assert!(!printed.contains("key-that-is-not-shown"));

    let home = Home::new();
    home.print(&UP);
    let mut piped = home.command(&["plan", "--json", "--max-tasks", "2"]);
    let mut piped = piped.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    piped.stdin.take().unwrap().write_all(b"1. one\n2. two\n3. three\n").unwrap();
    let output = piped.wait_with_output().unwrap();
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(plan["tasks"].as_array().unwrap().len(), 2);
    assert!(text(&home.run(&["plan", " "]).stderr).contains("empty"));
    home.print(&["down"]);
}

#[test]
fn the_environment_can_be_evaluated_and_has_no_secrets() {
    let home =
        Home::new().set("ROZET_ORCHESTRATOR_API_KEY", "secret-key").set("ROZET_THINKING", "it's $HOME");
    let script = home.print(&["env"]);
    assert!(!script.contains("secret-key"));
    let output = std::process::Command::new("/bin/sh")
        .args(["-c", &format!("{script}\nprintf %s \"$ROZET_THINKING|$ROZET_OBSERVABILITY_SERVER_PORT\"")])
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout), "it's $HOME|4000");
    assert!(home.print(&["env", "--shell", "fish"]).contains("set -gx ROZET_THINKING"));
}

#[test]
fn the_log_is_shown_and_the_doctor_names_what_is_wrong() {
    let home = Home::new();
    let before = home.run(&["doctor"]);
    let report = text(&before.stdout);
    assert!(!before.status.success());
    assert!(report.contains("BAD  sidecar") && report.contains("BAD  plugin"), "{report}");
    let config = home.path(".config/opencode");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("opencode.json"), r#"{"plugin": ["rozet-opencode"]}"#).unwrap();
    home.print(&UP);
    let report = home.print(&["doctor"]);
    assert!(!report.contains("BAD"), "{report}");
    assert!(home.print(&["logs", "-n", "5"]).contains("\"ready\""));
    home.print(&["down"]);
}
