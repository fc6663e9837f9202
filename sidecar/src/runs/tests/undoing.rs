use super::bench::{Bench, done, status, writes};
use super::obedient;
use crate::worker::Job;
use rozet_observability::plan::TaskStatus;
use rozet_observability::reading::RestoreAction;
use std::os::unix::fs::PermissionsExt;

#[tokio::test]
async fn undo_restores_exactly_the_tasks_files() {
    let bench = Bench::new(obedient);
    let path = bench.workspace.join("a");
    std::fs::write(&path, "before\r\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut two = writes("T1", "a", &[]);
    two.files.push("new".into());
    let run = bench.start(vec![two, writes("T2", "b", &[])]).await;
    bench.settled(&run).await;
    assert_eq!(bench.read("new"), "done by T1");
    let told = bench.coordinator.undo(&run.plan_id, "T1", true).await.unwrap();
    let told: Vec<_> = told.iter().map(|file| (file.path.as_str(), file.action)).collect();
    assert_eq!(told, [("a", RestoreAction::Restore), ("new", RestoreAction::Remove)]);
    assert_eq!(bench.read("a"), "done by T1");
    bench.coordinator.undo(&run.plan_id, "T1", false).await.unwrap();
    assert_eq!(bench.read("a"), "before\r\n");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o755);
    assert!(!bench.workspace.join("new").exists());
    assert_eq!(bench.read("b"), "done by T2");
    let view = bench.settled(&run).await;
    assert_eq!(status(&view, "T1"), TaskStatus::Cancelled);
}

#[tokio::test]
async fn undo_refuses_where_somebody_changed_a_file_since() {
    let bench = Bench::new(obedient);
    let run = bench.start(vec![writes("T1", "a", &[])]).await;
    bench.settled(&run).await;
    std::fs::write(bench.workspace.join("a"), "the person's own").unwrap();
    let refused = bench.coordinator.undo(&run.plan_id, "T1", false).await.unwrap_err().to_string();
    assert!(refused.contains("changed since") && refused.contains(": a."), "{refused}");
    assert_eq!(bench.read("a"), "the person's own");
}

#[tokio::test]
async fn undo_says_what_was_not_kept() {
    let bench = Bench::new(|job: Job| async move {
        std::fs::write(job.tools.root.join("undeclared"), "x").unwrap();
        obedient(job).await?;
        Ok(done("and more"))
    });
    std::fs::write(bench.workspace.join("undeclared"), "earlier").unwrap();
    let run = bench.start(vec![writes("T1", "a", &[])]).await;
    bench.settled(&run).await;
    let refused = bench.coordinator.undo(&run.plan_id, "T1", false).await.unwrap_err().to_string();
    assert!(refused.contains("not kept") && refused.contains("undeclared"), "{refused}");
    assert!(bench.coordinator.undo(&run.plan_id, "T9", false).await.is_err());
}
