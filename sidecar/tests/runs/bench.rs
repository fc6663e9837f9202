//! What these tests work with: a home whose workers ask the scripted model, plans, and waiting for what becomes of them.

use crate::common::{DEADLINE, Home, Sidecar, processes};
use crate::model::Model;
use rozet_observability::plan::TaskStatus;
use rozet_observability::run::{Run, RunStatus, RunView, TaskView};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// The key with which the model is asked.
pub(crate) const KEY: &str = "key-of-the-scripted-model";

/// A home whose local workers ask this model.
pub(crate) fn home(model: &Model) -> Home {
    Home::new()
        .set("ROZET_WORKERS_PROVIDER", "openai-compatible")
        .set("ROZET_WORKERS_ENDPOINT", &model.endpoint)
        .set("ROZET_WORKERS_MODEL", "scripted")
        .set("ROZET_WORKERS_API_KEY", KEY)
        .set("ROZET_USE_OPEN_CODE_TOOLS", "0")
}

/// The same with the person's `providers.yaml`.
pub(crate) fn home_with(model: &Model, settings: &str) -> Home {
    let home = home(model);
    std::fs::create_dir_all(home.path("rozet/config")).unwrap();
    std::fs::write(home.path("rozet/config/providers.yaml"), settings).unwrap();
    home
}

/// A task of a plan; without checks of its own, its file must contain `done`.
pub(crate) fn task(id: &str, files: &[&str], after: &[&str]) -> Value {
    let check = |file: &&str| json!({"type": "file_contains", "path": file, "text": "done"});
    json!({"task_id": id, "description": format!("do what {id} is"), "files": files, "depends_on": after,
        "checks": files.iter().map(check).collect::<Vec<_>>()})
}

/// A task that a command proves.
pub(crate) fn proved_by(id: &str, files: &[&str], command: &str) -> Value {
    let mut task = task(id, files, &[]);
    task["checks"] = json!([{"type": "command", "command": command}]);
    task
}

/// A plan for the home's workspace.
pub(crate) fn plan(home: &Home, tasks: &[Value]) -> Value {
    json!({"directory": home.workspace(), "summary": "a test", "tasks": tasks})
}

/// Begins a run of these tasks.
pub(crate) async fn begin(sidecar: &Sidecar, home: &Home, tasks: &[Value]) -> Run {
    let (status, run) = sidecar.post("/v1/runs", &json!({"plan": plan(home, tasks)})).await;
    assert_eq!(status, 201, "{run}");
    serde_json::from_value(run).unwrap()
}

pub(crate) async fn view(sidecar: &Sidecar, run: &Run) -> RunView {
    serde_json::from_value(sidecar.get(&format!("/v1/runs/{}", run.run_id)).await).unwrap()
}

/// Waits until the run looks like that.
pub(crate) async fn until(
    sidecar: &Sidecar,
    run: &Run,
    what: &str,
    wanted: impl Fn(&RunView) -> bool,
) -> RunView {
    let deadline = Instant::now() + 2 * DEADLINE;
    loop {
        let view = view(sidecar, run).await;
        if wanted(&view) {
            return view;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}: {view:#?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until nothing more happens by itself.
pub(crate) async fn settled(sidecar: &Sidecar, run: &Run) -> RunView {
    until(sidecar, run, "the run's end", |view| view.run.status != RunStatus::Running).await
}

/// Carries these tasks out.
pub(crate) async fn carried_out(sidecar: &Sidecar, home: &Home, tasks: &[Value]) -> RunView {
    let run = begin(sidecar, home, tasks).await;
    settled(sidecar, &run).await
}

pub(crate) fn of<'v>(view: &'v RunView, id: &str) -> &'v TaskView {
    view.tasks.iter().find(|task| task.task.task_id == id).unwrap()
}

pub(crate) fn status(view: &RunView, id: &str) -> TaskStatus {
    of(view, id).task.status
}

/// Waits, without holding up the runtime, until `look` is content.
pub(crate) async fn met(what: &str, mut look: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !look() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until nothing but the daemon itself runs for this home.
pub(crate) async fn nothing_left(home: &Home, daemon: Option<u32>) {
    let own = daemon.map(|pid| format!("/proc/{pid}: "));
    let mut left = Vec::new();
    let deadline = Instant::now() + DEADLINE;
    loop {
        left.clear();
        left.extend(
            processes::of_folder(&home.path(""))
                .into_iter()
                .filter(|line| !own.as_ref().is_some_and(|own| line.starts_with(own.as_str()))),
        );
        if left.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "still running: {left:#?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The database of a home, for looking only.
pub(crate) fn database(home: &Home) -> Connection {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    Connection::open_with_flags(home.path("rozet/data/rozet.db"), flags).unwrap()
}

/// One number that a query brings.
pub(crate) fn number(database: &Connection, query: &str) -> i64 {
    database.query_row(query, [], |row| row.get(0)).unwrap()
}

/// Every file below the folder that has these bytes in it.
pub(crate) fn files_with(folder: &Path, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            // A link has nothing in it.
            if path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(&path)
                .is_ok_and(|text| text.windows(bytes.len()).any(|part| part == bytes))
            {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

pub(crate) fn read(home: &Home, path: &str) -> String {
    std::fs::read_to_string(home.workspace().join(path)).unwrap_or_default()
}
