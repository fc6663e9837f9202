//! What Rozet costs OpenCode's own interface: the first screen, and typing. The same OpenCode without Rozet runs in turn
//! with it, because the machine has moods.

use super::Measured;
use super::number::quantile;
use crate::main_job::{ANSWER, DEFAULT_PROMPT};
use crate::rig::Rig;
use crate::scene::{Scene, WIDE};
use crate::terminal::Terminal;
use anyhow::{Result, bail};
use std::time::{Duration, Instant};

/// Starts with and without Rozet, in turn.
const STARTS: usize = 20;
/// Sessions typed into with and without Rozet, and characters typed into each.
const SESSIONS: usize = 2;
const CHARACTERS: usize = 60;
const STARTS_WITHIN: Duration = Duration::from_mins(1);
const SHOWN_WITHIN: Duration = Duration::from_secs(5);
/// Between two characters, so that each is drawn by itself.
const BETWEEN: Duration = Duration::from_millis(70);
const FIRST_SCREEN_LIMIT_MS: f64 = 30.0;
/// A quarter of a frame: what is less cannot be told from chance.
const TYPING_LIMIT_MS: f64 = 4.0;

/// Measures the first screen and typing, in pairs.
///
/// # Errors
/// When OpenCode does not start, or shows nothing of what is typed.
pub async fn terminal() -> Result<Vec<Measured>> {
    let (mut starts, mut bare_starts) = first_screens().await?;
    let (mut typed, mut bare_typed) = (Vec::new(), Vec::new());
    for _ in 0..SESSIONS {
        bare_typed.extend(typing(false).await?);
        typed.extend(typing(true).await?);
    }
    let mut numbers = pair("terminal, first screen", &mut starts, &mut bare_starts, FIRST_SCREEN_LIMIT_MS);
    let name = "terminal, a typed character to its place beside a plan in the sidebar";
    numbers.extend(pair(name, &mut typed, &mut bare_typed, TYPING_LIMIT_MS));
    Ok(numbers)
}

fn pair(name: &str, with: &mut [f64], without: &mut [f64], limit: f64) -> Vec<Measured> {
    let count = with.len();
    let (with, without) = (quantile(with, 0.5), quantile(without, 0.5));
    vec![
        Measured::time(format!("{name}, median of {count}"), with, None),
        Measured::time(format!("{name}, without Rozet, median of {count}"), without, None),
        Measured::time(format!("{name}, the difference"), with - without, Some(limit)),
    ]
}

/// From the start of OpenCode to its prompt on the screen, in milliseconds, with Rozet and without.
async fn first_screens() -> Result<(Vec<f64>, Vec<f64>)> {
    let (with, without) = (rig(true).await?, rig(false).await?);
    let (sidecar, mut starts, mut bare_starts) = (with.sidecar().await?, Vec::new(), Vec::new());
    for start in 0..=STARTS {
        let (bare_took, took) = (first_screen(&without).await?, first_screen(&with).await?);
        // The first start of a home migrates its database, and installs the plugin's package.
        if start > 0 {
            bare_starts.push(bare_took);
            starts.push(took);
        }
    }
    sidecar.stop().await?;
    Ok((starts, bare_starts))
}

async fn first_screen(rig: &Rig) -> Result<f64> {
    let start = Instant::now();
    let terminal = Terminal::open(&rig.home, WIDE.0, WIDE.1, &rig.artifacts.opencode).await?;
    shown(&terminal, start, STARTS_WITHIN, |screen| screen.contains("ctrl+p commands")).await?;
    Ok(start.elapsed().as_secs_f64() * 1_000.0)
}

/// From each key to its character on the screen, in milliseconds, in a session whose turn is over.
async fn typing(with_rozet: bool) -> Result<Vec<f64>> {
    let scene = Scene::of(rig(with_rozet).await?, WIDE).await?;
    scene.prompt(DEFAULT_PROMPT).await?;
    scene.uncovered(&[ANSWER, if with_rozet { "Rozet plan 2/2" } else { "Context" }]).await?;
    let mut times = Vec::new();
    for count in 1..=CHARACTERS {
        tokio::time::sleep(BETWEEN).await;
        let wanted = format!("┃  {}", "x".repeat(count));
        let start = Instant::now();
        scene.terminal.write("x").await?;
        shown(&scene.terminal, start, SHOWN_WITHIN, |screen| {
            screen.lines().any(|line| line.trim_end().ends_with(&wanted))
        })
        .await?;
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
    }
    scene.end().await?;
    Ok(times)
}

async fn rig(with_rozet: bool) -> Result<Rig> {
    let rig = Rig::new().await?;
    if !with_rozet {
        rig.home.configure_opencode(rig.model.endpoint(), None)?;
        std::fs::remove_file(rig.home.config().join("tui.json"))?;
    }
    Ok(rig)
}

/// Looks as fast as it can, without a pause.
async fn shown(
    terminal: &Terminal,
    start: Instant,
    deadline: Duration,
    is_it: impl Fn(&str) -> bool,
) -> Result<()> {
    loop {
        let screen = terminal.screen().await?;
        if is_it(&screen) {
            return Ok(());
        }
        if start.elapsed() > deadline {
            bail!("not shown within {deadline:?}:\n{screen}");
        }
    }
}
