//! Where commits are made: whoever has the desk writes for all who wait.

use super::refusal::Refusal;
use super::{Arrival, Message};
use crate::event::StoredEvent;
use crate::hub::Hub;
use crate::store::book::Book;
use crate::store::search::Notice;
use crate::store::{StoreError, append, open};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Events to be streamed once the commit has succeeded.
pub(in crate::store) type Outbox = Vec<Arc<StoredEvent>>;

/// Told once the commit has succeeded or failed.
pub(super) type Answer = Box<dyn FnOnce(Result<(), Refusal>) + Send>;

/// What is needed to write.
pub(super) struct Desk {
    /// None once the store is closed.
    connection: Option<Connection>,
    path: PathBuf,
    hub: Hub,
    search: Notice,
    book: Book,
}

impl Desk {
    pub(super) fn new(connection: Connection, path: PathBuf, hub: Hub, search: Notice, book: Book) -> Self {
        Self { connection: Some(connection), path, hub, search, book }
    }

    /// Does what is waiting, in its order, in as few commits as can be.
    pub(super) fn work(&mut self, messages: Vec<Message>) {
        let mut group = Vec::with_capacity(messages.len());
        for message in messages {
            match message {
                Message::Between(work) => {
                    self.commit(std::mem::take(&mut group));
                    if let Some(connection) = &self.connection {
                        work(connection);
                    }
                }
                message => group.push(message),
            }
        }
        self.commit(group);
    }

    /// Closes the database. A clean close leaves no write-ahead log.
    pub(super) fn close(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let closed = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
        if let Err(error) = closed.and_then(|()| connection.close().map_err(|(_, error)| error)) {
            tracing::warn!(%error, "the database was not closed cleanly");
        }
    }

    /// After a panic at the desk: what was not committed is undone.
    pub(super) fn recover(&mut self) {
        self.book.forget();
        if let Some(connection) = self.connection.as_ref().filter(|connection| !connection.is_autocommit()) {
            let _ = connection.execute_batch("ROLLBACK");
        }
    }

    fn commit(&mut self, group: Vec<Message>) {
        // Without a connection nobody is answered, which says that the store is closed.
        let Some(connection) = self.connection.as_ref().filter(|_| !group.is_empty()) else { return };
        let (mut outbox, book) = (Outbox::new(), &mut self.book);
        let mut answers: Vec<Answer> = Vec::with_capacity(group.len());
        let began = connection.prepare_cached("BEGIN IMMEDIATE").and_then(|mut begin| begin.execute([]));
        let mut outcome = began.map_err(StoreError::Sqlite).and_then(|_| book.catch_up(connection));
        for message in group {
            answers.push(match message {
                Message::Job(job) => job(connection),
                Message::Counted(job) => {
                    outcome = outcome.and_then(|()| book.flush(connection));
                    job(connection)
                }
                Message::History(job) => {
                    outcome = outcome.and_then(|()| book.flush(connection));
                    book.forget();
                    outcome = outcome.and_then(|()| book.catch_up(connection));
                    job(connection)
                }
                Message::Arrival(Arrival::One(prepared, answer)) => {
                    let store = || append::one(connection, book, *prepared, &mut outbox);
                    answering(arrive(&mut outcome, store), answer)
                }
                Message::Arrival(Arrival::Batch(batch, answer)) => {
                    let store = || append::batch(connection, book, *batch, &mut outbox);
                    answering(arrive(&mut outcome, store), answer)
                }
                // Taken out before.
                Message::Between(_) => continue,
            });
        }
        let outcome = outcome.and_then(|()| book.flush_now_and_then(connection)).and_then(|()| {
            connection.prepare_cached("COMMIT")?.execute([])?;
            Ok(())
        });
        let refusal = outcome.err().map(|error| self.undo(&error));
        if refusal.is_none() && !outbox.is_empty() {
            self.search.events();
            self.hub.publish(outbox);
        }
        for answer in answers {
            answer(refusal.map_or(Ok(()), Err));
        }
    }

    fn undo(&mut self, error: &StoreError) -> Refusal {
        tracing::error!(%error, "the event store cannot commit");
        self.recover();
        let refusal = Refusal::of(error);
        if refusal == Refusal::Corrupt {
            open::suspect(&self.path);
        }
        refusal
    }
}

/// After a failure nothing more is tried: everybody is told the same.
fn arrive<T>(
    outcome: &mut Result<(), StoreError>,
    store: impl FnOnce() -> Result<T, StoreError>,
) -> Option<T> {
    if outcome.is_err() {
        return None;
    }
    match store() {
        Ok(stored) => Some(stored),
        Err(error) => {
            *outcome = Err(error);
            None
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
