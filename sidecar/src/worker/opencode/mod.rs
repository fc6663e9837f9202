//! Workers that are child sessions of the person's own OpenCode, on the person's own models.

mod rules;
mod serve;
mod turn;
mod watch;

use super::{Job, Report, Stopped, Worker, prompt, statement, timed_out};
use crate::opencode::{Api, Calls, ChildForm, ChosenModel, Prompt, choose, needs_providers, ways};
use crate::provider::{Pending, ProviderError};
use crate::settings::RunSettings;
use crate::tools::Host;
use rozet_observability::run::{Attempt, Run, WorkerKind};
use rules::Toolset;
use serde_json::Value;
use serve::Servers;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use watch::Watch;

/// The agent that the plugin brings: it has Rozet's tools.
const AGENT: &str = "rozet-worker";
/// Longest part of a task's description in a title, in characters.
const TITLE_CHARS: usize = 60;

/// Longest wait for the plugin of an OpenCode that may have outlived the daemon before.
const RECONNECTED_WITHIN: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Carries tasks out in OpenCode.
pub(crate) struct OpenCodeWorker {
    calls: Calls,
    servers: Servers,
    tasks: TaskTracker,
}

impl OpenCodeWorker {
    /// Nothing is started or sent.
    pub(crate) fn new(
        calls: Calls,
        program: Option<&str>,
        host: Arc<Host>,
        tasks: TaskTracker,
        shutdown: CancellationToken,
    ) -> Self {
        Self { calls, servers: Servers::new(program, host, tasks.clone(), shutdown), tasks }
    }

    async fn carry_out(&self, job: &Job) -> Result<Report, Stopped> {
        let settings = &job.settings.opencode;
        let producer = job.run.producer.as_deref();
        for way in ways(&self.calls, settings, producer, &job.run.directory, true) {
            match work_over(&Api::new(way, self.tasks.clone()), job).await {
                Err(Stopped::Provider(ProviderError::NoOpenCode)) => {}
                outcome => return outcome,
            }
        }
        // An address that the person set is the one that they mean; and what began in an OpenCode ends with it, where
        // that is the person's wish.
        if settings.base_url_is_set || (producer.is_some() && !job.settings.outlive_opencode) {
            return Err(ProviderError::NoOpenCode.into());
        }
        job.overseer.activity("starting OpenCode".to_owned());
        let starting = self.servers.lease(&job.run.directory);
        let lease = within(job, starting).await??;
        work_over(&Api::new(lease.carrier()?, self.tasks.clone()), job).await
    }
}

impl OpenCodeWorker {
    /// Ends the session in which an earlier daemon's attempt may still be at work.
    async fn end_session(&self, settings: &RunSettings, run: &Run, attempt: &Attempt) {
        let Some(session_id) = &attempt.session_id else { return };
        let producer = run.producer.as_deref();
        let deadline = Instant::now() + RECONNECTED_WITHIN;
        // A plugin comes back to a new daemon within moments, an OpenCode that has ended does not.
        loop {
            let ways = ways(&self.calls, &settings.opencode, producer, &run.directory, false);
            if let Some(way) = ways.into_iter().next() {
                let child = Api::new(way, self.tasks.clone()).left_over(session_id);
                return child.end(std::future::pending()).await;
            }
            if Instant::now() >= deadline {
                return tracing::info!(
                    session_id,
                    "no OpenCode came back to end a session that was under way in it"
                );
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

impl Worker for OpenCodeWorker {
    fn kind(&self) -> WorkerKind {
        WorkerKind::Opencode
    }

    fn provider(&self, _: &RunSettings) -> String {
        WorkerKind::Opencode.as_str().to_owned()
    }

    fn work(&self, job: Job) -> Pending<'_, Result<Report, Stopped>> {
        Box::pin(async move { self.carry_out(&job).await })
    }

    fn end_left_over<'a>(
        &'a self,
        settings: &'a RunSettings,
        run: &'a Run,
        attempt: &'a Attempt,
    ) -> Pending<'a, ()> {
        Box::pin(self.end_session(settings, run, attempt))
    }
}

/// Does the task over one way to OpenCode: with Rozet's tools, or, where the plugin is not there, with OpenCode's own.
async fn work_over(api: &Api, job: &Job) -> Result<Report, Stopped> {
    let model = within(job, chosen(api, job)).await??;
    let mut toolset = Toolset::Rozets;
    loop {
        let form = form(job, toolset);
        let child = within(job, api.child_session(&form)).await??;
        job.overseer.opened(child.id());
        let prompt = Prompt {
            agent: (toolset == Toolset::Rozets).then_some(AGENT),
            model: model.clone(),
            system: prompt::system().to_owned(),
            text: prompt::task(job),
        };
        let mut watch = Watch::new(job);
        match turn::work(&child, &prompt, &mut watch, job).await {
            Ok(answered) => return Ok(report(watch, &answered.text)),
            // OpenCode says no more than that of an agent that it does not know.
            Err(Stopped::Provider(ProviderError::OpenCode(400..=599)))
                if toolset == Toolset::Rozets && watch.saw_nothing() =>
            {
                toolset = Toolset::OpenCodes;
                child.remove();
            }
            Err(stopped) => return Err(stopped),
        }
    }
}

fn report(watch: Watch<'_>, text: &str) -> Report {
    let statement = match statement(text) {
        empty if empty.is_empty() => "It ended without a word.".to_owned(),
        statement => statement,
    };
    Report { statement, usage: watch.total(), model: watch.model }
}

fn form(job: &Job, toolset: Toolset) -> ChildForm {
    let line: String =
        job.task.description.chars().map(|each| if each.is_control() { ' ' } else { each }).collect();
    let mut short: String = line.chars().take(TITLE_CHARS).collect();
    if line.chars().count() > TITLE_CHARS {
        short.push('…');
    }
    let session_id = &job.run.session_id;
    ChildForm {
        // Only OpenCode's own ids can be a parent there.
        parent_id: session_id.starts_with("ses").then(|| session_id.clone()),
        title: format!("Rozet task {}: {short}", job.task.task_id),
        rules: rules::rules(toolset, &job.settings),
    }
}

async fn chosen(api: &Api, job: &Job) -> Result<Option<ChosenModel>, ProviderError> {
    let settings = &job.settings.opencode;
    let session_model = job.run.session_model.as_deref();
    let providers =
        if needs_providers(settings, session_model) { api.providers().await? } else { Value::Null };
    choose(settings, session_model, &providers).map_err(ProviderError::NoModel)
}

/// What comes of it, unless the work is to end before.
async fn within<T>(job: &Job, pending: impl Future<Output = T>) -> Result<T, Stopped> {
    tokio::select! {
        biased;
        () = job.cancel.cancelled() => Err(Stopped::Cancelled),
        () = job.allowance.used_up() => Err(timed_out(job.settings.task_timeout)),
        outcome = pending => Ok(outcome),
    }
}

#[cfg(test)]
mod tests;
