//! A task with all that belongs to it: leases, files beside what they were, tool calls, and what an undo would come to.

mod file;

use super::control::RunError;
use super::shared::Coordinator;
use super::undo::{self, Refusal};
use crate::clock::now_ms;
use file::{explain, file};
use rozet_observability::plan::{Plan, TaskStatus};
use rozet_observability::reading::{
    LeaseView, Span, SpanKind, TaskFile, TaskFileChange, TaskPage, UndoState,
};
use rozet_observability::run::{Attempt, AttemptOutcome, TaskView};
use rozet_observability::store::KeptFile;
use std::collections::BTreeSet;
use std::path::Path;

/// Files of one answer.
const MOST_FILES: usize = 200;
/// Spans of one answer, the newest ones.
const MOST_SPANS: usize = 500;
/// What whoever does not have the token is told in the place of a diff.
const WITHHELD: &str = "the diff is shown to who has the token";

impl Coordinator {
    /// One task. What is in files is told only `with_diffs`.
    ///
    /// # Errors
    /// When there is no such task, or the store fails.
    pub(crate) async fn task_page(
        &self,
        plan_id: &str,
        task_id: &str,
        with_diffs: bool,
    ) -> Result<TaskPage, RunError> {
        let plan = self.store().plan(plan_id.to_owned()).await?.ok_or(RunError::NotFound("plan"))?;
        let views = self.tasks(plan_id).await?;
        let view =
            views.into_iter().find(|view| view.task.task_id == task_id).ok_or(RunError::NotFound("task"))?;
        let kept = self.store().kept_files(plan_id.to_owned(), task_id.to_owned()).await?;
        let (mut files, more_files, undo) = self.files(&plan, &view, kept).await?;
        for file in files.iter_mut().filter(|file| file.diff.is_some()) {
            if with_diffs {
                file.diff = file.diff.take().map(|diff| self.0.announcer.redacted(&diff));
            } else {
                (file.diff, file.truncated) = (None, false);
                explain(file, WITHHELD);
            }
        }
        let failed = view.attempts.iter().filter(|attempt| attempt.outcome == AttemptOutcome::Failed).count();
        let gave_up = usize::from(view.task.status == TaskStatus::Failed);
        Ok(TaskPage {
            session_id: plan.session_id.clone(),
            directory: plan.directory.clone(),
            leases: self.leases_of(&view).await?,
            files,
            more_files,
            spans: self.spans_of(&plan, &view).await?,
            undo: undo.0,
            undo_note: undo.1,
            retries: u32::try_from(failed.saturating_sub(gave_up)).unwrap_or(u32::MAX),
            attempts_left: self.attempts_left(&view).await,
            view,
        })
    }

    async fn files(
        &self,
        plan: &Plan,
        view: &TaskView,
        kept: Vec<KeptFile>,
    ) -> Result<(Vec<TaskFile>, bool, (UndoState, Option<String>)), RunError> {
        let mut paths: BTreeSet<String> = view.task.files.iter().cloned().collect();
        paths.extend(view.attempts.iter().flat_map(|attempt| &attempt.files).map(|file| file.path.clone()));
        paths.extend(kept.iter().map(|file| file.path.clone()));
        let more_files = paths.len() > MOST_FILES;
        let root = self.workspace(&plan.directory);
        let (attempts, status) = (view.attempts.clone(), view.task.status);
        let looking = move || match root {
            Ok(root) => {
                let files = paths.iter().take(MOST_FILES).map(|path| file(&root, path, &attempts, &kept));
                (files.collect(), undo_of(&root, &attempts, kept.clone(), status))
            }
            Err(error) => {
                let gone = |path: &String| TaskFile {
                    path: path.clone(),
                    change: TaskFileChange::Unchanged,
                    attempt: 0,
                    diff: None,
                    truncated: false,
                    note: Some(format!("cannot be looked at: {error}")),
                };
                let files = paths.iter().take(MOST_FILES).map(gone).collect();
                (files, (UndoState::Nothing, Some(error.to_string())))
            }
        };
        let looked = tokio::task::spawn_blocking(looking).await;
        let (files, undo) = looked.map_err(|_| RunError::Refused("the files cannot be looked at".into()))?;
        Ok((files, more_files, undo))
    }

    /// What the task may write now.
    async fn leases_of(&self, view: &TaskView) -> Result<Vec<LeaseView>, RunError> {
        let owners: BTreeSet<String> = view.attempts.iter().map(super::owner).collect();
        let leases = self.store().leases(now_ms()).await?;
        Ok(leases.into_iter().filter(|lease| owners.contains(&lease.owner)).collect())
    }

    /// The tool calls of its workers' sessions; where the main model works at it, those of its session meanwhile.
    async fn spans_of(&self, plan: &Plan, view: &TaskView) -> Result<Vec<Span>, RunError> {
        let mut sessions: Vec<String> =
            view.attempts.iter().filter_map(|attempt| attempt.session_id.clone()).collect();
        let of_workers = !sessions.is_empty();
        sessions.push(plan.session_id.clone());
        let (spans, _) = self.store().spans(sessions.clone()).await?;
        let key = format!("{} {}", plan.plan_id, view.task.task_id);
        let is_attempt = |span: &Span| {
            let rest = span.key.strip_prefix(&key);
            span.kind == SpanKind::Task && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        let times: Vec<(i64, i64)> = spans
            .iter()
            .filter(|span| is_attempt(span))
            .map(|span| (span.started_at, span.ended_at.unwrap_or(i64::MAX)))
            .collect();
        let is_call = |span: &Span| {
            span.kind == SpanKind::Tool
                && match of_workers {
                    true => span.session_id != plan.session_id,
                    false => times.iter().any(|(from, to)| (*from..=*to).contains(&span.started_at)),
                }
        };
        let mut wanted: Vec<Span> =
            spans.into_iter().filter(|span| is_attempt(span) || is_call(span)).collect();
        wanted.drain(..wanted.len().saturating_sub(MOST_SPANS));
        Ok(wanted)
    }

    async fn attempts_left(&self, view: &TaskView) -> Option<u32> {
        let run = self.view(view.run_id.as_deref()?).await.ok()?.run;
        let failed = view
            .attempts
            .iter()
            .filter(|attempt| attempt.outcome == AttemptOutcome::Failed && attempt.started_at >= run.since);
        Some(run.limits.max_attempts.saturating_sub(u32::try_from(failed.count()).unwrap_or(u32::MAX)))
    }
}

fn undo_of(
    root: &Path,
    attempts: &[Attempt],
    kept: Vec<KeptFile>,
    status: TaskStatus,
) -> (UndoState, Option<String>) {
    if matches!(status, TaskStatus::Running | TaskStatus::Verifying) {
        return (UndoState::Nothing, Some("it is under way: cancel it first".to_owned()));
    }
    match undo::undo(root, attempts, kept, true) {
        Ok(_) => (UndoState::Possible, None),
        Err(Refusal::Changed(why)) => (UndoState::Changed, Some(why)),
        Err(Refusal::Nothing(why)) => (UndoState::Nothing, Some(why)),
    }
}
