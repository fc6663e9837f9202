//! A store that has been filling for months: what is read from it, what it weighs, how it starts.

use super::Places;
use super::batches::found;
use super::load::alone;
use super::mix::Mix;
use super::place::{Durability, home, quiet, resident, server};
use super::wire::{Connection, Server};
use crate::home::Home;
use crate::measure::Measured;
use crate::measure::number::quantile;
use crate::sidecar::Sidecar;
use anyhow::{Context, Result, bail};
use rozet_observability::event::StoredEvent;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::task::JoinSet;

const CONNECTIONS: usize = 2;
const BATCH: usize = 500;
/// Runs that each connection may use for itself.
const RUNS: usize = 1_000_000;
/// Over how long the events are spread.
const SPREAD_MS: i64 = 60 * 24 * 60 * 60 * 1_000;
const READS: usize = 200;
const STARTS: usize = 7;
const RECENT_LIMIT_MS: f64 = 5.0;
const PAGE_LIMIT_MS: f64 = 10.0;
const TEXT_LIMIT_MS: f64 = 50.0;
const SESSION_LIMIT_MS: f64 = 20.0;
const START_LIMIT_MS: f64 = 150.0;
const BYTES_LIMIT: f64 = 400.0;
const RESIDENT_LIMIT_MB: f64 = 60.0;

/// Seeds a store with so many events, and reads.
pub(super) async fn stored(places: &Places<'_>, mix: Arc<Mix>, events: usize) -> Result<Vec<Measured>> {
    let home = home(Durability::Process)?;
    let sidecar = Sidecar::start(places.sidecar, &home).await?;
    let server = server(&sidecar, &home)?;
    let seeding = resident(sidecar.info.pid)?.0;
    let began = Instant::now();
    let runs = seed(&server, &mix, events).await?;
    let millions = format!("{:.1} million events", f64::from(u32::try_from(events)?) / 1e6);
    let mut numbers = vec![Measured::time(format!("{millions} stored through /v1/events"), ms(began), None)];
    if found(&server, &Mix::mark_of(runs)).await? {
        numbers.push(Measured::time(format!("{millions}, until the last was found"), ms(began), None));
    }
    quiet(sidecar.info.pid).await?;
    numbers.push(Measured::megabytes(
        format!("{millions}, most memory while they were stored (at first {seeding:.1} MB)"),
        resident(sidecar.info.pid)?.1,
        Some(RESIDENT_LIMIT_MB),
    ));
    numbers.extend(reads(&server, &mix, runs, &millions).await?);
    numbers.push(Measured::megabytes(
        format!("{millions}, most memory with what was read"),
        resident(sidecar.info.pid)?.1,
        Some(RESIDENT_LIMIT_MB),
    ));
    sidecar.stop().await?;
    numbers.extend(weight(&home, events, &millions)?);
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let sidecar = Sidecar::start(places.sidecar, &home).await?;
        starts.push(sidecar.healthy_after.as_secs_f64() * 1e3);
        sidecar.stop().await?;
    }
    let name = format!("{millions}, exec to healthy, median of {STARTS}");
    numbers.push(Measured::time(name, quantile(&mut starts, 0.5), Some(START_LIMIT_MS)));
    Ok(numbers)
}

/// Stores events; the number of a run that is there as a whole and among the last.
async fn seed(server: &Server, mix: &Arc<Mix>, events: usize) -> Result<usize> {
    let (server, mix) = (server.clone(), Arc::clone(mix));
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let first_time = i64::try_from(now)? - SPREAD_MS;
    let step_ms = (SPREAD_MS / i64::try_from(events / CONNECTIONS)?).max(1);
    alone(async move {
        let mut senders = JoinSet::new();
        for connection in 0..CONNECTIONS {
            let (server, mix) = (server.clone(), Arc::clone(&mix));
            senders.spawn_local(async move {
                let producers = format!("rozet-seed-{connection}");
                let mut copies = mix.copies(&producers, connection * RUNS, first_time, step_ms);
                let mut connection = Connection::open(&server).await?;
                let mut left = events / CONNECTIONS;
                while left > 0 {
                    let (body, count) = copies.batch(BATCH.min(left));
                    connection.succeed(&server.post("/v1/events", &body)).await?;
                    left -= count;
                }
                Ok::<_, anyhow::Error>(copies.run - 1)
            });
        }
        let mut last = 0;
        while let Some(sent) = senders.join_next().await {
            last = last.max(sent??);
        }
        Ok(last)
    })
    .await
}

/// One kind of question, and its limit.
struct Question {
    name: &'static str,
    /// Several, which are asked in turn.
    paths: Vec<String>,
    limit: f64,
}

async fn reads(server: &Server, mix: &Mix, last: usize, millions: &str) -> Result<Vec<Measured>> {
    let mut connection = Connection::open(server).await?;
    let newest = connection.succeed(&server.get("/events/recent?limit=1")).await?;
    let newest: Vec<StoredEvent> = serde_json::from_slice(newest)?;
    let newest = newest.first().context("nothing is stored")?;
    // Runs of all ages.
    let some = |count: usize| (0..count).map(move |number| (last % RUNS) * number / count);
    let paths = |path: &str, values: &mut dyn Iterator<Item = String>| {
        values.map(|value| format!("{path}{value}")).collect::<Vec<_>>()
    };
    let sessions = || some(50).map(|run| mix.session_of(run));
    let day = 24 * 60 * 60 * 1_000;
    let times = || (1..50).map(|days| newest.event.timestamp - days * day);
    let page = |name, paths| Question { name, paths, limit: PAGE_LIMIT_MS };
    let text = |name, paths| Question { name, paths, limit: TEXT_LIMIT_MS };
    let questions = [
        Question {
            name: "GET /events/recent?limit=300",
            paths: vec!["/events/recent?limit=300".into()],
            limit: RECENT_LIMIT_MS,
        },
        page("a page of 100", vec!["/v1/events?limit=100".into()]),
        page("a page of a session", paths("/v1/events?limit=100&session=", &mut sessions())),
        page(
            "a page of a type",
            vec![
                "/v1/events?limit=100&type=ToolCompleted".into(),
                "/v1/events?limit=100&type=TaskCompleted".into(),
            ],
        ),
        page(
            "a page of a tool",
            vec!["/v1/events?limit=100&tool=write".into(), "/v1/events?limit=100&tool=bash".into()],
        ),
        page(
            "a page of a source and a type",
            vec![
                "/v1/events?limit=100&source=rozet-opencode&type=Stop".into(),
                "/v1/events?limit=100&source=rozet-sidecar&type=TaskCompleted".into(),
            ],
        ),
        page("a page of a type before a time", {
            paths("/v1/events?limit=100&type=Stop&to=", &mut times().map(|time| time.to_string()))
        }),
        text("text that one run has", {
            paths("/v1/events?limit=100&text=", &mut some(50).map(Mix::mark_of))
        }),
        text("text that every run has", vec!["/v1/events?limit=100&text=python".into()]),
        text("two words that every run has", vec!["/v1/events?limit=100&text=hello%20script".into()]),
        Question {
            name: "a session with its rollups",
            paths: paths("/v1/sessions/", &mut sessions()),
            limit: SESSION_LIMIT_MS,
        },
    ];
    let mut numbers = Vec::new();
    for question in questions {
        let name = format!("{millions}, {}", question.name);
        match ask(&mut connection, server, &question.paths).await {
            Ok(mut times) => {
                let median = quantile(&mut times, 0.5);
                numbers.push(Measured::time(
                    format!("{name}, median of {READS}"),
                    median,
                    Some(question.limit),
                ));
                numbers.push(Measured::time(format!("{name}, p99"), quantile(&mut times, 0.99), None));
            }
            Err(error) => numbers.push(Measured::missing(name, format!("{error:#}"))),
        }
    }
    Ok(numbers)
}

async fn ask(connection: &mut Connection, server: &Server, paths: &[String]) -> Result<Vec<f64>> {
    let requests: Vec<Vec<u8>> = paths.iter().map(|path| server.get(path)).collect();
    let mut times = Vec::new();
    for (path, request) in paths.iter().zip(&requests).cycle().take(READS) {
        let began = Instant::now();
        let answer = connection.exchange(request).await?;
        times.push(ms(began));
        let nothing = [&b"\"events\":[]"[..], b"\"events\": []"];
        let empty = nothing.iter().any(|empty| answer.body.windows(empty.len()).any(|bytes| bytes == *empty));
        match answer.status {
            200 if empty => bail!("{path} found nothing"),
            200 => {}
            404 | 405 => bail!("the sidecar does not answer {path} yet"),
            status => bail!("{path}: status {status}: {}", String::from_utf8_lossy(answer.body)),
        }
    }
    Ok(times)
}

/// Bytes for each event, after the sidecar has put its files in order and ended.
fn weight(home: &Home, events: usize, millions: &str) -> Result<Vec<Measured>> {
    let (mut all, mut index) = (0, 0);
    for entry in std::fs::read_dir(home.rozet().join("data"))? {
        let path = entry?.path();
        let bytes = size(&path)?;
        all += bytes;
        if path.file_name().is_some_and(|name| name.to_string_lossy().contains("search")) {
            index += bytes;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "sizes of files on this machine")]
    let each = |bytes: u64| bytes as f64 / events as f64;
    Ok(vec![
        Measured::bytes(
            format!("{millions}, bytes of each on disk, index included"),
            each(all),
            Some(BYTES_LIMIT),
        ),
        Measured::bytes(format!("{millions}, of these the index"), each(index), None),
    ])
}

fn size(path: &Path) -> Result<u64> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_dir() {
        return Ok(metadata.len());
    }
    std::fs::read_dir(path)?.map(|entry| size(&entry?.path())).sum()
}

fn ms(since: Instant) -> f64 {
    Duration::as_secs_f64(&since.elapsed()) * 1e3
}
