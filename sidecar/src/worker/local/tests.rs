use super::*;
use crate::provider::ProviderError;
use crate::settings::run_settings;
use crate::tools::{Pending as ToolPending, ToolContext, ToolDefinition, ToolError, ToolOutput};
use crate::worker::testing::{Answer, JobForm, Server};
use rozet_observability::plan::Usage;
use serde_json::{Value, json};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Barrier, Notify};

/// Tools that note what they were called for. `together` waits until two are called at once.
struct FakeTools {
    called: Mutex<Vec<String>>,
    barrier: Barrier,
    writing: AtomicUsize,
    hangs: Notify,
}

impl FakeTools {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            called: Mutex::default(),
            barrier: Barrier::new(2),
            writing: AtomicUsize::new(0),
            hangs: Notify::new(),
        })
    }

    fn called(&self) -> Vec<String> {
        self.called.lock().unwrap().clone()
    }
}

impl Tools for FakeTools {
    fn definitions(&self) -> Vec<ToolDefinition> {
        let parameters = json!({"type": "object", "properties": {"path": {"type": "string"}}});
        ["read_file", "together", "write_file", "hang"]
            .map(|name| ToolDefinition { name, description: "a tool", parameters: parameters.clone() })
            .to_vec()
    }

    fn only_reads(&self, name: &str) -> bool {
        matches!(name, "read_file" | "together")
    }

    fn call<'a>(
        &'a self,
        name: &'a str,
        arguments: &'a Value,
        _: &'a ToolContext,
    ) -> ToolPending<'a, Result<ToolOutput, ToolError>> {
        Box::pin(async move {
            self.called.lock().unwrap().push(format!("{name} {arguments}"));
            match name {
                "read_file" => {}
                "together" => {
                    self.barrier.wait().await;
                }
                "write_file" => {
                    assert_eq!(self.writing.fetch_add(1, Ordering::SeqCst), 0, "two writes at once");
                    tokio::task::yield_now().await;
                    self.writing.fetch_sub(1, Ordering::SeqCst);
                }
                "hang" => {
                    self.hangs.notify_one();
                    std::future::pending::<()>().await;
                }
                _ => return Err(ToolError::Arguments(format!("there is no tool {name}"))),
            }
            let output = format!("{name} brought this");
            Ok(ToolOutput { output, title: name.to_owned(), sandboxed: None, metadata: Value::Null })
        })
    }
}

fn says(text: &str) -> Answer {
    turn(&json!({"role": "assistant", "content": text}), "stop")
}

fn turn(message: &Value, finish: &str) -> Answer {
    Answer::Json(
        200,
        json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "finish_reason": finish, "message": message}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}}),
    )
}

/// A turn that calls these tools with these arguments.
fn calls(tools: &[(&str, &str)]) -> Answer {
    let tools = tools.iter().enumerate().map(|(index, (name, arguments))| {
        json!({"id": format!("c{index}"), "type": "function", "function": {"name": name, "arguments": arguments}})
    });
    turn(
        &json!({"role": "assistant", "content": null, "tool_calls": tools.collect::<Vec<_>>()}),
        "tool_calls",
    )
}

fn form(server: &Server) -> JobForm {
    let endpoint = format!("{}/v1", server.url);
    let settings = run_settings(&[
        ("ROZET_WORKERS_PROVIDER", "openai-compatible"),
        ("ROZET_WORKERS_MODEL", "m"),
        ("ROZET_WORKERS_ENDPOINT", &endpoint),
    ]);
    JobForm { settings, ..JobForm::default() }
}

async fn work(form: &JobForm, tools: Arc<FakeTools>) -> Result<Report, Stopped> {
    LocalWorker::new(tools).work(form.job().0).await
}

/// The texts of the tool messages in the last request.
fn results(server: &Server) -> Vec<String> {
    let asked = server.asked();
    let messages = asked.last().unwrap().body["messages"].as_array().unwrap().clone();
    let tools = messages.iter().filter(|message| message["role"] == "tool");
    tools.map(|message| message["content"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_task_is_done_with_tools_and_ends_in_a_claim() {
    let server = Server::in_turn(vec![
        calls(&[("read_file", "{\"path\":\"a.rs\"}")]),
        says("<think>done?</think>I did it."),
    ])
    .await;
    let (tools, (job, watcher)) = (FakeTools::new(), form(&server).job());
    let worker = LocalWorker::new(Arc::<FakeTools>::clone(&tools));
    assert_eq!(
        (worker.kind(), worker.provider(&job.settings).as_str()),
        (WorkerKind::Local, "openai-compatible")
    );
    let report = worker.work(job).await.unwrap();
    assert_eq!(report.statement, "I did it.");
    assert_eq!((report.usage.input_tokens, report.usage.output_tokens), (200, 20));
    assert_eq!(report.model.as_deref(), Some("openai-compatible/m"));
    let asked = server.asked();
    let first = &asked[0].body;
    assert_eq!(first["messages"][0]["role"], "system");
    assert!(first["messages"][1]["content"].as_str().unwrap().contains("# Task T2\nDo the second thing"));
    assert_eq!(first["tools"].as_array().unwrap().len(), 4);
    assert_eq!(first["tools"][0]["function"]["name"], "read_file");
    assert_eq!(first["max_tokens"], 8_000);
    let second = asked[1].body["messages"].as_array().unwrap();
    assert_eq!(second[2]["tool_calls"][0]["function"]["arguments"], "{\"path\":\"a.rs\"}");
    assert_eq!((second[3]["role"].as_str(), second[3]["tool_call_id"].as_str()), (Some("tool"), Some("c0")));
    let seen = watcher.seen();
    assert_eq!(seen.steps, [("read_file {\"path\":\"a.rs\"}".into(), "read_file brought this".into())]);
    assert_eq!(seen.activities, ["thinking (turn 1)", "read_file a.rs", "thinking (turn 2)"]);
    assert_eq!((seen.usage.input_tokens, seen.model.as_deref()), (200, Some("openai-compatible/m")));
    assert!(seen.sessions.is_empty());
}

#[tokio::test]
async fn neighbours_that_only_read_run_at_once_and_writes_in_their_order() {
    let server = Server::in_turn(vec![
        calls(&[
            ("write_file", "{\"path\":\"1\"}"),
            ("together", "{}"),
            ("together", "{}"),
            ("write_file", "{\"path\":\"2\"}"),
            ("write_file", "{\"path\":\"3\"}"),
            ("nonsense", "{}"),
        ]),
        says("done"),
    ])
    .await;
    let tools = FakeTools::new();
    work(&form(&server), Arc::clone(&tools)).await.unwrap();
    let order = ["write_file {\"path\":\"1\"}", "together {}", "together {}", "write_file {\"path\":\"2\"}"];
    assert_eq!(tools.called()[..4], order);
    assert_eq!(results(&server)[5], "error: there is no tool nonsense");
    assert_eq!(results(&server).len(), 6);
}

#[tokio::test]
async fn unreadable_arguments_are_answered_and_mended_ones_are_used() {
    let server = Server::in_turn(vec![
        calls(&[
            ("read_file", "{\"path\":\"a\",}"),
            ("write_file", "{\"path\":\"b\",\"content\":\"half of"),
            ("read_file", ""),
            ("read_file", "a.rs"),
        ]),
        says("done"),
    ])
    .await;
    let (tools, (job, watcher)) = (FakeTools::new(), form(&server).job());
    let report = LocalWorker::new(Arc::<FakeTools>::clone(&tools)).work(job).await.unwrap();
    assert_eq!(tools.called(), ["read_file {\"path\":\"a\"}", "read_file {}"]);
    assert_eq!((report.usage.input_tokens, report.usage.output_tokens), (200, 20));
    let results = results(&server);
    assert!(results[1].starts_with("error: the arguments cannot be read: they end too early"), "{results:?}");
    assert_eq!(results[3], "error: the arguments cannot be read: they are not one JSON object");
    assert_eq!(watcher.seen().steps[1].0, "write_file with unreadable arguments");
    // What goes back is JSON again.
    let history = &server.asked()[1].body["messages"][2]["tool_calls"];
    assert_eq!(history[0]["function"]["arguments"], "{\"path\":\"a\"}");
    assert_eq!(history[1]["function"]["arguments"], "{}");
}

#[tokio::test]
async fn budget_steps_and_progress_stop_the_work() {
    let again = || calls(&[("read_file", "{\"path\":\"a\"}")]);
    let server = Server::in_turn(vec![again()]).await;
    let tools = FakeTools::new();
    let outcome = work(&JobForm { tokens: 250, ..form(&server) }, Arc::clone(&tools)).await;
    assert_eq!(outcome, Err(Stopped::OverBudget("the task's tokens are used up".into())));
    // The turn that went over was not acted on.
    assert_eq!(tools.called().len(), 2);
    let outcome = work(&JobForm { steps: 4, ..form(&server) }, FakeTools::new()).await;
    assert_eq!(outcome, Err(Stopped::Stuck("enough".into())));
    let mut few = form(&server);
    few.settings.max_steps = 5;
    let tools = FakeTools::new();
    let Err(Stopped::Stuck(why)) = work(&few, Arc::clone(&tools)).await else { panic!("stuck") };
    assert!(why.starts_with("it used up its 5 turns"), "{why}");
    assert_eq!(tools.called().len(), 5);
    assert!(results(&server).last().unwrap().ends_with("[1 turn is left: finish, then state what you did.]"));
}

#[tokio::test]
async fn silence_and_cut_off_turns_are_no_claims() {
    let server = Server::in_turn(vec![
        says(""),
        turn(&json!({"role": "assistant", "content": "I am about to"}), "length"),
        says("I did it."),
    ])
    .await;
    assert_eq!(work(&form(&server), FakeTools::new()).await.unwrap().statement, "I did it.");
    let messages = server.asked()[2].body["messages"].as_array().unwrap().clone();
    assert_eq!(messages.len(), 5);
    assert!(messages[4]["content"].as_str().unwrap().starts_with("Your turn was too long"));
    let server = Server::in_turn(vec![says("<think>for ever</think>")]).await;
    let Err(Stopped::Stuck(_)) = work(&form(&server), FakeTools::new()).await else { panic!("stuck") };
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn passing_faults_are_tried_again_and_long_waits_are_handed_on() {
    let failed = || Answer::Json(503, json!({}));
    let server = Server::in_turn(vec![failed(), failed(), says("done")]).await;
    assert!(work(&form(&server), FakeTools::new()).await.is_ok());
    let server = Server::in_turn(vec![failed()]).await;
    let outcome = work(&form(&server), FakeTools::new()).await;
    assert_eq!(outcome, Err(Stopped::Provider(ProviderError::Failed(503))));
    assert_eq!(server.asked().len(), 3);
    let soon = || Answer::With(429, "retry-after", "0");
    let server = Server::in_turn(vec![soon(), says("done")]).await;
    assert!(work(&form(&server), FakeTools::new()).await.is_ok());
    for (answer, asked, seconds) in [
        (soon(), 2, Some(0)),
        (Answer::With(429, "retry-after", "60"), 1, Some(60)),
        (Answer::Json(429, json!({})), 1, None),
    ] {
        let server = Server::in_turn(vec![answer]).await;
        let outcome = work(&form(&server), FakeTools::new()).await;
        let retry_after = seconds.map(Duration::from_secs);
        assert_eq!(outcome, Err(Stopped::Provider(ProviderError::RateLimited { retry_after })));
        assert_eq!(server.asked().len(), asked);
    }
    let server = Server::in_turn(vec![Answer::Json(401, json!({}))]).await;
    let outcome = work(&form(&server), FakeTools::new()).await;
    assert_eq!(outcome, Err(Stopped::Provider(ProviderError::Unauthorized(401))));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn what_is_too_long_for_the_model_is_shortened_once() {
    let long = "x".repeat(3_000);
    let call = calls(&[("write_file", &json!({"path": "a", "content": long}).to_string())]);
    let refused = Answer::Json(400, json!({"error": "context"}));
    let server = Server::in_turn(vec![call, refused.clone(), says("done")]).await;
    assert!(work(&form(&server), FakeTools::new()).await.is_ok());
    let arguments = &server.asked()[2].body["messages"][2]["tool_calls"][0]["function"]["arguments"];
    assert!(arguments.as_str().unwrap().contains("more characters are left out]"));
    let server = Server::in_turn(vec![refused]).await;
    let outcome = work(&form(&server), FakeTools::new()).await;
    assert_eq!(outcome, Err(Stopped::Provider(ProviderError::Refused(400))));
}

#[tokio::test]
async fn the_end_is_heeded_wherever_the_work_is() {
    for (answer, hangs) in [(Answer::Held(Value::Null), false), (calls(&[("hang", "{}")]), true)] {
        let server = Server::in_turn(vec![answer]).await;
        let tools = FakeTools::new();
        let (job, _) = form(&server).job();
        let cancel = job.cancel.clone();
        let worker = LocalWorker::new(Arc::<FakeTools>::clone(&tools));
        let end = async {
            server.until(|asked| !asked.is_empty()).await;
            if hangs {
                tools.hangs.notified().await;
            }
            cancel.cancel();
            std::time::Instant::now()
        };
        let (outcome, cancelled) = tokio::join!(worker.work(job), end);
        assert_eq!(outcome, Err(Stopped::Cancelled));
        assert!(cancelled.elapsed() < Duration::from_millis(100));
    }
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_ended() {
    let server = Server::in_turn(vec![Answer::Held(Value::Null)]).await;
    let mut form = form(&server);
    form.settings.task_timeout = Duration::from_millis(50);
    let Err(Stopped::TimedOut(why)) = work(&form, FakeTools::new()).await else { panic!("timed out") };
    assert!(why.starts_with("the attempt took longer than 0 s"), "{why}");
    let Stopped::TimedOut(why) = timed_out(Duration::from_secs(930)) else { panic!() };
    assert!(why.contains("15 min 30 s"), "{why}");
}

#[tokio::test]
async fn a_model_that_nobody_counts_is_counted_and_priced() {
    let answer = json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "I did it."}}]});
    let server = Server::in_turn(vec![Answer::Json(200, answer)]).await;
    let mut form = form(&server);
    let price = crate::settings::PriceSection { input: 1.0, output: 1.0 };
    form.settings.budget.prices.insert("openai-compatible/m".into(), price);
    let Usage { input_tokens, output_tokens, cost_usd, .. } =
        work(&form, FakeTools::new()).await.unwrap().usage;
    assert!(input_tokens > 200 && (1..20).contains(&output_tokens), "{input_tokens} {output_tokens}");
    assert!(cost_usd.unwrap() > 0.0);
}

#[tokio::test]
async fn without_a_model_a_person_is_needed() {
    let outcome = work(&JobForm::default(), FakeTools::new()).await;
    assert!(matches!(outcome, Err(Stopped::NeedsPerson(_))));
}

#[tokio::test]
async fn anthropics_form_is_spoken_too() {
    let says = |content: Value, stop: &str| {
        Answer::Json(
            200,
            json!({"id": "m", "type": "message", "role": "assistant", "model": "m", "content": content,
                "stop_reason": stop, "usage": {"input_tokens": 100, "output_tokens": 10}}),
        )
    };
    let call = |id: &str| json!({"type": "tool_use", "id": id, "name": "read_file", "input": {"path": id}});
    let server = Server::in_turn(vec![
        says(json!([{"type": "text", "text": "I look."}, call("t1"), call("t2")]), "tool_use"),
        says(json!([{"type": "text", "text": "I did it."}]), "end_turn"),
    ])
    .await;
    let settings = run_settings(&[
        ("ROZET_WORKERS_PROVIDER", "anthropic"),
        ("ROZET_WORKERS_MODEL", "claude"),
        ("ROZET_WORKERS_ENDPOINT", &format!("{}/v1", server.url)),
        ("ROZET_WORKERS_API_KEY", "k"),
    ]);
    let form = JobForm { settings, ..JobForm::default() };
    let report = work(&form, FakeTools::new()).await.unwrap();
    assert_eq!((report.statement.as_str(), report.usage.input_tokens), ("I did it.", 200));
    let asked = server.asked();
    assert_eq!(
        (asked[0].path.as_str(), asked[0].body["tools"][0]["name"].as_str()),
        ("/v1/messages", Some("read_file"))
    );
    let history = asked[1].body["messages"].as_array().unwrap().clone();
    assert_eq!(history.len(), 3);
    assert_eq!(history[1]["content"][1]["type"], "tool_use");
    let results = history[2]["content"].as_array().unwrap();
    let ids: Vec<&str> = results.iter().map(|result| result["tool_use_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["t1", "t2"]);
}
