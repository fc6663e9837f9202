//! Live streams of the real binary: nothing is missed or doubled, and nobody waits for a slow reader.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod common;

use common::{DEADLINE, Home, Sidecar, event};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// A reader of a WebSocket.
struct Reader(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Reader {
    async fn open(sidecar: &Sidecar, path: &str) -> Self {
        let url = sidecar.url(path).replace("http://", "ws://");
        Self(tokio_tungstenite::connect_async(url).await.unwrap().0)
    }

    /// The next frame; none when the stream has ended.
    async fn next(&mut self) -> Option<Value> {
        match timeout(DEADLINE, self.0.next()).await.unwrap() {
            Some(Ok(Message::Text(text))) => Some(serde_json::from_str(&text).unwrap()),
            _ => None,
        }
    }

    /// Frames until one of this type, which comes last.
    async fn until(&mut self, kind: &str) -> Vec<Value> {
        let mut frames = Vec::new();
        while let Some(frame) = self.next().await {
            let is_it = frame["type"] == kind;
            frames.push(frame);
            if is_it {
                return frames;
            }
        }
        panic!("there was no {kind} in {} frames", frames.len());
    }
}

fn ids(frames: &[Value]) -> Vec<i64> {
    frames
        .iter()
        .filter(|frame| frame["type"] == "event")
        .map(|frame| frame["data"]["id"].as_i64().unwrap())
        .collect()
}

/// Sends events 1 to `count` of a producer, `size` bytes each.
async fn emit(sidecar: &Sidecar, producer: &str, count: u64, size: usize) {
    let text = "x".repeat(size);
    let events: Vec<Value> =
        (1..=count).map(|seq| event(producer, seq, "Notification", json!({"message": text}))).collect();
    for batch in events.chunks((2_000_000 / (size + 400)).clamp(1, 500)) {
        sidecar.emit(producer, batch).await;
    }
}

#[tokio::test]
async fn a_stream_goes_on_from_any_event_without_a_gap_or_a_double() {
    let home = Home::new();
    let sidecar = home.start();
    emit(&sidecar, "p.1.a", 500, 10).await;
    let writing = async {
        for number in 0..20 {
            emit(&sidecar, &format!("q.{number}.a"), 50, 10).await;
        }
    };
    let reading = async {
        let mut reader = Reader::open(&sidecar, "/v1/stream?after=100").await;
        let mut found = Vec::new();
        while found.last() != Some(&1_500) {
            let frame = reader.next().await.unwrap();
            found.extend(ids(&[frame]));
        }
        assert_eq!(found, (101..=1_500).collect::<Vec<i64>>());
    };
    tokio::join!(writing, reading);
    let mut now = Reader::open(&sidecar, "/v1/stream").await;
    assert_eq!(now.next().await.unwrap(), json!({"type": "ready", "after": 1_500}));
    // This one knows another store.
    let mut beyond = Reader::open(&sidecar, "/v1/stream?after=999999999").await;
    assert_eq!(beyond.next().await.unwrap(), json!({"type": "ready", "after": 1_500}));
    emit(&sidecar, "r.1.a", 1, 10).await;
    for reader in [&mut now, &mut beyond] {
        assert_eq!(ids(&reader.until("event").await), [1_501]);
    }
}

#[tokio::test]
async fn a_stream_is_filtered_in_what_was_stored_and_in_what_comes() {
    let home = Home::new();
    let sidecar = home.start();
    let producer = "p.1.a";
    let of = |seq: u64, session: &str, kind: &str, payload: Value| {
        let mut event = event(producer, seq, kind, payload);
        event["session_id"] = json!(session);
        event
    };
    let tool = json!({"tool": "bash", "call_id": "c"});
    let before = [of(1, "root", "SessionStart", json!({})), of(2, "root", "ToolRequested", tool.clone())];
    sidecar.emit(producer, &before).await;
    let mut tools = Reader::open(&sidecar, "/v1/stream?after=0&tool=bash&tool=edit").await;
    let mut subtree = Reader::open(&sidecar, "/v1/stream?after=0&subtree=root").await;
    assert_eq!(ids(&tools.until("ready").await), [2]);
    assert_eq!(ids(&subtree.until("ready").await), [1, 2]);
    let after = [
        of(3, "other", "ToolRequested", tool.clone()),
        of(4, "child", "SessionStart", json!({"parent_id": "root"})),
        of(5, "other", "Stop", json!({})),
        of(6, "child", "Stop", json!({})),
        of(7, "root", "ToolCompleted", tool),
    ];
    sidecar.emit(producer, &after).await;
    for (reader, wanted) in [(&mut tools, vec![3, 7]), (&mut subtree, vec![4, 6, 7])] {
        let mut found = Vec::new();
        while found.len() < wanted.len() {
            found.extend(ids(&[reader.next().await.unwrap()]));
        }
        assert_eq!(found, wanted);
    }
}

#[tokio::test]
async fn server_sent_events_go_on_from_the_last_event_id() {
    let home = Home::new();
    let sidecar = home.start();
    emit(&sidecar, "p.1.a", 5, 10).await;
    let answer =
        sidecar.http.get(sidecar.url("/v1/stream")).header("last-event-id", "3").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut pieces = answer.bytes_stream();
    let mut text = String::new();
    let mut until = async |end: &str| {
        while !text.contains(end) {
            let piece = timeout(DEADLINE, pieces.next()).await.unwrap().unwrap().unwrap();
            text.push_str(std::str::from_utf8(&piece).unwrap());
        }
        std::mem::take(&mut text)
    };
    let stored = until("\"ready\",\"after\":5}\n\n").await;
    let lines: Vec<&str> = stored.lines().filter(|line| line.starts_with("id: ")).collect();
    assert_eq!(lines, ["id: 4", "id: 5", "id: 5"], "{stored}");
    emit(&sidecar, "q.1.a", 1, 10).await;
    let live = until("\n\n").await;
    assert!(live.starts_with("id: 6\ndata: {\"type\":\"event\",\"data\":{\"id\":6,"), "{live}");
    for (path, header, field) in [
        ("/v1/stream?text=x", "1", "text"),
        ("/v1/stream?after=-1", "1", "after"),
        ("/v1/stream?afterwards=1", "1", "afterwards"),
        ("/v1/stream?limit=1", "1", "limit"),
        ("/v1/stream", "yesterday", "Last-Event-ID"),
    ] {
        let answer =
            sidecar.http.get(sidecar.url(path)).header("last-event-id", header).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{path}");
        assert_eq!(answer.json::<Value>().await.unwrap()["error"]["field"], field);
    }
}

#[tokio::test]
async fn a_slow_reader_is_told_to_resync_and_holds_nobody_up() {
    let home = Home::new();
    let sidecar = home.start();
    let mut slow = Reader::open(&sidecar, "/v1/stream").await;
    let mut quick = Reader::open(&sidecar, "/v1/stream").await;
    let mut known = Reader::open(&sidecar, "/stream").await;
    assert_eq!(slow.until("ready").await.len(), 1);
    quick.until("ready").await;
    known.until("initial").await;
    // The first event lets the stream begin; then far more than sockets and backlog hold.
    const EVENTS: i64 = 401;
    let reading = async {
        let mut last = 0;
        while last < EVENTS {
            let frame = quick.next().await.unwrap();
            let id = frame["data"]["id"].as_i64().unwrap();
            assert_eq!(id, last + 1);
            last = id;
        }
    };
    let writing = async {
        emit(&sidecar, "p.1.a", 1, 10).await;
        emit(&sidecar, "q.1.a", 400, 60_000).await;
    };
    timeout(Duration::from_secs(60), async { tokio::join!(writing, reading) }).await.unwrap();
    let frames = slow.until("resync").await;
    let got = ids(&frames);
    let last = frames.last().unwrap()["after"].as_i64().unwrap();
    assert_eq!(got, (1..=last).collect::<Vec<_>>(), "what it got has no gap");
    assert!(last < EVENTS);
    assert_eq!(slow.next().await, None, "the stream has ended");
    let mut again = Reader::open(&sidecar, &format!("/v1/stream?after={last}")).await;
    assert_eq!(ids(&again.until("ready").await), (last + 1..=EVENTS).collect::<Vec<_>>());
    // The known form knows no such frame: its stream ends, and its readers connect again.
    let mut count = 0;
    while let Some(frame) = known.next().await {
        assert_eq!(frame["type"], "event");
        count += 1;
    }
    assert!(count < EVENTS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_readers_read_at_once() {
    let home = Home::new();
    let sidecar = home.start();
    let mut readers = tokio::task::JoinSet::new();
    let (ready, mut begun) = tokio::sync::mpsc::channel(200);
    for number in 0..200 {
        let path = if number % 2 == 0 { "/v1/stream" } else { "/stream" };
        let mut reader = Reader::open(&sidecar, path).await;
        let ready = ready.clone();
        readers.spawn(async move {
            reader.next().await.unwrap();
            ready.send(()).await.unwrap();
            let mut found = Vec::new();
            while found.len() < 300 {
                found.extend(ids(&[reader.next().await.unwrap()]));
            }
            reader.0.close(None).await.unwrap();
            found
        });
    }
    for _ in 0..200 {
        begun.recv().await.unwrap();
    }
    for number in 0..30 {
        emit(&sidecar, &format!("p.{number}.a"), 10, 100).await;
    }
    while let Some(found) = readers.join_next().await {
        assert_eq!(found.unwrap(), (1..=300).collect::<Vec<i64>>());
    }
}

#[tokio::test]
async fn what_a_reader_sends_is_not_read() {
    let home = Home::new();
    let sidecar = home.start();
    let mut reader = Reader::open(&sidecar, "/v1/stream").await;
    reader.until("ready").await;
    reader.0.send(Message::text("hello")).await.unwrap();
    emit(&sidecar, "p.1.a", 1, 10).await;
    assert_eq!(ids(&reader.until("event").await), [1]);
    let _ = reader.0.send(Message::text("x".repeat(10_000))).await;
    assert_eq!(reader.next().await, None);
}
