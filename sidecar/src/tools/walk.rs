//! Goes through the files that git does not ignore, within bounds.

use super::context::ToolContext;
use super::{ToolError, cut};
use globset::{GlobBuilder, GlobMatcher};
use ignore::{Walk, WalkBuilder};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Longest walk.
pub(super) const DEADLINE: Duration = Duration::from_secs(20);

/// The walk, and when it must end.
pub(super) struct Files {
    walk: Walk,
    root: PathBuf,
    glob: Option<Glob>,
    deadline: Instant,
    context: ToolContext,
    /// Whether the time was up before the end.
    pub(super) out_of_time: bool,
}

impl Files {
    /// All files below `real`, in the order of their names.
    pub(super) fn below(real: &Path, glob: Option<Glob>, context: &ToolContext) -> Self {
        let start = if real == Path::new(".") { context.root.clone() } else { context.root.join(real) };
        let walk = WalkBuilder::new(start)
            // Ignore files of folders above the workspace are none of its business.
            .parents(false)
            .hidden(false)
            .require_git(false)
            .follow_links(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .sort_by_file_name(std::ffi::OsStr::cmp)
            .build();
        Self {
            walk,
            root: context.root.clone(),
            glob,
            deadline: Instant::now() + DEADLINE,
            context: context.clone(),
            out_of_time: false,
        }
    }
}

impl Iterator for Files {
    /// From the workspace's root.
    type Item = Result<PathBuf, ToolError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.context.cancel.is_cancelled() {
                return Some(Err(ToolError::Cancelled));
            }
            if Instant::now() > self.deadline {
                self.out_of_time = true;
                return None;
            }
            // What cannot be read is not there for the model either.
            let Ok(entry) = self.walk.next()? else { continue };
            if !entry.file_type().is_some_and(|kind| kind.is_file() || kind.is_symlink()) {
                continue;
            }
            let Ok(path) = entry.path().strip_prefix(&self.root) else { continue };
            if self.glob.as_ref().is_none_or(|glob| glob.matches(path)) {
                return Some(Ok(path.to_owned()));
            }
        }
    }
}

/// A glob; without a `/` it is for names, else for whole paths.
pub(super) struct Glob {
    matcher: GlobMatcher,
    names: bool,
}

impl Glob {
    /// # Errors
    /// Says what is wrong with it.
    pub(super) fn new(field: &str, pattern: &str) -> Result<Self, ToolError> {
        let names = !pattern.contains('/');
        let glob = GlobBuilder::new(pattern.trim_start_matches("./").trim_start_matches('/'))
            .literal_separator(true)
            .build()
            .map_err(|error| {
                let message = format!("`{field}` is not a valid glob: {}", error.kind());
                ToolError::Arguments(cut(&message, 300))
            })?;
        Ok(Self { matcher: glob.compile_matcher(), names })
    }

    fn matches(&self, path: &Path) -> bool {
        if self.names {
            path.file_name().is_some_and(|name| self.matcher.is_match(name))
        } else {
            self.matcher.is_match(path)
        }
    }
}
