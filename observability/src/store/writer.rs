//! The one thread that writes. Jobs that wait together are committed together, and answered after the
//! commit: an answer means that the data is in the database.

use super::StoreError;
use crate::event::StoredEvent;
use crate::hub::Hub;
use rusqlite::Connection;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;

/// Jobs that may wait before callers are held back.
const QUEUE: usize = 1_024;
/// Jobs in one commit.
const GROUP: usize = 256;

/// Events to be streamed once the commit has succeeded.
pub(super) type Outbox = Vec<Arc<StoredEvent>>;

type Announce = Box<dyn FnOnce(bool) + Send>;
type Job = Box<dyn FnOnce(&Connection, &mut Outbox) -> Announce + Send>;

enum Message {
    Job(Job),
    Stop(oneshot::Sender<()>),
}

pub(super) struct Writer {
    queue: SyncSender<Message>,
    /// Serialises callers while the queue is full, so that waiting happens off the async threads.
    overflow: Arc<Mutex<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, hub: Hub) -> Result<Self, StoreError> {
        let (queue, jobs) = sync_channel(QUEUE);
        std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || write_loop(connection, &jobs, &hub))
            .map_err(|source| StoreError::File { what: "cannot start the writer thread".into(), source })?;
        Ok(Self { queue, overflow: Arc::new(Mutex::new(())) })
    }

    /// Runs `job` inside the next commit and answers after it. A job that fails is undone alone.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection, &mut Outbox) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection, outbox| {
            let before = outbox.len();
            let result = in_savepoint(connection, |connection| job(connection, outbox));
            if result.is_err() {
                outbox.truncate(before);
            }
            Box::new(move |committed| {
                // The caller may have gone away; the data is stored all the same.
                let _ = answer.send(if committed { result } else { result.and(Err(StoreError::Closed)) });
            })
        });
        self.send(Message::Job(job)).await?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    pub(super) async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.send(Message::Stop(done)).await.is_ok() {
            let _ = stopped.await;
        }
    }

    async fn send(&self, message: Message) -> Result<(), StoreError> {
        match self.queue.try_send(message) {
            Ok(()) => Ok(()),
            Err(std::sync::mpsc::TrySendError::Disconnected(_)) => Err(StoreError::Closed),
            Err(std::sync::mpsc::TrySendError::Full(message)) => {
                let (queue, overflow) = (self.queue.clone(), Arc::clone(&self.overflow));
                tokio::task::spawn_blocking(move || {
                    let _turn = overflow.lock().map_err(|_| StoreError::Closed)?;
                    queue.send(message).map_err(|_| StoreError::Closed)
                })
                .await
                .map_err(|_| StoreError::Closed)?
            }
        }
    }
}

fn write_loop(connection: Connection, jobs: &Receiver<Message>, hub: &Hub) {
    let mut stopping = None;
    while stopping.is_none() {
        let Ok(first) = jobs.recv() else { break };
        let mut group = Vec::new();
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Job(job) => group.push(job),
                Message::Stop(done) => {
                    stopping = Some(done);
                    break;
                }
            }
            next = if group.len() < GROUP { jobs.try_recv().ok() } else { None };
        }
        commit(&connection, group, hub);
    }
    // A clean close leaves a database without a write-ahead log.
    if let Err((_, error)) = connection.close() {
        tracing::warn!(%error, "the database was not closed cleanly");
    }
    if let Some(done) = stopping {
        let _ = done.send(());
    }
}

fn commit(connection: &Connection, group: Vec<Job>, hub: &Hub) {
    if group.is_empty() {
        return;
    }
    let mut outbox = Outbox::new();
    let mut answers = Vec::with_capacity(group.len());
    let began = connection.execute_batch("BEGIN IMMEDIATE");
    if let Err(error) = &began {
        tracing::error!(%error, "the event store cannot begin a transaction");
    }
    for job in group {
        answers.push(job(connection, &mut outbox));
    }
    let committed = began.and_then(|()| connection.execute_batch("COMMIT"));
    if let Err(error) = &committed {
        tracing::error!(%error, "the event store cannot commit");
        if !connection.is_autocommit() {
            let _ = connection.execute_batch("ROLLBACK");
        }
    }
    let committed = committed.is_ok();
    if committed {
        hub.publish(outbox);
    }
    for answer in answers {
        answer(committed);
    }
}

fn in_savepoint<T>(
    connection: &Connection,
    job: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    if connection.is_autocommit() {
        // The transaction did not begin: nothing may be written outside of one.
        return Err(StoreError::Closed);
    }
    connection.prepare_cached("SAVEPOINT job")?.execute([])?;
    let result = job(connection);
    if result.is_err() {
        connection.prepare_cached("ROLLBACK TO job")?.execute([])?;
    }
    connection.prepare_cached("RELEASE job")?.execute([])?;
    result
}
