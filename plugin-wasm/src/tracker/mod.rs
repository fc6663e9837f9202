//! Following a plan by what tools do: which task is worked on, and which seems done. What is found here is a
//! claim; the sidecar's checks decide.

mod command;
mod observation;
mod path;
mod todos;

pub use observation::Observation;

use crate::memory::Memory;
use rozet_observability::plan::{Check, Plan, Task, TaskStatus};

/// Paths and commands remembered for one plan.
const MOST_REMEMBERED: usize = 512;

/// What was observed of the tasks of one plan.
#[derive(Debug, Default)]
pub struct Tracker {
    /// Rises with each observation.
    moment: u64,
    /// When each path was last written, relative to the workspace.
    written: Memory<MOST_REMEMBERED>,
    /// When each path was last seen to exist.
    seen: Memory<MOST_REMEMBERED>,
    /// When each command last ran with exit code 0; a later failure removes it.
    passed: Memory<MOST_REMEMBERED>,
    tasks: Vec<Progress>,
}

#[derive(Debug, Default)]
struct Progress {
    task_id: String,
    started: bool,
    /// When it was last worked on.
    worked: u64,
    /// When it was last claimed.
    claimed: Option<u64>,
    /// Whether OpenCode's own list was heard to have it under way, and completed.
    listed: (bool, bool),
}

/// What the tracker concludes about one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Work on it was observed.
    Started {
        /// The task.
        task_id: String,
    },
    /// It seems done.
    Claimed {
        /// The task.
        task_id: String,
        /// Why, in words for a person.
        statement: String,
    },
    /// The model cannot go on with it.
    Blocked {
        /// The task.
        task_id: String,
        /// Why, in words for a person.
        reason: String,
    },
}

impl Tracker {
    /// Takes in what one tool call did, and says what follows for the plan's tasks, in their order.
    pub fn observe(&mut self, plan: &Plan, observation: &Observation) -> Vec<Step> {
        self.moment += 1;
        self.remember(observation);
        let mut steps = Vec::new();
        for task in plan.tasks.iter().filter(|task| !task.status.is_final()) {
            if !observation.concerns(task) || self.belongs_to_earlier(plan, task, observation) {
                continue;
            }
            let moment = self.moment;
            let progress = progress(&mut self.tasks, task);
            progress.worked = moment;
            if !progress.started {
                progress.started = true;
                steps.push(Step::Started { task_id: task.task_id.clone() });
            }
        }
        for task in plan.tasks.iter().filter(|task| may_be_claimed(task)) {
            if let Some(statement) = self.finished(task, true) {
                steps.push(self.claim(task, statement));
            }
        }
        steps
    }

    /// What follows for the plan's tasks when the model stops: tasks that only a person can judge are claimed
    /// when they were worked on, and so are those whose checks held before their last change.
    pub fn idle(&mut self, plan: &Plan) -> Vec<Step> {
        let mut steps = Vec::new();
        for task in plan.tasks.iter().filter(|task| may_be_claimed(task)) {
            let statement = if task.checks.iter().all(|check| matches!(check, Check::Manual { .. })) {
                let worked_on = self.has_news(task);
                worked_on.then(|| "worked on, and the turn ended".to_owned())
            } else {
                self.finished(task, false)
            };
            if let Some(statement) = statement {
                steps.push(self.claim(task, statement));
            }
        }
        steps
    }

    /// Somebody says that work on a task begins; none when that is known.
    pub fn start(&mut self, task: &Task) -> Option<Step> {
        let known = matches!(task.status, TaskStatus::Running | TaskStatus::Verifying);
        let progress = progress(&mut self.tasks, task);
        progress.started = true;
        (!known).then(|| Step::Started { task_id: task.task_id.clone() })
    }

    /// Somebody says that a task waits for a human.
    pub fn block(&mut self, task: &Task, reason: String) -> Step {
        progress(&mut self.tasks, task).started = false;
        Step::Blocked { task_id: task.task_id.clone(), reason }
    }

    /// Whether it is news that OpenCode's own list has the task under way, or done.
    fn heard(&mut self, task_id: &str, done: bool) -> bool {
        let progress = of(&mut self.tasks, task_id);
        let listed = if done { &mut progress.listed.1 } else { &mut progress.listed.0 };
        !std::mem::replace(listed, true)
    }

    /// Somebody says that a task is done.
    pub fn claim(&mut self, task: &Task, statement: String) -> Step {
        let progress = progress(&mut self.tasks, task);
        progress.claimed = Some(progress.worked);
        Step::Claimed { task_id: task.task_id.clone(), statement }
    }

    /// Whether the task was worked on since it was last claimed.
    fn has_news(&self, task: &Task) -> bool {
        let Some(progress) = self.tasks.iter().find(|progress| progress.task_id == task.task_id) else {
            return false;
        };
        progress.started && progress.claimed.is_none_or(|claimed| progress.worked > claimed)
    }

    /// Why every check that a machine can judge plausibly holds; none when one does not, or nothing is new.
    /// `fresh`: commands must have passed after the last change of the task's files.
    fn finished(&self, task: &Task, fresh: bool) -> Option<String> {
        if !self.has_news(task) {
            return None;
        }
        let changed = task.files.iter().filter_map(|file| self.written.get(&path::tidy(file)?)).max();
        let mut reasons = Vec::new();
        for check in &task.checks {
            match check {
                Check::Manual { .. } | Check::FileUnchanged { .. } | Check::OnlyTouched { .. } => {}
                Check::FileExists { path } => {
                    let path = path::tidy(path)?;
                    self.seen.get(&path).or_else(|| self.written.get(&path))?;
                    reasons.push(format!("{path} was written or seen"));
                }
                Check::FileContains { path, .. } => {
                    let path = path::tidy(path)?;
                    self.written.get(&path)?;
                    reasons.push(format!("{path} was written"));
                }
                Check::Command { command } => {
                    let passed = self.passed.iter().filter(|(ran, _)| command::covers(ran, command));
                    let last = passed.map(|(_, moment)| moment).max()?;
                    if fresh && changed.is_some_and(|changed| changed > last) {
                        return None;
                    }
                    reasons.push(format!("`{command}` exited with 0"));
                }
            }
        }
        (!reasons.is_empty()).then(|| reasons.join(", "))
    }

    fn remember(&mut self, observation: &Observation) {
        let moment = self.moment;
        for path in &observation.written {
            self.written.note(path, moment);
        }
        for path in &observation.seen {
            self.seen.note(path, moment);
        }
        if let Some(run) = &observation.ran {
            if run.passed {
                self.passed.note(&run.command, moment);
            } else {
                let same =
                    |ran: &str| command::covers(&run.command, ran) || command::covers(ran, &run.command);
                let undone: Vec<String> =
                    self.passed.iter().filter(|(ran, _)| same(ran)).map(|(ran, _)| ran.to_owned()).collect();
                for ran in &undone {
                    self.passed.remove(ran);
                }
            }
        }
    }

    /// Whether a task that this one waits for accounts for the observation: then it is not yet this one's turn.
    fn belongs_to_earlier(&self, plan: &Plan, task: &Task, observation: &Observation) -> bool {
        plan.tasks.iter().any(|earlier| {
            let claimed = self
                .tasks
                .iter()
                .any(|progress| progress.task_id == earlier.task_id && progress.claimed.is_some());
            task.depends_on.contains(&earlier.task_id)
                && !earlier.status.is_final()
                && !claimed
                && observation.concerns(earlier)
        })
    }
}

fn may_be_claimed(task: &Task) -> bool {
    match task.status {
        TaskStatus::Planned
        | TaskStatus::Ready
        | TaskStatus::Running
        | TaskStatus::Failed
        | TaskStatus::Blocked => true,
        TaskStatus::Verifying | TaskStatus::Completed | TaskStatus::Cancelled => false,
    }
}

/// What was seen of a task; plans are small.
fn progress<'t>(tasks: &'t mut Vec<Progress>, task: &Task) -> &'t mut Progress {
    of(tasks, &task.task_id)
}

fn of<'t>(tasks: &'t mut Vec<Progress>, task_id: &str) -> &'t mut Progress {
    match tasks.iter().position(|progress| progress.task_id == task_id) {
        Some(place) => {
            let known = tasks.remove(place);
            tasks.push_mut(known)
        }
        None => tasks.push_mut(Progress { task_id: task_id.to_owned(), ..Progress::default() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_plans::{plan, task};

    fn wrote(path: &str) -> Observation {
        Observation { written: vec![path.into()], ..Observation::default() }
    }

    fn ran(command: &str, exit: i32) -> Observation {
        Observation::of(
            "/w",
            "bash",
            serde_json::json!({"command": command}).as_object().unwrap(),
            Some(exit),
        )
    }

    fn started(id: &str) -> Step {
        Step::Started { task_id: id.into() }
    }

    fn ids(steps: &[Step]) -> Vec<String> {
        steps
            .iter()
            .map(|step| match step {
                Step::Started { task_id } => format!("+{task_id}"),
                Step::Claimed { task_id, .. } => format!("!{task_id}"),
                Step::Blocked { task_id, .. } => format!("-{task_id}"),
            })
            .collect()
    }

    fn exists(path: &str) -> Check {
        Check::FileExists { path: path.into() }
    }

    #[test]
    fn a_written_file_starts_and_claims_its_task_once() {
        let mut first = task("T1", &["hello.py"], &[]);
        first.checks = vec![exists("./hello.py")];
        let plan = plan("p", vec![first, task("T2", &["other.py"], &[])]);
        let mut tracker = Tracker::default();
        assert_eq!(ids(&tracker.observe(&plan, &wrote("hello.py"))), ["+T1", "!T1"]);
        assert_eq!(tracker.observe(&plan, &wrote("third.py")), []);
        assert_eq!(tracker.observe(&plan, &ran("ls", 0)), []);
        assert_eq!(ids(&tracker.observe(&plan, &wrote("hello.py"))), ["!T1"]);
    }

    #[test]
    fn a_command_counts_when_it_passes_after_the_last_change() {
        let plan = plan("p", vec![task("T1", &["hello.py"], &["python hello.py"])]);
        let mut tracker = Tracker::default();
        assert_eq!(tracker.observe(&plan, &wrote("hello.py")), [started("T1")]);
        assert_eq!(tracker.observe(&plan, &ran("python hello.py", 1)), []);
        assert_eq!(
            tracker.observe(&plan, &ran("cd /w && python  hello.py", 0)),
            [Step::Claimed { task_id: "T1".into(), statement: "`python hello.py` exited with 0".into() }]
        );
        assert_eq!(tracker.observe(&plan, &wrote("hello.py")), []);
        assert_eq!(ids(&tracker.idle(&plan)), ["!T1"]);
        assert_eq!(tracker.idle(&plan), []);
        assert_eq!(tracker.observe(&plan, &wrote("hello.py")), []);
        assert_eq!(tracker.observe(&plan, &ran("python hello.py", 1)), []);
        assert_eq!(tracker.idle(&plan), []);
    }

    #[test]
    fn tasks_for_people_are_claimed_when_the_turn_ends() {
        let mut manual = task("T1", &["a.md"], &[]);
        manual.checks = vec![Check::Manual { question: "good?".into() }];
        let plan = plan("p", vec![manual, task("T2", &["b.md"], &[])]);
        let mut tracker = Tracker::default();
        assert_eq!(tracker.idle(&plan), []);
        assert_eq!(tracker.observe(&plan, &wrote("a.md")), [started("T1")]);
        assert_eq!(ids(&tracker.idle(&plan)), ["!T1"]);
        assert_eq!(tracker.idle(&plan), []);
    }

    #[test]
    fn a_failed_task_is_claimed_again_after_new_work() {
        let mut first = task("T1", &["a.py"], &[]);
        first.checks = vec![exists("a.py")];
        let mut plan = plan("p", vec![first]);
        let mut tracker = Tracker::default();
        tracker.observe(&plan, &wrote("a.py"));
        plan.tasks[0].status = TaskStatus::Verifying;
        assert_eq!(tracker.observe(&plan, &wrote("a.py")), []);
        plan.tasks[0].status = TaskStatus::Failed;
        assert_eq!(ids(&tracker.observe(&plan, &wrote("a.py"))), ["!T1"]);
        plan.tasks[0].status = TaskStatus::Completed;
        assert_eq!(tracker.observe(&plan, &wrote("a.py")), []);
    }

    #[test]
    fn work_belongs_to_the_earlier_of_two_dependent_tasks() {
        let mut second = task("T2", &["a.py"], &["python a.py"]);
        second.depends_on = vec!["T1".into()];
        let mut first = task("T1", &["a.py"], &[]);
        first.checks = vec![exists("a.py")];
        let plan = plan("p", vec![first, second]);
        let mut tracker = Tracker::default();
        assert_eq!(ids(&tracker.observe(&plan, &wrote("a.py"))), ["+T1", "!T1"]);
        assert_eq!(ids(&tracker.observe(&plan, &ran("python a.py", 0))), ["+T2", "!T2"]);
    }
}
