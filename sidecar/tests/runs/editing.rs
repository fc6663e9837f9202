//! Plans that are changed before anybody begins with them.

use crate::bench::{home, settled, task};
use crate::common::Home;
use crate::common::Sidecar;
use crate::http::diligent;
use rozet_observability::run::{Run, RunStatus};
use serde_json::{Value, json};

async fn edit(sidecar: &Sidecar, plan_id: &str, body: &Value) -> (u16, Value) {
    let request = sidecar.http.put(sidecar.url(&format!("/v1/plans/{plan_id}"))).bearer_auth(&sidecar.token);
    let response = request.header("X-Rozet-By", "dashboard").json(body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn planned(home: Home) -> (Home, Sidecar) {
    let home = home.set("ROZET_ORCHESTRATOR_PROVIDER", "offline");
    let sidecar = home.start();
    sidecar.plan("p1", &home.workspace(), "create a.py, then run it").await;
    (home, sidecar)
}

#[tokio::test]
async fn a_plan_is_changed_until_it_is_begun() {
    let model = diligent().await;
    let (_home, sidecar) = planned(home(&model)).await;
    let before = sidecar.get("/v1/plans/p1").await;
    let tasks = [task("B", &["B.txt"], &[]), task("A", &["A.txt"], &["B"])];
    let (code, plan) = edit(&sidecar, "p1", &json!({"summary": "by hand", "tasks": tasks})).await;
    assert_eq!(
        (code, &plan["summary"], &plan["request"]),
        (200, &json!("by hand"), &before["request"]),
        "{plan}"
    );
    let ids = |plan: &Value| -> Vec<String> {
        let tasks = plan["tasks"].as_array().unwrap().iter();
        tasks.map(|task| format!("{} {}", task["task_id"], task["status"]).replace('"', "")).collect()
    };
    assert_eq!(ids(&plan), ["B ready", "A planned"]);
    assert_eq!(ids(&sidecar.get("/v1/plans/p1").await), ["B ready", "A planned"]);
    let at = sidecar.get("/v1/sessions/s1/at").await;
    assert_eq!(ids(&at), ["B ready", "A planned"], "{at}");
    let notes = sidecar.get("/v1/events?type=Notification").await;
    let payload = &notes["events"][0]["payload"];
    assert_eq!((&payload["action"], &payload["by"]), (&json!("edit_plan"), &json!("dashboard")), "{notes}");
    let (code, run) = sidecar.post("/v1/runs", &json!({"plan_id": "p1"})).await;
    assert_eq!(code, 201, "{run}");
    let run: Run = serde_json::from_value(run).unwrap();
    assert_eq!(settled(&sidecar, &run).await.run.status, RunStatus::Completed);
    let (code, error) =
        edit(&sidecar, "p1", &json!({"summary": "late", "tasks": [task("A", &[], &[])]})).await;
    assert_eq!((code, &error["error"]["code"]), (409, &json!("conflict")), "{error}");
}

#[tokio::test]
async fn what_is_wrong_with_a_change_is_named_and_work_that_has_begun_is_kept() {
    let model = diligent().await;
    let (_home, sidecar) = planned(home(&model)).await;
    for (tasks, task_id, field) in [
        (json!([]), Value::Null, "tasks"),
        (json!([task("A", &[], &["X"])]), json!("A"), "depends_on"),
        (json!([task("A", &["../x"], &[])]), json!("A"), "files"),
        (json!([task("A", &[], &[]), task("A", &[], &[])]), json!("A"), "task_id"),
        (json!([{"task_id": "A", "description": " "}]), json!("A"), "description"),
        (json!([task("A", &[], &["B"]), task("B", &[], &["A"])]), json!("A"), "depends_on"),
    ] {
        let (code, error) = edit(&sidecar, "p1", &json!({"summary": "s", "tasks": tasks})).await;
        let told = (code, &error["error"]["task"], &error["error"]["field"]);
        assert_eq!(told, (422, &task_id, &json!(field)), "{error}");
    }
    assert_eq!(
        edit(&sidecar, "nothing", &json!({"summary": "s", "tasks": [task("A", &[], &[])]})).await.0,
        404
    );
    let started = crate::common::event("p", 1, "TaskStarted", json!({"plan_id": "p1", "task_id": "T1"}));
    sidecar.emit("p", &[started]).await;
    sidecar.wait_for_task("p1", 0, "running").await;
    assert_eq!(edit(&sidecar, "p1", &json!({"summary": "s", "tasks": [task("A", &[], &[])]})).await.0, 409);
    assert_eq!(sidecar.get("/v1/plans/p1").await["tasks"][0]["task_id"], "T1");
}
