//! Workers that claim, loop, blunder and stray: what is seen decides.

use crate::bench::{carried_out, home, of, proved_by, read, status, task};
use crate::model::{Answer, Model};
use rozet_observability::plan::{CheckOutcome, TaskStatus};
use rozet_observability::run::{AttemptOutcome, RunStatus};
use serde_json::json;

#[tokio::test]
async fn who_claims_and_did_nothing_is_not_believed() {
    let model = Model::start(|_| Answer::says("All done, every test passes!")).await;
    let home = home(&model);
    let sidecar = home.start();
    let view =
        carried_out(&sidecar, &home, &[task("T1", &["a.txt"], &[]), task("T2", &["b"], &["T1"])]).await;
    assert_eq!((view.run.status, status(&view, "T1")), (RunStatus::Failed, TaskStatus::Failed));
    assert_eq!(status(&view, "T2"), TaskStatus::Blocked);
    let attempt = of(&view, "T1").attempts.last().unwrap();
    assert_eq!(attempt.claim.as_ref().unwrap().statement, "All done, every test passes!");
    assert_eq!(attempt.evidence[0].outcome, CheckOutcome::Failed);
    assert_eq!(model.asked_for("T2"), 0);
}

#[tokio::test]
async fn who_goes_round_in_a_circle_is_stopped_and_told_of() {
    let model = Model::start(|_| Answer::calls("list_files", json!({}))).await;
    let home = home(&model);
    let sidecar = home.start();
    let view = carried_out(&sidecar, &home, &[task("T1", &["a.txt"], &[])]).await;
    assert_eq!(status(&view, "T1"), TaskStatus::Failed);
    for attempt in &of(&view, "T1").attempts {
        let why = attempt.reason.as_deref().unwrap();
        assert!(why.contains("the same call 4 times with the same outcome: list_files"), "{why}");
    }
    assert_eq!(model.seen().len(), 8);
}

#[tokio::test]
async fn a_wrong_call_is_answered_in_words_and_the_work_goes_on() {
    let model = Model::start(|asked| match asked.step {
        0 => Answer::Calls(vec![
            ("delete_everything", json!({"path": "/"})),
            ("write_file", json!({"path": 7, "content": ["x"]})),
            ("write_file", json!("{\"path\": \"a.txt\", \"content\":")),
            ("execute_bash", json!([1, 2])),
            ("read_file", json!({"path": "../../etc/passwd"})),
        ]),
        1 => {
            let all = asked.text();
            for said in [
                "there is no tool `delete_everything`; the tools are read_file",
                "must be text",
                "the arguments cannot be read",
                "outside",
            ] {
                assert!(all.contains(said), "{said} is not in {all}");
            }
            Answer::writes("a.txt", "done\n")
        }
        _ => Answer::says("written at last"),
    })
    .await;
    let home = home(&model);
    let sidecar = home.start();
    let view = carried_out(&sidecar, &home, &[task("T1", &["a.txt"], &[])]).await;
    assert_eq!(view.run.status, RunStatus::Completed, "{view:#?}");
    assert_eq!(of(&view, "T1").attempts.len(), 1);
}

#[tokio::test]
async fn files_that_the_task_does_not_name_are_told_of() {
    let model = Model::start(|asked| match asked.step {
        0 => Answer::writes("a.txt", "done\n"),
        1 => Answer::writes("stray/b.txt", "by tool\n"),
        2 => Answer::runs("echo by command > c.txt"),
        _ => Answer::says("only a.txt was written"),
    })
    .await;
    let home = home(&model);
    let sidecar = home.start();
    let view = carried_out(&sidecar, &home, &[task("T1", &["a.txt"], &[])]).await;
    assert_eq!(view.run.status, RunStatus::Completed);
    let attempt = &of(&view, "T1").attempts[0];
    assert_eq!(attempt.drift, ["c.txt", "stray/b.txt"]);
    assert_eq!(attempt.files.len(), 3);
    let report = sidecar.get(&format!("/v1/sessions/{}/run", view.run.session_id)).await;
    assert!(report["report"].as_str().unwrap().contains("not declared: c.txt, stray/b.txt"), "{report}");
}

#[tokio::test]
async fn a_check_that_forbids_strays_fails_on_them() {
    let model = Model::start(|asked| match (asked.attempt, asked.step) {
        (1, 0) => Answer::runs("echo done > a.txt; echo x > stray.txt"),
        (2, 0) => {
            assert!(asked.prompt().contains("also changed: stray.txt"), "{}", asked.prompt());
            Answer::runs("true")
        }
        _ => Answer::says("done"),
    })
    .await;
    let home = home(&model);
    let sidecar = home.start();
    let mut strict = task("T1", &["a.txt"], &[]);
    strict["checks"].as_array_mut().unwrap().push(json!({"type": "only_touched", "paths": []}));
    let view = carried_out(&sidecar, &home, &[strict]).await;
    assert_eq!(of(&view, "T1").attempts[0].outcome, AttemptOutcome::Failed);
}

#[tokio::test]
async fn a_link_is_no_way_out_of_the_workspace() {
    let model = Model::start(|asked| match asked.step {
        0 => Answer::runs("ln -s ../outside.txt link.txt; ln -s .. up; ls -l"),
        1 => Answer::writes("link.txt", "through the link\n"),
        2 => Answer::writes("up/outside.txt", "through the folder\n"),
        3 => Answer::runs("echo by command > ../outside.txt; echo by command > link.txt"),
        _ => Answer::says("done"),
    })
    .await;
    for without_bwrap in [false, true] {
        let home = home(&model);
        std::fs::write(home.path("outside.txt"), "a person's\n").unwrap();
        let sidecar = if without_bwrap { home.start_without_bwrap() } else { home.start() };
        let view = carried_out(&sidecar, &home, &[proved_by("T1", &["a.txt"], "true")]).await;
        assert_ne!(view.run.status, RunStatus::Running);
        let outside = std::fs::read_to_string(home.path("outside.txt")).unwrap();
        assert_eq!(outside, "a person's\n", "without bwrap: {without_bwrap}");
    }
}

#[tokio::test]
async fn whoever_deletes_the_workspace_fails_and_nothing_else_is_touched() {
    let model = Model::start(|asked| match asked.step {
        0 => Answer::runs("rm -rf . ./* ./.[a-z]* ../rozet ../other; ls -a"),
        1 => Answer::runs("cd /; rm -rf \"$OLDPWD\""),
        _ => Answer::says("tidied up"),
    })
    .await;
    for without_bwrap in [false, true] {
        let home = home(&model);
        std::fs::create_dir(home.path("other")).unwrap();
        std::fs::write(home.workspace().join("theirs.txt"), "a person's\n").unwrap();
        let sidecar = if without_bwrap { home.start_without_bwrap() } else { home.start() };
        let view = carried_out(&sidecar, &home, &[task("T1", &["a.txt", "theirs.txt"], &[])]).await;
        assert_eq!(view.run.status, RunStatus::Failed, "{view:#?}");
        assert!(home.path("other").is_dir() && home.path("rozet/data/rozet.db").is_file());
        let attempt = &of(&view, "T1").attempts[0];
        assert!(
            attempt.files.iter().any(|file| file.path == "theirs.txt" && file.after.is_none()),
            "{attempt:#?}"
        );
        // What the task had named was kept.
        std::fs::create_dir_all(home.workspace()).unwrap();
        let path = format!("/v1/tasks/{}/T1/undo", view.run.plan_id);
        let (code, undone) = sidecar.post(&path, &json!({})).await;
        assert_eq!(code, 200, "{undone}");
        assert_eq!(read(&home, "theirs.txt"), "a person's\n");
    }
}
