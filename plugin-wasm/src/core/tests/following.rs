//! What moves tasks besides tool calls, and what happens to a plan when its conversation changes.

use super::{Bench, Effect, LinkFrame, Settings, TaskStatus, Thinking, Value, events, json, kinds, task};
use rozet_observability::plan::{WaitsFor, WaitsForKind};

fn answer(effects: &[Effect]) -> (&str, bool, Option<&str>) {
    let answer = effects.iter().find_map(|effect| match effect {
        Effect::Answer { text, refused, awaits } => Some((text.as_str(), *refused, awaits.as_deref())),
        _ => None,
    });
    answer.unwrap()
}

impl Bench {
    fn task_tool(&mut self, args: &Value) -> Vec<Effect> {
        self.input(json!({"type": "task_tool", "session_id": "s", "args": args}))
    }

    fn verdict(&mut self) -> String {
        let effects = self.input(json!({"type": "task_verdict", "session_id": "s", "task_id": "T1"}));
        answer(&effects).0.to_owned()
    }
}

#[test]
fn the_model_starts_claims_and_gives_up_tasks() {
    let mut bench = Bench::new();
    bench.planned(vec![task("T1", &[], &["make"]), task("T2", &[], &[])]);
    let started = bench.task_tool(&json!({"task_id": "t1", "action": "start"}));
    assert_eq!(kinds(&started), ["TaskStarted", "answer"]);
    let done = bench.task_tool(&json!({"task_id": "T1", "action": "done", "evidence": "make says so"}));
    assert_eq!(kinds(&done), ["TaskClaimed", "answer"]);
    let claim = &events(&done)[0].payload;
    assert_eq!((&claim["statement"], &claim["by"]), (&json!("make says so"), &json!("rozet_task")));
    assert_eq!(answer(&done).2, Some("T1"));
    let blocked = bench.task_tool(&json!({"task_id": "T2", "action": "blocked", "reason": "no key"}));
    assert_eq!(kinds(&blocked), ["TaskBlocked", "answer"]);
    assert_eq!(events(&blocked)[0].payload["reason"], json!("no key"));
}

#[test]
fn a_verdict_is_told_as_it_stands() {
    let mut bench = Bench::new();
    let plan = bench.planned(vec![task("T1", &[], &["make"])]);
    assert_eq!(bench.verdict(), "T1 is claimed; its checks are not over yet.");
    let mut stands = plan.tasks[0].clone();
    for (status, expected) in [
        (TaskStatus::Completed, "T1 is completed: its checks passed."),
        (TaskStatus::Blocked, "T1 is not proved. nobody ran make"),
    ] {
        stands.status = status;
        stands.waits_for = Some(WaitsFor { kind: WaitsForKind::Human, what: "nobody ran make".into() });
        let (plan_id, session_id) = (plan.plan_id.clone(), "s".to_owned());
        bench.frame(LinkFrame::Task { plan_id, session_id, task: stands.clone() });
        assert_eq!(bench.verdict(), expected);
    }
}

#[test]
fn a_wrong_call_is_refused_in_words_and_changes_nothing() {
    let mut bench = Bench::new();
    let refused = bench.task_tool(&json!({"task_id": "T1", "action": "start"}));
    assert_eq!(answer(&refused), ("There is no plan in this session: go on without this tool.", true, None));
    bench.planned(vec![task("T1", &[], &[]), task("T2", &[], &[])]);
    for (args, expected) in [
        (json!({}), "`task_id`: expected the task's id, such as \"T1\"."),
        (json!({"task_id": 1, "action": "start"}), "`task_id`: expected the task's id, such as \"T1\"."),
        (json!({"task_id": ["T1"]}), "`task_id`: expected the task's id, such as \"T1\"."),
        (json!({"task_id": "T1"}), "`action`: expected \"start\", \"done\" or \"blocked\"."),
        (
            json!({"task_id": "T1", "action": {"do": 1}}),
            "`action`: expected \"start\", \"done\" or \"blocked\".",
        ),
        (json!({"task_id": "T1", "action": "done"}), "`evidence`: expected what shows that it is done."),
        (
            json!({"task_id": "T1", "action": "done", "evidence": " "}),
            "`evidence`: expected what shows that it is done.",
        ),
        (
            json!({"task_id": "T1", "action": "blocked", "reason": null}),
            "`reason`: expected what it waits for.",
        ),
        (json!({"task_id": "T9", "action": "start"}), "`task_id`: the plan has T1, T2."),
    ] {
        let effects = bench.task_tool(&args);
        assert_eq!(answer(&effects), (expected, true, None), "{args}");
        assert_eq!(kinds(&effects), ["answer"]);
    }
}

#[test]
fn opencodes_own_list_moves_tasks() {
    let mut bench = Bench::new();
    bench.planned(vec![task("T1", &[], &[]), task("T2", &[], &[])]);
    let mut list = |status: &str| {
        bench.input(json!({"type": "todos", "session_id": "s", "todos": [
            {"content": "T1: begin", "status": status}, {"content": "something else", "status": "completed"}]}))
    };
    assert_eq!(kinds(&list("pending")), [""; 0]);
    assert_eq!(kinds(&list("in_progress")), ["TaskStarted"]);
    assert_eq!(kinds(&list("completed")), ["TaskClaimed"]);
    assert_eq!(kinds(&list("completed")), [""; 0]);
}

#[test]
fn a_plan_goes_with_its_prompt_and_comes_back_with_it() {
    let mut bench = Bench::new();
    let request = super::request(&bench.prompt(super::WORK)).unwrap();
    bench.frame(LinkFrame::Plan { plan: super::plan(&request.plan_id, vec![task("T1", &["a"], &[])]) });
    let reverted = |bench: &mut Bench, id: Value| {
        bench.input(json!({"type": "reverted", "session_id": "s", "message_id": id}))
    };
    assert_eq!(kinds(&reverted(&mut bench, json!("n"))), [""; 0], "a later message");
    assert_eq!(kinds(&bench.system(false)), ["append_system"]);
    let gone = reverted(&mut bench, json!("m"));
    assert_eq!(events(&gone)[0].payload["kind"], json!("reverted"));
    assert_eq!(kinds(&reverted(&mut bench, json!("l"))), [""; 0], "told once");
    assert_eq!(bench.system(false), []);
    let write = json!({"filePath": "/w/a"});
    assert_eq!(kinds(&bench.tool("write", &write, None)), ["ToolCompleted"], "not followed");
    assert_eq!(kinds(&reverted(&mut bench, Value::Null)), ["Notification"]);
    assert_eq!(kinds(&bench.tool("write", &write, None)), ["ToolCompleted", "TaskStarted"]);

    reverted(&mut bench, json!("m"));
    let removed = |id: &str| json!({"type": "message_removed", "session_id": "s", "message_id": id});
    assert_eq!(kinds(&bench.input(removed("n"))), [""; 0]);
    assert_eq!(kinds(&bench.input(removed("m"))), ["Notification"]);
    reverted(&mut bench, Value::Null);
    assert_eq!(bench.system(false), [], "gone for good");
}

#[test]
fn a_prompt_removed_while_it_is_planned_gives_the_plan_up() {
    let mut bench = Bench::new();
    bench.prompt(super::WORK);
    let effects = bench.input(json!({"type": "message_removed", "session_id": "s", "message_id": "m"}));
    assert_eq!(kinds(&effects), ["Notification", "cancel_plan", "Notification"]);
}

#[test]
fn a_plan_survives_compaction() {
    let mut bench = Bench::new();
    bench.planned(vec![task("T1", &[], &[])]);
    let effects = bench.input(json!({"type": "compacting", "session_id": "s"}));
    assert_eq!(kinds(&effects), ["PreCompact", "append_system"]);
    let effects = bench.input(json!({"type": "compacted", "session_id": "s"}));
    assert_eq!(kinds(&effects), ["Notification"]);
    assert_eq!(kinds(&bench.system(false)), ["append_system"]);
}

#[test]
fn asks_name_who_asks_and_whose_they_are() {
    let mut bench = Bench::new();
    bench.prompt("hello");
    for (child, parent) in [("child", "s"), ("grandchild", "child")] {
        bench.input(
            json!({"type": "session_created", "session_id": child, "parent_id": parent, "title": "t"}),
        );
    }
    let ask = json!({"ask_id": "per_1", "permission": "bash", "patterns": ["curl x"], "command": "curl x"});
    let effects = bench.input(json!({"type": "asked", "session_id": "grandchild", "details": ask}));
    let asked =
        events(&effects).into_iter().find(|event| event.hook_event_type == "PermissionRequest").unwrap();
    assert_eq!(asked.session_id, "grandchild");
    assert_eq!(asked.payload["root_session_id"], json!("s"));
    assert_eq!((&asked.payload["ask_id"], &asked.payload["command"]), (&json!("per_1"), &json!("curl x")));
    let effects = bench
        .input(json!({"type": "answered", "session_id": "grandchild", "ask_id": "per_1", "answer": "once"}));
    let answered = &events(&effects)[0].payload;
    assert_eq!((&answered["kind"], &answered["answer"]), (&json!("permission_answered"), &json!("once")));
}

#[test]
fn thinking_is_removed_and_kept_as_the_person_wants_it() {
    let ended = json!({"type": "reasoning_ended", "session_id": "s", "message_id": "m", "part_id": "r",
        "text": "hm API_KEY=abcdef", "signed": false, "chars": 17});
    for (thinking, keep_thinking, expected) in [
        (Thinking::Hide, false, vec![]),
        (Thinking::Hide, true, vec!["Notification"]),
        (Thinking::Remove, false, vec!["remove part"]),
        (Thinking::Remove, true, vec!["Notification", "remove part"]),
        (Thinking::Show, true, vec![]),
    ] {
        let mut bench = Bench::with(Settings { thinking, keep_thinking, ..Settings::default() });
        bench.prompt("hello");
        let effects = bench.input(ended.clone());
        assert_eq!(kinds(&effects), expected);
        for event in events(&effects) {
            assert_eq!(event.payload["thinking"], json!("hm API_KEY=[redacted:secret]"));
        }
        assert_eq!(bench.input(ended.clone()), [], "once");
    }
    let mut bench = Bench::with(Settings { keep_thinking: true, ..Settings::default() });
    let text = "<think>hm</think>Hello";
    let effects =
        bench.input(json!({"type": "text_complete", "session_id": "s", "part_id": "p", "text": text}));
    assert_eq!(kinds(&effects), ["SessionStart", "Notification", "set_text"]);
    assert_eq!(events(&effects)[1].payload["thinking"], json!(text));
}

#[test]
fn signed_thinking_goes_at_the_end_of_the_turn() {
    let mut bench = Bench::with(Settings { thinking: Thinking::Remove, ..Settings::default() });
    bench.prompt("hello");
    let signed = json!({"type": "reasoning_ended", "session_id": "s", "message_id": "m", "part_id": "r",
        "signed": true, "chars": 17});
    assert_eq!(bench.input(signed), []);
    let idle = bench.input(json!({"type": "session_idle", "session_id": "s"}));
    assert_eq!(kinds(&idle), ["remove part", "Stop"]);
}

#[test]
fn a_version_that_comes_after_the_start_is_told_at_the_end_of_the_turn() {
    let mut bench = Bench::new();
    let started = bench.prompt("hello");
    assert_eq!(events(&started)[0].payload.get("opencode_version"), None);
    bench.input(json!({"type": "host_version", "version": "9.9.9"}));
    let idle = bench.input(json!({"type": "session_idle", "session_id": "s"}));
    assert_eq!(kinds(&idle), ["Stop"]);
    assert_eq!(events(&idle)[0].payload["opencode_version"], json!("9.9.9"));
}

#[test]
fn a_hook_that_is_not_called_is_said_on_the_spot_and_kept() {
    let mut bench = Bench::new();
    bench.input(json!({"type": "host_version", "version": "9.9.9"}));
    let started = bench.prompt("hello");
    assert_eq!(events(&started)[0].payload["opencode_version"], json!("9.9.9"));
    let effects = bench.input(json!({"type": "degraded", "session_id": "s",
        "what": "plans are not told to the model", "hook": "experimental.chat.system.transform"}));
    assert_eq!(kinds(&effects), ["Notification", "notice"]);
    let fact = &events(&effects)[0].payload;
    assert_eq!(
        (&fact["kind"], &fact["hook"]),
        (&json!("degraded"), &json!("experimental.chat.system.transform"))
    );
    assert_eq!(
        fact["message"],
        json!(
            "degraded: plans are not told to the model, because OpenCode 9.9.9 does not call \
               `experimental.chat.system.transform`"
        )
    );
}
