//! What a planner should know of the workspace, read in a few milliseconds: its languages, its own test and
//! build commands, the top of its tree, and whether the files that the request names are there.

mod commands;
mod languages;
mod workspaces;

pub(crate) use workspaces::Workspaces;

use super::named_files;
use std::path::Path;

/// Entries of the top folder that are told.
const MAX_TOP: usize = 40;
/// Named files that are told.
const MAX_NAMED: usize = 20;
/// Bytes of the facts as the planner's model is told them.
const MAX_TEXT_BYTES: usize = 2_400;

/// The facts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The most used first.
    pub(crate) languages: Vec<&'static str>,
    pub(crate) test_command: Option<String>,
    pub(crate) build_command: Option<String>,
    /// Names in the top folder; folders end in `/`.
    pub(crate) top: Vec<String>,
    /// Files that the request names, with whether they exist.
    pub(crate) named: Vec<(String, bool)>,
}

/// Looks at the workspace; a folder that cannot be read has no facts. Nothing is named yet.
fn look(directory: &Path) -> Facts {
    let top = top(directory);
    Facts {
        languages: languages::of(directory),
        test_command: commands::test(directory, &top),
        build_command: commands::build(directory, &top),
        top,
        named: Vec::new(),
    }
}

/// The files that a request names, with whether they exist.
fn named(directory: &Path, request: &str) -> Vec<(String, bool)> {
    named_files::mentioned(request)
        .into_iter()
        .filter(|file| super::rules::inside(file, directory).is_some())
        .take(MAX_NAMED)
        .map(|file| {
            let exists = directory.join(&file).exists();
            (file, exists)
        })
        .collect()
}

fn top(directory: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let hidden = name.starts_with('.') && name != ".github";
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            (!hidden && name != "node_modules").then(|| if is_folder { format!("{name}/") } else { name })
        })
        .collect();
    names.sort_unstable();
    names.truncate(MAX_TOP);
    names
}

impl Facts {
    /// The facts as lines for a planner's model; empty when there are none.
    pub(crate) fn text(&self) -> String {
        let mut lines = Vec::new();
        if !self.languages.is_empty() {
            lines.push(format!("Languages: {}", self.languages.join(", ")));
        }
        for (name, command) in [("Test command", &self.test_command), ("Build command", &self.build_command)]
        {
            if let Some(command) = command {
                lines.push(format!("{name}: {command}"));
            }
        }
        for (file, exists) in &self.named {
            lines.push(format!("{file}: {}", if *exists { "exists" } else { "does not exist yet" }));
        }
        if !self.top.is_empty() {
            lines.push(format!("Top folder: {}", self.top.join(" ")));
        }
        let lines: Vec<String> = lines.iter().map(|line| super::rules::line(line)).collect();
        let text = lines.join("\n");
        text.get(..text.floor_char_boundary(MAX_TEXT_BYTES)).unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("src")).unwrap();
        std::fs::create_dir_all(root.join("node_modules/x")).unwrap();
        std::fs::create_dir_all(root.join(".git")).unwrap();
        for (file, text) in [
            ("Cargo.toml", "[package]"),
            ("src/main.rs", ""),
            ("src/lib.rs", ""),
            ("tool.py", ""),
            ("node_modules/x/a.js", ""),
            ("node_modules/x/b.js", ""),
            ("node_modules/x/c.js", ""),
        ] {
            std::fs::write(root.join(file), text).unwrap();
        }
        let request = "Fix src/main.rs and add src/new.rs, not ../out.rs";
        let facts = Facts { named: named(root, request), ..look(root) };
        assert_eq!(facts.languages, ["Rust", "Python"]);
        assert_eq!(facts.test_command.as_deref(), Some("cargo test"));
        assert_eq!(facts.top, ["Cargo.toml", "src/", "tool.py"]);
        assert_eq!(facts.named, [("src/main.rs".to_owned(), true), ("src/new.rs".to_owned(), false)]);
        let text = facts.text();
        assert!(
            text.contains("src/new.rs: does not exist yet") && text.contains("Test command: cargo test"),
            "{text}"
        );
    }

    #[test]
    fn nothing_to_see_is_nothing_to_tell_and_much_is_bounded() {
        assert_eq!(look(Path::new("/nowhere/at/all")).text(), "");
        let folder = tempfile::tempdir().unwrap();
        for number in 0..200 {
            std::fs::write(folder.path().join(format!("{}{number}\n.md", "é".repeat(80))), "").unwrap();
        }
        let text = look(folder.path()).text();
        assert!(text.len() <= MAX_TEXT_BYTES && text.lines().count() < 3, "{}", text.len());
    }
}
