//! What a person sees in OpenCode's own interface, set up so that it stands still: for tests, and for pictures of it.

use crate::by_workers::{self, Names, PROMPT};
use crate::main_job::RunCommand;
use crate::rig::Rig;
use crate::scripted_model::{Delta, Gate, PlannerScript, Script, Step};
use crate::sidecar::Sidecar;
use crate::snapshot::normalised;
use crate::terminal::Terminal;
use crate::wait::until;
use anyhow::{Context, Result};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// A terminal in which OpenCode's sidebar stands beside the session.
pub const WIDE: (u16, u16) = (180, 50);
/// A terminal without room for it.
pub const NARROW: (u16, u16) = (100, 30);
/// How long OpenCode and a turn may take.
const WITHIN: Duration = Duration::from_mins(1);
/// How long OpenCode may take from a prompt to its session, and how often it is asked.
const TAKEN_WITHIN: Duration = Duration::from_secs(10);
const ATTEMPTS: usize = 5;

/// OpenCode in a terminal, with a sidecar or without one. The fields end in this order: what runs before its home.
#[derive(Debug)]
pub struct Scene {
    /// The terminal.
    pub terminal: Terminal,
    /// The sidecar, unless it is away.
    pub sidecar: Option<Sidecar>,
    /// The home and the model.
    pub rig: Rig,
    /// What holds the model back, where something does.
    pub gate: Gate,
}

impl Scene {
    /// OpenCode's home screen.
    ///
    /// # Errors
    /// When something does not start in time; so with every scene.
    pub async fn home(size: (u16, u16)) -> Result<Self> {
        let scene = Self::of(Rig::new().await?, size).await?;
        scene.drawn(&["live view"]).await?;
        Ok(scene)
    }

    /// The home screen of an OpenCode that is configured already, beside a sidecar.
    ///
    /// # Errors
    /// As [`Self::home`].
    pub async fn of(rig: Rig, size: (u16, u16)) -> Result<Self> {
        let sidecar = rig.sidecar().await?;
        Self::open(rig, Some(sidecar), Gate::default(), size).await
    }

    /// The same without a sidecar.
    ///
    /// # Errors
    /// As [`Self::home`].
    pub async fn away(size: (u16, u16)) -> Result<Self> {
        Self::open(Rig::new().await?, None, Gate::default(), size).await
    }

    /// A session whose plan three workers carry out, of whom one is done, one is held in the middle, and one waits for both.
    ///
    /// # Errors
    /// As [`Self::home`].
    pub async fn running_plan(size: (u16, u16)) -> Result<Self> {
        let gate = Gate::default();
        let mut script = by_workers::script(&RunCommand::find(), Names::OpenCode);
        let second = script.tasks.get_mut("T2").and_then(|attempts| attempts.first_mut()?.get_mut(1));
        let second = second.context("the script of T2 has no second step")?;
        *second = second.clone().behind(&gate);
        let scene = Self::workers(script, gate, size).await?;
        scene.gate.reached().await;
        Ok(scene)
    }

    /// A session with a task that only a person can judge.
    ///
    /// # Errors
    /// As [`Self::home`].
    pub async fn blocked(size: (u16, u16)) -> Result<Self> {
        let mut script = by_workers::script(&RunCommand::find(), Names::OpenCode);
        let plan = json!({"summary": "A script that greets", "tasks": [
            {"id": "T1", "description": by_workers::TASKS[0], "files": ["hello.py"], "depends_on": [],
             "checks": [{"type": "file_contains", "path": "hello.py", "text": "print"}]},
            {"id": "T2", "description": "Show it to the person", "files": [], "depends_on": ["T1"],
             "checks": [{"type": "manual", "question": "Is the greeting polite?"}]},
        ]});
        script.planner = PlannerScript::Always(Step::says([Delta::text(&plan.to_string())]));
        script.tasks.insert("T2".into(), vec![vec![Step::says([Delta::text("It is there to be seen.")])]]);
        Self::workers(script, Gate::default(), size).await
    }

    /// OpenCode's home screen with a script of one's own, beside what calls itself a sidecar or is none.
    ///
    /// # Errors
    /// As [`Self::home`].
    pub async fn beside(rig: Rig, sidecar: Option<Sidecar>, gate: Gate, size: (u16, u16)) -> Result<Self> {
        Self::open(rig, sidecar, gate, size).await
    }

    async fn workers(script: Script, gate: Gate, size: (u16, u16)) -> Result<Self> {
        let rig = Rig::with(|usual| *usual = script).await?.with_variable("ROZET_AUTO_EXECUTE", "1");
        let sidecar = rig.sidecar().await?;
        let scene = Self::open(rig, Some(sidecar), gate, size).await?;
        scene.prompt(PROMPT).await?;
        Ok(scene)
    }

    /// A session whose agent's agent asks for a permission.
    ///
    /// # Errors
    /// As [`Self::home`].
    pub async fn nested_ask(size: (u16, u16)) -> Result<Self> {
        let agent = |id: &str, prompt: &str| {
            let arguments = json!({"description": id, "prompt": prompt, "subagent_type": "general"});
            Step::says([Delta::tool(id, "task", arguments)])
        };
        let says = |text: &str| Step::says([Delta::text(text)]);
        let command = json!({"command": "touch leaf.txt", "description": "Makes a file"});
        let script = Script {
            title: "Agents of agents".into(),
            planner: PlannerScript::Unexpected,
            worker: vec![agent("middle", "# Task middle"), says("All is done.")],
            by_prompt: BTreeMap::new(),
            tasks: BTreeMap::from([
                ("middle".into(), vec![vec![agent("leaf", "# Task leaf"), says("The leaf is done.")]]),
                (
                    "leaf".into(),
                    vec![vec![Step::says([Delta::tool("touch", "bash", command)]), says("Made.")]],
                ),
            ]),
        };
        let config = json!({
            "subagent_depth": 2,
            "permission": {"bash": "ask"},
            "agent": {"general": {"permission": {"task": "allow", "bash": "ask"}}},
        });
        let rig = Rig::with(|usual| *usual = script)
            .await?
            .with_variable("OPENCODE_CONFIG_CONTENT", &config.to_string())
            .with_variable("ROZET_PLAN", "0");
        let sidecar = rig.sidecar().await?;
        let scene = Self::open(rig, Some(sidecar), Gate::default(), size).await?;
        scene.prompt("let agents do it").await?;
        Ok(scene)
    }

    async fn open(
        rig: Rig,
        sidecar: Option<Sidecar>,
        gate: Gate,
        (columns, rows): (u16, u16),
    ) -> Result<Self> {
        let terminal = Terminal::open(&rig.home, columns, rows, &rig.artifacts.opencode).await?;
        let scene = Self { terminal, sidecar, rig, gate };
        scene.terminal.wait_for(&["Scripted worker", "ctrl+p commands"], WITHIN).await?;
        Ok(scene)
    }

    /// Sends a prompt from the home screen, and waits until its session is shown. OpenCode drops what is entered while it still
    /// starts (1.18.33), and nothing on the screen says when that is over.
    ///
    /// # Errors
    /// When there is no session after several attempts.
    pub async fn prompt(&self, text: &str) -> Result<()> {
        let begun = async || {
            until("the session", TAKEN_WITHIN, async || {
                let screen = self.terminal.screen().await?;
                Ok((!screen.contains("Ask anything…") && !screen.contains("Rozet · plans")).then_some(()))
            })
            .await
        };
        for _ in 1..ATTEMPTS {
            self.terminal.enter(text).await?;
            if begun().await.is_ok() {
                return Ok(());
            }
        }
        self.terminal.enter(text).await?;
        begun().await
    }

    /// Enters a slash command, once OpenCode offers it: the Enter before that is lost.
    ///
    /// # Errors
    /// When it is not offered.
    pub async fn command(&self, slash: &str) -> Result<()> {
        let before = self.terminal.screen().await?.matches(slash).count();
        self.terminal.write(slash).await?;
        until(&format!("{slash} to be offered"), TAKEN_WITHIN, async || {
            let screen = self.drawn(&[slash]).await?;
            Ok((screen.matches(slash).count() > before + 1).then_some(()))
        })
        .await?;
        self.terminal.press(&["Enter"]).await
    }

    /// Gives the terminal another size.
    ///
    /// # Errors
    /// When OpenCode has ended.
    pub async fn resize(&self, (columns, rows): (u16, u16)) -> Result<()> {
        self.terminal.resize(columns, rows).await
    }

    /// The screen, once it shows the words and has come to rest.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn drawn(&self, words: &[&str]) -> Result<String> {
        self.terminal.drawn(words, WITHIN, normalised).await
    }

    /// The same, once no toast of Rozet's covers a part of it any more.
    ///
    /// # Errors
    /// As [`Self::drawn`].
    pub async fn uncovered(&self, words: &[&str]) -> Result<String> {
        until("the last toast to go", WITHIN, async || {
            let screen = self.drawn(words).await?;
            Ok((!screen.contains("┃  Rozet  ")).then_some(screen))
        })
        .await
    }

    /// Ends everything.
    ///
    /// # Errors
    /// When the sidecar does not stop as it should.
    pub async fn end(self) -> Result<()> {
        self.gate.open();
        drop(self.terminal);
        match self.sidecar {
            Some(sidecar) => sidecar.stop().await,
            None => Ok(()),
        }
    }

    /// The folder that the session works in.
    #[must_use]
    pub fn workspace(&self) -> std::path::PathBuf {
        self.rig.home.workspace()
    }

    /// Whether a file is there in the workspace.
    #[must_use]
    pub fn has_file(&self, name: &str) -> bool {
        self.workspace().join(Path::new(name)).is_file()
    }
}
