//! As many requests as a server answers over a number of kept connections.

use super::wire::{Connection, Server};
use crate::measure::number::quantile;
use anyhow::{Result, bail};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// What one stretch of load showed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Load {
    /// Answers per second.
    pub(super) rate: f64,
    /// Milliseconds from request to answer.
    pub(super) p50: f64,
    /// As `p50`.
    pub(super) p99: f64,
}

/// Asks over each connection, again as soon as it is answered, one request after another of the list. What is answered
/// in the warm-up is not counted.
pub(super) async fn load(
    server: &Server,
    requests: &Arc<Vec<Vec<u8>>>,
    connections: usize,
    warm_up: Duration,
    measured: Duration,
) -> Result<Load> {
    let (server, requests) = (server.clone(), Arc::clone(requests));
    // One thread for all connections: what it uses of the machine is the server's loss.
    alone(async move {
        let begin = Instant::now() + warm_up;
        let end = begin + measured;
        let mut askers = JoinSet::new();
        for number in 0..connections {
            let (server, requests) = (server.clone(), Arc::clone(&requests));
            askers.spawn_local(async move { ask(&server, &requests, number, begin, end).await });
        }
        let mut times = Vec::new();
        while let Some(asked) = askers.join_next().await {
            times.append(&mut asked??);
        }
        if times.is_empty() {
            bail!("nothing was answered");
        }
        #[expect(clippy::cast_precision_loss, reason = "a count of answers of some seconds")]
        let rate = times.len() as f64 / measured.as_secs_f64();
        Ok(Load { rate, p50: quantile(&mut times, 0.5), p99: quantile(&mut times, 0.99) })
    })
    .await
}

async fn ask(
    server: &Server,
    requests: &[Vec<u8>],
    first: usize,
    begin: Instant,
    end: Instant,
) -> Result<Vec<f64>> {
    let mut connection = Connection::open(server).await?;
    let mut times = Vec::new();
    // Different connections are at different places of the list.
    for request in requests.iter().cycle().skip(first * 7) {
        let sent = Instant::now();
        if sent >= end {
            break;
        }
        connection.succeed(request).await?;
        let answered = Instant::now();
        if sent >= begin && answered <= end {
            times.push(answered.duration_since(sent).as_secs_f64() * 1e3);
        }
    }
    Ok(times)
}

/// Runs work on a thread of its own.
pub(super) async fn alone<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        tokio::task::LocalSet::new().block_on(&runtime, work)
    })
    .await?
}
