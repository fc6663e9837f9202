//! What Rozet costs a whole OpenCode: the same scripted turn with and without the plugin, in pairs, one after the other.

use super::Measured;
use super::number::{Unit, quantile};
use crate::artifacts::Artifacts;
use crate::home::Home;
use crate::opencode::OpenCode;
use crate::rig::Rig;
use crate::scripted_model::{Delta, PlannerScript, Script, ScriptedModel, Step};
use crate::terminal::Terminal;
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

/// Pairs of turns. A turn takes seconds, and what is looked for is a few hundredths of it.
const PAIRS: usize = 12;
/// Pairs of starts of the terminal interface.
const SCREENS: usize = 8;
const TOOL_CALLS: usize = 4;
const DELTAS: usize = 4_000;
const PROMPT: &str = "Create four files, one after the other, and then say what is in each of them.";
const ANSWER: &str = "That is all there is.";
/// What OpenCode's first screen has on it, with any plugin.
const FIRST_SCREEN: &str = "Ask anything";
const SCREEN_WITHIN: Duration = Duration::from_mins(1);
/// `sysconf(_SC_CLK_TCK)` on Linux: the kernel tells processor time in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;

/// Measures a turn's wall and processor time, and the time to the terminal's first screen.
///
/// # Errors
/// When a turn fails, or something cannot be started.
pub async fn host(artifacts: &Artifacts) -> Result<Vec<Measured>> {
    let mut numbers = turns(artifacts).await?;
    numbers.extend(first_screen(artifacts).await?);
    Ok(numbers)
}

/// A model that streams 4,000 tokens around four tool calls.
fn script() -> Script {
    let words = |count: usize| {
        (0..count).map(|index| Delta::text(if index % 12 == 11 { "words\n" } else { "words " }))
    };
    let each = DELTAS / (TOOL_CALLS + 1);
    let step = |number: usize| {
        let run = json!({"command": format!("echo {number} > file{number}.txt"), "description": "Writes"});
        let call = Delta::tool(&format!("call_{number}"), "bash", run);
        Step::says([Delta::reasoning("Now the next.")].into_iter().chain(words(each)).chain([call]))
    };
    let last = Step::says(words(each).chain([Delta::text(ANSWER)]));
    let task = json!({"id": "T1", "description": "Create four files", "files": ["file0.txt"], "depends_on": [],
        "checks": [{"type": "file_exists", "path": "file0.txt"}]});
    let plan = json!({"summary": "Four files", "tasks": [task]}).to_string();
    Script {
        title: "Four files".into(),
        planner: PlannerScript::Always(Step::says([Delta::text(&plan)])),
        worker: (0..TOOL_CALLS).map(step).chain([last]).collect(),
        by_prompt: BTreeMap::new(),
        tasks: BTreeMap::new(),
    }
}

async fn turns(artifacts: &Artifacts) -> Result<Vec<Measured>> {
    // Everything on, and the plan not waited for.
    let rig =
        Rig::with_artifacts(artifacts.clone(), script()).await?.with_variable("ROZET_PLAN_WAIT_MS", "0");
    let sidecar = rig.sidecar().await?;
    let bare = Home::temporary()?;
    let model = ScriptedModel::start(script()).await?;
    bare.configure_opencode(model.endpoint(), None)?;
    let without = OpenCode::isolated(&artifacts.opencode, &bare);
    let (mut walls, mut processors) = (Vec::new(), Vec::new());
    // The first pair migrates databases and is thrown away.
    for pair in 0..=PAIRS {
        let (mut wall, mut processor) = (Pair::default(), Pair::default());
        for side in Side::in_turn(pair) {
            let opencode = if side == Side::With { &rig.opencode() } else { &without };
            let before = processor_ms()?;
            let run = opencode.run(PROMPT, None).await?;
            ensure!(run.finished.code == Some(0) && run.answer.contains(ANSWER), "{}", run.finished.stderr);
            wall.note(side, run.finished.elapsed.as_secs_f64() * 1_000.0);
            processor.note(side, processor_ms()? - before);
        }
        if pair > 0 {
            walls.push(wall);
            processors.push(processor);
        }
    }
    rig.model.verify()?;
    sidecar.stop().await?;
    let [wall, more_wall, wall_percent] = compared(&walls);
    let [processor, more_processor, processor_percent] = compared(&processors);
    Ok(vec![
        Measured::time(
            format!("a turn without Rozet, 4 tools and 4,000 tokens, median of {PAIRS}"),
            wall,
            None,
        ),
        Measured::time("  with it, longer by, median of pairs", more_wall, Some(60.0)),
        percent("  with it, longer by", wall_percent, 2.0),
        Measured::time("  processor time without it", processor, None),
        Measured::time("  with it, more by", more_processor, None),
        percent("  with it, more by", processor_percent, 3.0),
    ])
}

fn percent(name: &str, value: f64, limit: f64) -> Measured {
    Measured::new(name, value, Unit::Percent, Some(limit))
}

/// Which of two.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Without,
    With,
}

impl Side {
    /// Both, taking turns in going first, so that a machine that gets faster or slower favours nobody.
    fn in_turn(pair: usize) -> [Self; 2] {
        if pair.is_multiple_of(2) { [Self::Without, Self::With] } else { [Self::With, Self::Without] }
    }
}

/// The same thing measured without Rozet and with it.
#[derive(Clone, Copy, Default)]
struct Pair {
    without: f64,
    with: f64,
}

impl Pair {
    fn note(&mut self, side: Side, value: f64) {
        match side {
            Side::Without => self.without = value,
            Side::With => self.with = value,
        }
    }
}

/// The median without Rozet, the median of the differences within pairs, and that as a percentage.
fn compared(pairs: &[Pair]) -> [f64; 3] {
    let mut without: Vec<f64> = pairs.iter().map(|pair| pair.without).collect();
    let mut more: Vec<f64> = pairs.iter().map(|pair| pair.with - pair.without).collect();
    let (without, more) = (quantile(&mut without, 0.5), quantile(&mut more, 0.5));
    [without, more, more / without * 100.0]
}

/// Processor time of this process's children that were waited for, with theirs.
fn processor_ms() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat").context("processor time is only told on Linux")?;
    // The second field is a name in parentheses, which may hold blanks; user and system time of children follow as 16 and 17.
    let (_, fields) = stat.rsplit_once(')').context("no name in /proc/self/stat")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks =
        |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).context("no such field");
    Ok((ticks(13)? + ticks(14)?) / TICKS_PER_SECOND * 1_000.0)
}

async fn first_screen(artifacts: &Artifacts) -> Result<Vec<Measured>> {
    let rig = Rig::with_artifacts(artifacts.clone(), script()).await?;
    let sidecar = rig.sidecar().await?;
    let bare = Home::temporary()?;
    bare.configure_opencode(rig.model.endpoint(), None)?;
    let mut pairs = Vec::new();
    for pair in 0..=SCREENS {
        let mut times = Pair::default();
        for side in Side::in_turn(pair) {
            let home = if side == Side::With { &rig.home } else { &bare };
            let began = Instant::now();
            let terminal = Terminal::open(home, 180, 50, &artifacts.opencode).await?;
            terminal.wait_for(&[FIRST_SCREEN], SCREEN_WITHIN).await?;
            times.note(side, began.elapsed().as_secs_f64() * 1_000.0);
        }
        if pair > 0 {
            pairs.push(times);
        }
    }
    sidecar.stop().await?;
    let [without, more, _] = compared(&pairs);
    Ok(vec![
        Measured::time(
            format!("the terminal's first screen without Rozet, median of {SCREENS}"),
            without,
            None,
        ),
        Measured::time("  with it, later by, median of pairs", more, Some(30.0)),
    ])
}
