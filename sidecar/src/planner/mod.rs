//! Turns requests into plans: the configured model, else the built-in planner. Every path ends in at least
//! one task and, where the model did not make it, a reason.

mod asking;
mod context;
mod metered;
mod models;
mod named_files;
mod offline;
mod prompt;
mod reply;
mod repository;
mod rules;
mod service;
mod shared;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod soundness;
mod succession;
mod workspace_log;

pub(crate) use models::Models;
pub(crate) use prompt::Material;
pub(crate) use repository::{Facts, Workspaces};
pub(crate) use service::{Planner, preview, settings_of};

use crate::clock::now_ms;
use crate::provider::{Model, ProviderError};
use rozet_observability::plan::{Plan, PlanOrigin, Task, Usage};
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

/// Plans one request until `began` + `timeout`; without a model, `model` says why. What comes back is not redacted yet.
pub(crate) async fn plan(
    material: &Material<'_>,
    model: Result<&dyn Model, String>,
    began: Instant,
    timeout: Duration,
) -> Plan {
    let Material { request, instructions, .. } = *material;
    let mut usage = Usage::default();
    let by_model = match &model {
        Err(reason) => Err(reason.clone()),
        Ok(model) => {
            let deadline = began + timeout;
            let asking = asking::ask(*model, material, deadline, &mut usage);
            match tokio::time::timeout_at(deadline, asking).await {
                Ok(answer) => answer,
                Err(_) => Err(ProviderError::TimedOut.to_string()),
            }
        }
    };
    let (origin, reason, (summary, tasks)) = match by_model {
        Ok((reply, tasks)) => (PlanOrigin::Model, None, (reply.summary, tasks)),
        Err(reason) => (PlanOrigin::Offline, Some(reason), offline_tasks(material)),
    };
    Plan {
        plan_id: request.plan_id.clone(),
        session_id: request.session_id.clone(),
        directory: request.directory.clone(),
        request: request.text.clone(),
        summary: rules::line(&summary),
        origin,
        reason,
        model: model.ok().map(Model::name),
        tasks,
        created_at: now_ms(),
        latency_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        usage,
        prompt_version: prompt::version(instructions),
    }
}

fn offline_tasks(material: &Material<'_>) -> (String, Vec<Task>) {
    let Material { request, facts, max_tasks, .. } = *material;
    let directory = Path::new(&request.directory);
    let reply = offline::plan(&request.text, directory, facts.test_command.as_deref());
    (reply.summary.clone(), rules::tasks(reply, max_tasks, directory, now_ms()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::provider::{Answer, Pending, Question};
    use rozet_observability::link::PlanRequest;
    use std::sync::Mutex;

    /// A model that says what it is told to.
    struct Scripted(Mutex<Vec<Result<&'static str, ProviderError>>>);

    impl Scripted {
        fn new(mut answers: Vec<Result<&'static str, ProviderError>>) -> Self {
            answers.reverse();
            Self(Mutex::new(answers))
        }
    }

    impl Model for Scripted {
        fn name(&self) -> String {
            "test/scripted".into()
        }

        fn ask(&self, _: Question) -> Pending<'_, Result<Answer, ProviderError>> {
            let next = self.0.lock().unwrap().pop().expect("asked more often than scripted");
            Box::pin(async move {
                next.map(|text| Answer {
                    text: text.into(),
                    usage: Usage { input_tokens: 10, output_tokens: 5, ..Usage::default() },
                })
            })
        }
    }

    struct Silent;

    impl Model for Silent {
        fn name(&self) -> String {
            "test/silent".into()
        }

        fn ask(&self, _: Question) -> Pending<'_, Result<Answer, ProviderError>> {
            Box::pin(std::future::pending())
        }
    }

    /// A request with nothing special about it.
    pub(crate) fn request(text: &str) -> PlanRequest {
        PlanRequest {
            plan_id: "p1".into(),
            session_id: "s1".into(),
            directory: "/ws".into(),
            text: text.into(),
            gate_reason: "a test".into(),
            source_app: None,
            agent: None,
            session_model: None,
            max_tasks: None,
            producer: None,
            provider: None,
            model: None,
            config: None,
            execute: None,
        }
    }

    async fn planned_by(model: Result<&dyn Model, String>, timeout: Duration) -> Plan {
        let request = request("create a.py, then run it");
        let material = Material {
            request: &request,
            facts: &Facts::default(),
            context: "",
            instructions: None,
            max_tasks: 6,
        };
        plan(&material, model, Instant::now(), timeout).await
    }

    async fn planned(answers: Vec<Result<&'static str, ProviderError>>) -> Plan {
        planned_by(Ok(&Scripted::new(answers)), Duration::from_secs(5)).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_models_plan_is_taken() {
        let plan = planned(vec![Ok(r#"{"summary":"s","tasks":[{"id":"1","description":"do"}]}"#)]).await;
        assert_eq!((plan.origin, plan.reason.as_deref()), (PlanOrigin::Model, None));
        assert_eq!((plan.usage.input_tokens, plan.usage.output_tokens), (10, 5));
        assert_eq!(plan.model.as_deref(), Some("test/scripted"));
    }

    #[tokio::test(start_paused = true)]
    async fn every_failure_ends_in_tasks_and_a_reason() {
        for (answer, reason) in [
            (Err(ProviderError::Unauthorized(401)), "refused the key"),
            (Err(ProviderError::NotFound), "no such model"),
            (Err(ProviderError::Nonsense), "not what its API promises"),
            (Err(ProviderError::Unpaid), "paid"),
            (Ok("I cannot do that."), "prose"),
            (Ok(""), "empty"),
            (Ok(r#"{"summary":"s","tasks":[]}"#), "no tasks"),
            (Ok(r#"{"plan":"s"}"#), "not a plan"),
        ] {
            // An unusable answer is asked for once more, and only once.
            let answers = if answer.is_ok() { vec![answer.clone(), answer] } else { vec![answer] };
            let plan = planned(answers).await;
            assert_eq!(plan.origin, PlanOrigin::Offline);
            assert!(plan.reason.as_deref().unwrap().contains(reason), "{:?} for {reason}", plan.reason);
            assert_eq!(plan.tasks.len(), 2);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_passing_fault_is_tried_again_and_a_lasting_one_is_not_tried_for_ever() {
        let good = r#"{"summary":"s","tasks":[{"id":"1","description":"do"}]}"#;
        assert_eq!(planned(vec![Err(ProviderError::Failed(503)), Ok(good)]).await.origin, PlanOrigin::Model);
        let limited = || Err(ProviderError::RateLimited { retry_after: None });
        assert!(planned(vec![limited(), limited(), limited()]).await.reason.unwrap().contains("429"));
        // Asked to wait beyond the deadline, nobody waits.
        let far = Some(Duration::from_secs(60));
        let plan = planned(vec![Err(ProviderError::RateLimited { retry_after: far })]).await;
        assert!(plan.reason.unwrap().contains("429") && plan.latency_ms < 1_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_repaired_answer_and_a_server_without_schemas_are_taken() {
        let good = r#"{"summary":"s","tasks":[{"id":"1","description":"do"}]}"#;
        let plan = planned(vec![Ok("Sure, here is what I would do."), Ok(good)]).await;
        assert_eq!((plan.origin, plan.usage.input_tokens), (PlanOrigin::Model, 20));
        assert_eq!(planned(vec![Err(ProviderError::Refused(400)), Ok(good)]).await.origin, PlanOrigin::Model);
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_model_is_not_waited_for_longer_than_agreed() {
        let plan = planned_by(Ok(&Silent), Duration::from_secs(3)).await;
        assert_eq!(plan.origin, PlanOrigin::Offline);
        assert_eq!(plan.latency_ms, 3_000);
        assert!(plan.reason.unwrap().contains("in time"));
    }

    #[tokio::test]
    async fn without_a_model_the_reason_says_so() {
        let plan =
            planned_by(Err("no model is configured for planning".into()), Duration::from_secs(1)).await;
        assert_eq!(plan.reason.as_deref(), Some("no model is configured for planning"));
        assert_eq!(plan.model, None);
    }
}
