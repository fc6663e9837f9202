//! `list_files`.

use super::arguments::Arguments;
use super::context::ToolContext;
use super::walk::{DEADLINE, Files, Glob};
use super::{ToolError, ToolOutput, blocking, workspace};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Lines of the answer.
const MAX_SHOWN: usize = 500;
/// Files that are counted.
const MAX_FILES: usize = 50_000;

pub(super) async fn call(arguments: Arguments<'_>, context: &ToolContext) -> Result<ToolOutput, ToolError> {
    let path = arguments.optional_text("path")?.unwrap_or_else(|| ".".to_owned());
    let glob = arguments.optional_text("pattern")?.map(|glob| Glob::new("pattern", &glob)).transpose()?;
    let context = context.clone();
    blocking(move || list(&path, glob, &context)).await
}

fn list(path: &str, glob: Option<Glob>, context: &ToolContext) -> Result<ToolOutput, ToolError> {
    let real = context.real(&context.relative(path)?)?;
    let metadata = context.shared.folder.metadata(&real).map_err(|error| context.explain(&real, &error))?;
    if !metadata.is_dir() {
        return Err(ToolError::Arguments(format!("{} is not a folder: use read_file", real.display())));
    }
    let mut walk = Files::below(&real, glob, context);
    let files = walk.by_ref().take(MAX_FILES).collect::<Result<Vec<_>, _>>()?;
    let mut notes = Vec::new();
    if walk.out_of_time {
        notes.push(format!("stopped after {} s: name a smaller folder", DEADLINE.as_secs()));
    }
    if files.len() == MAX_FILES {
        notes.push(format!("stopped after {MAX_FILES} files: name a smaller folder"));
    }
    if files.is_empty() {
        notes.push("no files".to_owned());
    }
    let (lines, depth) = lines(&files);
    if let Some(depth) = depth {
        notes.push(format!(
            "{} files: folders below depth {depth} are only counted; name a `path` or a `pattern` to see more",
            files.len()
        ));
    }
    let mut output = lines.into_iter().take(MAX_SHOWN).collect::<Vec<_>>().join("\n");
    if !notes.is_empty() {
        output.push_str(&format!("{}[{}]", if output.is_empty() { "" } else { "\n" }, notes.join("; ")));
    }
    let name = workspace::text(&real);
    Ok(ToolOutput {
        output,
        title: format!("listed {name}"),
        sandboxed: None,
        metadata: json!({"path": name, "files": files.len(), "complete": depth.is_none() && notes.is_empty()}),
    })
}

/// One line for each file, or, where they are too many, for each down to a depth, with deeper ones counted.
fn lines(files: &[PathBuf]) -> (Vec<String>, Option<usize>) {
    if files.len() <= MAX_SHOWN {
        return (files.iter().map(|file| workspace::text(file)).collect(), None);
    }
    let deepest = files.iter().map(|file| file.components().count()).max().unwrap_or(1);
    let mut best = down_to(files, 1);
    let mut depth = 1;
    for deeper in 2..=deepest {
        let lines = down_to(files, deeper);
        if lines.len() > MAX_SHOWN {
            break;
        }
        (best, depth) = (lines, deeper);
    }
    (best, Some(depth))
}

fn down_to(files: &[PathBuf], depth: usize) -> Vec<String> {
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for file in files {
        let parts = file.components().count();
        if parts <= depth {
            counted.insert(workspace::text(file), 0);
        } else {
            let folder: PathBuf = file.components().take(depth).collect();
            *counted.entry(format!("{}/", workspace::text(Path::new(&folder)))).or_default() += 1;
        }
    }
    counted
        .into_iter()
        .map(|(name, count)| if count == 0 { name } else { format!("{name} ({count} files)") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_files_are_counted_by_folder() {
        let files: Vec<PathBuf> =
            (0..2_000).map(|number| PathBuf::from(format!("src/part{}/f{number}.rs", number % 3))).collect();
        let (lines, depth) = lines(&files);
        assert_eq!(depth, Some(2));
        assert_eq!(lines, ["src/part0/ (667 files)", "src/part1/ (667 files)", "src/part2/ (666 files)"]);
    }
}
