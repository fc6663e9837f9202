//! The languages of a workspace, by its files' endings.

use ignore::WalkBuilder;
use std::collections::BTreeMap;
use std::path::Path;

/// Files looked at; a sample is enough.
const MAX_FILES: usize = 1_500;
/// Folders below the top that are entered.
const MAX_DEPTH: usize = 5;
/// Languages told.
const MAX_LANGUAGES: usize = 4;

/// The most used first; what git ignores does not count.
pub(super) fn of(directory: &Path) -> Vec<&'static str> {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    let files = WalkBuilder::new(directory)
        .max_depth(Some(MAX_DEPTH))
        .require_git(false)
        .filter_entry(|entry| {
            !matches!(entry.file_name().to_str(), Some("node_modules" | "target" | "dist" | "vendor"))
        })
        .build()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .take(MAX_FILES);
    for file in files {
        if let Some(language) = file.path().extension().and_then(|ending| ending.to_str()).and_then(language)
        {
            *counts.entry(language).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    counts.into_iter().take(MAX_LANGUAGES).map(|(name, _)| name).collect()
}

fn language(ending: &str) -> Option<&'static str> {
    Some(match ending {
        "rs" => "Rust",
        "py" => "Python",
        "ts" | "tsx" | "mts" => "TypeScript",
        "js" | "jsx" | "mjs" | "cjs" => "JavaScript",
        "vue" => "Vue",
        "svelte" => "Svelte",
        "go" => "Go",
        "java" => "Java",
        "kt" | "kts" => "Kotlin",
        "scala" => "Scala",
        "c" | "h" => "C",
        "cc" | "cpp" | "cxx" | "hpp" => "C++",
        "cs" => "C#",
        "rb" => "Ruby",
        "php" => "PHP",
        "swift" => "Swift",
        "ex" | "exs" => "Elixir",
        "hs" => "Haskell",
        "lua" => "Lua",
        "zig" => "Zig",
        "dart" => "Dart",
        "sh" | "bash" => "Shell",
        "sql" => "SQL",
        "tf" => "Terraform",
        _ => return None,
    })
}
