//! Providers that fail in the middle of the work.

use crate::bench::{begin, carried_out, home, of, settled, status, task, until};
use crate::model::{Answer, Model};
use rozet_observability::plan::TaskStatus;
use rozet_observability::run::{AttemptOutcome, RunStatus};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Does the bad thing so many times in the place of an answer, then works.
async fn failing(times: usize, bad: Answer) -> Model {
    let failed = AtomicUsize::new(0);
    Model::start(move |asked| {
        if asked.step == 1 && failed.fetch_add(1, Ordering::SeqCst) < times {
            return bad.clone();
        }
        match asked.step {
            0 => Answer::runs("echo begun > a.txt"),
            1 => Answer::runs("echo done >> a.txt"),
            _ => Answer::says("written"),
        }
    })
    .await
}

#[tokio::test]
async fn what_passes_by_itself_is_not_noticed() {
    let passing = [
        Answer::Cut,
        Answer::Whole(500, vec![], "oops".into()),
        Answer::Whole(503, vec![], "{}".into()),
        Answer::Whole(429, vec![("retry-after", "1")], "{}".into()),
    ];
    for bad in passing {
        let model = failing(1, bad.clone()).await;
        let home = home(&model);
        let sidecar = home.start();
        let view = carried_out(&sidecar, &home, &[task("T1", &["a.txt"], &[])]).await;
        assert_eq!(view.run.status, RunStatus::Completed, "{bad:?}: {view:#?}");
        assert_eq!(of(&view, "T1").attempts.last().unwrap().outcome, AttemptOutcome::Passed);
    }
}

#[tokio::test]
async fn a_limit_of_the_rate_is_waited_for_and_costs_no_attempt() {
    let model = failing(2, Answer::Whole(429, vec![("retry-after", "2")], "{}".into())).await;
    let home = home(&model);
    let sidecar = home.start();
    let began = Instant::now();
    let run = begin(&sidecar, &home, &[task("T1", &["a.txt"], &[])]).await;
    let view = until(&sidecar, &run, "T1 to wait", |view| status(view, "T1") == TaskStatus::Blocked).await;
    let waits = of(&view, "T1").waits_for.as_ref().unwrap();
    assert!(waits.what.contains("rate"), "{waits:?}");
    let view = settled(&sidecar, &run).await;
    assert_eq!(view.run.status, RunStatus::Completed, "{view:#?}");
    assert!(began.elapsed() >= Duration::from_secs(4));
    let outcomes: Vec<_> = of(&view, "T1").attempts.iter().map(|attempt| attempt.outcome).collect();
    assert_eq!(outcomes, [AttemptOutcome::Interrupted, AttemptOutcome::Passed]);
}

#[tokio::test]
async fn a_provider_that_stays_broken_fails_the_task_and_says_why() {
    for (bad, named) in [
        (Answer::Whole(500, vec![], "oops".into()), "500"),
        (Answer::Whole(200, vec![], "<html>hello</html>".into()), "not what its API promises"),
        (Answer::Whole(200, vec![], "{\"choices\": 7}".into()), "neither calls a tool nor says"),
        (Answer::Whole(200, vec![], String::new()), "not what its API promises"),
        (Answer::says(" "), "neither calls a tool nor says"),
    ] {
        let model = failing(usize::MAX, bad.clone()).await;
        let home = home(&model);
        let sidecar = home.start();
        let view = carried_out(&sidecar, &home, &[task("T1", &["a.txt"], &[])]).await;
        assert_eq!(view.run.status, RunStatus::Failed, "{bad:?}: {view:#?}");
        let attempt = of(&view, "T1").attempts.last().unwrap();
        let why = attempt.reason.as_deref().unwrap();
        assert!(why.contains(named), "{bad:?}: {why}");
        assert!(attempt.claim.is_none());
    }
}

#[tokio::test]
async fn a_refused_key_pauses_the_run_before_every_task_meets_it() {
    let model = Model::start(|_| Answer::Whole(401, vec![], "{}".into())).await;
    let home = home(&model);
    let sidecar = home.start();
    let view = carried_out(&sidecar, &home, &[task("T1", &["a"], &[]), task("T2", &["b"], &["T1"])]).await;
    assert_eq!(view.run.status, RunStatus::Paused, "{view:#?}");
    assert!(view.run.reason.as_deref().unwrap().contains("key"), "{:?}", view.run.reason);
    assert_eq!(model.seen().len(), 1);
    let (status, _) = sidecar.post(&format!("/v1/runs/{}/cancel", view.run.run_id), &json!({})).await;
    assert_eq!(status, 200);
}
