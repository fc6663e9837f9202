//! From `POST` to the last of a hundred readers of `/stream`.

use super::Places;
use super::load::alone;
use super::place::{Durability, home, resident, server};
use super::sample;
use super::wire::{Connection, Server};
use crate::measure::Measured;
use crate::measure::number::quantile;
use crate::sidecar::Sidecar;
use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

const READERS: usize = 100;
const SENDERS: u32 = 4;
const PER_SECOND: u32 = 2_000;
const SECONDS: u32 = 8;
/// Events that are sent before those that count.
const WARM_UP: usize = 2_000;
const LIMIT_MS: f64 = 10.0;
const RESIDENT_LIMIT_MB: f64 = 60.0;
/// After the last `POST`, readers that have not got everything by then never will.
const DRAINED_WITHIN: Duration = Duration::from_secs(10);
const READ_BYTES: usize = 64 * 1024;

pub(super) async fn stream(places: &Places<'_>) -> Result<Vec<Measured>> {
    let home = home(Durability::Process)?;
    let sidecar = Sidecar::start(places.sidecar, &home).await?;
    let server = server(&sidecar, &home)?;
    let seen = watched(&server).await;
    let memory = resident(sidecar.info.pid)?.1;
    let name = format!("POST to the last of {READERS} readers, {PER_SECOND} events per second");
    let mut numbers = match seen {
        Ok(mut times) => vec![
            Measured::time(format!("{name}, p50"), quantile(&mut times, 0.5), None),
            Measured::time(format!("{name}, p99"), quantile(&mut times, 0.99), Some(LIMIT_MS)),
            Measured::time(format!("{name}, slowest"), quantile(&mut times, 1.0), None),
        ],
        Err(error) => vec![Measured::missing(name, format!("{error:#}"))],
    };
    numbers.push(Measured::megabytes(
        format!("{READERS} readers, most memory"),
        memory,
        Some(RESIDENT_LIMIT_MB),
    ));
    sidecar.stop().await?;
    Ok(numbers)
}

/// Milliseconds from when each event was to be sent until the last reader had it.
async fn watched(server: &Server) -> Result<Vec<f64>> {
    let events = usize::try_from(PER_SECOND * SECONDS)?;
    let (ready, mut all_ready) = mpsc::channel(READERS);
    let arrivals =
        Arc::new(Mutex::new(Arrivals { last: vec![None; events + 1], readers: vec![0; events + 1] }));
    let mut readers = JoinSet::new();
    readers.spawn(alone(read_all(server.clone(), Arc::clone(&arrivals), ready)));
    for _ in 0..READERS {
        if all_ready.recv().await.is_none() {
            readers.join_next().await.context("no readers")???;
            bail!("the readers ended");
        }
    }
    // Ids rise by one: the first one's tells which frame has which event.
    let body = sample::events().next().context("no event")?;
    let mut connection = Connection::open(server).await?;
    let first = id_of(connection.succeed(&server.post("/events", &body)).await?)?;
    let mut senders = Vec::new();
    let begin = Instant::now() + Duration::from_millis(100);
    for number in 0..SENDERS {
        let server = server.clone();
        senders.push(tokio::task::spawn_blocking(move || send(&server, begin, number)));
    }
    let mut sent = Vec::new();
    for sender in senders {
        sent.append(&mut sender.await??);
    }
    let drained = tokio::time::timeout(DRAINED_WITHIN, readers.join_next()).await;
    drained.context("a reader did not get every event")?.context("no readers")???;
    let arrivals = arrivals.lock().unwrap_or_else(PoisonError::into_inner);
    sent.sort_by_key(|(_, at)| *at);
    let times = sent.into_iter().skip(WARM_UP).map(|(id, at)| {
        let place = usize::try_from(id - first)?;
        if arrivals.readers.get(place) != Some(&READERS) {
            bail!("event {id} reached {:?} readers", arrivals.readers.get(place));
        }
        let arrived = arrivals.last.get(place).copied().flatten().context("never arrived")?;
        Ok(arrived.duration_since(at).as_secs_f64() * 1e3)
    });
    times.collect()
}

/// When the last reader had each event, and how many have it.
struct Arrivals {
    last: Vec<Option<Instant>>,
    readers: Vec<usize>,
}

async fn read_all(server: Server, arrivals: Arc<Mutex<Arrivals>>, ready: mpsc::Sender<()>) -> Result<()> {
    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        let (stream, rest) = Connection::upgrade(&server, "/stream").await?;
        readers.spawn_local(read(stream, rest, Arc::clone(&arrivals), ready.clone()));
    }
    drop(ready);
    while let Some(done) = readers.join_next().await {
        done??;
    }
    Ok(())
}

/// Reads frames until it has all; the first one has what was there before.
async fn read(
    mut stream: TcpStream,
    mut bytes: Vec<u8>,
    arrivals: Arc<Mutex<Arrivals>>,
    ready: mpsc::Sender<()>,
) -> Result<()> {
    let all = arrivals.lock().unwrap_or_else(PoisonError::into_inner).last.len();
    let (mut at, mut frames) = (0, 0);
    loop {
        while let Some((opcode, end)) = frame(bytes.get(at..).unwrap_or_default()) {
            at += end;
            match opcode {
                // Text.
                1 if frames == 0 => {
                    frames = 1;
                    ready.send(()).await?;
                }
                1 => {
                    let mut arrivals = arrivals.lock().unwrap_or_else(PoisonError::into_inner);
                    let now = Instant::now();
                    if let Some(last) = arrivals.last.get_mut(frames - 1) {
                        *last = Some(now);
                    }
                    if let Some(readers) = arrivals.readers.get_mut(frames - 1) {
                        *readers += 1;
                    }
                    frames += 1;
                    if frames > all {
                        return Ok(());
                    }
                }
                8 => bail!("the server closed the stream after {frames} frames"),
                _ => {}
            }
        }
        bytes.drain(..at);
        at = 0;
        bytes.reserve(READ_BYTES);
        if stream.read_buf(&mut bytes).await? == 0 {
            bail!("the stream ended after {frames} frames");
        }
    }
}

/// Opcode of the first frame and its length with its head; none while it is not whole.
fn frame(bytes: &[u8]) -> Option<(u8, usize)> {
    let (opcode, short) = (bytes.first()? & 0x0f, bytes.get(1)? & 0x7f);
    let (head, length) = match short {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?),
        length => (2, usize::from(length)),
    };
    (bytes.len() >= head + length).then_some((opcode, head + length))
}

/// Sends one sender's share at its times, whatever became of the ones before; tells ids and times.
fn send(server: &Server, begin: Instant, number: u32) -> Result<Vec<(i64, Instant)>> {
    let mut stream = std::net::TcpStream::connect(server.address)?;
    stream.set_nodelay(true)?;
    let requests: Vec<Vec<u8>> = sample::events().map(|body| server.post("/events", &body)).collect();
    let pause = Duration::from_secs(1) * SENDERS / PER_SECOND;
    let mut at = begin + pause * number / SENDERS;
    let mut sent = Vec::new();
    let mut buffer = vec![0; READ_BYTES];
    for request in requests.iter().cycle().take((PER_SECOND * SECONDS / SENDERS) as usize) {
        #[expect(
            clippy::disallowed_methods,
            reason = "a thread of its own: a timer of tokio's is too coarse"
        )]
        std::thread::sleep(at.saturating_duration_since(Instant::now()));
        stream.write_all(request)?;
        let length = stream.read(&mut buffer)?;
        sent.push((id_of(buffer.get(..length).unwrap_or_default())?, at));
        at += pause;
    }
    Ok(sent)
}

/// The id in an answer.
fn id_of(answer: &[u8]) -> Result<i64> {
    let text = String::from_utf8_lossy(answer);
    let digits = text.split(r#""id":"#).nth(1).context("an answer without an id")?;
    Ok(digits.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default().parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_apart() {
        assert_eq!(frame(&[0x81, 3, b'a', b'b', b'c', 0x81]), Some((1, 5)));
        assert_eq!(frame(&[0x81, 126, 0, 200]), None);
        assert_eq!(frame(&[&[0x81, 126, 0, 200], [0; 200].as_slice()].concat()), Some((1, 204)));
        assert_eq!(id_of(br#"HTTP/1.1 200 OK\r\n\r\n{"id":17,"event_id":"x"}"#).unwrap(), 17);
    }
}
