//! A task's page: files beside what they were, leases, tool calls, and what an undo would come to.

use crate::bench::{begin, home, settled, task, until};
use crate::common::Sidecar;
use crate::model::{Answer, Gate, Model};
use rozet_observability::plan::TaskStatus;
use rozet_observability::reading::{RestoreAction, TaskFileChange, TaskPage, UndoState, Undone};
use rozet_observability::run::Run;
use serde_json::json;

async fn page(sidecar: &Sidecar, run: &Run, task: &str, with_token: bool) -> TaskPage {
    let request = sidecar.http.get(sidecar.url(&format!("/v1/tasks/{}/{task}", run.plan_id)));
    let request = if with_token { request.bearer_auth(&sidecar.token) } else { request };
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_tasks_page_shows_its_files_beside_what_they_were() {
    let gate = Gate::new();
    let passed = gate.clone();
    let model = Model::thinking(move |asked| {
        let passed = passed.clone();
        async move {
            match (asked.attempt, asked.step) {
                (1, 0) => Answer::runs("printf 'one\\nhalf\\n' > a.txt; printf 'x\\0y' > b.bin; rm c.txt"),
                (1, 1) => Answer::says("done, as far as I can tell"),
                (2, 0) => {
                    passed.passed().await;
                    Answer::runs("printf 'one\\ndone\\n' > a.txt; printf 'done' > new.txt")
                }
                _ => Answer::says("written"),
            }
        }
    })
    .await;
    let home = home(&model);
    let sidecar = home.start();
    let workspace = home.workspace();
    std::fs::write(workspace.join("a.txt"), "one\ntwo\n").unwrap();
    std::fs::write(workspace.join("b.bin"), "a\0b").unwrap();
    std::fs::write(workspace.join("c.txt"), "gone").unwrap();
    std::fs::write(workspace.join("same.txt"), "same").unwrap();
    let mut one = task("T1", &["a.txt"], &[]);
    one["files"] = json!(["a.txt", "b.bin", "c.txt", "same.txt", "new.txt"]);
    let run = begin(&sidecar, &home, &[one]).await;
    until(&sidecar, &run, "the second attempt", |view| view.tasks[0].attempts.len() == 2).await;
    let meanwhile = page(&sidecar, &run, "T1", true).await;
    assert_eq!((meanwhile.undo, meanwhile.leases.len()), (UndoState::Nothing, 5), "{meanwhile:#?}");
    assert_eq!((meanwhile.retries, meanwhile.attempts_left), (1, Some(1)));
    gate.open();
    let view = settled(&sidecar, &run).await;
    assert_eq!(view.tasks[0].task.status, TaskStatus::Completed, "{view:#?}");
    let shown = page(&sidecar, &run, "T1", true).await;
    let file = |path: &str| shown.files.iter().find(|file| file.path == path).unwrap();
    let changed = |path: &str| (file(path).change, file(path).attempt);
    assert_eq!(changed("a.txt"), (TaskFileChange::Changed, 1));
    assert_eq!(changed("c.txt"), (TaskFileChange::Removed, 1));
    assert_eq!(changed("new.txt"), (TaskFileChange::Added, 2));
    assert_eq!(changed("same.txt"), (TaskFileChange::Unchanged, 0));
    let diff = file("a.txt").diff.as_deref().unwrap();
    assert_eq!(diff, "--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+done\n");
    assert!(file("new.txt").diff.as_deref().unwrap().contains("+done"));
    assert!(file("b.bin").diff.is_none() && file("b.bin").note.as_deref() == Some("it is not a text"));
    assert_eq!((shown.undo, shown.leases.len(), shown.undo_note.as_ref()), (UndoState::Possible, 0, None));
    assert!(shown.spans.iter().any(|span| span.key.starts_with(&run.plan_id)), "{:?}", shown.spans);
    let withheld = page(&sidecar, &run, "T1", false).await;
    assert!(withheld.files.iter().all(|file| file.diff.is_none()));
    let told = withheld.files.iter().find(|file| file.path == "a.txt").unwrap().note.clone();
    assert_eq!(told.as_deref(), Some("the diff is shown to who has the token"));
    let path = format!("/v1/tasks/{}/T1/undo", run.plan_id);
    let undone: Undone =
        serde_json::from_value(sidecar.post(&path, &json!({"preview": true})).await.1).unwrap();
    let of_new = undone.files.iter().find(|file| file.path == "new.txt").unwrap();
    assert!(undone.preview && of_new.action == RestoreAction::Remove);
    std::fs::write(workspace.join("a.txt"), "mine\n").unwrap();
    let shown = page(&sidecar, &run, "T1", true).await;
    let file = shown.files.iter().find(|file| file.path == "a.txt").unwrap();
    assert_eq!(file.note.as_deref(), Some("somebody has changed it since the last attempt"));
    assert!(shown.undo == UndoState::Changed && shown.undo_note.unwrap().contains("a.txt"));
    assert_eq!(sidecar.http.get(sidecar.url("/v1/tasks/none/T1")).send().await.unwrap().status(), 404);
    std::fs::write(workspace.join("a.txt"), "mine\n".repeat(40_000)).unwrap();
    let shown = page(&sidecar, &run, "T1", true).await;
    let file = shown.files.into_iter().find(|file| file.path == "a.txt").unwrap();
    assert!(file.truncated && file.diff.unwrap().len() <= 64 * 1024);
}
