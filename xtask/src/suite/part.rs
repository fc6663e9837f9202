//! The parts of the suite: what each runs, and what it needs.

use super::count::{Count, Dialect};
use crate::environment::is_ci;
use crate::progress::Progress;
use crate::setup::{Browser, Earlier, Terminal, Tools};
use crate::{command, pack, product, setup, types, wasm};
use anyhow::{Result, bail};
use clap::ValueEnum;
use std::path::PathBuf;
use std::process::Command;

/// One section of the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// rustfmt
    Format,
    /// clippy
    Lint,
    /// biome and the TypeScript compilers
    Check,
    /// Generated TypeScript
    Types,
    /// Rust, natively
    Rust,
    /// Rust as wasm, in Node
    Wasm,
    /// The npm package, in Bun
    Js,
    /// The dashboard's own tests
    Dashboard,
    /// The real OpenCode and the real sidecar
    E2e,
    /// The dashboard in a browser
    Browser,
    /// OpenCode's interface in a terminal
    Terminal,
}

/// What the parts need, made ready once.
pub(crate) struct Stage {
    tools: Tools,
    browser: Browser,
    terminal: Terminal,
    plugin: Option<PathBuf>,
    earlier: Vec<Earlier>,
    wasm_bytes: u64,
}

/// Names of end-to-end tests that need more than OpenCode and the sidecar.
const IN_BROWSER: &str = "in_a_browser";
const IN_TERMINAL: &str = "in_a_terminal";

impl Stage {
    /// Sets up and builds what the parts need.
    pub(crate) fn prepare(progress: &Progress, parts: &[Part]) -> Result<Self> {
        let tools = setup::all(progress)?;
        let wants = |part| parts.contains(&part);
        let unwanted = || Err("not asked for".to_owned());
        let browser = if wants(Part::Browser) {
            progress.step("Find a browser", |step| Ok(setup::browser(step)))?
        } else {
            unwanted()
        };
        let terminal = if wants(Part::Terminal) {
            progress.step("Find tmux", |step| Ok(setup::terminal(step)))?
        } else {
            unwanted()
        };
        let earlier = if wants(Part::E2e) {
            progress.step("Set up earlier versions of OpenCode", setup::earlier)?
        } else {
            Vec::new()
        };
        let (mut plugin, mut wasm_bytes) = (None, 0);
        if wants(Part::Wasm) {
            wasm_bytes = wasm::build(progress)?;
        }
        if parts.iter().any(|part| part.needs_product()) {
            product::build(progress, &tools)?;
            plugin = Some(pack::pack(progress)?.plugin);
        }
        Ok(Self { tools, browser, terminal, plugin, earlier, wasm_bytes })
    }
}

impl Part {
    pub(crate) const ALL: [Self; 11] = [
        Self::Format,
        Self::Lint,
        Self::Check,
        Self::Types,
        Self::Rust,
        Self::Wasm,
        Self::Js,
        Self::Dashboard,
        Self::E2e,
        Self::Browser,
        Self::Terminal,
    ];

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Format => "Format",
            Self::Lint => "Lint",
            Self::Check => "JavaScript checks",
            Self::Types => "Generated types",
            Self::Rust => "Rust tests",
            Self::Wasm => "Wasm in Node",
            Self::Js => "npm package in Bun",
            Self::Dashboard => "Dashboard",
            Self::E2e => "End to end",
            Self::Browser => "Dashboard in a browser",
            Self::Terminal => "OpenCode in a terminal",
        }
    }

    const fn needs_product(self) -> bool {
        match self {
            Self::Format | Self::Lint | Self::Types | Self::Rust | Self::Wasm | Self::Dashboard => false,
            Self::Check | Self::Js | Self::E2e | Self::Browser | Self::Terminal => true,
        }
    }

    /// Runs the part, its output on ours.
    pub(crate) fn run(self, stage: &Stage) -> Result<Count> {
        match self {
            Self::Format => tests(Dialect::Whole, cargo(["fmt", "--all", "--check"])),
            Self::Lint => tests(
                Dialect::Whole,
                cargo(["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]),
            ),
            Self::Check => tests(Dialect::Whole, npm(stage, &["run", "check"])?),
            Self::Types => {
                types::run(true)?;
                println!("as generated");
                Ok(Count { passed: 1, ..Count::default() })
            }
            Self::Rust => tests(
                Dialect::Cargo,
                cargo(["test", "--workspace", "--exclude", "rozet-e2e", "--all-features", "--no-fail-fast"]),
            ),
            Self::Wasm => wasm_in_node(stage),
            Self::Js => tests(Dialect::Bun, npm(stage, &["test", "--workspace", "js"])?),
            Self::Dashboard => {
                tests(Dialect::Vitest, npm(stage, &["test", "--workspace", "observability/dashboard"])?)
            }
            Self::E2e => tests(
                Dialect::Cargo,
                end_to_end(stage, &["--no-fail-fast", "--", "--skip", IN_BROWSER, "--skip", IN_TERMINAL]),
            ),
            Self::Browser => optional(&stage.browser, |_| {
                tests(Dialect::Node, end_to_end(stage, &["--test", "browser", "--", "--nocapture"]))
            }),
            Self::Terminal => optional(&stage.terminal, |_| {
                tests(Dialect::Cargo, end_to_end(stage, &["--test", "terminal"]))
            }),
        }
    }
}

/// Runs a part whose means may be missing on a person's machine, but not in CI.
fn optional(means: &Result<PathBuf, String>, run: impl FnOnce(&PathBuf) -> Result<Count>) -> Result<Count> {
    match means {
        Ok(path) => run(path),
        Err(reason) if is_ci() => bail!("{reason}, and in CI nothing is skipped"),
        Err(reason) => {
            println!("skipped: {reason}");
            Ok(Count { skipped: 1, ..Count::default() })
        }
    }
}

fn wasm_in_node(stage: &Stage) -> Result<Count> {
    let mut count = Count::default();
    match wasm::check_size(stage.wasm_bytes) {
        Ok(()) => count.passed += 1,
        Err(error) => {
            println!("{error}");
            count.failed += 1;
        }
    }
    let runner =
        ["build", "--package", "xtask", "--features", "wasm-test-runner", "--bin", "wasm-test-runner"];
    if !command::follow(&mut cargo(runner), show)?.success() {
        bail!("the runner does not build");
    }
    let mut test = cargo([
        "test",
        "--package",
        "rozet-plugin-wasm",
        "--test",
        "edge",
        "--target",
        "wasm32-unknown-unknown",
    ]);
    test.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", product::binary("debug", "wasm-test-runner"));
    count += tests(Dialect::Cargo, test)?;
    Ok(count)
}

fn end_to_end(stage: &Stage, args: &[&str]) -> Command {
    let mut test = cargo(["test", "--package", "rozet-e2e"]);
    test.args(args);
    test.env("ROZET_TEST_OPENCODE", &stage.tools.opencode);
    test.env("ROZET_TEST_SIDECAR", product::sidecar("release"));
    if let Some(plugin) = &stage.plugin {
        test.env("ROZET_TEST_PLUGIN", plugin);
    }
    for Earlier { version, path } in &stage.earlier {
        test.env(format!("ROZET_TEST_OPENCODE_{}", version.replace('.', "_")), path);
    }
    if let Ok(browser) = &stage.browser {
        test.env("ROZET_CHROMIUM", browser);
    }
    test
}

fn cargo<const N: usize>(args: [&str; N]) -> Command {
    let mut cargo = command::cargo();
    cargo.args(args);
    cargo
}

fn npm(stage: &Stage, args: &[&str]) -> Result<Command> {
    let mut npm = command::npm();
    npm.args(args).env("PATH", product::path_with(&stage.tools)?);
    Ok(npm)
}

/// Runs tests and counts them. A program that fails without naming a failed test counts as one, and so
/// does one that succeeds without having run any.
fn tests(dialect: Dialect, mut command: Command) -> Result<Count> {
    let mut count = Count::default();
    let status = command::follow(command.env("NO_COLOR", "1"), |line| {
        count += dialect.count(line);
        show(line)
    })?;
    let named = count.failed > 0;
    match (status.success(), dialect) {
        (true, Dialect::Whole) => count.passed += 1,
        (true, _) if count.passed == 0 => bail!("no test was run"),
        (true, _) => {}
        (false, _) if named => {}
        (false, _) => count.failed += 1,
    }
    Ok(count)
}

#[expect(clippy::unnecessary_wraps, reason = "passed where a line may be refused")]
fn show(line: &str) -> Result<()> {
    println!("{line}");
    Ok(())
}
