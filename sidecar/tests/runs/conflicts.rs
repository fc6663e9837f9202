//! Who may write what, and when: tasks that want the same file, and a person who works meanwhile.

use crate::bench::{begin, carried_out, home, met, of, proved_by, read, settled, until};
use crate::model::{Answer, Gate, Model};
use rozet_observability::plan::WaitsForKind;
use rozet_observability::run::RunStatus;
use serde_json::json;

#[tokio::test]
async fn two_tasks_that_want_one_file_come_after_each_other() {
    let gate = Gate::new();
    let model = Model::thinking({
        let gate = gate.clone();
        move |asked| {
            let gate = gate.clone();
            async move {
                match asked.step {
                    0 => {
                        gate.passed().await;
                        Answer::runs(&format!("echo {} >> shared.txt", asked.task))
                    }
                    _ => Answer::says("added"),
                }
            }
        }
    })
    .await;
    let home = home(&model);
    let sidecar = home.start();
    let tasks = ["T1", "T2"].map(|id| proved_by(id, &["shared.txt"], &format!("grep -q {id} shared.txt")));
    let run = begin(&sidecar, &home, &tasks).await;
    let waits = |kind| {
        move |view: &rozet_observability::run::RunView| {
            view.tasks.iter().any(|task| task.waits_for.as_ref().is_some_and(|waits| waits.kind == kind))
        }
    };
    let view = until(&sidecar, &run, "one to wait for the other", waits(WaitsForKind::Lock)).await;
    let waiting = view.tasks.iter().find_map(|task| task.waits_for.as_ref()).unwrap();
    assert!(waiting.what.contains("shared.txt, which T"), "{}", waiting.what);
    met("one to ask", || model.seen().len() == 1).await;
    gate.open();
    let view = settled(&sidecar, &run).await;
    assert_eq!(view.run.status, RunStatus::Completed, "{view:#?}");
    let (one, two) = (&view.tasks[0].attempts[0], &view.tasks[1].attempts[0]);
    let (first, second) = if one.started_at <= two.started_at { (one, two) } else { (two, one) };
    assert!(first.ended_at.unwrap() <= second.started_at);
    assert_eq!(read(&home, "shared.txt").lines().count(), 2);
}

#[tokio::test]
async fn what_a_person_wrote_meanwhile_survives() {
    let (read_it, changed) = (Gate::new(), Gate::new());
    let model = Model::thinking({
        let (read_it, changed) = (read_it.clone(), changed.clone());
        move |asked| {
            let (read_it, changed) = (read_it.clone(), changed.clone());
            async move {
                match asked.step {
                    0 => Answer::calls("read_file", json!({"path": "notes.txt"})),
                    1 => {
                        read_it.open();
                        changed.passed().await;
                        Answer::writes("notes.txt", "the worker's\n")
                    }
                    2 => {
                        assert!(
                            asked.output().contains("has changed since you read it"),
                            "{}",
                            asked.output()
                        );
                        let edit =
                            json!({"path": "notes.txt", "old_string": "first", "new_string": "second"});
                        Answer::calls("edit_file", edit)
                    }
                    _ => Answer::says("the file was changed by somebody else"),
                }
            }
        }
    })
    .await;
    let home = home(&model);
    std::fs::write(home.workspace().join("notes.txt"), "first\n").unwrap();
    let sidecar = home.start();
    let run = begin(&sidecar, &home, &[proved_by("T1", &["notes.txt"], "true")]).await;
    read_it.passed().await;
    std::fs::write(home.workspace().join("notes.txt"), "a person's\n").unwrap();
    changed.open();
    let view = settled(&sidecar, &run).await;
    assert_eq!(view.run.status, RunStatus::Completed, "{view:#?}");
    assert_eq!(read(&home, "notes.txt"), "a person's\n");
}

#[tokio::test]
async fn a_file_that_another_task_may_write_is_refused_by_name() {
    let (holding, tried) = (Gate::new(), Gate::new());
    let model = Model::thinking({
        let (holding, tried) = (holding.clone(), tried.clone());
        move |asked| {
            let (holding, tried) = (holding.clone(), tried.clone());
            async move {
                match (asked.task.as_str(), asked.step) {
                    ("T1", 0) => {
                        holding.open();
                        tried.passed().await;
                        Answer::writes("a.txt", "T1's\n")
                    }
                    ("T2", 0) => {
                        holding.passed().await;
                        Answer::writes("a.txt", "T2's\n")
                    }
                    ("T2", 1) => {
                        assert!(
                            asked.output().contains("a.txt is being written by T1"),
                            "{}",
                            asked.output()
                        );
                        tried.open();
                        Answer::says("T1 writes a.txt")
                    }
                    _ => Answer::says("written"),
                }
            }
        }
    })
    .await;
    let home = home(&model);
    let sidecar = home.start();
    let tasks = [proved_by("T1", &["a.txt"], "true"), proved_by("T2", &["b.txt"], "true")];
    let view = carried_out(&sidecar, &home, &tasks).await;
    assert_eq!(read(&home, "a.txt"), "T1's\n");
    assert_eq!(of(&view, "T2").attempts[0].drift, Vec::<String>::new());
}
