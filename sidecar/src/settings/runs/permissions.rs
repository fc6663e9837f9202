//! What workers may do unasked. A project's files may take permissions away, never give them.

use super::workers;
use crate::settings::file::WorkersSection;
use crate::settings::limits::{bounded, switches};
use crate::settings::source::Set;
use crate::settings::{ConfigError, Layers, Report};

/// Whether shell commands are confined. The later, the looser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) enum SandboxMode {
    /// Commands are refused where the system cannot.
    Required,
    /// Where the system can; where it cannot, results say so.
    Auto,
    /// Never; results say so.
    Off,
}

impl SandboxMode {
    /// The word in settings and on screen.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Auto => "auto",
            Self::Off => "off",
        }
    }
}

/// Words and what they mean.
pub(super) type Vocabulary<T> = &'static [(&'static str, T)];

const SANDBOXES: Vocabulary<SandboxMode> =
    &[("auto", SandboxMode::Auto), ("required", SandboxMode::Required), ("off", SandboxMode::Off)];
/// What becomes of a run when its OpenCode ends.
const ENDINGS: Vocabulary<bool> = &[("go_on", true), ("end", false)];
/// Which of OpenCode's agents get Rozet's tools; the plugin reads it from its own options.
const TOOLS: Vocabulary<()> = &[("worker", ()), ("replace", ()), ("off", ())];

pub(super) fn sandbox(layers: &Layers, report: &mut Report) -> Result<SandboxMode, ConfigError> {
    let name = "workers.sandbox";
    let said = words(layers, name, SANDBOXES, |section| section.sandbox.clone())?;
    let set = bounded(name, said, SandboxMode::Auto, report, |mode| mode.as_str().to_owned());
    report.note(name, set.value.as_str(), &set.source);
    Ok(set.value)
}

pub(super) fn network(layers: &Layers, report: &mut Report) -> bool {
    permission("workers.network", workers(layers, |section| section.network), false, report)
}

pub(super) fn auto_execute(layers: &Layers, report: &mut Report) -> Result<bool, ConfigError> {
    let mut said = switches(layers, "ROZET_AUTO_EXECUTE")?;
    said.extend(workers(layers, |section| section.auto_execute));
    Ok(permission("workers.auto_execute", said, false, report))
}

pub(super) fn outlive_opencode(layers: &Layers, report: &mut Report) -> Result<bool, ConfigError> {
    let name = "workers.when_opencode_ends";
    let said = words(layers, name, ENDINGS, |section| section.when_opencode_ends.clone())?;
    let word = |goes_on: &bool| if *goes_on { "go_on" } else { "end" }.to_owned();
    let set = bounded(name, said, false, report, word);
    report.note(name, word(&set.value), &set.source);
    Ok(set.value)
}

/// Whether what is said of tools makes sense; it is the plugin that does something about it.
pub(super) fn check_tools(layers: &Layers) -> Result<(), ConfigError> {
    words(layers, "workers.tools", TOOLS, |section| section.tools.clone()).map(drop)
}

fn permission(name: &'static str, said: Vec<Set<bool>>, default: bool, report: &mut Report) -> bool {
    let set = bounded(name, said, default, report, bool::to_string);
    report.set(name, &set);
    set.value
}

fn words<T: Copy>(
    layers: &Layers,
    name: &'static str,
    vocabulary: Vocabulary<T>,
    get: impl Fn(&WorkersSection) -> Option<String>,
) -> Result<Vec<Set<T>>, ConfigError> {
    workers(layers, get).into_iter().map(|set| meaning(name, vocabulary, set)).collect()
}

/// What a word of the vocabulary means.
pub(super) fn meaning<T: Copy>(
    name: &'static str,
    vocabulary: Vocabulary<T>,
    set: Set<String>,
) -> Result<Set<T>, ConfigError> {
    match vocabulary.iter().find(|(word, _)| *word == set.value) {
        Some((_, value)) => Ok(Set::new(*value, set.source)),
        None => {
            let known: Vec<&str> = vocabulary.iter().map(|(word, _)| *word).collect();
            let message = format!("expected one of {} ({})", known.join(", "), set.source);
            Err(ConfigError::value(name, message))
        }
    }
}
