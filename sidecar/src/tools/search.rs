//! `search`.

use super::arguments::Arguments;
use super::context::ToolContext;
use super::walk::{DEADLINE, Files, Glob};
use super::{ToolError, ToolOutput, blocking, cut, workspace};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, Sink, SinkMatch};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Lines of the answer.
const MAX_MATCHES: usize = 200;
/// Lines of one file.
const MAX_IN_FILE: usize = 50;
/// Characters of one line that are shown.
const MAX_LINE_CHARS: usize = 250;
/// Larger files are passed over, in bytes.
const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;
/// Size of a compiled pattern, in bytes.
const MAX_PATTERN_BYTES: usize = 4 * 1024 * 1024;

pub(super) async fn call(arguments: Arguments<'_>, context: &ToolContext) -> Result<ToolOutput, ToolError> {
    let pattern = arguments.text("pattern")?;
    let path = arguments.optional_text("path")?.unwrap_or_else(|| ".".to_owned());
    let glob = arguments.optional_text("glob")?.map(|glob| Glob::new("glob", &glob)).transpose()?;
    let matcher = compile(&pattern, arguments.flag("ignore_case")?)?;
    let context = context.clone();
    blocking(move || search(&pattern, &matcher, &path, glob, &context)).await
}

fn compile(pattern: &str, ignore_case: bool) -> Result<RegexMatcher, ToolError> {
    if pattern.is_empty() {
        return Err(ToolError::Arguments("search: `pattern` is empty".to_owned()));
    }
    RegexMatcherBuilder::new()
        .case_insensitive(ignore_case)
        .line_terminator(Some(b'\n'))
        .size_limit(MAX_PATTERN_BYTES)
        .build(pattern)
        .map_err(|error| {
            let error = cut(&error.to_string(), 400);
            ToolError::Arguments(format!(
                "search: `pattern` is not a regular expression for single lines: {error}\nTo find characters such as \
                 ( [ {{ . * + ? literally, put \\ before them"
            ))
        })
}

fn search(
    pattern: &str,
    matcher: &RegexMatcher,
    path: &str,
    glob: Option<Glob>,
    context: &ToolContext,
) -> Result<ToolOutput, ToolError> {
    let real = context.real(&context.relative(path)?)?;
    let mut searcher = SearcherBuilder::new()
        .binary_detection(BinaryDetection::quit(0))
        .line_number(true)
        .heap_limit(Some(32 * 1024 * 1024))
        .build();
    let mut found = Found { context: context.clone(), lines: Vec::new(), files: 0, more: false };
    let mut walk = Files::below(&real, glob, context);
    let mut looked_at = 0_usize;
    let mut too_large = 0_usize;
    for file in walk.by_ref() {
        let file = file?;
        looked_at += 1;
        match look(&file, matcher, &mut searcher, &mut found) {
            Look::Done => {}
            Look::TooLarge => too_large += 1,
        }
        if found.lines.len() >= MAX_MATCHES {
            found.more = true;
            break;
        }
    }
    if context.cancel.is_cancelled() {
        return Err(ToolError::Cancelled);
    }
    let mut notes = Vec::new();
    if found.lines.is_empty() {
        notes.push(format!("no match in {looked_at} files"));
    }
    if found.more {
        notes.push("there are more matches: narrow the pattern, the path or the glob".to_owned());
    }
    if walk.out_of_time {
        notes.push(format!("stopped after {} s: name a smaller folder", DEADLINE.as_secs()));
    }
    if too_large > 0 {
        notes.push(format!("{too_large} files above 16 MiB were passed over"));
    }
    let matches = found.lines.len();
    let mut output = found.lines.join("\n");
    if !notes.is_empty() {
        output.push_str(&format!("{}[{}]", if output.is_empty() { "" } else { "\n" }, notes.join("; ")));
    }
    Ok(ToolOutput {
        output,
        title: format!("searched for {}", cut(&pattern.replace('\n', " "), 60)),
        sandboxed: None,
        metadata: json!({"matches": matches, "files": found.files, "complete": !found.more && !walk.out_of_time}),
    })
}

enum Look {
    Done,
    TooLarge,
}

/// Opened from the workspace's folder: a link that was put there meanwhile leads nowhere.
fn look(file: &Path, matcher: &RegexMatcher, searcher: &mut Searcher, found: &mut Found) -> Look {
    let context = found.context.clone();
    // Links that lead out, pipes and what cannot be read are passed over.
    let Ok((opened, metadata)) = context.open(file) else { return Look::Done };
    if metadata.len() > MAX_FILE_BYTES {
        return Look::TooLarge;
    }
    let before = found.lines.len();
    let mut sink = InFile { path: file.to_owned(), found, count: 0 };
    // A file that cannot be read to its end has the matches that were found so far.
    let _ = searcher.search_file(matcher, &opened.into_std(), &mut sink);
    if found.lines.len() > before {
        found.files += 1;
    }
    Look::Done
}

struct Found {
    context: ToolContext,
    lines: Vec<String>,
    files: usize,
    more: bool,
}

struct InFile<'a> {
    path: PathBuf,
    found: &'a mut Found,
    count: usize,
}

impl Sink for InFile<'_> {
    type Error = std::io::Error;

    fn matched(&mut self, _: &Searcher, line: &SinkMatch<'_>) -> Result<bool, Self::Error> {
        if self.count >= MAX_IN_FILE || self.found.lines.len() >= MAX_MATCHES {
            self.found.more = true;
            return Ok(false);
        }
        self.count += 1;
        let text = String::from_utf8_lossy(line.bytes());
        let text = cut(text.trim_end_matches(['\n', '\r']), MAX_LINE_CHARS);
        let number = line.line_number().unwrap_or_default();
        self.found.lines.push(format!("{}:{number}: {text}", workspace::text(&self.path)));
        Ok(!self.found.context.cancel.is_cancelled())
    }
}
