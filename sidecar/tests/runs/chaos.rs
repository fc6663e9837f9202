//! The daemon is killed again and again at any moment: the next one goes on, nothing is done twice and nothing is lost.

use crate::asked::Asked;
use crate::bench::{database, home_with, nothing_left, number, plan, read, settled};
use crate::common::processes::{mark, running};
use crate::common::{DEADLINE, Home, UP};
use crate::model::{Answer, Model};
use rozet_observability::plan::TaskStatus;
use rozet_observability::run::{AttemptOutcome, Run, RunStatus};
use serde_json::{Value, json};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const KILLS: usize = 30;
/// Longest life of a daemon that is killed, in milliseconds: some do not even start up, some get far.
const LONGEST_LIFE_MS: u64 = 500;
/// What each task waits for.
const GRAPH: [&[usize]; 12] =
    [&[], &[], &[], &[0], &[0, 1], &[2], &[3, 4], &[5], &[6], &[6, 7], &[8], &[9, 10]];

/// Xorshift: the same seed kills at the same moments.
#[derive(Clone)]
struct Random(Arc<Mutex<u64>>);

impl Random {
    fn below(&self, most: u64) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state % most
    }
}

fn seed() -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    u64::from_le_bytes(bytes) | 1
}

/// Looks first whether its line is there, adds it by a command that takes a while, then says that it is done.
fn works(asked: &Asked, mark: &str) -> Answer {
    let id = &asked.task;
    match asked.step {
        0 => Answer::calls("read_file", json!({"path": format!("out/{id}.txt")})),
        1 if asked.output().contains(&format!("line of {id}")) => Answer::says("it was there"),
        1 => Answer::runs(&format!(
            "(setsid sleep {mark} &) ; sleep 0.03; mkdir -p out; echo 'line of {id}' >> out/{id}.txt; sleep 0.02"
        )),
        _ => Answer::says("added"),
    }
}

fn tasks() -> Vec<Value> {
    let id = |number: usize| format!("T{}", number + 1);
    let task = |(number, after): (usize, &&[usize])| {
        let file = format!("out/{}.txt", id(number));
        let check = format!("sleep 0.02; test \"$(cat {file})\" = 'line of {}'", id(number));
        json!({"task_id": id(number), "description": format!("add a line to {file}"), "files": [file],
            "depends_on": after.iter().map(|number| id(*number)).collect::<Vec<_>>(),
            "checks": [{"type": "command", "command": check}]})
    };
    GRAPH.iter().enumerate().map(task).collect()
}

fn start(home: &Home) -> Child {
    home.command(&UP).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

async fn kill(mut child: Child) {
    child.kill().unwrap();
    tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
}

async fn wait(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Whether the run that was begun is over, as the database of a daemon that is gone tells it.
fn is_over(home: &Home, run: &Run) -> bool {
    let status: String = database(home)
        .query_row("SELECT status FROM runs WHERE run_id = ?1", [&run.run_id], |row| row.get(0))
        .unwrap();
    status != "running"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_kills_at_random_moments_do_nothing_twice_and_lose_nothing() {
    let seed = seed();
    println!("seed {seed}");
    let random = Random(Arc::new(Mutex::new(seed)));
    let (mark, pace) = (mark(62), random.clone());
    let model = Model::thinking({
        let mark = mark.clone();
        move |asked| {
            let (answer, pause) = (works(&asked, &mark), pace.below(60));
            async move {
                wait(Duration::from_millis(pause)).await;
                answer
            }
        }
    })
    .await;
    let home = home_with(&model, "workers:\n  parallel: 3\n");
    let (began, mut kills, mut rounds) = (Instant::now(), 0, 0);
    while kills < KILLS {
        rounds += 1;
        let _ = std::fs::remove_dir_all(home.workspace().join("out"));
        let sidecar = home.start();
        let (status, run) = sidecar.post("/v1/runs", &json!({"plan": plan(&home, &tasks())})).await;
        assert_eq!(status, 201, "{run}");
        let run: Run = serde_json::from_value(run).unwrap();
        wait(Duration::from_millis(random.below(LONGEST_LIFE_MS))).await;
        drop(sidecar);
        kills += 1;
        while kills < KILLS && !is_over(&home, &run) {
            let child = start(&home);
            wait(Duration::from_millis(random.below(LONGEST_LIFE_MS))).await;
            kill(child).await;
            kills += 1;
        }
        finished(&home, &run, seed).await;
    }
    println!("{rounds} runs, {kills} kills in {:.1} s", began.elapsed().as_secs_f64());
    let deadline = Instant::now() + DEADLINE;
    while running(&mark) > 0 {
        assert!(Instant::now() < deadline, "{} processes are left (seed {seed})", running(&mark));
        wait(Duration::from_millis(10)).await;
    }
    nothing_left(&home, None).await;
}

/// Lets the next daemon bring the run to its end, and looks at everything that it left.
async fn finished(home: &Home, run: &Run, seed: u64) {
    let mut sidecar = home.start();
    let view = settled(&sidecar, run).await;
    assert_eq!(view.run.status, RunStatus::Completed, "seed {seed}: {view:#?}");
    let mut used = 0;
    for task in &view.tasks {
        let id = &task.task.task_id;
        let passed = task.attempts.iter().filter(|attempt| attempt.outcome == AttemptOutcome::Passed);
        assert_eq!(passed.count(), 1, "seed {seed}: {task:#?}");
        assert_eq!(task.task.status, TaskStatus::Completed, "seed {seed}");
        assert!(task.attempts.iter().all(|attempt| attempt.ended_at.is_some()), "seed {seed}: {task:#?}");
        assert_eq!(read(home, &format!("out/{id}.txt")), format!("line of {id}\n"), "seed {seed}");
        let tokens = |attempt: &rozet_observability::run::Attempt| {
            attempt.usage.input_tokens + attempt.usage.output_tokens
        };
        used += task.attempts.iter().map(tokens).sum::<u64>();
    }
    let strays: Vec<_> =
        std::fs::read_dir(home.workspace()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(strays, ["out"], "seed {seed}");
    let pid = rustix::process::Pid::from_raw(sidecar.info.pid.try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(sidecar.child.wait().unwrap().success(), "seed {seed}");
    let database = database(home);
    let integrity: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(integrity, "ok", "seed {seed}");
    assert_eq!(number(&database, "SELECT count(*) FROM leases"), 0, "seed {seed}");
    let open = "SELECT count(*) FROM attempts WHERE tokens <> 0 OR cost_usd <> 0 OR outcome = 'running'";
    assert_eq!(number(&database, open), 0, "seed {seed}: a reservation or an attempt is still open");
    let spent = format!("SELECT tokens FROM spend WHERE scope = 'run {}'", run.run_id);
    assert_eq!(number(&database, &spent), i64::try_from(used).unwrap(), "seed {seed}");
}
