//! Runs and their attempts. Each step of an attempt is one commit: task, attempt, leases and spend change together or
//! not at all.

use super::leases::{self, Held, Lease};
use super::plans::{self, TaskChange};
use super::spend::{self, Scope, Spend};
use super::{KeptFile, Store, StoreError, files};
use crate::plan::{Plan, Task};
use crate::reading::LeaseView;
use crate::run::{Attempt, AttemptOutcome, Run, RunStatus};
use rusqlite::{Connection, OptionalExtension, params};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// What beginning an attempt takes.
#[derive(Debug, Clone)]
pub struct Begin {
    /// The attempt.
    pub attempt: Attempt,
    /// What it will write.
    pub lease: Lease,
    /// The limit of each of [`scopes`], in their order.
    pub limits: [Spend; 3],
    /// Taken off each of them until the attempt has ended.
    pub amount: Spend,
    /// Milliseconds since 1970.
    pub now_ms: i64,
}

/// What became of beginning an attempt; only `Started` changed anything.
#[derive(Debug, Clone)]
pub enum Begun {
    /// It may work.
    Started(Box<TaskChange>),
    /// Somebody else may write one of its paths.
    Held(Held),
    /// A scope has no room for it, and has used this much.
    OverBudget(Scope, Spend),
}

/// What ending an attempt settles.
#[derive(Debug, Clone)]
pub struct End {
    /// The attempt, as it ended.
    pub attempt: Attempt,
    /// Whose leases are given up.
    pub owner: String,
    /// What was really used.
    pub used: Spend,
    /// Milliseconds since 1970.
    pub now_ms: i64,
}

impl Store {
    /// Stores a run, or its new state.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed.
    pub async fn save_run(&self, run: Run) -> Result<(), StoreError> {
        self.writer.run(move |transaction| save(transaction, &run)).await
    }

    /// One run.
    ///
    /// # Errors
    /// When SQLite fails or it cannot be read.
    pub async fn run(&self, run_id: String) -> Result<Option<Run>, StoreError> {
        self.read(move |connection| {
            Ok(several(connection, "SELECT body FROM runs WHERE run_id = ?1", &run_id)?.pop())
        })
        .await
    }

    /// The newest runs, the newest first, at most `limit`.
    ///
    /// # Errors
    /// When SQLite fails or one cannot be read.
    pub async fn runs(&self, limit: u32) -> Result<Vec<Run>, StoreError> {
        let sql = format!("SELECT body FROM runs WHERE run_id <> ?1 ORDER BY started_at DESC LIMIT {limit}");
        self.read(move |connection| several(connection, &sql, "")).await
    }

    /// The newest run of a plan.
    ///
    /// # Errors
    /// When SQLite fails or it cannot be read.
    pub async fn run_of_plan(&self, plan_id: String) -> Result<Option<Run>, StoreError> {
        let sql = "SELECT body FROM runs WHERE plan_id = ?1 ORDER BY started_at DESC LIMIT 1";
        self.read(move |connection| Ok(several(connection, sql, &plan_id)?.pop())).await
    }

    /// The newest run of a session.
    ///
    /// # Errors
    /// When SQLite fails or it cannot be read.
    pub async fn run_of_session(&self, session_id: String) -> Result<Option<Run>, StoreError> {
        self.read(move |connection| newest_of_session(connection, &session_id)).await
    }

    /// The runs in a state, the oldest first.
    ///
    /// # Errors
    /// When SQLite fails or one cannot be read.
    pub async fn runs_in(&self, status: RunStatus) -> Result<Vec<Run>, StoreError> {
        let sql = "SELECT body FROM runs WHERE status = ?1 ORDER BY started_at";
        self.read(move |connection| several(connection, sql, status.as_str())).await
    }

    /// Every attempt at a plan's tasks, by task and number.
    ///
    /// # Errors
    /// When SQLite fails or one cannot be read.
    pub async fn attempts(&self, plan_id: String) -> Result<Vec<Attempt>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection
                .prepare_cached("SELECT body FROM attempts WHERE plan_id = ?1 ORDER BY task_id, number")?;
            let rows = statement.query_map([plan_id], |row| row.get::<_, String>(0))?;
            rows.map(|body| serde_json::from_str(&body?).map_err(|_| StoreError::Unreadable("attempt")))
                .collect()
        })
        .await
    }

    /// Begins an attempt: leases, budget, the attempt and the task's new state in one step.
    ///
    /// # Errors
    /// When the task is missing, its life does not allow the change, or SQLite fails.
    pub async fn begin_attempt(
        &self,
        begin: Begin,
        change: impl FnOnce(&mut Task) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Begun, StoreError> {
        self.writer
            .run(move |transaction| {
                // Looked at before anything is written: a refusal must not leave half of it.
                for (scope, limit) in scopes(&begin.attempt).into_iter().zip(begin.limits) {
                    let spent = spend::of(transaction, &scope)?;
                    if !spent.leaves_room(begin.amount, limit) {
                        return Ok(Begun::OverBudget(scope, spent));
                    }
                }
                if let Err(held) = leases::take(transaction, &begin.lease, begin.now_ms)? {
                    return Ok(Begun::Held(held));
                }
                for scope in scopes(&begin.attempt) {
                    spend::settle(transaction, &scope, Spend::default(), begin.amount)?;
                }
                save_attempt(transaction, &begin.attempt)?;
                set_reserved(transaction, &begin.attempt, begin.amount)?;
                let Attempt { plan_id, task_id, .. } = &begin.attempt;
                let change = plans::change_task(transaction, plan_id, task_id, change, begin.now_ms)?;
                Ok(Begun::Started(Box::new(change)))
            })
            .await
    }

    /// Takes more off the limits for an attempt that is under way; false, and nothing is taken, where there is no room.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed.
    pub async fn extend_attempt(
        &self,
        attempt: Attempt,
        limits: [Spend; 3],
        more: Spend,
    ) -> Result<bool, StoreError> {
        self.writer
            .run(move |transaction| {
                for (scope, limit) in scopes(&attempt).into_iter().zip(limits) {
                    if !spend::of(transaction, &scope)?.leaves_room(more, limit) {
                        return Ok(false);
                    }
                }
                for scope in scopes(&attempt) {
                    spend::settle(transaction, &scope, Spend::default(), more)?;
                }
                let held = reserved(transaction, &attempt)?;
                let tokens = held.tokens.saturating_add(more.tokens);
                set_reserved(
                    transaction,
                    &attempt,
                    Spend { tokens, cost_usd: held.cost_usd + more.cost_usd },
                )?;
                Ok(true)
            })
            .await
    }

    /// Notes where an attempt stands, with the task's new state.
    ///
    /// # Errors
    /// When the task is missing, its life does not allow the change, or SQLite fails.
    pub async fn note_attempt(
        &self,
        attempt: Attempt,
        change: impl FnOnce(&mut Task) -> Result<(), StoreError> + Send + 'static,
        now_ms: i64,
    ) -> Result<TaskChange, StoreError> {
        self.writer
            .run(move |transaction| {
                save_attempt(transaction, &attempt)?;
                plans::change_task(transaction, &attempt.plan_id, &attempt.task_id, change, now_ms)
            })
            .await
    }

    /// Ends an attempt: its leases are given up, its budget is settled, the task changes, all in one step.
    ///
    /// # Errors
    /// When the task is missing, its life does not allow the change, or SQLite fails.
    pub async fn end_attempt(
        &self,
        end: End,
        change: impl FnOnce(&mut Task) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<TaskChange, StoreError> {
        self.writer
            .run(move |transaction| {
                leases::release(transaction, &end.owner)?;
                let reserved = reserved(transaction, &end.attempt)?;
                for scope in scopes(&end.attempt) {
                    spend::settle(transaction, &scope, reserved, end.used)?;
                }
                set_reserved(transaction, &end.attempt, Spend::default())?;
                save_attempt(transaction, &end.attempt)?;
                let Attempt { plan_id, task_id, .. } = &end.attempt;
                plans::change_task(transaction, plan_id, task_id, change, end.now_ms)
            })
            .await
    }

    /// Notes what an attempt has used so far, so that a crash does not forget it.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed.
    pub async fn save_attempt(&self, attempt: Attempt) -> Result<(), StoreError> {
        self.writer.run(move |transaction| save_attempt(transaction, &attempt)).await
    }

    /// Adds to what scopes have used, without a limit: what was spent was spent.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed.
    pub async fn add_spend(&self, scopes: Vec<Scope>, used: Spend) -> Result<(), StoreError> {
        self.writer
            .run(move |transaction| {
                scopes.iter().try_for_each(|scope| spend::settle(transaction, scope, Spend::default(), used))
            })
            .await
    }

    /// Changes several tasks of a plan in one step, then makes those ready that nothing stands in the way of; the
    /// plan comes back as it is then.
    ///
    /// # Errors
    /// When there is no such plan, a change is not allowed, or SQLite fails; then nothing is changed.
    pub async fn change_tasks(
        &self,
        plan_id: String,
        change: impl Fn(&mut Task) -> Result<bool, StoreError> + Send + 'static,
        now_ms: i64,
    ) -> Result<Plan, StoreError> {
        self.writer.run(move |transaction| plans::change_tasks(transaction, &plan_id, change, now_ms)).await
    }

    /// Takes more paths for an owner, or tells who holds the first that is taken.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed.
    pub async fn take_leases(&self, lease: Lease, now_ms: i64) -> Result<Result<i64, Held>, StoreError> {
        self.writer.run(move |transaction| leases::take(transaction, &lease, now_ms)).await
    }

    /// Whether the owner may still write the path.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn holds_lease(&self, path: String, owner: String, now_ms: i64) -> Result<bool, StoreError> {
        self.read(move |connection| leases::holds(connection, &path, &owner, now_ms)).await
    }

    /// Who may write the path now, if anybody is at it.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn lease_holder(&self, path: String, now_ms: i64) -> Result<Option<String>, StoreError> {
        self.read(move |connection| leases::holder(connection, &path, "", now_ms)).await
    }

    /// Gives up an owner's leases.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed.
    pub async fn release_leases(&self, owner: String) -> Result<(), StoreError> {
        self.writer.run(move |transaction| leases::release(transaction, &owner)).await
    }

    /// Gives up every lease that another process held; tells how many.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed.
    pub async fn release_leases_of_others(&self, holder: String) -> Result<usize, StoreError> {
        self.writer.run(move |transaction| leases::release_all_but(transaction, &holder)).await
    }

    /// The leases in force.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn leases(&self, now_ms: i64) -> Result<Vec<LeaseView>, StoreError> {
        self.read(move |connection| leases::all(connection, now_ms)).await
    }

    /// Keeps what files were before an attempt changed them.
    ///
    /// # Errors
    /// When SQLite fails or the store is closed.
    pub async fn keep_files(
        &self,
        (plan_id, task_id, attempt): (String, String, u32),
        kept: Vec<KeptFile>,
    ) -> Result<(), StoreError> {
        self.writer
            .run(move |transaction| {
                kept.iter().try_for_each(|file| files::keep(transaction, (&plan_id, &task_id, attempt), file))
            })
            .await
    }

    /// What a task's files were before its first attempt that touched them.
    ///
    /// # Errors
    /// When SQLite fails or they cannot be read.
    pub async fn kept_files(&self, plan_id: String, task_id: String) -> Result<Vec<KeptFile>, StoreError> {
        self.read(move |connection| files::of_task(connection, &plan_id, &task_id)).await
    }
}

/// What an attempt uses counts for its task, its run, and the day on which it began.
#[must_use]
pub fn scopes(attempt: &Attempt) -> [Scope; 3] {
    [
        Scope::Task(attempt.plan_id.clone(), attempt.task_id.clone()),
        Scope::Run(attempt.run_id.clone()),
        Scope::Day(attempt.started_at.div_euclid(DAY_MS)),
    ]
}

fn reserved(connection: &Connection, attempt: &Attempt) -> Result<Spend, StoreError> {
    let row = connection
        .prepare_cached(
            "SELECT tokens, cost_usd FROM attempts WHERE plan_id = ?1 AND task_id = ?2 AND number = ?3",
        )?
        .query_row(params![attempt.plan_id, attempt.task_id, attempt.number], |row| {
            Ok((row.get::<_, i64>(0)?, row.get(1)?))
        })
        .optional()?;
    let (tokens, cost_usd) = row.unwrap_or_default();
    Ok(Spend { tokens: u64::try_from(tokens).unwrap_or_default(), cost_usd })
}

fn set_reserved(connection: &Connection, attempt: &Attempt, amount: Spend) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE attempts SET tokens = ?4, cost_usd = ?5 WHERE plan_id = ?1 AND task_id = ?2 AND number = ?3",
        )?
        .execute(params![
            attempt.plan_id,
            attempt.task_id,
            attempt.number,
            i64::try_from(amount.tokens).unwrap_or(i64::MAX),
            amount.cost_usd
        ])?;
    Ok(())
}

fn save(connection: &Connection, run: &Run) -> Result<(), StoreError> {
    let body = serde_json::to_string(run).map_err(|_| StoreError::Unreadable("run"))?;
    connection
        .prepare_cached(
            "INSERT INTO runs (run_id, plan_id, session_id, status, started_at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET status = ?4, body = ?6",
        )?
        .execute(params![
            run.run_id,
            run.plan_id,
            run.session_id,
            run.status.as_str(),
            run.started_at,
            body
        ])?;
    Ok(())
}

pub(super) fn newest_of_session(
    connection: &Connection,
    session_id: &str,
) -> Result<Option<Run>, StoreError> {
    let sql = "SELECT body FROM runs WHERE session_id = ?1 ORDER BY started_at DESC LIMIT 1";
    Ok(several(connection, sql, session_id)?.pop())
}

fn several(connection: &Connection, sql: &str, parameter: &str) -> Result<Vec<Run>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([parameter], |row| row.get::<_, String>(0))?;
    rows.map(|body| serde_json::from_str(&body?).map_err(|_| StoreError::Unreadable("run"))).collect()
}

fn save_attempt(connection: &Connection, attempt: &Attempt) -> Result<(), StoreError> {
    let body = serde_json::to_string(attempt).map_err(|_| StoreError::Unreadable("attempt"))?;
    let finished: Option<String> = connection
        .prepare_cached("SELECT outcome FROM attempts WHERE plan_id = ?1 AND task_id = ?2 AND number = ?3")?
        .query_row(params![attempt.plan_id, attempt.task_id, attempt.number], |row| row.get(0))
        .optional()?;
    if finished.is_some_and(|outcome| outcome != "running") {
        // Ended once is ended: a late note of what a worker was doing changes nothing.
        return Ok(());
    }
    let outcome = match attempt.outcome {
        AttemptOutcome::Running => "running",
        AttemptOutcome::Passed => "passed",
        AttemptOutcome::Failed => "failed",
        AttemptOutcome::Interrupted => "interrupted",
        AttemptOutcome::Cancelled => "cancelled",
        AttemptOutcome::Blocked => "blocked",
    };
    connection
        .prepare_cached(
            "INSERT INTO attempts (plan_id, task_id, number, run_id, outcome, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET outcome = ?5, body = ?6",
        )?
        .execute(params![attempt.plan_id, attempt.task_id, attempt.number, attempt.run_id, outcome, body])?;
    Ok(())
}
