//! A thousand events per second for a while: memory stays flat, and nothing is lost.

use super::Places;
use super::load::alone;
use super::mix::Mix;
use super::place::{Durability, get, home, resident, server};
use super::wire::{Connection, Server};
use crate::measure::Measured;
use crate::measure::number::quantile;
use crate::sidecar::Sidecar;
use anyhow::{Context, Result};
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const SENDERS: usize = 5;
const BATCH: usize = 20;
/// With the two above, 1,000 events per second.
const EVERY: Duration = Duration::from_millis(100);
const READERS: usize = 5;
const READING_EVERY: Duration = Duration::from_millis(500);
const FIRST_TIME: i64 = 1_760_000_000_000;
const RUNS: usize = 1_000_000;
const RESIDENT_LIMIT_MB: f64 = 60.0;
/// Growth between the second quarter and the last; caches fill in the first.
const GROWTH_LIMIT_MB: f64 = 4.0;

pub(super) async fn soak(places: &Places<'_>, mix: Arc<Mix>, length: Duration) -> Result<Vec<Measured>> {
    let home = home(Durability::Process)?;
    let sidecar = Sidecar::start(places.sidecar, &home).await?;
    let server = server(&sidecar, &home)?;
    let pid = sidecar.info.pid;
    let until = Instant::now() + length;
    let watch = async {
        let mut readings = Vec::new();
        while Instant::now() < until {
            readings.push(resident(pid)?.0);
            tokio::time::sleep(READING_EVERY).await;
        }
        Ok::<_, anyhow::Error>(readings)
    };
    let (mut readings, sent) = tokio::try_join!(watch, send(&server, &mix, until))?;
    let health = get(&server, "/v1/health").await?.context("no /v1/health")?;
    let of_producers = |field: &str| -> f64 {
        let producers = health.get("producers").and_then(Value::as_array);
        producers.into_iter().flatten().filter_map(|producer| producer.get(field)?.as_f64()).sum()
    };
    let stored = health.pointer("/store/events").and_then(Value::as_f64).context("no count of events")?;
    let quarter = readings.len() / 4;
    let mut last = readings.split_off(quarter * 3);
    let mut second = readings.split_off(quarter);
    second.truncate(quarter);
    let (before, after) = (quantile(&mut second, 0.5), quantile(&mut last, 0.5));
    let name = format!("{} s at 1,000 events per second", length.as_secs());
    let numbers = vec![
        Measured::count(format!("{name}, events sent"), sent, None),
        Measured::count(format!("{name}, events missing of those"), sent - stored, Some(1.0)),
        Measured::count(format!("{name}, gaps"), of_producers("missing"), Some(1.0)),
        Measured::count(format!("{name}, rejected"), of_producers("rejected"), Some(1.0)),
        Measured::count(format!("{name}, stored twice or told to be"), of_producers("duplicates"), Some(1.0)),
        Measured::megabytes(format!("{name}, memory in the second quarter"), before, None),
        Measured::megabytes(
            format!("{name}, growth until the last quarter"),
            after - before,
            Some(GROWTH_LIMIT_MB),
        ),
        Measured::megabytes(format!("{name}, most memory"), resident(pid)?.1, Some(RESIDENT_LIMIT_MB)),
    ];
    sidecar.stop().await?;
    Ok(numbers)
}

/// Sends until the time is over, with readers that take what is streamed; the number of events.
async fn send(server: &Server, mix: &Arc<Mix>, until: Instant) -> Result<f64> {
    let (server, mix) = (server.clone(), Arc::clone(mix));
    alone(async move {
        for _ in 0..READERS {
            let (stream, _) = Connection::upgrade(&server, "/stream").await?;
            tokio::task::spawn_local(drink(stream));
        }
        let mut senders = JoinSet::new();
        for number in 0..SENDERS {
            let (server, mix) = (server.clone(), Arc::clone(&mix));
            senders.spawn_local(async move {
                let producers = format!("rozet-soak-{number}");
                let mut copies = mix.copies(&producers, number * RUNS, FIRST_TIME, 1);
                let mut connection = Connection::open(&server).await?;
                let mut ticks = tokio::time::interval(EVERY);
                let mut sent = 0_u32;
                while Instant::now() < until {
                    ticks.tick().await;
                    let (body, count) = copies.batch(BATCH);
                    connection.succeed(&server.post("/v1/events", &body)).await?;
                    sent += u32::try_from(count)?;
                }
                Ok::<_, anyhow::Error>(sent)
            });
        }
        let mut all = 0;
        while let Some(sent) = senders.join_next().await {
            all += sent??;
        }
        Ok(f64::from(all))
    })
    .await
}

/// Takes what comes and forgets it.
async fn drink(mut stream: tokio::net::TcpStream) {
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
}
