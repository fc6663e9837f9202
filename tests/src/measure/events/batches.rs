//! Batches of a hundred through `POST /v1/events`, and how long the last event cannot be found.

use super::Places;
use super::load::alone;
use super::mix::Mix;
use super::place::{Durability, get, home, resident, server};
use super::wire::{Connection, Server};
use crate::measure::Measured;
use crate::sidecar::Sidecar;
use crate::wait::until;
use anyhow::{Context, Result};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const BATCH: usize = 100;
const CONNECTIONS: usize = 4;
/// Of each connection.
const BATCHES: usize = 750;
/// Batches of each connection that are sent before the clock is started.
const WARM_UP: usize = 50;
const LIMIT_PER_SECOND: f64 = 100_000.0;
const FOUND_LIMIT_MS: f64 = 2_000.0;
const FOUND_WITHIN: Duration = Duration::from_secs(30);
const RESIDENT_LIMIT_MB: f64 = 60.0;
const FIRST_TIME: i64 = 1_760_000_000_000;
/// Runs that each connection may use for itself.
const RUNS: usize = 1_000_000;

pub(super) async fn batches(places: &Places<'_>, mix: &Mix) -> Result<Vec<Measured>> {
    let home = home(Durability::Process)?;
    let sidecar = Sidecar::start(places.sidecar, &home).await?;
    let server = server(&sidecar, &home)?;
    let (mut all, mut last) = (Vec::new(), 0);
    for connection in 0..CONNECTIONS {
        let producers = format!("batches-{connection}");
        let mut copies = mix.copies(&producers, connection * RUNS, FIRST_TIME, 1);
        let requests = (0..BATCHES).map(|_| server.post("/v1/events", &copies.batch(BATCH).0)).collect();
        all.push(Arc::new(requests));
        // The run before the one that may be cut off is there as a whole.
        last = copies.run - 1;
    }
    send(&server, &all, 0..WARM_UP).await?;
    let began = Instant::now();
    send(&server, &all, WARM_UP..BATCHES).await?;
    let took = began.elapsed();
    let stored = f64::from(u32::try_from(CONNECTIONS * (BATCHES - WARM_UP) * BATCH)?);
    let mut numbers = vec![
        Measured::per_second(
            "batches of 100, 4 connections, events stored",
            stored / took.as_secs_f64(),
            None,
        )
        .at_least(Some(LIMIT_PER_SECOND)),
    ];
    let name = "batches of 100, until the last is found by its text";
    numbers.push(match found(&server, &Mix::mark_of(last)).await? {
        true => {
            let after = (began.elapsed() - took).as_secs_f64() * 1e3;
            Measured::time(name, after, Some(FOUND_LIMIT_MS))
        }
        false => Measured::missing(name, "the sidecar does not search yet"),
    });
    numbers.push(Measured::megabytes(
        "batches of 100, most memory",
        resident(sidecar.info.pid)?.1,
        Some(RESIDENT_LIMIT_MB),
    ));
    sidecar.stop().await?;
    Ok(numbers)
}

/// Sends the batches of all connections at once.
async fn send(server: &Server, all: &[Arc<Vec<Vec<u8>>>], which: std::ops::Range<usize>) -> Result<()> {
    let (server, all) = (server.clone(), all.to_vec());
    alone(async move {
        let mut senders = JoinSet::new();
        for requests in all {
            let (server, which) = (server.clone(), which.clone());
            senders.spawn_local(async move {
                let mut connection = Connection::open(&server).await?;
                for request in requests.get(which).context("no such batches")? {
                    connection.succeed(request).await?;
                }
                Ok::<_, anyhow::Error>(())
            });
        }
        while let Some(sent) = senders.join_next().await {
            sent??;
        }
        Ok(())
    })
    .await
}

/// Waits until a text search finds the word; false when the sidecar has no text search.
pub(super) async fn found(server: &Server, word: &str) -> Result<bool> {
    let path = format!("/v1/events?text={word}&limit=1");
    until("the last event to be found", FOUND_WITHIN, async || {
        let Some(page) = get(server, &path).await? else { return Ok(Some(false)) };
        let events = page.get("events").and_then(serde_json::Value::as_array);
        Ok(events.is_some_and(|events| !events.is_empty()).then_some(true))
    })
    .await
}
