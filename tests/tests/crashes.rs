//! Nothing that the plugin has taken in is lost, and nothing is stored twice, whoever is killed and whenever.

use anyhow::{Context, Result, ensure};
use rozet_e2e::artifacts::{Artifacts, repository};
use rozet_e2e::home::Home;
use rozet_e2e::sidecar::Sidecar;
use rozet_e2e::wait::until;
use rozet_observability::event::source;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::Child;

/// Kills of each side.
const KILLS: usize = 50;
/// Lines of sessions, one after the other in each.
const LINES: usize = 2;
/// The longest life of whoever is to be killed: from before it has done anything to well into its work.
const LIFE: Duration = Duration::from_millis(700);
const TAKEN_IN_WITHIN: Duration = Duration::from_secs(60);

/// Numbers that are spread evenly and the same in each run.
struct Dice(u64);

impl Dice {
    fn life(&mut self) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        LIFE.mul_f64((self.0 % 1_000) as f64 / 1_000.0)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_whoever_is_killed() -> Result<()> {
    let artifacts = Artifacts::find()?;
    let home = Home::temporary()?;
    let notes = home.rozet().with_extension("notes");
    std::fs::create_dir_all(&notes)?;
    let line = |number| sessions(&artifacts, &home, &notes, number);
    tokio::try_join!(sidecars(&artifacts, &home), line(0), line(1))?;

    let expected = noted(&notes)?;
    ensure!(expected.len() > 2 * KILLS, "only {} calls were made", expected.len());
    let sidecar = Sidecar::start(&artifacts.sidecar, &home).await?;
    let spool = home.rozet().join("state/spool");
    until("every spool to be taken in", TAKEN_IN_WITHIN, async || {
        let left: Vec<_> = std::fs::read_dir(&spool)?
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            // The running one is a producer too.
            .filter(|name| !name.starts_with(source::SIDECAR))
            .collect();
        ensure!(left.is_empty(), "{left:?} are left");
        Ok(Some(()))
    })
    .await?;
    sidecar.stop().await?;

    let database = rusqlite::Connection::open(home.rozet().join("data/rozet.db"))?;
    let stored = stored(&database)?;
    let lost: Vec<_> = expected.iter().filter(|call| !stored.contains_key(*call)).collect();
    ensure!(
        lost.is_empty(),
        "{} of {} calls are lost: {:?}",
        lost.len(),
        expected.len(),
        lost.iter().take(5)
    );
    let doubled: Vec<_> = stored.iter().filter(|(_, times)| **times != 1).collect();
    ensure!(doubled.is_empty(), "stored more than once: {doubled:?}");
    let gaps: i64 = database.query_row(
        "SELECT coalesce(sum(last_seq - stored - rejected), 0) FROM producers",
        [],
        |row| row.get(0),
    )?;
    ensure!(gaps == 0, "{gaps} events are missing");
    Ok(())
}

/// Starts a sidecar and kills it, again and again.
async fn sidecars(artifacts: &Artifacts, home: &Home) -> Result<()> {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for _ in 0..KILLS {
        let sidecar = Sidecar::start(&artifacts.sidecar, home).await?;
        tokio::time::sleep(dice.life()).await;
        sidecar.kill().await?;
    }
    Ok(())
}

/// Starts a session and kills it, again and again; each line its share.
async fn sessions(artifacts: &Artifacts, home: &Home, notes: &Path, line: usize) -> Result<()> {
    let mut dice = Dice(0xD1B5_4A32_D192_ED03 ^ line as u64);
    for number in 0..KILLS.div_ceil(LINES) {
        let name = format!("s{line}-{number}");
        let mut child = session(artifacts, home, &notes.join(&name), &name)?;
        // Bun takes its time until the first hook: the life begins there.
        let began = Instant::now();
        while !notes.join(&name).exists() {
            ensure!(began.elapsed() < TAKEN_IN_WITHIN, "{name} does not begin");
            ensure!(child.try_wait()?.is_none(), "{name} ended by itself");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(dice.life()).await;
        ensure!(child.try_wait()?.is_none(), "{name} ended by itself");
        child.kill().await?;
    }
    Ok(())
}

fn session(artifacts: &Artifacts, home: &Home, notes: &Path, name: &str) -> Result<Child> {
    let mut command = home.command(&artifacts.opencode);
    command
        .env("BUN_BE_BUN", "1")
        .arg(repository().join("tests/crashes/session.mjs"))
        .arg(&artifacts.unpacked)
        .arg(notes)
        .arg(name)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    command.spawn().context("cannot start a session")
}

/// The calls that the plugin had come back from.
fn noted(notes: &Path) -> Result<BTreeSet<String>> {
    let mut calls = BTreeSet::new();
    for entry in std::fs::read_dir(notes)? {
        calls.extend(std::fs::read_to_string(entry?.path())?.lines().map(str::to_owned));
    }
    Ok(calls)
}

/// How often each call is stored.
fn stored(database: &rusqlite::Connection) -> Result<BTreeMap<String, i64>> {
    let mut statement = database.prepare(
        "SELECT json_extract(payload, '$.call_id'), count(*) FROM events
         WHERE type = (SELECT id FROM words WHERE word = 'ToolRequested') GROUP BY 1",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
