//! What the model says of tasks: by the tool `rozet_task`, and by OpenCode's own list of what is to be done. Claims,
//! all of it; the sidecar's checks decide.

use super::Core;
use crate::effect::Effect;
use crate::input::Todo;
use rozet_observability::plan::{CheckOutcome, Plan, Task, TaskStatus};
use serde_json::{Map, Value};

/// The name of the tool.
const TOOL: &str = "rozet_task";
/// The most characters of what the model says of a task.
const MOST_WORDS: usize = 500;

/// What a call of the tool asks for.
enum Wish<'a> {
    Start,
    Done(&'a str),
    Blocked(&'a str),
}

impl Core {
    pub(super) fn task_tool(
        &mut self,
        now: i64,
        session_id: &str,
        args: &Map<String, Value>,
        out: &mut Vec<Effect>,
    ) {
        match self.task_wish(now, session_id, args, out) {
            Ok((task_id, wish)) => {
                let (text, awaits) = match wish {
                    Wish::Start => (format!("{task_id} is under way."), None),
                    Wish::Done(_) => (format!("{task_id} is claimed; its checks decide."), Some(task_id)),
                    Wish::Blocked(_) => (format!("{task_id} waits for a human."), None),
                };
                out.push(Effect::Answer { text, refused: false, awaits });
            }
            Err(text) => out.push(Effect::Answer { text, refused: true, awaits: None }),
        }
    }

    fn task_wish<'a>(
        &mut self,
        now: i64,
        session_id: &str,
        args: &'a Map<String, Value>,
        out: &mut Vec<Effect>,
    ) -> Result<(String, Wish<'a>), String> {
        let task_id = words(args, "task_id", "the task's id, such as \"T1\"")?;
        let wish = match args.get("action").and_then(Value::as_str) {
            Some("start") => Wish::Start,
            Some("done") => Wish::Done(words(args, "evidence", "what shows that it is done")?),
            Some("blocked") => Wish::Blocked(words(args, "reason", "what it waits for")?),
            _ => return Err("`action`: expected \"start\", \"done\" or \"blocked\".".to_owned()),
        };
        let session = self.sessions.touch(session_id);
        let Some((plan, tracker)) = session.tracked() else {
            return Err(match &session.plan {
                Some(_) if !session.set_aside => {
                    "Rozet's workers are at this plan: leave it to them.".to_owned()
                }
                _ => "There is no plan in this session: go on without this tool.".to_owned(),
            });
        };
        let task = named(plan, task_id)?;
        let task_id = task.task_id.clone();
        let step = match &wish {
            Wish::Start => tracker.start(task),
            Wish::Done(evidence) => Some(tracker.claim(task, cut(evidence))),
            Wish::Blocked(reason) => Some(tracker.block(task, cut(reason))),
        };
        self.follow(now, session_id, TOOL, step.into_iter().collect(), out);
        Ok((task_id, wish))
    }

    /// What became of a claim, for the model.
    pub(super) fn task_verdict(&mut self, session_id: &str, task_id: &str, out: &mut Vec<Effect>) {
        let plan = self.sessions.get(session_id).and_then(|session| session.plan.as_ref());
        let task = plan.and_then(|plan| plan.tasks.iter().find(|task| task.task_id == task_id));
        let text = task.map_or_else(|| format!("{task_id} is no longer in the plan."), verdict);
        out.push(Effect::Answer { text, refused: false, awaits: None });
    }

    /// OpenCode's own list moved: entries that are the same work as a task move that task.
    pub(super) fn todos(&mut self, now: i64, session_id: &str, todos: &[Todo], out: &mut Vec<Effect>) {
        let Some(session) = self.sessions.get(session_id) else { return };
        let Some((plan, tracker)) = session.tracked() else { return };
        let steps = tracker.todos(plan, todos);
        self.follow(now, session_id, "todowrite", steps, out);
    }
}

fn words<'a>(args: &'a Map<String, Value>, name: &str, expected: &str) -> Result<&'a str, String> {
    let given = args.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    given.ok_or_else(|| format!("`{name}`: expected {expected}."))
}

fn named<'p>(plan: &'p Plan, task_id: &str) -> Result<&'p Task, String> {
    let ids = || plan.tasks.iter().map(|task| task.task_id.as_str()).collect::<Vec<_>>().join(", ");
    let task = plan.tasks.iter().find(|task| task.task_id.eq_ignore_ascii_case(task_id));
    let task = task.ok_or_else(|| format!("`task_id`: the plan has {}.", ids()))?;
    if task.status.is_final() {
        return Err(format!("{} is {} already.", task.task_id, task.status.as_str()));
    }
    Ok(task)
}

fn cut(text: &str) -> String {
    text.chars().take(MOST_WORDS).collect()
}

fn verdict(task: &Task) -> String {
    let id = &task.task_id;
    match task.status {
        TaskStatus::Completed => format!("{id} is completed: its checks passed."),
        TaskStatus::Failed => {
            let failed = task.evidence.iter().find(|seen| seen.outcome == CheckOutcome::Failed);
            let why = failed.map(|seen| format!("{}: {}", seen.check.describe(), seen.detail));
            format!("{id} is not done. {}", why.unwrap_or_default())
        }
        TaskStatus::Blocked => {
            let what = task.waits_for.as_ref().map(|waits| waits.what.as_str()).unwrap_or_default();
            format!("{id} is not proved. {what}")
        }
        _ => format!("{id} is claimed; its checks are not over yet."),
    }
}
