//! Rozet's own tool loop on a configured provider.

mod asking;
mod context;
mod steps;
mod tools;

pub(super) use tools::Toolbox;
pub(crate) use tools::Tools;

use super::{Job, Report, Stopped, Worker, prompt, timed_out};
use crate::provider::{ChatModel, Clients, Conversation, Pending, Turn};
use crate::settings::{Choice, RunSettings};
use rozet_observability::run::{Attempt, Run, WorkerKind};
use std::sync::Arc;

/// Carries tasks out by calling a model and the tools that it asks for.
pub(crate) struct LocalWorker {
    tools: Arc<dyn Tools>,
    clients: Clients,
}

impl LocalWorker {
    /// A worker with these tools; nothing is sent.
    pub(crate) fn new(tools: Arc<dyn Tools>) -> Self {
        Self { tools, clients: Clients::default() }
    }

    async fn carry_out(&self, job: &Job) -> Result<Report, Stopped> {
        let model = self.model(job)?;
        let conversation = Conversation {
            system: prompt::system().to_owned(),
            turns: vec![Turn::Person(prompt::task(job))],
            tools: self.tools.definitions(),
        };
        let work = steps::work(job, model.as_ref(), self.tools.as_ref(), conversation);
        tokio::select! {
            biased;
            // What is dropped below ends with it: a request is cut off, a command is killed.
            () = job.cancel.cancelled() => Err(Stopped::Cancelled),
            () = job.allowance.used_up() => Err(timed_out(job.settings.task_timeout)),
            outcome = work => outcome,
        }
    }

    fn model(&self, job: &Job) -> Result<Arc<dyn ChatModel>, Stopped> {
        let Choice::Remote(model) = &job.settings.model else {
            let why = "local workers have no model: name one as `workers` in providers.yaml";
            return Err(Stopped::NeedsPerson(why.to_owned()));
        };
        Ok(self.clients.of(model).map_err(Stopped::NeedsPerson)?)
    }
}

impl Worker for LocalWorker {
    fn kind(&self) -> WorkerKind {
        WorkerKind::Local
    }

    fn provider(&self, settings: &RunSettings) -> String {
        match &settings.model {
            Choice::Remote(model) => model.provider.name().to_owned(),
            Choice::Offline | Choice::OpenCode(_) | Choice::Unset(_) => WorkerKind::Local.as_str().to_owned(),
        }
    }

    fn work(&self, job: Job) -> Pending<'_, Result<Report, Stopped>> {
        Box::pin(async move { self.carry_out(&job).await })
    }

    /// Its commands ended with the daemon that had started them.
    fn end_left_over<'a>(&'a self, _: &'a RunSettings, _: &'a Run, _: &'a Attempt) -> Pending<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}

#[cfg(test)]
mod tests;
