//! Asking a model for a plan: passing faults are tried again, an unusable answer is asked for once more,
//! all under the caller's deadline.

use super::reply::PlanReply;
use super::{Material, prompt, rules};
use crate::clock::now_ms;
use crate::provider::{Answer, Model, ProviderError, Question, jitter};
use crate::reader;
use rozet_observability::link::PlanRequest;
use rozet_observability::plan::{Task, Usage};
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

/// Tries of one question.
const ATTEMPTS: u32 = 3;
/// Wait before the second try; it doubles, and a random part is added, so that many do not come at once.
const FIRST_WAIT: Duration = Duration::from_millis(300);

/// Asks until there is a plan; the error says in words for a person why there is none.
pub(super) async fn ask(
    model: &dyn Model,
    material: &Material<'_>,
    deadline: Instant,
    usage: &mut Usage,
) -> Result<(PlanReply, Vec<Task>), String> {
    let Material { request, max_tasks, .. } = *material;
    let question = prompt::question(material);
    let answer =
        persist(model, question.clone(), deadline, usage).await.map_err(|error| error.to_string())?;
    let problem = match read(&answer, request, max_tasks) {
        Ok(plan) => return Ok(plan),
        Err(problem) => problem,
    };
    let again = prompt::repair(question, &answer.text, &problem);
    let Ok(answer) = persist(model, again, deadline, usage).await else { return Err(problem) };
    read(&answer, request, max_tasks)
}

fn read(answer: &Answer, request: &PlanRequest, max_tasks: u32) -> Result<(PlanReply, Vec<Task>), String> {
    let reply: PlanReply = reader::read(&answer.text).map_err(|error| error.to_string())?;
    let tasks = rules::tasks(reply.clone(), max_tasks, Path::new(&request.directory), now_ms());
    if tasks.is_empty() { Err("the model's plan has no tasks".to_owned()) } else { Ok((reply, tasks)) }
}

/// Asks again after faults that may pass. A server that refuses the schema is asked without it.
async fn persist(
    model: &dyn Model,
    mut question: Question,
    deadline: Instant,
    usage: &mut Usage,
) -> Result<Answer, ProviderError> {
    let mut wait = FIRST_WAIT;
    let mut attempt = 1;
    loop {
        let error = match model.ask(question.clone()).await {
            Ok(answer) => {
                usage.add(&answer.usage);
                return Ok(answer);
            }
            Err(error) => error,
        };
        let without_schema =
            matches!(error, ProviderError::Refused(400 | 422)) && question.schema.take().is_some();
        if without_schema {
            continue;
        }
        let pause = error.retry_after().unwrap_or_else(|| wait + jitter(wait));
        // Waiting past the deadline helps nobody: the person hears the reason now.
        if !error.is_retryable() || attempt >= ATTEMPTS || Instant::now() + pause >= deadline {
            return Err(error);
        }
        tokio::time::sleep(pause).await;
        attempt += 1;
        wait *= 2;
    }
}
