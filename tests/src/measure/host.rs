//! What Rozet costs a whole OpenCode: the same scripted turn with and without the plugin, one after the other.
//!
//! A turn of OpenCode takes some hundred milliseconds more or less by itself, and whatever disturbs it only makes it longer.
//! So the lower quartiles are compared, and a second OpenCode without the plugin runs along: what the two without it
//! differ by is what cannot be told from chance.

use super::Measured;
use super::number::{Unit, quantile};
use crate::artifacts::Artifacts;
use crate::home::Home;
use crate::opencode::OpenCode;
use crate::rig::Rig;
use crate::scripted_model::{Delta, PlannerScript, Script, ScriptedModel, Step};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;

/// Turns of each side.
const ROUNDS: usize = 20;
const TOOL_CALLS: usize = 4;
const DELTAS: usize = 4_000;
const PROMPT: &str = "Create four files, one after the other, and then say what is in each of them.";
const ANSWER: &str = "That is all there is.";
/// `sysconf(_SC_CLK_TCK)` on Linux: the kernel tells processor time in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;

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

/// Measures a turn's wall and processor time.
///
/// # Errors
/// When a turn fails, or something cannot be started.
pub async fn host(artifacts: &Artifacts) -> Result<Vec<Measured>> {
    // Everything on, and the plan not waited for.
    let rig =
        Rig::with_artifacts(artifacts.clone(), script()).await?.with_variable("ROZET_PLAN_WAIT_MS", "0");
    let sidecar = rig.sidecar().await?;
    let (bare, control) = (Bare::new().await?, Bare::new().await?);
    let opencodes = [bare.opencode(artifacts), rig.opencode(), control.opencode(artifacts)];
    let mut turns = [const { Vec::new() }; 3];
    // The first round migrates databases and is thrown away.
    for round in 0..=ROUNDS {
        let mut sides: Vec<_> = opencodes.iter().zip(&mut turns).collect();
        // A machine that gets faster or slower must favour nobody.
        if round.is_multiple_of(2) {
            sides.reverse();
        }
        for (opencode, turns) in sides {
            let before = processor_ms()?;
            let run = opencode.run(PROMPT, None).await?;
            ensure!(run.finished.code == Some(0) && run.answer.contains(ANSWER), "{}", run.finished.stderr);
            if round > 0 {
                let wall_ms = run.finished.elapsed.as_secs_f64() * 1_000.0;
                turns.push(Turn { wall_ms, processor_ms: processor_ms()? - before });
            }
        }
    }
    rig.model.verify()?;
    sidecar.stop().await?;
    let [without, with, control] = turns;
    let wall = |turns: &[Turn]| lower_quartile(turns, |turn| turn.wall_ms);
    let processor = |turns: &[Turn]| lower_quartile(turns, |turn| turn.processor_ms);
    let (base_wall, base_processor) = (wall(&without), processor(&without));
    let (more_wall, more_processor) = (wall(&with) - base_wall, processor(&with) - base_processor);
    Ok(vec![
        Measured::time(
            format!("a turn without Rozet, 4 tools and 4,000 tokens, lower quartile of {ROUNDS}"),
            base_wall,
            None,
        ),
        Measured::time("  with it, longer by", more_wall, Some(60.0)),
        percent("  with it, longer by", more_wall / base_wall, Some(2.0)),
        Measured::time("  a second time without it, longer by", wall(&control) - base_wall, None),
        Measured::time("  with it, longer by, median of pairs", median_more(&with, &without), None),
        Measured::time("  a second time without it, the same", median_more(&control, &without), None),
        Measured::time("  processor time without it", base_processor, None),
        percent("  with it, more by", more_processor / base_processor, Some(3.0)),
        percent(
            "  a second time without it, more by",
            (processor(&control) - base_processor) / base_processor,
            None,
        ),
    ])
}

/// An OpenCode without the plugin.
struct Bare {
    home: Home,
    /// Answers as long as this lives.
    _model: ScriptedModel,
}

impl Bare {
    async fn new() -> Result<Self> {
        let (home, model) = (Home::temporary()?, ScriptedModel::start(script()).await?);
        home.configure_opencode(model.endpoint(), None)?;
        Ok(Self { home, _model: model })
    }

    fn opencode(&self, artifacts: &Artifacts) -> OpenCode<'_> {
        OpenCode::isolated(&artifacts.opencode, &self.home)
    }
}

/// What one turn took.
#[derive(Clone, Copy)]
struct Turn {
    wall_ms: f64,
    processor_ms: f64,
}

fn lower_quartile(turns: &[Turn], of: impl Fn(&Turn) -> f64) -> f64 {
    quantile(&mut turns.iter().map(of).collect::<Vec<_>>(), 0.25)
}

/// The median of what the turns of one round differ by.
fn median_more(with: &[Turn], without: &[Turn]) -> f64 {
    let mut more: Vec<f64> =
        with.iter().zip(without).map(|(with, without)| with.wall_ms - without.wall_ms).collect();
    quantile(&mut more, 0.5)
}

fn percent(name: &str, share: f64, limit: Option<f64>) -> Measured {
    Measured::new(name, share * 100.0, Unit::Percent, limit)
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
