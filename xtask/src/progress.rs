//! What is going on, on standard error: a spinner on a terminal, plain lines elsewhere.

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(100);
/// Longer news would wrap on a common terminal.
const NEWS_CHARS: usize = 70;

/// Shows steps, one after another.
pub(crate) struct Progress {
    terminal: bool,
}

/// The step that is going on.
pub(crate) struct Step {
    name: String,
    spinner: Option<ProgressBar>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { terminal: std::io::stderr().is_terminal() }
    }

    /// Does one step of the work and says how it went.
    ///
    /// # Errors
    /// The step's own, with its name.
    pub(crate) fn step<T>(&self, name: &str, work: impl FnOnce(&Step) -> Result<T>) -> Result<T> {
        let start = Instant::now();
        let step = Step { name: name.to_owned(), spinner: self.terminal.then(|| spinner(name)) };
        if !self.terminal {
            eprintln!("{name} …");
        }
        let outcome = work(&step);
        if let Some(spinner) = &step.spinner {
            spinner.finish_and_clear();
        }
        let took = start.elapsed().as_secs_f64();
        let mark = if outcome.is_ok() { "✓" } else { "✗" };
        eprintln!("{mark} {name} ({took:.1} s)");
        outcome.with_context(|| name.to_owned())
    }
}

impl Step {
    /// Shows the latest news of the step.
    pub(crate) fn news(&self, line: &str) {
        if let Some(spinner) = &self.spinner {
            let line: String =
                line.trim().chars().filter(|letter| !letter.is_control()).take(NEWS_CHARS).collect();
            spinner.set_message(format!("{}: {line}", self.name));
        }
    }
}

fn spinner(name: &str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(name.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        spinner.set_style(style);
    }
    spinner.enable_steady_tick(TICK);
    spinner
}
