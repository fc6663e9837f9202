//! Settings through the real binary: what is in force, what is wrong, and what one command says over it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod common;

use common::{Home, text};
use serde_json::{Value, json};

fn write(home: &Home, path: &str, content: &str) {
    let path = home.path(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// `name` in what `config --json` prints.
fn row(shown: &Value, name: &str) -> (String, String) {
    let row = shown["settings"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap();
    (row["value"].as_str().unwrap().to_owned(), row["source"].as_str().unwrap().to_owned())
}

#[test]
fn each_value_is_shown_with_where_it_came_from_and_without_secrets() {
    let home = Home::new().set("ROZET_ORCHESTRATOR_TEMPERATURE", "0.5");
    write(
        &home,
        "rozet/config/providers.yaml",
        "orchestrator:\n  provider: anthropic\n  model: claude\n  max_tasks: 4\nbudget:\n  planner_session_usd: 0.5\n",
    );
    write(&home, "workspace/providers.yaml", "orchestrator:\n  provider: groq\n  model: llama\n");
    write(&home, "workspace/credentials/.env", "GROQ_API_KEY=gsk-very-secret-key-9876\n");
    let directory = home.workspace();
    let printed = home.print(&["config", "--json", "--directory", directory.to_str().unwrap()]);
    let shown: Value = serde_json::from_str(&printed).unwrap();
    let (model, source) = row(&shown, "orchestrator.model");
    assert_eq!(model, "llama");
    assert!(source.ends_with("workspace/providers.yaml"), "{source}");
    assert_eq!(
        row(&shown, "orchestrator.temperature"),
        ("0.5".into(), "ROZET_ORCHESTRATOR_TEMPERATURE".into())
    );
    let (key, source) = row(&shown, "credentials");
    assert_eq!(key, "****9876");
    assert!(source.starts_with("GROQ_API_KEY in ") && source.ends_with("credentials/.env"), "{source}");
    assert_eq!(row(&shown, "orchestrator.max_tasks").0, "4");
    assert_eq!(row(&shown, "budget.planner_session_usd").0, "0.5");
    assert_eq!(row(&shown, "workers"), ("opencode".into(), "default".into()));
    assert_eq!(row(&shown, "workers.parallel"), ("4".into(), "default".into()));
    assert_eq!(row(&shown, "budget.run_usd"), ("5".into(), "default".into()));
    assert_eq!(row(&shown, "budget.planner_session_tokens").1, "default");
    let readable = home.print(&["config", "--directory", directory.to_str().unwrap()]);
    assert!(readable.contains("orchestrator.provider") && !readable.contains("very-secret"), "{readable}");
}

#[test]
fn a_check_names_what_is_wrong_and_passes_over_other_programs_files() {
    let home = Home::new();
    let directory = home.workspace();
    let check = || home.run(&["config", "--check", "--directory", directory.to_str().unwrap()]);
    assert_eq!(text(&check().stdout), "sound: no file sets anything\n");
    write(&home, "workspace/providers.yaml", "terraform:\n  aws: {}\n");
    assert!(check().status.success());
    write(&home, "workspace/providers.yaml", "orchestrator:\n  provider: anthropic\n  colour: red\n");
    let wrong = check();
    assert_eq!(wrong.status.code(), Some(1));
    let message = text(&wrong.stderr);
    assert!(message.contains("workspace/providers.yaml") && message.contains("line 3"), "{message}");
    write(&home, "workspace/providers.yaml", "orchestrator:\n  provider: anthropic\n");
    assert!(text(&check().stderr).contains("ROZET_ORCHESTRATOR_MODEL"));
    write(&home, "workspace/providers.yaml", "orchestrator:\n  provider: offline\n");
    write(&home, "workspace/.env", "A=1\nthis is no assignment\n");
    let warned = check();
    assert!(warned.status.success() && text(&warned.stderr).contains("1 lines cannot be read"));
}

#[tokio::test]
async fn a_projects_wrong_settings_are_the_reason_and_cost_no_plan() {
    let home = Home::new();
    let sidecar = home.start();
    write(&home, "workspace/providers.yaml", "orchestrator:\n  provider: magic\n");
    let plan = sidecar.plan("p1", &home.workspace(), "create a.py, then run it").await;
    let reason = plan["reason"].as_str().unwrap();
    assert!(reason.contains("orchestrator.provider") && reason.contains("providers.yaml"), "{reason}");
    assert_eq!(plan["tasks"].as_array().unwrap().len(), 2);
}

#[test]
fn one_command_goes_over_every_setting() {
    let home = Home::new();
    write(&home, "rozet/config/providers.yaml", "orchestrator:\n  provider: openai\n  model: gpt\n");
    write(&home, "other.yaml", "orchestrator:\n  provider: groq\n  model: from-other\n");
    let asked = |arguments: &[&str]| -> Value {
        let all: Vec<&str> = ["plan", "create a.py", "--dry-run"].iter().chain(arguments).copied().collect();
        serde_json::from_str(&home.print(&all)).unwrap()
    };
    let provider = |asked: &Value| (asked["provider"].clone(), asked["model"].clone());
    assert_eq!(provider(&asked(&[])), (json!("openai"), json!("gpt")));
    assert_eq!(provider(&asked(&["--model", "mini"])), (json!("openai"), json!("mini")));
    assert_eq!(provider(&asked(&["--config", "other.yaml"])), (json!("groq"), json!("from-other")));
    assert_eq!(asked(&["--provider", "offline"])["request"], Value::Null);
    let opencode = asked(&["--provider", "opencode", "--model", "p/m", "--max-tasks", "3"]);
    assert_eq!(opencode["request"]["body"]["model"], json!({"providerID": "p", "modelID": "m"}));
    assert!(opencode["request"]["body"]["system"].as_str().unwrap().contains("At most 3 tasks"));
    let unknown = home.run(&["plan", "create a.py", "--dry-run", "--provider", "magic"]);
    assert!(!unknown.status.success() && text(&unknown.stderr).contains("--provider"));
}

#[tokio::test]
async fn a_session_cannot_spend_more_on_planning_than_was_agreed() {
    let home = Home::new()
        .set("ROZET_ORCHESTRATOR_PROVIDER", "openai-compatible")
        .set("ROZET_ORCHESTRATOR_MODEL", "m")
        .set("ROZET_ORCHESTRATOR_ENDPOINT", "http://127.0.0.1:9/v1");
    write(&home, "rozet/config/providers.yaml", "budget:\n  planner_session_tokens: 1000\n");
    let sidecar = home.start();
    let plan = sidecar.plan("p1", &home.workspace(), "create a.py").await;
    let reason = plan["reason"].as_str().unwrap();
    assert!(reason.contains("0 of 1000 tokens") && reason.contains("providers.yaml"), "{reason}");
    assert_eq!(plan["origin"], "offline");
}
