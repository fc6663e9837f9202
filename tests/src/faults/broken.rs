//! Packages of the plugin with something broken in them.

use crate::home::Home;
use anyhow::{Context, Result};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// What the core is told of, by the type of input: at each of them it can be made to break down.
pub const INPUTS: [&str; 11] = [
    "prompt",
    "system",
    "params",
    "text_complete",
    "tool_before",
    "tool_after",
    "message_ended",
    "reasoning_ended",
    "session_created",
    "session_idle",
    "link",
];

/// How a package is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// The core traps at this input, each time.
    Trap(&'static str),
    /// The core traps at whatever it is told.
    TrapAlways,
    /// The core answers with something that is no list of effects.
    Nonsense,
    /// No wasm file.
    NoWasm,
    /// Half a wasm file.
    HalfWasm,
    /// No glue beside the wasm file.
    NoGlue,
    /// Half of the plugin's own code.
    HalfCode,
    /// No code at all.
    NoCode,
    /// The package is whole, and there twice.
    Twice,
}

impl Broken {
    /// A name for folders, unique to each.
    #[must_use]
    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase().replace(|char: char| !char.is_ascii_alphanumeric(), "-")
    }

    /// Makes a workspace whose OpenCode loads the package, broken this way.
    ///
    /// # Errors
    /// When files cannot be copied or written.
    pub fn workspace(self, home: &Home, package: &Path) -> Result<PathBuf> {
        let workspace = home.another_workspace(&format!("at-{}", self.name()))?;
        let plugins = self.packages(home, package)?;
        fs::write(workspace.join("opencode.json"), json!({"plugin": plugins}).to_string())?;
        Ok(workspace)
    }

    /// Makes the package, broken this way, and returns what names it in OpenCode's configuration.
    ///
    /// # Errors
    /// As [`Self::workspace`].
    pub fn packages(self, home: &Home, package: &Path) -> Result<Vec<String>> {
        let name = self.name();
        let copy = home.home().join("packages").join(&name);
        copy_all(package, &copy)?;
        self.damage(&copy)?;
        let mut plugins = vec![format!("file://{}", copy.display())];
        if self == Self::Twice {
            let second = home.home().join("packages").join(format!("{name}-second"));
            copy_all(package, &second)?;
            plugins.push(format!("file://{}", second.display()));
        }
        Ok(plugins)
    }

    fn damage(self, package: &Path) -> Result<()> {
        let wasm = package.join("wasm/rozet_core_bg.wasm");
        let glue = package.join("wasm/rozet_core.js");
        let code = package.join("dist/server.js");
        match self {
            Self::Trap(input) => wrap(&glue, &format!("input.type === {input:?}"), TRAP)?,
            Self::TrapAlways => wrap(&glue, "true", TRAP)?,
            Self::Nonsense => wrap(&glue, "true", "return '{\"no\": \"list\"}'")?,
            Self::NoWasm => fs::remove_file(wasm)?,
            Self::HalfWasm => halve(&wasm)?,
            Self::NoGlue => fs::remove_file(glue)?,
            Self::HalfCode => halve(&code)?,
            Self::NoCode => fs::remove_file(code)?,
            Self::Twice => {}
        }
        Ok(())
    }
}

/// What a trap of WebAssembly looks like from outside.
const TRAP: &str = "throw new WebAssembly.RuntimeError('unreachable')";

/// Puts a core around the core that does as it is told when the condition holds.
fn wrap(glue: &Path, condition: &str, deed: &str) -> Result<()> {
    let whole = glue.with_file_name("rozet_core_whole.js");
    fs::rename(glue, &whole).context("no glue")?;
    let wrapper = format!(
        "import {{ initSync, Core as Whole }} from './rozet_core_whole.js';\nexport {{ initSync }};\n\
         export class Core {{\n  constructor(start) {{ this.whole = new Whole(start); }}\n  \
         handle(json) {{\n    const {{ input }} = JSON.parse(json);\n    if ({condition}) {{ {deed}; }}\n    \
         return this.whole.handle(json);\n  }}\n  \
         is_secret(name, value) {{ return this.whole.is_secret(name, value); }}\n  \
         free() {{ this.whole.free(); }}\n}}\n"
    );
    fs::write(glue, wrapper)?;
    Ok(())
}

fn halve(file: &Path) -> Result<()> {
    let mut bytes = fs::read(file)?;
    bytes.truncate(bytes.len() / 2);
    fs::write(file, bytes)?;
    Ok(())
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("no {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_all(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
