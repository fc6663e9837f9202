//! Plans that workers carry out.

use super::{Bench, WORK, events, hello_task, kinds, request};
use crate::effect::{Effect, NoticeLevel};
use crate::input::Settings;
use crate::test_plans::plan;
use rozet_observability::link::LinkFrame;
use rozet_observability::run::{RunNotice, RunStatus};
use serde_json::json;

fn run(plan_id: &str, status: RunStatus, note: &str) -> LinkFrame {
    let told = status.is_over() || status == RunStatus::Paused;
    let toast = told.then(|| format!("Rozet: {note}"));
    LinkFrame::Run {
        run: RunNotice {
            run_id: format!("run-of-{plan_id}"),
            plan_id: plan_id.into(),
            session_id: "s".into(),
            status,
            note: note.into(),
            toast,
        },
    }
}

fn executing(execute: Option<bool>) -> Bench {
    Bench::with(Settings { execute, ..Settings::default() })
}

/// What the model is told, all blocks together.
fn told(bench: &mut Bench) -> String {
    let effects = bench.system(false);
    let texts: Vec<&str> = effects
        .iter()
        .filter_map(
            |effect| if let Effect::AppendSystem { text } = effect { Some(text.as_str()) } else { None },
        )
        .collect();
    texts.join("\n")
}

fn idle(bench: &mut Bench) -> Vec<Effect> {
    bench.input(json!({"type": "session_idle", "session_id": "s"}))
}

#[test]
fn the_setting_travels_with_the_request_and_silence_leaves_it_to_the_sidecar() {
    for execute in [None, Some(true), Some(false)] {
        let request = request(&executing(execute).prompt(WORK)).unwrap();
        assert_eq!(request.execute, execute);
    }
    for execute in [None, Some(true), Some(false)] {
        let mut bench = Bench::with(Settings { execute, plan: false, ..Settings::default() });
        let request = request(&bench.prompt("/rozet-run say hi")).unwrap();
        assert_eq!((request.execute, request.text.as_str()), (Some(true), "say hi"));
    }
}

#[test]
fn the_model_is_told_to_wait_before_anything_is_heard_when_execution_was_asked_for() {
    let mut bench = executing(Some(true));
    let plan_id = request(&bench.prompt(WORK)).unwrap().plan_id;
    assert_eq!(kinds(&bench.system(true)), ["await_plan"]);
    assert_eq!(
        told(&mut bench),
        "<rozet-workers>\nRozet's workers will carry this request out: do not do the work yourself.\n\
         Call rozet_wait now; it returns what they did.\n</rozet-workers>"
    );
    // The plan alone says nothing new: they will do it.
    bench.frame(LinkFrame::Plan { plan: plan(&plan_id, vec![hello_task()]) });
    assert!(told(&mut bench).contains("Call rozet_wait now") && !told(&mut bench).contains("rozet-plan"));
    bench.frame(run(&plan_id, RunStatus::Running, "T1 running"));
    let text = told(&mut bench);
    assert!(text.contains("T1 running") && text.contains("do not do them yourself"), "{text}");
    assert!(!text.contains("rozet-plan") && !text.contains("will carry"), "{text}");
}

#[test]
fn nothing_is_said_before_the_sidecar_decides() {
    let mut bench = executing(None);
    let plan = bench.planned(vec![hello_task()]);
    assert!(told(&mut bench).starts_with("<rozet-plan>"));
    bench.frame(run(&plan.plan_id, RunStatus::Running, "T1 running"));
    assert!(told(&mut bench).starts_with("<rozet-workers>"));
    assert!(!told(&mut bench).contains("rozet-plan"));
}

#[test]
fn the_result_stands_for_one_turn_and_the_person_hears_once() {
    let mut bench = executing(Some(true));
    let plan = bench.planned(vec![hello_task()]);
    assert_eq!(bench.frame(run(&plan.plan_id, RunStatus::Running, "T1 running")), []);
    idle(&mut bench);
    let effects = bench.frame(run(&plan.plan_id, RunStatus::Failed, "T1 failed"));
    assert_eq!(effects, [Effect::Notice { level: NoticeLevel::Info, message: "Rozet: T1 failed".into() }]);
    assert_eq!(bench.frame(run(&plan.plan_id, RunStatus::Failed, "T1 failed")), []);
    bench.prompt("how did it go?");
    let text = told(&mut bench);
    assert!(text.contains("T1 failed") && !text.contains("rozet-plan"), "{text}");
    assert_eq!(told(&mut bench), text, "each step of the turn is told");
    idle(&mut bench);
    // What is left of the plan is the main model's again.
    bench.prompt("and why?");
    assert!(told(&mut bench).starts_with("<rozet-plan>"));
}

#[test]
fn a_new_plan_makes_the_old_result_old_news() {
    let mut bench = executing(None);
    let plan = bench.planned(vec![hello_task()]);
    bench.frame(run(&plan.plan_id, RunStatus::Completed, "all done"));
    bench.prompt(WORK);
    assert_eq!(told(&mut bench), "");
}

#[test]
fn what_the_main_model_does_is_not_the_workers_work() {
    let write = json!({"filePath": "/w/hello.py"});
    let mut bench = executing(Some(true));
    let plan_id = request(&bench.prompt(WORK)).unwrap().plan_id;
    assert_eq!(kinds(&bench.tool("write", &write, None)), ["ToolCompleted"]);
    let frame = LinkFrame::Plan { plan: plan(&plan_id, vec![hello_task()]) };
    assert_eq!(bench.frame(frame), []);
    bench.frame(run(&plan_id, RunStatus::Running, "T1 running"));
    assert_eq!(kinds(&bench.tool("write", &write, None)), ["ToolCompleted"]);
    assert_eq!(
        kinds(&bench.tool("bash", &json!({"command": "python hello.py"}), Some(0))),
        ["ToolCompleted"]
    );
    assert_eq!(kinds(&idle(&mut bench)), ["Stop"]);
    bench.frame(run(&plan_id, RunStatus::Failed, "T1 failed"));
    bench.prompt("how did it go?");
    assert_eq!(kinds(&bench.tool("write", &write, None)), ["ToolCompleted", "TaskStarted"]);
}

#[test]
fn the_plan_at_hand_is_carried_out_on_request() {
    let mut bench = Bench::new();
    bench.planned(vec![hello_task()]);
    let effects = bench.prompt("/rozet-run ");
    assert_eq!(kinds(&effects), ["UserPromptSubmit", "PlanSkipped", "start_run"]);
    assert_eq!(
        effects.last(),
        Some(&Effect::StartRun { session_id: "s".into(), session_model: Some("p/m".into()) })
    );
    assert!(told(&mut bench).contains("Call rozet_wait now") && !told(&mut bench).contains("rozet-plan"));
    let effects =
        bench.input(json!({"type": "run_unavailable", "session_id": "s", "reason": "there is no plan"}));
    assert_eq!(kinds(&effects), ["Notification", "notice"]);
    assert_eq!(
        events(&effects)[0].payload["message"],
        "Rozet's workers could not be started: there is no plan"
    );
    let text = told(&mut bench);
    assert!(text.contains("tell the user why: there is no plan") && text.contains("rozet-plan"), "{text}");
    idle(&mut bench);
    assert!(!told(&mut bench).contains("there is no plan"));
    // A child of the session has nothing to carry out.
    bench.input(json!({"type": "session_created", "session_id": "c", "parent_id": "s", "title": "t"}));
    assert_eq!(
        kinds(&bench.prompt_in("c", "/rozet-run")),
        ["SessionStart", "UserPromptSubmit", "PlanSkipped"]
    );
}

#[test]
fn without_a_tool_to_wait_with_none_is_named() {
    let mut bench = executing(Some(false));
    let plan_id = request(&bench.prompt("/rozet-run say hi")).unwrap().plan_id;
    assert!(told(&mut bench).contains("end your turn"));
    bench.frame(run(&plan_id, RunStatus::Running, "T1 running"));
    assert!(!told(&mut bench).contains("rozet_wait"));
}

#[test]
fn workers_that_do_not_come_are_not_waited_for() {
    let asked = || {
        let mut bench = executing(Some(true));
        let plan_id = request(&bench.prompt(WORK)).unwrap().plan_id;
        (bench, plan_id)
    };
    let (mut bench, plan_id) = asked();
    bench.input(json!({"type": "plan_unavailable", "session_id": "s", "plan_id": plan_id, "reason": "r"}));
    assert_eq!(told(&mut bench), "");
    let (mut bench, _) = asked();
    bench.input(json!({"type": "aborted", "session_id": "s"}));
    assert_eq!(told(&mut bench), "");
    let (mut bench, plan_id) = asked();
    bench.frame(LinkFrame::Plan { plan: plan(&plan_id, vec![hello_task()]) });
    bench.tool("rozet_wait", &json!({}), None);
    assert!(told(&mut bench).starts_with("<rozet-plan>"));
}

#[test]
fn runs_of_unknown_sessions_cost_nothing() {
    assert_eq!(Bench::new().frame(run("p", RunStatus::Completed, "n")), []);
    let unavailable = json!({"type": "run_unavailable", "session_id": "x", "reason": "r"});
    assert_eq!(Bench::new().input(unavailable), []);
}

#[test]
fn a_pause_is_told_once_as_it_needs_the_person() {
    let mut bench = executing(None);
    let plan_id = request(&bench.prompt(WORK)).unwrap().plan_id;
    bench.frame(run(&plan_id, RunStatus::Running, "T1 running"));
    let paused = run(&plan_id, RunStatus::Paused, "T1 waits for a person");
    let notice = Effect::Notice { level: NoticeLevel::Info, message: "Rozet: T1 waits for a person".into() };
    assert_eq!(bench.frame(paused.clone()), std::slice::from_ref(&notice));
    assert_eq!(bench.frame(paused.clone()), []);
    bench.frame(run(&plan_id, RunStatus::Running, "T1 running"));
    assert_eq!(bench.frame(paused), [notice]);
}
