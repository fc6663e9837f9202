//! Tools of the real binary: over HTTP, in the sandbox that this system has, and nothing is left of a command when
//! the daemon is killed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod common;

use common::processes::{mark, running};
use common::{Home, wait_for};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::Stdio;

fn call(workspace: &Path, arguments: &Value) -> Value {
    json!({"directory": workspace, "session_id": "s1", "arguments": arguments})
}

#[tokio::test]
async fn tools_work_over_http_and_need_the_token() {
    let home = Home::new();
    let workspace = home.workspace();
    let sidecar = home.start();
    let unauthorized = sidecar.http.get(sidecar.url("/v1/tools")).send().await.unwrap();
    assert_eq!(unauthorized.status().as_u16(), 401);
    let body = call(&workspace, &json!({"path": "a.txt"}));
    let unauthorized =
        sidecar.http.post(sidecar.url("/v1/tools/read_file")).json(&body).send().await.unwrap();
    assert_eq!(unauthorized.status().as_u16(), 401);

    let tools: Value = sidecar
        .http
        .get(sidecar.url("/v1/tools"))
        .bearer_auth(&sidecar.token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let names: Vec<&str> =
        tools["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["read_file", "write_file", "edit_file", "list_files", "search", "execute_bash"]);

    let post = async |tool: &str, arguments: Value| {
        sidecar.post(&format!("/v1/tools/{tool}"), &call(&workspace, &arguments)).await
    };
    let (status, made) = post("write_file", json!({"path": "a/b.txt", "content": "one\n"})).await;
    assert_eq!((status, &made["title"]), (200, &json!("made a/b.txt")), "{made}");
    let (_, read) = post("read_file", json!({"filePath": "a/b.txt"})).await;
    assert_eq!(read["output"], "one\n");
    // What one call has read, the session's next one may write over.
    std::fs::write(workspace.join("a/b.txt"), "changed\n").unwrap();
    let (status, refused) = post("write_file", json!({"path": "a/b.txt", "content": "two\n"})).await;
    assert_eq!((status, &refused["error"]["code"]), (422, &json!("refused")), "{refused}");
    let (_, ran) = post("execute_bash", json!({"command": "cat b.txt; exit 4", "workdir": "a"})).await;
    assert_eq!(ran["metadata"]["exit_code"], 4, "{ran}");
    assert!(ran["output"].as_str().unwrap().starts_with("changed\n"));
    let health = sidecar.get("/v1/health").await;
    assert_eq!(ran["sandboxed"], health["sandbox"]["enforced"]);
    assert_eq!(ran["metadata"]["sandbox"], health["sandbox"]["mechanism"]);
    let (status, unknown) = post("rm_rf", json!({})).await;
    assert_eq!((status, &unknown["error"]["code"]), (422, &json!("arguments")));
    for directory in [json!("/"), json!(home.path("")), json!("workspace"), json!(home.path("gone"))] {
        let body = json!({"directory": directory, "arguments": {"path": "x"}});
        let (status, refused) = sidecar.post("/v1/tools/read_file", &body).await;
        assert_eq!((status, &refused["error"]["code"]), (422, &json!("refused")), "{directory}");
    }
    assert_eq!(sidecar.post("/v1/tools/read_file", &json!({"arguments": {}})).await.0, 400);
    let doctor = common::text(&home.run(&["doctor"]).stdout);
    assert!(doctor.contains("sandbox"), "{doctor}");
    assert!(!common::text(&home.run(&["--help"]).stdout).contains("supervise"));
}

#[tokio::test]
async fn secrets_of_the_daemon_stay_its_own() {
    let home = Home::new().set("OPENAI_API_KEY", "sk-secret");
    let workspace = home.workspace();
    let sidecar = home.start();
    let token = home.state("token");
    let line = format!("env; cat {}; cat /proc/{}/environ", token.display(), sidecar.info.pid);
    let (_, ran) = sidecar.post("/v1/tools/execute_bash", &call(&workspace, &json!({"command": line}))).await;
    let output = ran["output"].as_str().unwrap();
    assert!(!output.contains("sk-secret") && !output.contains(&sidecar.token), "{output}");
}

#[tokio::test]
async fn a_killed_daemon_leaves_no_process_of_a_command() {
    let home = Home::new();
    let workspace = home.workspace();
    let mut sidecar = home.start();
    let mark = mark(71);
    let line = format!("(setsid sh -c 'sleep {mark} & exit' &); sleep {mark}");
    let request = sidecar
        .http
        .post(sidecar.url("/v1/tools/execute_bash"))
        .bearer_auth(&sidecar.token)
        .json(&call(&workspace, &json!({"command": line})))
        .send();
    let killing = tokio::task::spawn_blocking({
        let mark = mark.clone();
        move || {
            wait_for("both to run", || (running(&mark) >= 2).then_some(()));
            sidecar.child.kill().unwrap();
            sidecar.child.wait().unwrap();
            wait_for("both to be gone", || (running(&mark) == 0).then_some(()));
        }
    });
    let (answer, killed) = tokio::join!(request, killing);
    killed.unwrap();
    assert!(answer.is_err());
}

#[tokio::test]
async fn a_caller_that_goes_away_ends_its_command() {
    let home = Home::new();
    let workspace = home.workspace();
    let sidecar = home.start();
    let mark = mark(72);
    let body = call(&workspace, &json!({"command": format!("setsid sleep {mark} & sleep {mark}")}));
    let request = sidecar
        .http
        .post(sidecar.url("/v1/tools/execute_bash"))
        .bearer_auth(&sidecar.token)
        .json(&body)
        .send();
    let watched = tokio::task::spawn_blocking({
        let mark = mark.clone();
        move || wait_for("both to run", || (running(&mark) >= 2).then_some(()))
    });
    tokio::select! {
        _ = request => panic!("the command ended"),
        watched = watched => watched.unwrap(),
    }
    tokio::task::spawn_blocking(move || wait_for("both to be gone", || (running(&mark) == 0).then_some(())))
        .await
        .unwrap();
}

/// Speaks with the hidden command as the daemon does: every mechanism, whichever this system would choose.
#[cfg(target_os = "linux")]
#[test]
fn a_supervisor_ends_with_its_lifeline_under_every_mechanism() {
    let mut mechanisms = vec!["none", "landlock"];
    if Path::new("/usr/bin/bwrap").exists() {
        mechanisms.push("bwrap");
    }
    for (number, mechanism) in mechanisms.into_iter().enumerate() {
        let home = Home::new();
        let workspace = home.workspace();
        std::fs::create_dir(home.path("temporary")).unwrap();
        let mark = mark(80 + u32::try_from(number).unwrap());
        let line = format!("echo here; (setsid sh -c 'setsid sleep {mark} & exit' &); sleep {mark}");
        let request = json!({"command": line, "workdir": workspace, "environment": {"PATH": "/usr/bin:/bin"},
            "timeout_ms": 60_000, "mechanism": mechanism, "policy": {"workspace": workspace,
            "temporary": home.path("temporary"), "hidden": [], "shown": [], "network": false}});
        let mut child = home
            .command(&["supervise"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lifeline = child.stdin.take().unwrap();
        writeln!(lifeline, "{request}").unwrap();
        let mut reports = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(reports.next().unwrap().unwrap().contains("started"));
        wait_for("both to run", || (running(&mark) >= 2).then_some(()));
        drop(lifeline);
        let ended: Value = serde_json::from_str(&reports.next().unwrap().unwrap()).unwrap();
        assert_eq!(
            (&ended["supervisor"], &ended["killed"]),
            (&json!("ended"), &json!("cancelled")),
            "{ended}"
        );
        assert_eq!(running(&mark), 0, "{mechanism}");
        assert!(child.wait().unwrap().success());
        let mut output = String::new();
        child.stderr.take().unwrap().read_to_string(&mut output).unwrap();
        assert_eq!(output, "here\n", "{mechanism}");
    }
}

#[test]
fn a_supervisor_without_a_request_says_so() {
    let output = Home::new().run(&["supervise"]);
    assert!(common::text(&output.stdout).contains("not of the expected form"));
}
