use super::Core;
use crate::effect::Effect;
use crate::input::{Envelope, Input, Settings, Start, Thinking};
use crate::test_plans::{plan, task};
use rozet_observability::event::Event;
use rozet_observability::link::{LinkFrame, PlanRequest};
use rozet_observability::plan::{Check, Plan, Task, TaskStatus};
use serde_json::{Value, json};

mod following;
mod running;

const PRODUCER: &str = "rozet-opencode.1.ab";
const WORK: &str = "create a hello world python script";

struct Bench {
    core: Core,
    now: i64,
}

impl Bench {
    fn new() -> Self {
        Self::with(Settings::default())
    }

    fn with(settings: Settings) -> Self {
        let start = Start {
            producer: PRODUCER.into(),
            last_seq: 0,
            directory: "/w".into(),
            version: "0.1.0".into(),
            settings,
        };
        Self { core: Core::new(start), now: 1_000 }
    }

    fn input(&mut self, input: Value) -> Vec<Effect> {
        let input: Input = serde_json::from_value(input).unwrap();
        self.core.handle(Envelope { now: self.now, input })
    }

    fn prompt(&mut self, text: &str) -> Vec<Effect> {
        self.prompt_in("s", text)
    }

    fn prompt_in(&mut self, session_id: &str, text: &str) -> Vec<Effect> {
        self.input(json!({"type": "prompt", "session_id": session_id, "message_id": "m", "agent": "build",
            "model": "p/m", "text": text, "files": []}))
    }

    fn system(&mut self, may_wait: bool) -> Vec<Effect> {
        self.input(json!({"type": "system", "session_id": "s", "may_wait": may_wait}))
    }

    fn tool(&mut self, tool: &str, args: &Value, exit: Option<i32>) -> Vec<Effect> {
        self.input(
            json!({"type": "tool_after", "session_id": "s", "call_id": "c", "tool": tool, "args": args,
            "title": "t", "output": "o", "output_length": 1, "exit": exit}),
        )
    }

    fn frame(&mut self, frame: LinkFrame) -> Vec<Effect> {
        self.core.handle(Envelope { now: self.now, input: Input::Link { frame } })
    }

    /// Asks for a plan with these tasks and lets it arrive.
    fn planned(&mut self, tasks: Vec<Task>) -> Plan {
        let request = request(&self.prompt(WORK)).unwrap();
        let plan = plan(&request.plan_id, tasks);
        assert_eq!(self.frame(LinkFrame::Plan { plan: plan.clone() }), []);
        plan
    }
}

fn events(effects: &[Effect]) -> Vec<&Event> {
    effects
        .iter()
        .filter_map(|effect| if let Effect::Emit { event } = effect { Some(event) } else { None })
        .collect()
}

fn kinds(effects: &[Effect]) -> Vec<&str> {
    effects
        .iter()
        .map(|effect| match effect {
            Effect::Emit { event } => event.hook_event_type.as_str(),
            Effect::RequestPlan { .. } => "request_plan",
            Effect::CancelPlan { .. } => "cancel_plan",
            Effect::StartRun { .. } => "start_run",
            Effect::AwaitPlan { .. } => "await_plan",
            Effect::AppendSystem { .. } => "append_system",
            Effect::SetOptions { .. } => "set_options",
            Effect::SetText { .. } => "set_text",
            Effect::Notice { .. } => "notice",
            Effect::Answer { .. } => "answer",
            Effect::RemovePart { .. } => "remove part",
        })
        .collect()
}

fn request(effects: &[Effect]) -> Option<PlanRequest> {
    effects.iter().find_map(|effect| match effect {
        Effect::RequestPlan { request } => Some(request.clone()),
        _ => None,
    })
}

fn hello_task() -> Task {
    let mut task = task("T1", &["hello.py"], &["python hello.py"]);
    task.checks.push(Check::FileExists { path: "hello.py".into() });
    task
}

#[test]
fn a_prompt_becomes_a_plan_request() {
    let mut bench = Bench::new();
    let effects = bench.prompt(&format!("\"{WORK}\""));
    assert_eq!(kinds(&effects), ["SessionStart", "UserPromptSubmit", "PlanRequested", "request_plan"]);
    let events = events(&effects);
    let ids: Vec<_> = events.iter().map(|event| (event.seq, event.event_id.as_str())).collect();
    assert_eq!(
        ids,
        [(1, "rozet-opencode.1.ab.1"), (2, "rozet-opencode.1.ab.2"), (3, "rozet-opencode.1.ab.3")]
    );
    assert_eq!(
        Value::Object(events[0].payload.clone()),
        json!({"directory": "/w", "agent": "build", "model": "p/m", "plugin_version": "0.1.0"})
    );
    assert_eq!(events[1].payload["message_id"], "m");
    assert_eq!(events[2].payload["reason"], "something to make");
    let request = request(&effects).unwrap();
    assert_eq!(request.plan_id, "plan-rozet-opencode.1.ab-3");
    assert_eq!(
        (request.text.as_str(), request.session_id.as_str(), request.directory.as_str()),
        (WORK, "s", "/w")
    );
    assert_eq!((request.agent.as_deref(), request.session_model.as_deref()), (Some("build"), Some("p/m")));
    assert_eq!(kinds(&bench.prompt("hi")), ["UserPromptSubmit", "PlanSkipped"]);
}

#[test]
fn secrets_leave_in_no_way() {
    let mut bench = Bench::new();
    let effects = bench.prompt("create a script with API_KEY=abcdef123 and sk-ant-abcdefghijkl in it");
    let effects = serde_json::to_string(&effects).unwrap();
    assert!(effects.contains("request_plan") && effects.contains("[redacted:api-key]"));
    assert!(!effects.contains("abcdef"), "{effects}");
    let effects = bench.tool("bash", &json!({"command": "curl -H 'Authorization: Bearer t0ken'"}), Some(0));
    assert!(!serde_json::to_string(&effects).unwrap().contains("t0ken"));
}

#[test]
fn planning_can_be_switched_off_and_asked_for() {
    let mut bench = Bench::with(Settings { plan: false, ..Settings::default() });
    let effects = bench.prompt(WORK);
    assert_eq!(kinds(&effects)[2..], ["PlanSkipped"]);
    assert_eq!(events(&effects)[2].payload["reason"], "planning is switched off in the settings");
    let asked = request(&bench.prompt("!plan explain it")).unwrap();
    assert_eq!((asked.text.as_str(), asked.gate_reason.as_str()), ("explain it", "asked for by the person"));
}

#[test]
fn a_go_ahead_is_planned_with_what_it_answers() {
    let mut bench = Bench::new();
    assert!(request(&bench.prompt("should we split the parser into modules?")).is_none());
    let text = request(&bench.prompt("yes, do it")).unwrap().text;
    assert_eq!(text, "Said before:\nshould we split the parser into modules?\n\nThe request:\nyes, do it");
    assert!(request(&bench.prompt("yes, do it")).is_none());
}

#[test]
fn the_first_step_waits_for_the_plan_until_its_time_is_over() {
    let mut bench = Bench::with(Settings { plan_wait_ms: 1_000, ..Settings::default() });
    assert_eq!(bench.system(true), []);
    let plan_id = request(&bench.prompt("!plan this")).unwrap().plan_id;
    bench.now += 300;
    assert_eq!(bench.system(true), [Effect::AwaitPlan { plan_id: plan_id.clone(), wait_ms: 700 }]);
    assert_eq!(bench.system(false), []);
    bench.now += 699;
    assert_eq!(bench.system(true), [Effect::AwaitPlan { plan_id: plan_id.clone(), wait_ms: 1 }]);
    bench.now += 1;
    assert_eq!(bench.system(true), []);
    bench.frame(LinkFrame::Plan { plan: plan(&plan_id, vec![hello_task()]) });
    assert_eq!(kinds(&bench.system(true)), ["append_system"]);
}

#[test]
fn one_piece_of_work_waits_half_as_long_and_zero_never() {
    let mut bench = Bench::with(Settings { plan_wait_ms: 1_000, ..Settings::default() });
    let plan_id = request(&bench.prompt(WORK)).unwrap().plan_id;
    assert_eq!(bench.system(true), [Effect::AwaitPlan { plan_id, wait_ms: 500 }]);
    let mut bench = Bench::with(Settings { plan_wait_ms: 0, ..Settings::default() });
    bench.prompt(WORK);
    assert_eq!(bench.system(true), []);
}

#[test]
fn a_plan_that_cannot_be_had_is_not_waited_for() {
    let mut bench = Bench::new();
    let plan_id = request(&bench.prompt(WORK)).unwrap().plan_id;
    let unavailable =
        json!({"type": "plan_unavailable", "session_id": "s", "plan_id": plan_id, "reason": "refused"});
    let effects = bench.input(unavailable.clone());
    assert_eq!(kinds(&effects), ["Notification", "notice"]);
    assert_eq!(events(&effects)[0].payload["message"], "no plan: refused");
    let told = effects.iter().find_map(|effect| match effect {
        Effect::Notice { message, .. } => Some(message.as_str()),
        _ => None,
    });
    assert!(told.is_some_and(|told| told.contains("refused") && !told.contains("not running")), "{told:?}");
    assert_eq!(bench.system(true), []);
    assert_eq!(bench.input(json!({"type": "sidecar_unreachable", "reason": "refused"})), []);
    let mut other = Bench::new();
    assert_eq!(kinds(&other.input(json!({"type": "sidecar_unreachable", "reason": "refused"}))), ["notice"]);
    assert_eq!(other.input(json!({"type": "sidecar_unreachable", "reason": "refused"})), []);
    assert_eq!(other.input(unavailable), []);
}

#[test]
fn an_ended_turn_cancels_the_plan_that_is_still_in_the_making() {
    let mut bench = Bench::new();
    let aborted = json!({"type": "aborted", "session_id": "s"});
    assert_eq!(bench.input(aborted.clone()), []);
    let wanted = request(&bench.prompt(WORK)).unwrap();
    let effects = bench.input(aborted.clone());
    assert_eq!(kinds(&effects), ["Notification", "cancel_plan"]);
    assert_eq!(effects.last(), Some(&Effect::CancelPlan { plan_id: wanted.plan_id }));
    // Nothing is waited for any more, and nothing is cancelled twice.
    assert_eq!(bench.system(true), []);
    assert_eq!(bench.input(aborted.clone()), []);
    // The message may be all that tells of it.
    bench.prompt(WORK);
    let told = json!({"type": "message_ended", "session_id": "s", "message_id": "m9", "usage": {}, "error": "MessageAbortedError"});
    assert_eq!(kinds(&bench.input(told)), ["Notification", "cancel_plan"]);
    assert_eq!(kinds(&bench.input(json!({"type": "session_idle", "session_id": "s"}))), ["Stop"]);
    // OpenCode says nothing of an end that came before the model was asked.
    bench.prompt(WORK);
    let idle = bench.input(json!({"type": "session_idle", "session_id": "s"}));
    assert_eq!(kinds(&idle), ["Notification", "cancel_plan", "Stop"], "nothing was done in the turn");
    // A plan that is there stays.
    bench.planned(vec![task("T1", &["a.py"], &[])]);
    assert_eq!(bench.input(aborted), []);
    assert!(!bench.system(true).is_empty());
}

#[test]
fn a_newer_request_supersedes_the_older_plan() {
    let mut bench = Bench::new();
    let old = bench.planned(vec![hello_task()]);
    assert_eq!(kinds(&bench.system(true)), ["append_system"]);
    assert!(request(&bench.prompt("why?")).is_none());
    assert_eq!(kinds(&bench.system(true)), ["append_system"]);
    let new = request(&bench.prompt("add a test for it")).unwrap().plan_id;
    bench.frame(LinkFrame::Plan { plan: old });
    assert_eq!(bench.system(false), []);
    let mut tests = task("T1", &["test_hello.py"], &[]);
    tests.description = "write the test".into();
    bench.frame(LinkFrame::Plan { plan: plan(&new, vec![tests]) });
    let effects = bench.system(true);
    assert!(matches!(&effects[..], [Effect::AppendSystem { text }] if text.contains("write the test")));
}

#[test]
fn the_block_follows_the_tasks_and_ends_with_them() {
    let mut bench = Bench::new();
    let plan = bench.planned(vec![hello_task()]);
    let mut changed = hello_task();
    for (status, shown) in
        [(TaskStatus::Running, true), (TaskStatus::Failed, true), (TaskStatus::Completed, false)]
    {
        changed.status = status;
        let frame =
            LinkFrame::Task { plan_id: plan.plan_id.clone(), session_id: "s".into(), task: changed.clone() };
        bench.frame(frame);
        let effects = bench.system(true);
        let told = matches!(&effects[..], [Effect::AppendSystem { text }] if text.contains(status.as_str()));
        assert_eq!(told, shown, "{status:?}");
    }
}

#[test]
fn tool_calls_are_told_and_move_tasks() {
    let mut bench = Bench::new();
    let plan = bench.planned(vec![hello_task()]);
    let before = bench
        .input(json!({"type": "tool_before", "session_id": "s", "call_id": "c", "tool": "write",
        "args": {"filePath": "/w/hello.py", "content": "x"}}));
    assert_eq!(kinds(&before), ["ToolRequested"]);
    bench.now += 40;
    let effects = bench.tool("write", &json!({"filePath": "/w/hello.py"}), None);
    assert_eq!(kinds(&effects), ["ToolCompleted", "TaskStarted"]);
    assert_eq!(events(&effects)[0].payload["duration_ms"], 40);
    assert!(!events(&effects)[0].payload.contains_key("exit"));
    assert_eq!(
        Value::Object(events(&effects)[1].payload.clone()),
        json!({"plan_id": plan.plan_id, "task_id": "T1", "by": "write", "tool": "write"})
    );
    assert_eq!(
        kinds(&bench.tool("bash", &json!({"command": "python hello.py"}), Some(1))),
        ["ToolCompleted"]
    );
    let effects = bench.tool("bash", &json!({"command": "python hello.py"}), Some(0));
    assert_eq!(kinds(&effects), ["ToolCompleted", "TaskClaimed"]);
    let claim = &events(&effects)[1].payload;
    assert_eq!((&claim["by"], &claim["task_id"]), (&json!("bash"), &json!("T1")));
    assert_eq!(claim["statement"], "`python hello.py` exited with 0, hello.py was written or seen");
}

#[test]
fn work_done_before_the_plan_arrives_counts() {
    let mut bench = Bench::new();
    let plan_id = request(&bench.prompt(WORK)).unwrap().plan_id;
    assert_eq!(kinds(&bench.tool("write", &json!({"filePath": "/w/hello.py"}), None)), ["ToolCompleted"]);
    bench.tool("bash", &json!({"command": "python hello.py"}), Some(0));
    let frame = LinkFrame::Plan { plan: plan(&plan_id, vec![hello_task()]) };
    let effects = bench.frame(frame.clone());
    assert_eq!(kinds(&effects), ["TaskStarted", "TaskClaimed"]);
    assert_eq!(events(&effects)[1].payload["by"], "bash");
    assert_eq!(bench.frame(frame), []);
}

#[test]
fn a_failed_call_is_told_once() {
    let mut bench = Bench::new();
    bench.prompt("hi");
    let failed =
        json!({"type": "tool_failed", "session_id": "s", "call_id": "c", "tool": "bash", "error": "refused"});
    let effects = bench.input(failed.clone());
    assert_eq!(kinds(&effects), ["ToolFailed"]);
    assert!(!events(&effects)[0].payload.contains_key("duration_ms"));
    assert_eq!(bench.input(failed), []);
}

#[test]
fn a_turn_is_summed_up_once() {
    let mut bench = Bench::new();
    bench.prompt("hi");
    for _ in 0..2 {
        bench.input(json!({"type": "reasoning_ended", "session_id": "s", "message_id": "m", "part_id": "r", "signed": false, "chars": 10}));
        let stripped = bench.input(
            json!({"type": "text_complete", "session_id": "s", "part_id": "t", "text": "<think>a</think>Hi"}),
        );
        assert_eq!(stripped, [Effect::SetText { text: "Hi".into() }]);
        bench.input(json!({"type": "message_ended", "session_id": "s", "message_id": "a1",
            "usage": {"input_tokens": 3, "cost_usd": 0.5}, "error": null}));
    }
    bench.input(json!({"type": "message_ended", "session_id": "s", "message_id": "a2",
        "usage": {"input_tokens": 4, "output_tokens": 1}, "error": "MessageAbortedError"}));
    let idle = json!({"type": "session_idle", "session_id": "s"});
    let effects = bench.input(idle.clone());
    assert_eq!(kinds(&effects), ["Stop"]);
    let payload = &events(&effects)[0].payload;
    assert_eq!((&payload["usage"]["input_tokens"], &payload["usage"]["cost_usd"]), (&json!(7), &json!(0.5)));
    assert_eq!(
        payload["hidden"],
        json!({"reasoning_parts": 1, "reasoning_chars": 10, "leaked_blocks": 1, "leaked_chars": 16})
    );
    assert_eq!(payload["said"], json!({"texts": 1, "chars": 2, "head": "Hi"}));
    assert_eq!(payload["error"], "MessageAbortedError");
    assert_eq!(bench.input(idle.clone()), []);
    bench.prompt("hi");
    assert_eq!(events(&bench.input(idle))[0].payload["usage"]["input_tokens"], 0);
}

#[test]
fn thinking_is_shown_to_those_who_want_it() {
    let mut bench = Bench::with(Settings { thinking: Thinking::Show, ..Settings::default() });
    let params = json!({"type": "params", "session_id": "s", "agent": "build", "provider_id": "groq", "model_id": "qwen3",
        "npm": "@ai-sdk/groq", "reasoning": true, "options": {}, "configured": {}});
    assert_eq!(bench.input(params.clone()), []);
    let leak =
        json!({"type": "text_complete", "session_id": "s", "part_id": "t", "text": "<think>a</think>Hi"});
    assert_eq!(bench.input(leak), []);
    let idle = bench.input(json!({"type": "session_idle", "session_id": "s"}));
    assert_eq!(kinds(&idle), Vec::<&str>::new(), "no turn began");
    let mut hiding = Bench::new();
    assert_eq!(kinds(&hiding.input(params)), ["set_options"]);
}

#[test]
fn the_title_agents_model_is_not_the_sessions() {
    let mut bench = Bench::new();
    bench.prompt("hi");
    for (agent, model, expected) in [("title", "small", "p/m"), ("build", "large", "q/large")] {
        bench.input(
            json!({"type": "params", "session_id": "s", "agent": agent, "provider_id": "q", "model_id": model,
            "npm": "x", "reasoning": false, "options": {}, "configured": {}}),
        );
        assert_eq!(events(&bench.prompt_without_model())[0].model_name.as_deref(), Some(expected));
    }
}

impl Bench {
    fn prompt_without_model(&mut self) -> Vec<Effect> {
        self.input(json!({"type": "prompt", "session_id": "s", "message_id": "m", "text": "hi", "files": []}))
    }
}

#[test]
fn children_are_told_on_their_parent() {
    let mut bench = Bench::new();
    bench.prompt("hi");
    let created = json!({"type": "session_created", "session_id": "c", "parent_id": "s", "title": "helper"});
    let effects = bench.input(created.clone());
    assert_eq!(kinds(&effects), ["SubagentStart"]);
    assert_eq!(events(&effects)[0].session_id, "s");
    assert_eq!(
        Value::Object(events(&effects)[0].payload.clone()),
        json!({"child_session_id": "c", "title": "helper"})
    );
    assert_eq!(bench.input(created), []);
    let effects = bench.prompt_in("c", WORK);
    assert_eq!(kinds(&effects), ["SessionStart", "UserPromptSubmit", "PlanSkipped"]);
    assert_eq!(events(&effects)[0].payload["parent_id"], "s");
    assert_eq!(events(&effects)[2].payload["reason"], "a child session");
    let effects = bench.input(json!({"type": "session_idle", "session_id": "c"}));
    assert_eq!(kinds(&effects), ["Stop", "SubagentStop"]);
    assert_eq!(events(&effects)[1].session_id, "s");
}

#[test]
fn every_started_session_ends_once() {
    let mut bench = Bench::new();
    bench.prompt_in("a", "hi");
    bench.prompt_in("b", "hi");
    bench.input(json!({"type": "session_idle", "session_id": "a"}));
    let deleted = json!({"type": "session_deleted", "session_id": "a"});
    let effects = bench.input(deleted.clone());
    assert_eq!(kinds(&effects), ["SessionEnd"]);
    assert_eq!(events(&effects)[0].payload["reason"], "deleted");
    assert_eq!(bench.input(deleted), []);
    let effects = bench.input(json!({"type": "dispose", "overhead": {"factory_ms": 7.5}}));
    assert_eq!(kinds(&effects), ["Stop", "SessionEnd"]);
    assert_eq!(events(&effects)[1].payload["overhead"]["factory_ms"], 7.5);
    assert_eq!(bench.input(json!({"type": "dispose", "overhead": {}})), []);
}

#[test]
fn tasks_for_people_are_claimed_when_the_turn_ends() {
    let mut bench = Bench::new();
    let mut manual = task("T1", &["notes.md"], &[]);
    manual.checks = vec![Check::Manual { question: "good?".into() }];
    bench.planned(vec![manual]);
    bench.tool("edit", &json!({"filePath": "notes.md"}), None);
    let effects = bench.input(json!({"type": "session_idle", "session_id": "s"}));
    assert_eq!(kinds(&effects), ["TaskClaimed", "Stop"]);
    assert_eq!(events(&effects)[0].payload["by"], "idle");
}

#[test]
fn another_protocol_is_told_once() {
    let mut bench = Bench::new();
    let hello = |protocol| LinkFrame::Hello { version: "9.9.9".into(), protocol };
    assert_eq!(bench.frame(hello(rozet_observability::PROTOCOL_VERSION)), []);
    let effects = bench.frame(hello(99));
    assert!(
        matches!(&effects[..], [Effect::Notice { message, .. }] if message.contains("9.9.9") && message.contains("0.1.0"))
    );
    assert_eq!(bench.frame(hello(99)), []);
}

#[test]
fn a_fresh_core_goes_on_counting() {
    let start =
        json!({"producer": PRODUCER, "last_seq": 41, "directory": "/w", "version": "1", "settings": {}});
    let mut bench = Bench::new();
    bench.core = Core::new(serde_json::from_value(start).unwrap());
    assert_eq!(events(&bench.prompt("hi"))[0].seq, 42);
}

#[test]
fn unknown_sessions_cost_nothing() {
    let mut bench = Bench::new();
    for input in [
        json!({"type": "system", "session_id": null, "may_wait": true}),
        json!({"type": "system", "session_id": "x", "may_wait": true}),
        json!({"type": "session_idle", "session_id": "x"}),
        json!({"type": "session_deleted", "session_id": "x"}),
        json!({"type": "plan_unavailable", "session_id": "x", "plan_id": "p", "reason": "r"}),
        json!({"type": "dispose", "overhead": {}}),
    ] {
        assert_eq!(bench.input(input.clone()), [], "{input}");
    }
    assert_eq!(bench.frame(LinkFrame::Plan { plan: plan("p", vec![hello_task()]) }), []);
    assert_eq!(bench.frame(LinkFrame::Resync), []);
}
