//! What Rozet costs whoever types into OpenCode's own interface. The same OpenCode without Rozet runs in turn with it,
//! because the machine has moods.

use super::Measured;
use super::number::quantile;
use crate::main_job::{ANSWER, DEFAULT_PROMPT};
use crate::rig::Rig;
use crate::scene::{Scene, WIDE};
use crate::terminal::Terminal;
use anyhow::{Result, bail};
use std::time::{Duration, Instant};

/// Sessions typed into with and without Rozet, and characters typed into each.
const SESSIONS: usize = 2;
const CHARACTERS: usize = 60;
const SHOWN_WITHIN: Duration = Duration::from_secs(5);
/// Between two characters, so that each is drawn by itself.
const BETWEEN: Duration = Duration::from_millis(70);
/// A quarter of a frame: what is less cannot be told from chance.
const TYPING_LIMIT_MS: f64 = 4.0;

/// Measures typing beside a plan in the sidebar, and in the same session without Rozet.
///
/// # Errors
/// When OpenCode does not start, or shows nothing of what is typed.
pub async fn terminal() -> Result<Vec<Measured>> {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..SESSIONS {
        without.extend(typing(false).await?);
        with.extend(typing(true).await?);
    }
    let count = with.len();
    let (with, without) = (quantile(&mut with, 0.5), quantile(&mut without, 0.5));
    let name = "a character typed in the terminal to its place on the screen";
    Ok(vec![
        Measured::time(format!("{name}, beside a plan, median of {count}"), with, None),
        Measured::time(format!("{name}, without Rozet, median of {count}"), without, None),
        Measured::time(format!("{name}, the difference"), with - without, Some(TYPING_LIMIT_MS)),
    ])
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
