//! A file beside what it was.

use crate::runs::watch::{self, Seen};
use rozet_observability::reading::{TaskFile, TaskFileChange};
use rozet_observability::run::{Attempt, FileState};
use rozet_observability::store::KeptFile;
use similar::TextDiff;
use std::path::Path;
use std::time::Duration;

/// Longest diff, in bytes.
const MAX_DIFF_BYTES: usize = 64 * 1024;
/// Longest time that goes into making one diff; a worse one is given then.
const DIFF_WITHIN: Duration = Duration::from_millis(100);
/// Lines around a change.
const CONTEXT_LINES: usize = 3;

/// One file beside what it was before the first attempt that touched it.
pub(super) fn file(root: &Path, path: &str, attempts: &[Attempt], kept: &[KeptFile]) -> TaskFile {
    let of_path = |attempt: &&Attempt| attempt.files.iter().any(|change| change.path == path);
    let attempt = attempts.iter().find(of_path).map_or(0, |attempt| attempt.number);
    let before = kept.iter().find(|file| file.path == path);
    let now = watch::look(root, path);
    let known = attempts.iter().flat_map(|attempt| &attempt.files).find(|change| change.path == path);
    let was = match (before, known) {
        (Some(kept), _) => kept.state.clone(),
        (None, Some(change)) => change.before.clone(),
        (None, None) => None,
    };
    let left = attempts.iter().flat_map(|attempt| &attempt.files).rfind(|change| change.path == path);
    let mut shown = TaskFile {
        path: path.to_owned(),
        change: TaskFileChange::Unchanged,
        attempt,
        diff: None,
        truncated: false,
        note: None,
    };
    let is_there = !matches!(now, Seen::Nothing);
    let sha256 = |state: &FileState| state.sha256.clone();
    let same = was.as_ref().map(sha256) == now.state().map(|state| state.sha256.clone());
    shown.change = match (before.is_some() || known.is_some(), was.is_some(), is_there) {
        // Nobody has touched it.
        (false, ..) => TaskFileChange::Unchanged,
        (true, false, true) => TaskFileChange::Added,
        (true, true, false) => TaskFileChange::Removed,
        (true, true, true) if !same => TaskFileChange::Changed,
        (true, ..) => TaskFileChange::Unchanged,
    };
    let since = left.is_some_and(|change| {
        change.after.as_ref().map(sha256) != now.state().map(|state| state.sha256.clone())
    });
    if since {
        shown.note = Some("somebody has changed it since the last attempt".to_owned());
    }
    if shown.change == TaskFileChange::Unchanged {
        return shown;
    }
    let old = match before {
        Some(KeptFile { state: None, .. }) => Some(Vec::new()),
        Some(KeptFile { content: Some(content), .. }) => Some(content.clone()),
        Some(KeptFile { content: None, .. }) => None,
        None if was.is_none() => Some(Vec::new()),
        None => None,
    };
    let new = match now {
        Seen::Nothing => Some(Vec::new()),
        Seen::File(_, content) => Some(content),
        Seen::Other => None,
    };
    match (old, new) {
        (Some(old), Some(new)) => diff(&mut shown, &old, &new),
        (None, _) => explain(
            &mut shown,
            "what it was before is not kept, as the task did not declare it or it is too large",
        ),
        (_, None) => explain(&mut shown, "it is no file, or one that is too large to be read"),
    }
    shown
}

pub(super) fn explain(shown: &mut TaskFile, why: &str) {
    shown.note = Some(match shown.note.take() {
        Some(note) => format!("{note}; {why}"),
        None => why.to_owned(),
    });
}

fn diff(shown: &mut TaskFile, old: &[u8], new: &[u8]) {
    let (Ok(old), Ok(new)) = (std::str::from_utf8(old), std::str::from_utf8(new)) else {
        return explain(shown, "it is not a text");
    };
    if old.contains('\0') || new.contains('\0') {
        return explain(shown, "it is not a text");
    }
    let diff = TextDiff::configure().timeout(DIFF_WITHIN).diff_lines(old, new);
    let (before, after) = (format!("a/{}", shown.path), format!("b/{}", shown.path));
    let mut text = diff.unified_diff().context_radius(CONTEXT_LINES).header(&before, &after).to_string();
    shown.truncated = text.len() > MAX_DIFF_BYTES;
    if shown.truncated {
        let end = (0..=MAX_DIFF_BYTES).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
        text.truncate(text.rfind('\n').map_or(end, |line| line + 1));
    }
    shown.diff = Some(text);
}
