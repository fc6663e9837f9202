//! The SQLite event store: one writer thread with group commit, readers apart, migrations forward only.

mod append;
mod book;
mod files;
mod leases;
mod meta;
mod open;
mod options;
mod plans;
mod query;
mod read;
mod runs;
mod salvage;
mod schema;
mod search;
mod sessions;
mod spend;
mod upkeep;
mod writer;

pub use append::{AppendOutcome, ProducerFigures};
pub use files::KeptFile;
pub use leases::{Held, Lease};
pub use options::StoreOptions;
pub use plans::TaskChange;
pub use query::{HistoryRange, Imported, RespondError};
pub use read::FilterOptions;
pub use runs::{Begin, Begun, End, scopes};
pub use spend::{Scope, Spend};
pub use upkeep::Space;

use crate::event::{Event, StoredEvent};
use crate::hub::Hub;
use crate::plan::{Plan, Task};
use crate::reading::ProducerHealth;
pub use crate::reading::{Durability, StoreHealth};
use crate::redact::Counts;
use book::Book;
use deadpool_sqlite::{Config, Pool, Runtime};
use rusqlite::Connection;
use search::Search;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use thiserror::Error;
use upkeep::{Keeper, Upkeep};
use writer::Writer;

/// How many connections read at the same time.
const READERS: usize = 4;

/// Why the store could not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// SQLite failed.
    #[error("the event store failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A file or folder could not be made, moved or measured.
    #[error("{what}: {source}")]
    File {
        /// What was tried, with the path.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A newer program wrote this database.
    #[error(
        "the database was written by {made_by} (schema {found}), this program knows schemas up to {known}: use that \
         version or a newer one; nothing was changed"
    )]
    TooNew {
        /// The program and its version.
        made_by: String,
        /// Its schema version.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// A migration failed.
    #[error("the database could not be brought up to date: {0}")]
    Migration(String),
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// Another program holds the database.
    #[error("another program has locked the database")]
    Locked,
    /// A page of the database makes no sense.
    #[error("the database is damaged: restart the sidecar, which saves what can be read")]
    Corrupt,
    /// The writer has stopped.
    #[error("the event store is closed")]
    Closed,
    /// A stored plan or task cannot be read back.
    #[error("a stored {0} cannot be read")]
    Unreadable(&'static str),
    /// There is no such plan or task.
    #[error("there is no {0} of that id")]
    Missing(&'static str),
    /// The task's life does not allow the change.
    #[error(transparent)]
    Transition(#[from] crate::plan::InvalidTransition),
}

/// The open store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    writer: Writer,
    /// None once the store is closed.
    threads: Arc<Mutex<Option<Threads>>>,
    readers: Pool,
    hub: Hub,
    path: PathBuf,
    set_aside: Option<PathBuf>,
    options: StoreOptions,
    redacted: Arc<Mutex<Counts>>,
}

/// What works beside the writer.
struct Threads {
    #[expect(dead_code, reason = "its thread ends when it is dropped")]
    keeper: Keeper,
    search: Search,
}

/// What a new plan should know of what was there before it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BeforePlanning {
    /// The very plan that is asked for, when it was made before.
    pub plan: Option<Plan>,
    /// The workspace's plans, the newest first.
    pub plans: Vec<Plan>,
    /// The session's prompts, the oldest first.
    pub prompts: Vec<String>,
}

impl Store {
    /// Opens or makes the database at `path`; a corrupt one is set aside under a dated name.
    ///
    /// # Errors
    /// When the folder cannot be written, the schema is newer than the program, or SQLite fails.
    pub fn open(path: &Path, now_ms: i64, options: StoreOptions) -> Result<Self, StoreError> {
        let opened = open::open(path, now_ms, options.durability)?;
        let (hub, search) = (Hub::new(), Search::start(path, options.index_after)?);
        let redacted = Arc::<Mutex<Counts>>::default();
        let book = Book::new(Arc::clone(&redacted));
        let index = search::path_of(path);
        let readers = Config::new(path)
            .builder(Runtime::Tokio1)
            .map_err(|_| StoreError::Closed)?
            .max_size(READERS)
            .post_create(deadpool_sqlite::Hook::async_fn(move |connection, _| {
                let index = index.clone();
                Box::pin(async move {
                    connection
                        .interact(move |connection| open::prepare_reader(connection, &index))
                        .await
                        .map_err(|error| deadpool_sqlite::HookError::message(error.to_string()))?
                        .map_err(deadpool_sqlite::HookError::Backend)
                })
            }))
            .build()
            .map_err(|_| StoreError::Closed)?;
        let writer =
            Writer::start(opened.connection, path, options.durability, (hub.clone(), search.notice(), book))?;
        let upkeep = Upkeep::new(path, options, writer.clone(), search.notice())?;
        let threads = Threads { keeper: Keeper::start(upkeep)?, search };
        Ok(Self {
            writer,
            threads: Arc::new(Mutex::new(Some(threads))),
            readers,
            hub,
            path: path.to_owned(),
            set_aside: opened.set_aside,
            options,
            redacted,
        })
    }

    /// A fact about the store, such as how far something has come in reading it.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn meta(&self, key: String) -> Result<Option<String>, StoreError> {
        self.read(move |connection| meta::get(connection, &key)).await
    }

    /// Keeps a fact about the store.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed.
    pub async fn set_meta(&self, key: String, value: String) -> Result<(), StoreError> {
        self.writer.run(move |transaction| meta::set(transaction, &key, &value)).await
    }

    /// Where the stored events are streamed, in the order of their ids.
    #[must_use]
    pub const fn hub(&self) -> &Hub {
        &self.hub
    }

    /// The corrupt database that this start set aside, if it did.
    #[must_use]
    pub fn set_aside_now(&self) -> Option<&Path> {
        self.set_aside.as_deref()
    }

    /// Stores one event of the known form, which has no delivery identity.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed.
    pub async fn append_known_form(&self, event: Event) -> Result<Arc<StoredEvent>, StoreError> {
        self.writer.append_one(append::prepare(event, false)?).await
    }

    /// Stores a trusted producer's events; those that were stored before are counted, not stored again.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed; then nothing of the batch is stored.
    pub async fn append(
        &self,
        producer: String,
        events: Vec<Event>,
        figures: ProducerFigures,
    ) -> Result<AppendOutcome, StoreError> {
        let prepared = events.into_iter().map(|event| append::prepare(event, true));
        let events = prepared.collect::<Result<_, _>>()?;
        self.writer.append(append::Batch { producer, events, figures, imported: false }).await
    }

    /// The newest `limit` events, oldest first.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn recent(&self, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(move |connection| read::recent(connection, limit)).await
    }

    /// What the stored events can be filtered by.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn filter_options(&self) -> Result<FilterOptions, StoreError> {
        self.read(read::filter_options).await
    }

    /// Looks whether the store keeps to its bounds at this time, and brings it back to them. Otherwise done once a second
    /// by the machine's clock.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed.
    pub async fn keep_bounds(&self, now_ms: i64) -> Result<(), StoreError> {
        let (path, options, writer) = (self.path.clone(), self.options, self.writer.clone());
        let notice = self
            .threads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .map(|threads| threads.search.notice());
        let notice = notice.ok_or(StoreError::Closed)?;
        let look = move || Upkeep::new(&path, options, writer, notice)?.look(now_ms);
        tokio::task::spawn_blocking(look).await.map_err(|_| StoreError::Closed)?
    }

    /// The id of the newest event that can be found by what it is about; it follows the newest one that is stored.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn indexed(&self) -> Result<i64, StoreError> {
        self.read(search::indexed).await
    }

    /// What the store uses of the disk.
    #[must_use]
    pub fn space(&self) -> Space {
        upkeep::used(&self.path)
    }

    /// Whether a trusted producer reported that OpenCode itself ran this shell command in the session.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn command_was_run(&self, session_id: String, command: String) -> Result<bool, StoreError> {
        self.read(move |connection| read::command_was_run(connection, &session_id, &command)).await
    }

    /// Stores a new plan with its tasks. Storing the same plan again changes nothing.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed.
    pub async fn save_plan(&self, plan: Plan) -> Result<(), StoreError> {
        self.writer.run(move |transaction| plans::save(transaction, &plan)).await
    }

    /// Puts another summary and other tasks in the place of a plan's; false, and nothing is changed, when the plan as it is
    /// stored is not as `is_wanted` wants it.
    ///
    /// # Errors
    /// When there is no such plan, or SQLite fails.
    pub async fn replace_plan(
        &self,
        plan: Plan,
        is_wanted: impl FnOnce(&Plan) -> bool + Send + 'static,
    ) -> Result<bool, StoreError> {
        self.writer.run(move |transaction| plans::replace(transaction, &plan, is_wanted)).await
    }

    /// One plan with the present state of its tasks.
    ///
    /// # Errors
    /// When SQLite fails or the stored plan cannot be read.
    pub async fn plan(&self, plan_id: String) -> Result<Option<Plan>, StoreError> {
        self.read(move |connection| plans::load(connection, &plan_id)).await
    }

    /// A session's plans, the newest first.
    ///
    /// # Errors
    /// When SQLite fails or a stored plan cannot be read.
    pub async fn plans_of_session(&self, session_id: String) -> Result<Vec<Plan>, StoreError> {
        self.read(move |connection| plans::of_session(connection, &session_id)).await
    }

    /// What a new plan should know, read in one go: the plan of that id, if it is there already; the newest plans of the
    /// workspace, at most `plans`; and the newest prompts of the session that a trusted producer reported, oldest first,
    /// at most `prompts`.
    ///
    /// # Errors
    /// When SQLite fails or a stored plan cannot be read.
    pub async fn before_planning(
        &self,
        plan_id: String,
        directory: String,
        session_id: String,
        (plans, prompts): (u32, u32),
    ) -> Result<BeforePlanning, StoreError> {
        self.read(move |connection| {
            Ok(BeforePlanning {
                plan: plans::load(connection, &plan_id)?,
                plans: plans::of_workspace(connection, &directory, plans)?,
                prompts: read::prompts(connection, &session_id, prompts)?,
            })
        })
        .await
    }

    /// What a budget's scope has used, reservations included.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn spend(&self, scope: Scope) -> Result<Spend, StoreError> {
        self.read(move |connection| spend::of(connection, &scope)).await
    }

    /// Takes `amount` off what a scope may use, in one step; when it no longer fits under `limit`, tells what has been
    /// spent and takes nothing.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed.
    pub async fn reserve(
        &self,
        scope: Scope,
        amount: Spend,
        limit: Spend,
    ) -> Result<Result<(), Spend>, StoreError> {
        self.writer.run(move |transaction| spend::reserve(transaction, &scope, amount, limit)).await
    }

    /// Puts what was used in the place of what was reserved.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed.
    pub async fn settle(&self, scope: Scope, reserved: Spend, used: Spend) -> Result<(), StoreError> {
        self.writer.run(move |transaction| spend::settle(transaction, &scope, reserved, used)).await
    }

    /// Plans that still have a task in one of the given states.
    ///
    /// # Errors
    /// When SQLite fails or a stored plan cannot be read.
    pub async fn plans_with_tasks_in(
        &self,
        status: crate::plan::TaskStatus,
    ) -> Result<Vec<Plan>, StoreError> {
        self.read(move |connection| plans::with_tasks_in(connection, status)).await
    }

    /// Changes one task and whatever of its plan becomes ready by that; tells what changed.
    ///
    /// # Errors
    /// When there is no such task, its life does not allow the change, or SQLite fails.
    pub async fn change_task(
        &self,
        plan_id: String,
        task_id: String,
        change: impl FnOnce(&mut Task) -> Result<(), StoreError> + Send + 'static,
        now_ms: i64,
    ) -> Result<TaskChange, StoreError> {
        self.writer
            .run(move |transaction| plans::change_task(transaction, &plan_id, &task_id, change, now_ms))
            .await
    }

    /// Size, count, and what was set aside.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn health(&self) -> Result<StoreHealth, StoreError> {
        self.writer.settle().await?;
        let events = self.read(read::count).await?;
        let redacted = *self.redacted.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(StoreHealth {
            path: self.path.display().to_string(),
            events,
            bytes: open::bytes_on_disk(&self.path),
            database_bytes: std::fs::metadata(&self.path).map_or(0, |file| file.len()),
            log_bytes: upkeep::log_bytes(&self.path),
            set_aside: open::newest_set_aside(&self.path).map(|path| path.display().to_string()),
            durability: self.options.durability,
            index_bytes: self.space().index,
            max_age_days: self.options.max_age.as_secs() / (24 * 60 * 60),
            max_bytes: self.options.max_bytes,
            redacted: redacted.iter().map(|(kind, count)| (kind.as_str().to_owned(), count)).collect(),
        })
    }

    /// Each producer's delivery figures, the newest producer first, at most `limit`.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn producers(&self, limit: u32) -> Result<Vec<ProducerHealth>, StoreError> {
        self.read(move |connection| append::producers(connection, limit)).await
    }

    /// Finishes what was queued, then stops the writer. Later writes fail with [`StoreError::Closed`].
    pub async fn close(&self) {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Each waits for its thread.
        let writer = self.writer.clone();
        let end = move || {
            drop(threads);
            writer.stop();
        };
        let _ = tokio::task::spawn_blocking(end).await;
        self.readers.close();
    }

    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = self.readers.get().await.map_err(|_| StoreError::Closed)?;
        let read =
            connection.interact(move |connection| query(connection)).await.map_err(|_| StoreError::Closed)?;
        if read.as_ref().is_err_and(open::is_corrupt) {
            open::suspect(&self.path);
            return Err(StoreError::Corrupt);
        }
        read
    }
}
