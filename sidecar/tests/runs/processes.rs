//! Commands that fork, flood and fill: nothing of them is left, and what they print stays within bounds.

use crate::bench::{carried_out, files_with, home, nothing_left, of, proved_by};
use crate::common::processes::{mark, running};
use crate::common::{Home, Sidecar};
use crate::model::{Answer, Model};
use rozet_observability::run::{RunStatus, RunView};

/// Runs the line in each sandbox that this machine has; the run is completed when the model was told what is wanted.
async fn ran(line: &str, wanted: &str) -> Vec<(Home, Sidecar, RunView)> {
    let mut all = Vec::new();
    for without_bwrap in [false, true] {
        let (line, wanted) = (line.to_owned(), wanted.to_owned());
        let model = Model::start(move |asked| match asked.step {
            0 => Answer::runs(&line),
            1 if asked.output().contains(&wanted) => Answer::runs("echo done > a.txt"),
            1 => Answer::Says(asked.output().chars().take(500).collect()),
            _ => Answer::says("done"),
        })
        .await;
        let home = home(&model);
        let sidecar = if without_bwrap { home.start_without_bwrap() } else { home.start() };
        let check = "test \"$(cat a.txt)\" = done";
        let view = carried_out(&sidecar, &home, &[proved_by("T1", &["a.txt"], check)]).await;
        all.push((home, sidecar, view));
    }
    all
}

#[tokio::test]
async fn daemons_that_a_command_leaves_are_killed() {
    let mark = mark(67);
    let line = format!(
        "for i in 1 2 3; do (setsid sh -c 'setsid sleep {mark} & exec sleep {mark}' > /dev/null 2>&1 &); done; \
         nohup sleep {mark} > /dev/null 2>&1 & sleep 0.3; echo started"
    );
    for (home, sidecar, view) in ran(&line, "started").await {
        assert_eq!(view.run.status, RunStatus::Completed, "{view:#?}");
        assert_eq!(running(&mark), 0);
        nothing_left(&home, Some(sidecar.info.pid)).await;
    }
}

#[tokio::test]
async fn a_disk_is_not_filled() {
    let line = "dd if=/dev/zero of=big bs=1M count=1100 2>&1; ls -l big | cut -d' ' -f5; rm -f big; echo end";
    for (home, _sidecar, view) in ran(line, "1073741824").await {
        assert_eq!(view.run.status, RunStatus::Completed, "{view:#?}");
        assert!(!home.workspace().join("big").exists());
    }
}

#[tokio::test]
async fn a_gigabyte_of_output_is_bounded_everywhere() {
    let line = "yes flood-of-words | head -c 1000000000; echo; echo last-words";
    for (home, _sidecar, view) in ran(line, "last-words").await {
        assert_eq!(view.run.status, RunStatus::Completed, "{view:#?}");
        let stored: u64 = files_with(&home.path("rozet"), b"flood-of-words")
            .iter()
            .map(|path| std::fs::metadata(path).unwrap().len())
            .sum();
        assert!(stored < 64 * 1024 * 1024, "{stored} bytes");
        assert!(of(&view, "T1").attempts[0].usage.input_tokens > 0);
    }
}

/// So many, and no more: nothing here multiplies, as this test runs beside others.
#[tokio::test]
async fn more_processes_than_a_command_may_have_end_it() {
    let line = "i=0; while [ $i -lt 600 ]; do sleep 20 & i=$((i+1)); done > /dev/null 2>&1; wait";
    for (home, sidecar, view) in ran(line, "it started more than 512 processes").await {
        assert_eq!(view.run.status, RunStatus::Completed, "{view:#?}");
        nothing_left(&home, Some(sidecar.info.pid)).await;
    }
}
