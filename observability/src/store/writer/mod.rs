//! The one way in. Jobs that wait together are committed together, and answered after the commit: an answer means that
//! the data is in the database.
//!
//! There is one desk to write at. Where a commit does not wait for the disk, whoever brings a job and finds the desk
//! free writes for all who wait: handing a job to another thread would cost more than the job. Where it does wait, a
//! thread of the desk's own writes.

mod desk;
mod refusal;

pub(super) use desk::Outbox;

use super::append::{AppendOutcome, Batch, Prepared};
use super::book::Book;
use super::search::Notice;
use super::{Durability, StoreError};
use crate::event::StoredEvent;
use crate::hub::Hub;
use desk::{Answer, Desk};
use refusal::Refusal;
use rusqlite::Connection;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};

/// Jobs that may wait before callers are held back.
const QUEUE: usize = 4_096;
/// Jobs in one commit.
const GROUP: usize = 256;

type Job = Box<dyn FnOnce(&Connection) -> Answer + Send>;

/// Events on their way in. Where one fails, so does the whole commit: it is the disk then, not the event.
enum Arrival {
    One(Box<Prepared>, oneshot::Sender<Result<Arc<StoredEvent>, StoreError>>),
    Batch(Box<Batch>, oneshot::Sender<Result<AppendOutcome, StoreError>>),
}

enum Message {
    Arrival(Arrival),
    Job(Job),
    /// Sees every event counted in its session.
    Counted(Job),
    /// Changes what the book may know by heart.
    History(Job),
    /// What cannot be done inside a transaction.
    Between(Box<dyn FnOnce(&Connection) + Send>),
}

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Writer(Arc<Shared>);

struct Shared {
    waiting: Mutex<Waiting>,
    /// Room in the queue.
    room: Semaphore,
    desk: Mutex<Desk>,
    /// Wakes the desk's own thread, where it has one.
    thread: Option<SyncSender<()>>,
    /// Where what is left is written.
    runtime: Option<Handle>,
}

#[derive(Default)]
struct Waiting {
    messages: VecDeque<Message>,
    closed: bool,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        path: &Path,
        durability: Durability,
        (hub, search, book): (Hub, Notice, Book),
    ) -> Result<Self, StoreError> {
        let desk = Mutex::new(Desk::new(connection, path.to_owned(), hub, search, book));
        let (thread, woken) = match durability {
            Durability::Process => (None, None),
            Durability::Power => {
                let (wake, woken) = sync_channel(1);
                (Some(wake), Some(woken))
            }
        };
        let writer = Self(Arc::new(Shared {
            waiting: Mutex::default(),
            room: Semaphore::new(QUEUE),
            desk,
            thread,
            runtime: Handle::try_current().ok(),
        }));
        if let Some(woken) = woken {
            let shared = Arc::downgrade(&writer.0);
            std::thread::Builder::new()
                .name("store-writer".into())
                .spawn(move || {
                    while woken.recv().is_ok() {
                        let Some(shared) = shared.upgrade() else { return };
                        shared.write_all();
                    }
                })
                .map_err(|source| StoreError::File {
                    what: "cannot start the writer thread".into(),
                    source,
                })?;
        }
        Ok(writer)
    }

    /// Runs `job` inside the next commit and answers after it. A job that fails is undone alone.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, answered) = answered(job);
        self.bring(Message::Job(job), answered).await
    }

    /// Sees to it that every event is counted in its session: whoever reads the counts asks for it first.
    pub(super) async fn settle(&self) -> Result<(), StoreError> {
        let (job, answered) = answered(|_| Ok(()));
        self.bring(Message::Counted(job), answered).await
    }

    /// The same for a thread that may wait.
    pub(super) fn run_blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, answered) = answered(job);
        self.bring_blocking(Message::Job(job), answered)
    }

    /// The same for a job that removes what is stored.
    pub(super) fn change_history<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, answered) = answered(job);
        self.bring_blocking(Message::History(job), answered)
    }

    /// Does something on the writer's connection while no transaction is open.
    pub(super) fn between_commits<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let work = Box::new(move |connection: &Connection| drop(answer.send(work(connection))));
        self.bring_blocking(Message::Between(work), answered)
    }

    /// Stores an event of the known form, and answers after the commit.
    pub(super) async fn append_one(&self, prepared: Prepared) -> Result<Arc<StoredEvent>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.bring(Message::Arrival(Arrival::One(Box::new(prepared), answer)), answered).await
    }

    /// Stores a batch, and answers after the commit.
    pub(super) async fn append(&self, batch: Batch) -> Result<AppendOutcome, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.bring(Message::Arrival(Arrival::Batch(Box::new(batch), answer)), answered).await
    }

    /// Writes what is waiting and closes the database; whatever comes later is refused.
    pub(super) fn stop(&self) {
        self.0.waiting().closed = true;
        let mut desk = self.0.desk.lock().unwrap_or_else(PoisonError::into_inner);
        let mut last = self.0.take(usize::MAX);
        last.push(Message::Counted(answered(|_| Ok(())).0));
        desk.work(last);
        desk.close();
    }

    async fn bring<T>(&self, message: Message, answered: Answered<T>) -> Result<T, StoreError> {
        let room = self.0.room.acquire().await.map_err(|_| StoreError::Closed)?;
        room.forget();
        self.0.push(message)?;
        let turn = Turn(&self.0);
        // Others that are ready get their jobs in first: one commit for all of them.
        tokio::task::yield_now().await;
        drop(turn);
        answered.await.map_err(|_| StoreError::Closed)?
    }

    fn bring_blocking<T>(&self, message: Message, answered: Answered<T>) -> Result<T, StoreError> {
        self.0.push(message)?;
        // Its room was never taken: it is given back when the job is done.
        self.0.room.forget_permits(1);
        let mut answered = answered;
        while self.0.write_some() {
            if let Ok(answer) = answered.try_recv() {
                // The others' jobs are others' to write: under load there would be no end to them.
                self.0.hand_on();
                return answer;
            }
        }
        answered.blocking_recv().map_err(|_| StoreError::Closed)?
    }
}

/// A job that waits must be written, also when whoever brought it has gone away.
struct Turn<'s>(&'s Arc<Shared>);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(thread) = &self.0.thread {
            // One wake-up that waits says it all.
            let _ = thread.try_send(());
            return;
        }
        // Whoever has the desk looks again when it is done.
        if self.0.write_some() {
            self.0.hand_on();
        }
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_waiting(&self) -> bool {
        !self.waiting().messages.is_empty()
    }

    fn push(&self, message: Message) -> Result<(), StoreError> {
        let mut waiting = self.waiting();
        if waiting.closed {
            return Err(StoreError::Closed);
        }
        waiting.messages.push_back(message);
        Ok(())
    }

    fn take(&self, most: usize) -> Vec<Message> {
        let mut waiting = self.waiting();
        let count = waiting.messages.len().min(most);
        let messages: Vec<Message> = waiting.messages.drain(..count).collect();
        drop(waiting);
        self.room.add_permits(count);
        messages
    }

    /// Makes one commit, if the desk is free; tells whether it was. Whoever makes one looks for more afterwards.
    fn write_some(&self) -> bool {
        let mut desk = match self.desk.try_lock() {
            Ok(desk) => desk,
            Err(TryLockError::WouldBlock) => return false,
            Err(TryLockError::Poisoned(poisoned)) => {
                self.desk.clear_poison();
                let mut desk = poisoned.into_inner();
                desk.recover();
                desk
            }
        };
        desk.work(self.take(GROUP));
        true
    }

    /// Sees to what came while the desk was taken: those who brought it have gone on waiting.
    fn hand_on(self: &Arc<Self>) {
        if !self.is_waiting() {
            return;
        }
        let shared = Arc::clone(self);
        match &self.runtime {
            // After what else is ready there, which may have more to write.
            Some(runtime) => drop(runtime.spawn(async move { drop(Turn(&shared)) })),
            None => shared.write_all(),
        }
    }

    fn write_all(&self) {
        while self.is_waiting() && self.write_some() {}
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
