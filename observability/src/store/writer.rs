//! The one thread that writes. Jobs that wait together are committed together, and answered after the
//! commit: an answer means that the data is in the database.

use super::append::{self, AppendOutcome, Batch, Prepared};
use super::book::Book;
use super::search::Notice;
use super::{StoreError, open};
use crate::event::StoredEvent;
use crate::hub::Hub;
use rusqlite::{Connection, ErrorCode};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;

/// Jobs that may wait before callers are held back.
const QUEUE: usize = 1_024;
/// Jobs in one commit.
const GROUP: usize = 256;

/// Events to be streamed once the commit has succeeded.
pub(super) type Outbox = Vec<Arc<StoredEvent>>;

type Answer = Box<dyn FnOnce(Result<(), Refusal>) + Send>;
type Job = Box<dyn FnOnce(&Connection) -> Answer + Send>;

/// Events on their way in. Where one fails, so does the whole commit: it is the disk then, not the event.
enum Arrival {
    One(Box<Prepared>, oneshot::Sender<Result<Arc<StoredEvent>, StoreError>>),
    Batch(Box<Batch>, oneshot::Sender<Result<AppendOutcome, StoreError>>),
}

enum Message {
    Arrival(Arrival),
    Job(Job),
    /// Changes what the book may know by heart.
    History(Job),
    /// What cannot be done inside a transaction.
    Between(Box<dyn FnOnce(&Connection) + Send>),
    Stop(oneshot::Sender<()>),
}

pub(super) struct Writer {
    queue: SyncSender<Message>,
    /// Serialises callers while the queue is full, so that waiting happens off the async threads.
    overflow: Arc<Mutex<()>>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        path: &Path,
        hub: Hub,
        search: Notice,
    ) -> Result<Self, StoreError> {
        let (queue, messages) = sync_channel(QUEUE);
        let mut desk = Desk { connection, path: path.to_owned(), hub, search, book: Book::default() };
        std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || desk.work(&messages))
            .map_err(|source| StoreError::File { what: "cannot start the writer thread".into(), source })?;
        Ok(Self { queue, overflow: Arc::new(Mutex::new(())) })
    }

    /// Runs `job` inside the next commit and answers after it. A job that fails is undone alone.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, answered) = answered(job);
        self.send(Message::Job(job)).await?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// The same for a thread that may wait.
    pub(super) fn run_blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, answered) = answered(job);
        self.queue.send(Message::Job(job)).map_err(|_| StoreError::Closed)?;
        answered.blocking_recv().map_err(|_| StoreError::Closed)?
    }

    /// The same for a job that removes what is stored.
    pub(super) fn change_history<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, answered) = answered(job);
        self.queue.send(Message::History(job)).map_err(|_| StoreError::Closed)?;
        answered.blocking_recv().map_err(|_| StoreError::Closed)?
    }

    /// Does something on the writer's connection while no transaction is open.
    pub(super) fn between_commits<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let work = Box::new(move |connection: &Connection| drop(answer.send(work(connection))));
        self.queue.send(Message::Between(work)).map_err(|_| StoreError::Closed)?;
        answered.blocking_recv().map_err(|_| StoreError::Closed)?
    }

    /// Stores an event of the known form, and answers after the commit.
    pub(super) async fn append_one(&self, prepared: Prepared) -> Result<Arc<StoredEvent>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Message::Arrival(Arrival::One(Box::new(prepared), answer))).await?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Stores a batch, and answers after the commit.
    pub(super) async fn append(&self, batch: Batch) -> Result<AppendOutcome, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Message::Arrival(Arrival::Batch(Box::new(batch), answer))).await?;
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

type Answered<T> = oneshot::Receiver<Result<T, StoreError>>;

fn answered<T: Send + 'static>(
    job: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
) -> (Job, Answered<T>) {
    let (answer, answered) = oneshot::channel();
    let job: Job = Box::new(move |connection| {
        let result = in_savepoint(connection, job);
        Box::new(move |committed| {
            // The caller may have gone away; the data is stored all the same.
            let _ = answer.send(committed.map_err(Refusal::into_error).and(result));
        })
    });
    (job, answered)
}

/// What the writer thread has.
struct Desk {
    connection: Connection,
    path: PathBuf,
    hub: Hub,
    search: Notice,
    book: Book,
}

impl Desk {
    fn work(&mut self, messages: &Receiver<Message>) {
        let mut stopping = None;
        while stopping.is_none() {
            let Ok(first) = messages.recv() else { break };
            let mut group = Vec::new();
            let mut next = Some(first);
            while let Some(message) = next {
                match message {
                    Message::Stop(done) => {
                        stopping = Some(done);
                        break;
                    }
                    Message::Between(work) => {
                        self.commit(std::mem::take(&mut group));
                        work(&self.connection);
                    }
                    message => group.push(message),
                }
                next = if group.len() < GROUP { messages.try_recv().ok() } else { None };
            }
            self.commit(group);
        }
        // A clean close leaves a database without a write-ahead log.
        if let Err(error) = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
            tracing::warn!(%error, "the database was not closed cleanly");
        }
        if let Some(done) = stopping {
            let _ = done.send(());
        }
    }

    fn commit(&mut self, group: Vec<Message>) {
        if group.is_empty() {
            return;
        }
        let mut outbox = Outbox::new();
        let mut answers: Vec<Answer> = Vec::with_capacity(group.len());
        let mut outcome = self.connection.execute_batch("BEGIN IMMEDIATE").map_err(StoreError::Sqlite);
        for message in group {
            // After a failure nothing more is tried: everybody is told the same.
            answers.push(match message {
                Message::Job(job) => job(&self.connection),
                Message::History(job) => {
                    outcome = outcome.and_then(|()| self.book.flush(&self.connection));
                    self.book.forget();
                    job(&self.connection)
                }
                Message::Arrival(Arrival::One(prepared, answer)) => {
                    let stored = self.arrive(&mut outcome, |connection, book| {
                        append::one(connection, book, *prepared, &mut outbox)
                    });
                    answering(stored, answer)
                }
                Message::Arrival(Arrival::Batch(batch, answer)) => {
                    let stored = self.arrive(&mut outcome, |connection, book| {
                        append::batch(connection, book, *batch, &mut outbox)
                    });
                    answering(stored, answer)
                }
                // Taken out before.
                Message::Between(_) | Message::Stop(_) => continue,
            });
        }
        let outcome = outcome
            .and_then(|()| self.book.flush(&self.connection))
            .and_then(|()| Ok(self.connection.execute_batch("COMMIT")?));
        let refusal = outcome.err().map(|error| {
            tracing::error!(%error, "the event store cannot commit");
            self.book.forget();
            if !self.connection.is_autocommit() {
                let _ = self.connection.execute_batch("ROLLBACK");
            }
            let refusal = Refusal::of(&error);
            if refusal == Refusal::Corrupt {
                open::suspect(&self.path);
            }
            refusal
        });
        if refusal.is_none() && !outbox.is_empty() {
            self.search.events();
            self.hub.publish(outbox);
        }
        for answer in answers {
            answer(refusal.map_or(Ok(()), Err));
        }
    }

    fn arrive<T>(
        &mut self,
        outcome: &mut Result<(), StoreError>,
        store: impl FnOnce(&Connection, &mut Book) -> Result<T, StoreError>,
    ) -> Option<T> {
        if outcome.is_err() {
            return None;
        }
        match store(&self.connection, &mut self.book) {
            Ok(stored) => Some(stored),
            Err(error) => {
                *outcome = Err(error);
                None
            }
        }
    }
}

fn answering<T: Send + 'static>(stored: Option<T>, answer: oneshot::Sender<Result<T, StoreError>>) -> Answer {
    Box::new(move |committed| {
        let result = committed.map_err(Refusal::into_error).and_then(|()| stored.ok_or(StoreError::Closed));
        // The caller may have gone away; the data is stored all the same.
        let _ = answer.send(result);
    })
}

/// Why a commit failed, for each of those who wait for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Full,
    Locked,
    Corrupt,
    Other,
}

impl Refusal {
    fn of(error: &StoreError) -> Self {
        let StoreError::Sqlite(error) = error else { return Self::Other };
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt,
            _ => Self::Other,
        }
    }

    fn into_error(self) -> StoreError {
        match self {
            Self::Full => StoreError::Full,
            Self::Locked => StoreError::Locked,
            Self::Corrupt => StoreError::Corrupt,
            Self::Other => StoreError::Closed,
        }
    }
}

fn in_savepoint<T>(
    connection: &Connection,
    job: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    // After a failed beginning, or an arrival that failed and took the transaction with it.
    if connection.is_autocommit() {
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
