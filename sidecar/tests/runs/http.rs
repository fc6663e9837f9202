//! Runs over HTTP: what is refused, and how.

use crate::bench::{begin, home, plan, settled, task};
use crate::common::Sidecar;
use crate::model::{Answer, Model};
use rozet_observability::run::RunStatus;
use serde_json::{Value, json};

async fn idle() -> Model {
    Model::start(|_| Answer::Never).await
}

/// Writes each task's file.
pub(super) async fn diligent() -> Model {
    Model::start(|asked| match asked.step {
        0 => Answer::runs(&format!("echo done > {}.txt", asked.task)),
        _ => Answer::says("written"),
    })
    .await
}

fn message(answer: &Value) -> &str {
    answer["error"]["message"].as_str().unwrap()
}

#[tokio::test]
async fn a_plan_that_makes_no_sense_is_refused_by_name() {
    let home = home(&idle().await);
    let sidecar = home.start();
    let cases = [
        (vec![task("T1", &[], &["T3"]), task("T2", &[], &[]), task("T3", &[], &["T1"])], "T1, T3"),
        (vec![task("T1", &[], &["T1"])], "circle: T1"),
        (vec![task("T1", &[], &["T9"])], "T1 depends on T9"),
        (vec![task("T1", &[], &[]), task("T1", &[], &[])], "T1 is there twice"),
        (vec![task("T1", &["../out"], &[])], "../out"),
        (vec![task("T1", &["/etc/passwd"], &[])], "/etc/passwd"),
        (vec![task("T1", &["a/../../b"], &[])], "a/../../b"),
        (vec![task("../T1", &[], &[])], "task_id"),
        (vec![json!({"task_id": "T1", "description": " "})], "T1 needs a description"),
        (vec![], "found 0"),
    ];
    for (tasks, named) in cases {
        let (status, answer) = sidecar.post("/v1/runs", &json!({"plan": plan(&home, &tasks)})).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!("bad_request")), "{answer}");
        assert!(message(&answer).contains(named), "{named}: {answer}");
    }
    for (body, named) in [
        (json!({}), "say which plan"),
        (json!({"plan": {"summary": "s", "tasks": [task("T1", &[], &[])]}}), "absolute path"),
        (json!({"plan_id": "p", "config": "relative.yaml"}), "absolute path"),
        (json!({"plan_id": "p", "paralel": 3}), "not of the expected form"),
        (json!({"plan": plan(&home, &[task("T1", &[], &[])]), "parallel": 99}), "parallel"),
    ] {
        let (status, answer) = sidecar.post("/v1/runs", &body).await;
        assert_eq!(status, 400, "{answer}");
        assert!(message(&answer).contains(named), "{named}: {answer}");
    }
    assert_eq!(sidecar.get("/v1/runs").await["runs"], json!([]));
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_what_does_not_fit_conflicts() {
    let home = home(&diligent().await);
    let sidecar = home.start();
    for path in ["/v1/runs/run-0", "/v1/runs/run-0/progress", "/v1/tasks?plan_id=p"] {
        assert_eq!(
            sidecar.http.get(sidecar.url(path)).send().await.unwrap().status().as_u16(),
            404,
            "{path}"
        );
    }
    let run = begin(&sidecar, &home, &[task("T1", &["T1.txt"], &[])]).await;
    settled(&sidecar, &run).await;
    let of_run = |action: &str| format!("/v1/runs/{}/{action}", run.run_id);
    let of_task = |id: &str, action: &str| format!("/v1/tasks/{}/{id}/{action}", run.plan_id);
    for action in ["cancel", "pause", "resume", "retry"] {
        assert_eq!(sidecar.post(&format!("/v1/runs/run-0/{action}"), &json!({})).await.0, 404, "{action}");
        let (status, answer) = sidecar.post(&of_run(action), &json!({})).await;
        assert_eq!((status, &answer["error"]["code"]), (409, &json!("conflict")), "{action}: {answer}");
    }
    for action in ["cancel", "retry", "confirm", "undo"] {
        assert_eq!(sidecar.post(&of_task("T9", action), &json!({})).await.0, 404, "{action}");
    }
    for action in ["retry", "confirm"] {
        let (status, answer) = sidecar.post(&of_task("T1", action), &json!({})).await;
        assert_eq!(status, 409, "{action}: {answer}");
    }
    assert_eq!(sidecar.post("/v1/runs", &json!({"plan_id": "none"})).await.0, 404);
    assert_eq!(sidecar.post(&of_run("dance"), &json!({})).await.0, 400);
    std::fs::remove_dir_all(home.workspace()).unwrap();
    let (status, answer) = sidecar.post("/v1/runs", &json!({"plan_id": run.plan_id})).await;
    assert_eq!(status, 409, "{answer}");
}

#[tokio::test]
async fn nobody_acts_without_the_token() {
    let home = home(&idle().await);
    let sidecar = home.start();
    let run = begin(&sidecar, &home, &[task("T1", &["a"], &[])]).await;
    for path in [
        "/v1/runs".to_owned(),
        format!("/v1/runs/{}/cancel", run.run_id),
        format!("/v1/tasks/{}/T1/undo", run.plan_id),
    ] {
        let request = sidecar.http.post(sidecar.url(&path)).json(&json!({"plan_id": run.plan_id}));
        assert_eq!(request.send().await.unwrap().status().as_u16(), 401, "{path}");
    }
}

#[tokio::test]
async fn two_who_begin_the_same_plan_at_once_get_one_run() {
    let home = home(&idle().await);
    let sidecar = home.start();
    let plan = sidecar.plan("p1", &home.workspace(), "add a.py, then add b.py").await;
    let body = json!({"plan_id": plan["plan_id"]});
    let asking: Vec<_> = (0..8).map(|_| sidecar.post("/v1/runs", &body)).collect();
    let answers = futures_util::future::join_all(asking).await;
    let begun = answers.iter().filter(|(status, _)| *status == 201).count();
    let refused = answers.iter().filter(|(status, _)| *status == 409).count();
    assert_eq!((begun, refused), (1, 7), "{answers:#?}");
}

#[tokio::test]
async fn the_progress_of_a_run_is_streamed_to_its_end() {
    let home = home(&diligent().await);
    let sidecar = home.start();
    let run = begin(&sidecar, &home, &[task("T1", &["T1.txt"], &[]), task("T2", &["T2.txt"], &["T1"])]).await;
    let frames = frames(&sidecar, &format!("/v1/runs/{}/progress", run.run_id)).await;
    let (last, before) = frames.split_last().unwrap();
    assert_eq!((&last["done"], &last["status"]), (&json!(true), &json!("completed")));
    assert!(before.iter().all(|frame| frame["done"] == false), "{before:#?}");
    assert!(last["report"].as_str().unwrap().contains("T2.txt contains `done` passed"), "{last}");
    assert_eq!(settled(&sidecar, &run).await.run.status, RunStatus::Completed);
    let again = self::frames(&sidecar, &format!("/v1/sessions/{}/run/progress", run.session_id)).await;
    assert_eq!((again.len(), &again[0]["done"]), (1, &json!(true)));
}

async fn frames(sidecar: &Sidecar, path: &str) -> Vec<Value> {
    let text = sidecar.http.get(sidecar.url(path)).send().await.unwrap().text().await.unwrap();
    text.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data:")?).ok()).collect()
}
