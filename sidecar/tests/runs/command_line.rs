//! `run` and what looks at its runs, as a person meets them.

use crate::bench::{home, read, task};
use crate::common::{Home, Sidecar, text};
use crate::model::{Answer, Gate, Model};
use serde_json::{Value, json};
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// T1 and T2 are answered when both have asked; T2's first attempt writes the wrong text, T3 comes after both.
async fn three_tasks() -> Model {
    let (asked, both) = (Arc::new(AtomicUsize::new(0)), Gate::new());
    Model::thinking(move |request| {
        let (asked, both) = (Arc::clone(&asked), both.clone());
        async move {
            let (task, attempt, step) = (request.task.as_str(), request.attempt, request.step);
            if step > 0 {
                return Answer::says(&format!("{task} is written"));
            }
            if task != "T3" && attempt == 1 {
                if asked.fetch_add(1, Ordering::SeqCst) == 1 {
                    both.open();
                }
                both.passed().await;
            }
            match (task, attempt) {
                ("T2", 1) => Answer::writes("b.txt", "wrong\n"),
                ("T2", _) => {
                    let told = request.prompt();
                    assert!(told.contains("b.txt contains `done` failed"), "{told}");
                    Answer::runs("echo done >> b.txt")
                }
                ("T1", _) => Answer::writes("a.txt", "done\n"),
                _ => Answer::runs("echo done > c.txt"),
            }
        }
    })
    .await
}

fn plan_file(home: &Home) -> String {
    let tasks =
        [task("T1", &["a.txt"], &[]), task("T2", &["b.txt"], &[]), task("T3", &["c.txt"], &["T1", "T2"])];
    let path = home.path("plan.json");
    std::fs::write(&path, json!({"summary": "three files", "tasks": tasks}).to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A command beside the daemon and the model that this thread serves.
async fn run(home: &Home, arguments: &[&str]) -> Output {
    let mut command = home.command(arguments);
    command.current_dir(home.workspace());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

async fn printed(home: &Home, arguments: &[&str]) -> String {
    let output = run(home, arguments).await;
    assert!(output.status.success(), "{arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

async fn done(model: &Model) -> (Home, Sidecar, Output) {
    let home = home(model);
    std::fs::write(home.workspace().join("c.txt"), "before\n").unwrap();
    let sidecar = home.start();
    let output = run(&home, &["run", "--plan", &plan_file(&home), "--yes", "--worker", "local"]).await;
    (home, sidecar, output)
}

#[tokio::test]
async fn a_plan_is_carried_out_shown_and_undone() {
    let model = three_tasks().await;
    let (home, _sidecar, output) = done(&model).await;
    let (told, noted) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{told}{noted}");
    for said in [
        "completed: 3 of 3 tasks completed",
        "T2 completed, 2 attempts",
        "attempt 1: b.txt contains `done` failed",
        "claim: T2 is written",
        "evidence: b.txt contains `done` passed",
        "file: a.txt (new)",
        "file: c.txt (changed)",
    ] {
        assert!(told.contains(said), "{said} is not in\n{told}");
    }
    assert!(noted.contains("T3 completed"), "{noted}");
    assert_eq!(
        [read(&home, "a.txt"), read(&home, "b.txt"), read(&home, "c.txt")],
        ["done\n", "wrong\ndone\n", "done\n"]
    );

    let shown = parsed(&printed(&home, &["show", "--json"]).await);
    let attempt = &shown["tasks"][2]["attempts"][0];
    assert_eq!(attempt["claim"]["statement"], "T3 is written");
    assert_eq!(attempt["evidence"][0]["outcome"], "passed");
    let change = &attempt["files"][0];
    assert_eq!(change["before"]["sha256"].as_str().unwrap().len(), 64);
    assert_ne!(change["before"]["sha256"], change["after"]["sha256"]);
    assert_eq!(shown["tasks"][0]["attempts"][0]["files"][0]["before"], Value::Null);
    let tasks = printed(&home, &["tasks"]).await;
    assert_eq!(tasks.lines().filter(|line| line.contains("completed")).count(), 3, "{tasks}");
    let runs = printed(&home, &["runs"]).await;
    assert!(runs.contains("completed") && runs.contains("local"), "{runs}");

    let preview = printed(&home, &["undo", "latest", "T3", "--preview"]).await;
    assert_eq!((preview.as_str(), read(&home, "c.txt").as_str()), ("restore c.txt\n", "done\n"));
    assert_eq!(printed(&home, &["undo", "latest", "T3"]).await, "restore c.txt\n");
    assert_eq!(read(&home, "c.txt"), "before\n");
    assert_eq!(printed(&home, &["undo", "latest", "T1"]).await, "remove a.txt\n");
    assert!(!home.workspace().join("a.txt").exists());
    std::fs::write(home.workspace().join("b.txt"), "a person's\n").unwrap();
    let refused = run(&home, &["undo", "latest", "T2"]).await;
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("b.txt"), "{}", text(&refused.stderr));
    assert_eq!(read(&home, "b.txt"), "a person's\n");
}

#[tokio::test]
async fn json_is_the_whole_answer_and_nobody_begins_unasked() {
    let model = three_tasks().await;
    let home = home(&model);
    let _sidecar = home.start();
    let plan = plan_file(&home);
    let refused = run(&home, &["run", "--plan", &plan, "--worker", "local"]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("pass --yes"), "{}", text(&refused.stderr));
    assert_eq!(model.seen().len(), 0);
    let shown = parsed(&printed(&home, &["run", "--plan", &plan, "--yes", "--json"]).await);
    assert_eq!((&shown["run"]["status"], &shown["run"]["worker"]), (&json!("completed"), &json!("local")));
    assert_eq!(shown["tasks"][1]["attempts"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_failed_run_says_so_and_what_to_do() {
    let model = Model::start(|asked| match asked.step {
        0 => Answer::writes("a.txt", "no\n"),
        _ => Answer::says("all is well"),
    })
    .await;
    let (_home, _sidecar, output) = done(&model).await;
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("failed") && told.contains("Try again with `rozet-sidecar retry run-"), "{told}");
}

#[tokio::test]
async fn a_model_plans_and_workers_carry_it_out() {
    let plan = json!({"summary": "a greeting", "tasks": [{"id": "1", "description": "write hello.py",
        "files": ["hello.py"], "depends_on": [], "checks": [{"type": "file_contains", "path": "hello.py", "text": "print"}]}]});
    let model = Model::start(move |asked| match (asked.task.as_str(), asked.step) {
        ("planner", _) => Answer::Says(plan.to_string()),
        (_, 0) => Answer::writes("hello.py", "print('hi')\n"),
        _ => Answer::says("written"),
    })
    .await;
    let home = home(&model)
        .set("ROZET_ORCHESTRATOR_PROVIDER", "openai-compatible")
        .set("ROZET_ORCHESTRATOR_ENDPOINT", &model.endpoint)
        .set("ROZET_ORCHESTRATOR_MODEL", "scripted")
        .set("ROZET_ORCHESTRATOR_API_KEY", "k");
    let _sidecar = home.start();
    let told = printed(&home, &["run", "create hello.py that greets", "--yes"]).await;
    assert!(told.contains("1 of 1 tasks completed"), "{told}");
    assert_eq!(read(&home, "hello.py"), "print('hi')\n");
    assert_eq!(model.asked_for("planner"), 1);
}
