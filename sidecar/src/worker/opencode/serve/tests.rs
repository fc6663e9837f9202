use super::*;
use crate::worker::testing::{Answer, Server as Fake};
use rustix::process::test_kill_process;
use serde_json::json;
use std::path::Path;

/// How long a test waits for what must come about.
const DEADLINE: Duration = Duration::from_secs(10);
/// Stands for OpenCode: `sh serve …` runs this file of the folder. It only tells how it was started.
const STARTED: &str = "echo $$ $4 $OPENCODE_SERVER_PASSWORD >> started\nexec sleep 300\n";

async fn until(what: &str, met: impl Fn() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !met() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Process id, port and password of each start.
fn starts(folder: &Path) -> Vec<(Pid, u16, String)> {
    let text = std::fs::read_to_string(folder.join("started")).unwrap_or_default();
    let start = |line: &str| {
        let mut words = line.split(' ');
        let pid = Pid::from_raw(words.next()?.parse().ok()?)?;
        Some((pid, words.next()?.parse().ok()?, words.next()?.to_owned()))
    };
    text.split_inclusive('\n').filter_map(|line| start(line.strip_suffix('\n')?)).collect()
}

fn host(folder: &Path) -> Arc<Host> {
    Host::of_test(folder, None)
}

/// A folder with a program to start, and what starts it.
fn place(program: &str, linger: Duration) -> (tempfile::TempDir, String, Servers, CancellationToken) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("serve"), program).unwrap();
    let directory = folder.path().to_str().unwrap().to_owned();
    let shutdown = CancellationToken::new();
    let servers = Servers::lingering(
        Some("/bin/sh"),
        host(folder.path()),
        TaskTracker::new(),
        shutdown.clone(),
        linger,
    );
    (folder, directory, servers, shutdown)
}

/// Answers at the port that the program was given, as OpenCode would.
async fn answer(folder: &Path) -> Fake {
    until("nothing was started", || !starts(folder).is_empty()).await;
    let (_, port, password) = starts(folder).remove(0);
    assert_eq!(password.len(), 48);
    Fake::at(port, |_, before| Answer::Json(if before == 0 { 503 } else { 200 }, json!({}))).await
}

#[tokio::test]
async fn one_server_serves_a_folder_and_ends_when_nobody_needs_it() {
    let (folder, directory, servers, _shutdown) = place(STARTED, Duration::from_millis(20));
    let (first, fake) = tokio::join!(servers.lease(&directory), answer(folder.path()));
    let (first, second) = (first.unwrap(), servers.lease(&directory).await.unwrap());
    let started = starts(folder.path());
    assert_eq!(started.len(), 1);
    let asked = fake.asked();
    assert_eq!((asked[0].path.as_str(), asked.len()), ("/session/status", 2));
    assert!(asked[0].query.starts_with("directory="));
    assert!(asked[0].headers["authorization"].to_str().unwrap().starts_with("Basic "));
    let (pid, ..) = started[0];
    drop(first);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(test_kill_process(pid).is_ok(), "it ended under its second user");
    assert!(second.carrier().is_ok());
    drop(second);
    until("it did not end", || test_kill_process(pid).is_err()).await;
    until("it was not forgotten", || servers.0.slots().is_empty()).await;
}

#[tokio::test]
async fn the_end_of_the_daemon_is_its_end() {
    let (folder, directory, servers, shutdown) = place(STARTED, Duration::from_mins(10));
    let (lease, _fake) = tokio::join!(servers.lease(&directory), answer(folder.path()));
    let (pid, ..) = starts(folder.path())[0];
    drop(lease.unwrap());
    shutdown.cancel();
    until("it did not end", || test_kill_process(pid).is_err()).await;
}

#[tokio::test]
async fn a_start_that_nobody_waits_for_any_more_leaves_nothing() {
    let (folder, directory, servers, _shutdown) = place(STARTED, Duration::ZERO);
    let started = async { until("nothing was started", || !starts(folder.path()).is_empty()).await };
    tokio::select! {
        _ = servers.lease(&directory) => panic!("nobody answers"),
        () = started => {}
    }
    let (pid, ..) = starts(folder.path())[0];
    until("it did not end", || test_kill_process(pid).is_err()).await;
    until("it was not forgotten", || servers.0.slots().is_empty()).await;
}

#[tokio::test]
async fn what_goes_wrong_is_told_with_what_it_printed() {
    let (folder, directory, servers, _shutdown) = place("echo no such luck >&2; exit 3\n", Duration::ZERO);
    let Err(Stopped::NeedsPerson(why)) = servers.lease(&directory).await else { panic!("it cannot start") };
    assert_eq!(why, "OpenCode could not be started: it ended; it printed: no such luck");
    let (tasks, shutdown) = (TaskTracker::new(), CancellationToken::new());
    let nowhere = Servers::new(Some("/nowhere/opencode"), host(folder.path()), tasks, shutdown);
    let outcome = nowhere.lease(&directory).await.map(drop);
    assert_eq!(outcome, Err(Stopped::Provider(ProviderError::NoOpenCode)));
}
