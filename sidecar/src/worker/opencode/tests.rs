use super::*;
use crate::intake::Links;
use crate::settings::run_settings;
use crate::worker::testing::{Answer, Asked, JobForm, Server, Watcher};
use rozet_observability::link::{CallAnswer, LinkFrame};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn worker() -> OpenCodeWorker {
    let calls = Calls::new(Links::new());
    nowhere(calls, TaskTracker::new())
}

/// A worker that finds no program to start.
fn nowhere(calls: Calls, tasks: TaskTracker) -> OpenCodeWorker {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::of_test(folder.path(), None);
    OpenCodeWorker::new(calls, Some("/nowhere/opencode"), host, tasks, CancellationToken::new())
}

fn form(server: &Server) -> JobForm {
    JobForm { settings: run_settings(&[("ROZET_OPEN_CODE_BASE_URL", &server.url)]), ..JobForm::default() }
}

fn is(asked: &Asked, method: &str, path: &str) -> bool {
    asked.method == method && asked.path == path
}

fn count(server: &Server, method: &str, path: &str) -> usize {
    server.asked().iter().filter(|asked| is(asked, method, path)).count()
}

/// A message of the model's, as OpenCode 1.18.33 tells it.
fn message(id: &str, tokens: u64, parts: &Value) -> Value {
    let tokens = json!({"input": tokens, "output": 10, "reasoning": 0, "cache": {"read": 0, "write": 0}});
    json!({"info": {"id": id, "role": "assistant", "providerID": "p", "modelID": "m", "cost": 0.01, "tokens": tokens}, "parts": parts})
}

fn tool(id: &str, name: &str, status: &str) -> Value {
    let state = json!({"status": status, "input": {"command": "cargo test"}, "output": "ok"});
    json!({"id": id, "type": "tool", "tool": name, "state": state})
}

fn text(text: &str) -> Value {
    json!([{"type": "step-start"}, {"type": "text", "text": text}])
}

fn aborted() -> Value {
    json!({"info": {"error": {"name": "MessageAbortedError", "data": {}}}, "parts": []})
}

/// Answers as OpenCode does: `prompted` to prompts, `messages` when asked for them.
async fn opencode(prompted: Answer, messages: Value) -> Server {
    Server::start(move |asked, _| match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", "/session") => Answer::Json(200, json!({"id": "ses_1"})),
        ("POST", "/session/ses_1/message") => prompted.clone(),
        ("GET", "/session/ses_1/message") => Answer::Json(200, messages.clone()),
        ("GET", "/session/status") => Answer::Json(200, json!({})),
        _ => Answer::Json(200, json!(true)),
    })
    .await
}

async fn work(form: &JobForm) -> (Result<Report, Stopped>, Arc<Watcher>) {
    let (job, watcher) = form.job();
    (worker().work(job).await, watcher)
}

#[tokio::test]
async fn a_task_is_done_in_a_session_below_the_persons() {
    let last = message("msg_3", 300, &text("<think>so</think>I did it."));
    let messages = json!([
        {"info": {"id": "msg_0", "role": "user"}, "parts": []},
        message("msg_1", 100, &json!([tool("prt_1", "bash", "completed"), tool("prt_2", "rozet_shell", "completed")])),
        message("msg_2", 200, &json!([tool("prt_3", "rozet_shell", "running")])),
    ]);
    let server = opencode(Answer::Held(last), messages).await;
    let (job, watcher) = JobForm { session_model: Some("p/m".into()), ..form(&server) }.job();
    let worker = worker();
    assert_eq!((worker.kind(), worker.provider(&job.settings).as_str()), (WorkerKind::Opencode, "opencode"));
    let (report, ()) = tokio::join!(worker.work(job), async {
        server.until(|asked| asked.iter().any(|asked| is(asked, "GET", "/session/ses_1/message"))).await;
        server.release();
    });
    let report = report.unwrap();
    assert_eq!(report.statement, "I did it.");
    assert_eq!(report.model.as_deref(), Some("p/m"));
    assert_eq!(
        (report.usage.input_tokens, report.usage.output_tokens, report.usage.cost_usd),
        (300, 20, Some(0.02))
    );
    let asked = server.asked();
    let made = &asked[0].body;
    assert_eq!(
        (made["parentID"].as_str(), made["title"].as_str()),
        (Some("ses_parent"), Some("Rozet task T2: Do the second thing"))
    );
    assert_eq!(made["permission"][0], json!({"permission": "read", "pattern": "*", "action": "allow"}));
    assert!(made["permission"].as_array().unwrap().iter().all(|rule| rule["action"] != "ask"));
    let prompt = &asked.iter().find(|asked| is(asked, "POST", "/session/ses_1/message")).unwrap().body;
    assert_eq!(prompt["agent"], "rozet-worker");
    assert_eq!(prompt["model"], json!({"providerID": "p", "modelID": "m"}));
    assert!(prompt["parts"][0]["text"].as_str().unwrap().contains("# Task T2\n"));
    assert!(prompt["system"].as_str().unwrap().starts_with("You carry out one task"));
    let looked = asked.iter().find(|asked| is(asked, "GET", "/session/ses_1/message")).unwrap();
    assert_eq!(looked.query, "limit=8&directory=%2Fw");
    assert_eq!(
        (count(&server, "DELETE", "/session/ses_1"), count(&server, "POST", "/session/ses_1/abort")),
        (0, 0)
    );
    let seen = watcher.seen();
    assert_eq!(seen.sessions, ["ses_1"]);
    // Rozet's own tools tell of their calls themselves.
    assert_eq!(seen.steps, [("bash {\"command\":\"cargo test\"}".into(), "ok".into())]);
    assert_eq!(seen.activities, ["rozet_shell cargo test"]);
    assert_eq!(seen.usage, report.usage);
}

#[tokio::test]
async fn an_opencode_without_the_plugin_works_with_its_own_tools() {
    let sessions = AtomicUsize::new(0);
    let server = Server::start(move |asked, _| match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", "/session") => {
            let number = sessions.fetch_add(1, Ordering::SeqCst) + 1;
            Answer::Json(200, json!({"id": format!("ses_{number}")}))
        }
        ("POST", "/session/ses_1/message") => Answer::Json(500, json!({"name": "UnknownError"})),
        ("POST", "/session/ses_2/message") => Answer::Json(200, message("msg_1", 100, &text("Done."))),
        _ => Answer::Json(200, json!([])),
    })
    .await;
    let (report, watcher) = work(&form(&server)).await;
    let report = report.unwrap();
    // OpenCode did not show its messages: the answer itself is counted.
    assert_eq!((report.statement.as_str(), report.usage.input_tokens), ("Done.", 100));
    server.until(|asked| asked.iter().any(|asked| is(asked, "DELETE", "/session/ses_1"))).await;
    assert_eq!(count(&server, "DELETE", "/session/ses_2"), 0);
    let asked = server.asked();
    let made: Vec<_> = asked.iter().filter(|asked| is(asked, "POST", "/session")).collect();
    assert_eq!(made[1].body["permission"][0], json!({"permission": "*", "pattern": "*", "action": "allow"}));
    let prompt = asked.iter().find(|asked| is(asked, "POST", "/session/ses_2/message")).unwrap();
    assert!(prompt.body.get("agent").is_none() && prompt.body.get("model").is_none());
    assert_eq!(watcher.seen().sessions, ["ses_1", "ses_2"]);
}

#[tokio::test]
async fn a_cancelled_session_is_ended_and_left() {
    let server = opencode(Answer::Held(aborted()), json!([])).await;
    let (job, _) = form(&server).job();
    let (cancel, worker) = (job.cancel.clone(), worker());
    let (outcome, cancelled) = tokio::join!(worker.work(job), async {
        server.until(|asked| asked.iter().any(|asked| is(asked, "POST", "/session/ses_1/message"))).await;
        cancel.cancel();
        let cancelled = Instant::now();
        // The first one comes too early for OpenCode and is lost.
        server
            .until(|asked| {
                asked.iter().filter(|asked| is(asked, "POST", "/session/ses_1/abort")).count() == 2
            })
            .await;
        server.release();
        cancelled
    });
    assert_eq!(outcome, Err(Stopped::Cancelled));
    assert!(cancelled.elapsed() < Duration::from_millis(1_200));
    assert_eq!(count(&server, "DELETE", "/session/ses_1"), 0);
}

#[tokio::test]
async fn a_session_that_will_not_end_is_not_waited_for_but_not_given_up() {
    let server = opencode(Answer::Held(aborted()), json!([])).await;
    let (job, _) = form(&server).job();
    let (cancel, worker) = (job.cancel.clone(), worker());
    let (outcome, cancelled) = tokio::join!(worker.work(job), async {
        server.until(|asked| asked.iter().any(|asked| is(asked, "POST", "/session/ses_1/message"))).await;
        cancel.cancel();
        Instant::now()
    });
    assert_eq!(outcome, Err(Stopped::Cancelled));
    assert!(cancelled.elapsed() < Duration::from_millis(2_200));
    let before = count(&server, "POST", "/session/ses_1/abort");
    server
        .until(|asked| {
            asked.iter().filter(|asked| is(asked, "POST", "/session/ses_1/abort")).count() >= before + 2
                && asked.iter().filter(|asked| is(asked, "GET", "/session/status")).count() >= 2
        })
        .await;
}

#[tokio::test]
async fn budget_and_progress_end_the_session() {
    let messages = json!([message("msg_1", 900, &json!([tool("prt_1", "bash", "completed")]))]);
    for (tokens, steps, wanted) in [
        (500, 9, Stopped::OverBudget("the task's tokens are used up".into())),
        (5_000, 0, Stopped::Stuck("enough".into())),
    ] {
        let server = opencode(Answer::Held(aborted()), messages.clone()).await;
        let form = JobForm { tokens, steps, ..form(&server) };
        let ((outcome, watcher), ()) = tokio::join!(work(&form), async {
            server.until(|asked| asked.iter().any(|asked| is(asked, "POST", "/session/ses_1/abort"))).await;
            server.release();
        });
        assert_eq!(outcome, Err(wanted));
        assert_eq!(watcher.seen().usage.input_tokens, 900);
    }
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_ended() {
    let server = opencode(Answer::Held(aborted()), json!([])).await;
    let mut form = form(&server);
    form.settings.task_timeout = Duration::from_millis(100);
    let ((outcome, _), ()) = tokio::join!(work(&form), async {
        server.until(|asked| asked.iter().any(|asked| is(asked, "POST", "/session/ses_1/abort"))).await;
        server.release();
    });
    assert!(matches!(outcome, Err(Stopped::TimedOut(_))), "{outcome:?}");
}

#[tokio::test]
async fn what_opencode_says_went_wrong_is_handed_on() {
    let error = |error: Value| Answer::Json(200, json!({"info": {"error": error}, "parts": []}));
    for (answer, wanted) in [
        (error(json!({"name": "ProviderAuthError"})), ProviderError::Unauthorized(401)),
        (
            error(json!({"name": "APIError", "data": {"statusCode": 429}})),
            ProviderError::RateLimited { retry_after: None },
        ),
        // We did not end it.
        (error(json!({"name": "MessageAbortedError"})), ProviderError::OpenCodeEnded),
        (Answer::Json(500, json!({})), ProviderError::OpenCode(500)),
    ] {
        let server = opencode(answer, json!([])).await;
        assert_eq!(work(&form(&server)).await.0, Err(Stopped::Provider(wanted)));
    }
}

#[tokio::test]
async fn a_turn_whose_call_is_lost_is_waited_for() {
    let looks = AtomicUsize::new(0);
    let server = Server::start(move |asked, _| match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", "/session") => Answer::Json(200, json!({"id": "ses_1"})),
        ("POST", "/session/ses_1/message") => Answer::Lost,
        ("GET", "/session/status") if looks.fetch_add(1, Ordering::SeqCst) == 0 => {
            Answer::Json(200, json!({"ses_1": {"type": "busy"}}))
        }
        ("GET", "/session/status") => Answer::Json(200, json!({})),
        ("GET", "/session/ses_1/message") => Answer::Json(200, json!([message("msg_1", 70, &text("Done."))])),
        _ => Answer::Json(404, json!({})),
    })
    .await;
    let report = work(&form(&server)).await.0.unwrap();
    assert_eq!((report.statement.as_str(), report.usage.input_tokens), ("Done.", 70));
    assert_eq!(count(&server, "GET", "/session/status"), 2);
    // An OpenCode that is gone altogether is not waited for.
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/session" => Answer::Json(200, json!({"id": "ses_1"})),
        _ => Answer::Lost,
    })
    .await;
    assert_eq!(work(&form(&server)).await.0, Err(Stopped::Provider(ProviderError::OpenCodeEnded)));
}

#[tokio::test]
async fn a_parent_that_opencode_refuses_is_left_out() {
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/session" if asked.body.get("parentID").is_some() => Answer::Json(404, json!({})),
        "/session" => Answer::Json(200, json!({"id": "ses_1"})),
        "/session/ses_1/message" if asked.method == "POST" => {
            Answer::Json(200, message("msg_1", 1, &json!([])))
        }
        _ => Answer::Json(200, json!([])),
    })
    .await;
    let report = work(&form(&server)).await.0.unwrap();
    assert_eq!(report.statement, "It ended without a word.");
    // Other sessions than OpenCode's are never named as parents.
    let cli = JobForm { session_id: "cli-1".into(), ..form(&server) };
    work(&cli).await.0.unwrap();
    let asked = server.asked();
    let parents = asked.iter().filter(|asked| asked.body.get("parentID").is_some()).count();
    assert_eq!(parents, 1);
}

#[tokio::test]
async fn no_opencode_and_no_model_are_told_apart() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings = run_settings(&[("ROZET_OPEN_CODE_BASE_URL", &format!("http://127.0.0.1:{port}"))]);
    let (outcome, _) = work(&JobForm { settings, ..JobForm::default() }).await;
    assert_eq!(outcome, Err(Stopped::Provider(ProviderError::NoOpenCode)));
    let server = opencode(Answer::Json(200, json!({})), json!([])).await;
    let mut form = form(&server);
    form.settings.opencode.allowed_models = Some(vec!["x/y".into()]);
    let (outcome, _) = work(&form).await;
    assert!(matches!(outcome, Err(Stopped::Provider(ProviderError::NoModel(_)))), "{outcome:?}");
}

#[tokio::test]
async fn a_plugins_link_leads_there_too() {
    let links = Links::new();
    let mut frames = links.subscribe();
    let calls = Calls::new(links);
    let _connected = calls.connected("p.1", "/w");
    let tasks = TaskTracker::new();
    let worker = nowhere(calls.clone(), tasks);
    let (job, _) = JobForm::default().job();
    let mut made = Vec::new();
    let plugin = async {
        loop {
            let frame = frames.recv().await.unwrap();
            let LinkFrame::Call { call } = serde_json::from_str(&frame.json).unwrap() else {
                panic!("a call")
            };
            let body = match call.path.as_str() {
                "/session" => json!({"id": "ses_1"}),
                "/session/ses_1/message" => message("msg_1", 5, &text("Done.")),
                _ => json!([message("msg_1", 5, &text("Done."))]),
            };
            made.push((call.path.clone(), call.timeout_ms));
            calls.answer(CallAnswer { id: call.id, status: 200, body, error: None });
        }
    };
    let report = tokio::select! {
        report = worker.work(job) => report.unwrap(),
        () = plugin => panic!("it is asked until the end"),
    };
    assert_eq!((report.statement.as_str(), report.usage.input_tokens), ("Done.", 5));
    let paths: Vec<&str> = made.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["/session", "/session/ses_1/message", "/session/ses_1/message?limit=8"]);
    // The whole attempt's time, and not what is left of a short one.
    assert!(made[1].1 > 890_000);
}

#[tokio::test]
async fn what_was_done_between_two_looks_is_looked_up() {
    let all: Vec<Value> = (0..20).map(|index| message(&format!("msg_{index}"), 10, &text("Done."))).collect();
    let last = all[19].clone();
    let server = Server::start(move |asked, _| match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", "/session") => Answer::Json(200, json!({"id": "ses_1"})),
        ("POST", "/session/ses_1/message") => Answer::Json(200, last.clone()),
        _ if asked.query.starts_with("limit=8&") => Answer::Json(200, json!(all[12..])),
        _ => Answer::Json(200, json!(all)),
    })
    .await;
    let report = work(&form(&server)).await.0.unwrap();
    assert_eq!((report.usage.input_tokens, report.usage.output_tokens), (200, 200));
    assert!(server.asked().last().unwrap().query.starts_with("limit=200&"));
}

#[tokio::test]
async fn what_sessions_below_used_counts_too() {
    let server = Server::start(|asked, _| match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", "/session") => Answer::Json(200, json!({"id": "ses_1"})),
        ("POST", "/session/ses_1/message") => Answer::Json(200, message("msg_1", 10, &text("Done."))),
        ("GET", "/session/ses_1/children") => {
            let tokens =
                json!({"input": 500, "output": 50, "reasoning": 0, "cache": {"read": 0, "write": 0}});
            Answer::Json(200, json!([{"id": "ses_2", "cost": 0.5, "tokens": tokens}]))
        }
        _ => Answer::Json(200, json!([message("msg_1", 10, &json!([tool("prt_1", "task", "completed")]))])),
    })
    .await;
    let (report, watcher) = work(&form(&server)).await;
    let usage = report.unwrap().usage;
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.cost_usd), (510, 60, Some(0.51)));
    assert_eq!(watcher.seen().usage, usage);
}
