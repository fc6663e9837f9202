//! `edit_file`.

use super::arguments::Arguments;
use super::context::ToolContext;
use super::fingerprint::Fingerprint;
use super::replace::Target;
use super::{ToolError, ToolOutput, blocking, changing, cut, similar, workspace, write};
use serde_json::json;
use std::io::Read;

/// Lines that are looked through for one that was probably meant.
const MAX_LINES: usize = 50_000;

pub(super) async fn call(arguments: Arguments<'_>, context: &ToolContext) -> Result<ToolOutput, ToolError> {
    let path = arguments.text("path")?;
    let change = Change {
        old: arguments.text("old_string")?,
        new: arguments.text("new_string")?,
        all: arguments.flag("replace_all")?,
    };
    if change.old.is_empty() {
        return Err(ToolError::Arguments(
            "edit_file: `old_string` is empty: give the text to replace, or use write_file".to_owned(),
        ));
    }
    if change.old == change.new {
        return Err(ToolError::Arguments("edit_file: `old_string` and `new_string` are the same".to_owned()));
    }
    let target = {
        let (context, path) = (context.clone(), path.clone());
        blocking(move || {
            let target = context.target(&path)?;
            // Says what is missing, and what was probably meant.
            if target.exists { Ok(target) } else { context.real(&target.path).map(|_| target) }
        })
        .await?
    };
    let name = workspace::text(&target.path);
    context.leases.write(&name).await?;
    let _writing = context.shared.writing.lock().await;
    let (count, line) = changing(context, move |context| edit(&target, &change, context)).await?;
    let places =
        if count == 1 { format!("line {line}") } else { format!("{count} places, the first in line {line}") };
    Ok(ToolOutput {
        output: format!("edited {name}: {places}"),
        title: format!("edited {name}"),
        sandboxed: None,
        metadata: json!({"path": name, "replaced": count, "line": line}),
    })
}

struct Change {
    old: String,
    new: String,
    all: bool,
}

fn edit(target: &Target, change: &Change, context: &ToolContext) -> Result<(usize, usize), ToolError> {
    let name = workspace::text(&target.path);
    let (file, metadata) = context.open(&target.path)?;
    let too_large =
        || ToolError::Refused(format!("{name} is larger than 4 MiB: change it with a program, such as sed"));
    if metadata.len() > write::MAX_BYTES as u64 {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    file.take(write::MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| context.explain(&target.path, &error))?;
    let fingerprint = Fingerprint::of_bytes(&bytes);
    let text = String::from_utf8(bytes)
        .map_err(|_| ToolError::Refused(format!("{name} is not UTF-8 text: change it with a program")))?;
    let (old, new) = in_line_endings_of(&text, change);
    let count = text.matches(&old).count();
    match count {
        0 => return Err(no_match(&name, &text, &change.old)),
        1 => {}
        _ if change.all => {}
        _ => {
            return Err(ToolError::Failed(format!(
                "`old_string` is {count} times in {name} (lines {}): add lines around it until it is unique, or set \
                 replace_all",
                line_numbers(&text, &old)
            )));
        }
    }
    let line = line_of(&text, text.find(&old).unwrap_or_default());
    let edited = text.replace(&old, &new);
    if edited.len() > write::MAX_BYTES {
        return Err(too_large());
    }
    context.replace(&target.path, edited.as_bytes(), Some(&fingerprint))?;
    Ok((count, line))
}

/// Models write line feeds; a file with carriage returns keeps them.
fn in_line_endings_of(text: &str, change: &Change) -> (String, String) {
    let feeds = |text: &str| text.replace("\r\n", "\n");
    let returns = |text: &str| feeds(text).replace('\n', "\r\n");
    let with_returns = text.matches("\r\n").count();
    let mostly = with_returns * 2 > text.matches('\n').count();
    let (old, new) = (&change.old, &change.new);
    if mostly && text.contains(&returns(old)) {
        return (returns(old), returns(new));
    }
    if !text.contains(old.as_str()) && with_returns == 0 && text.contains(&feeds(old)) {
        return (feeds(old), feeds(new));
    }
    if !text.contains(old.as_str()) && with_returns > 0 && text.contains(&returns(old)) {
        return (returns(old), returns(new));
    }
    (old.clone(), new.clone())
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or_default().matches('\n').count() + 1
}

fn line_numbers(text: &str, old: &str) -> String {
    let mut numbers: Vec<String> =
        text.match_indices(old).take(6).map(|(at, _)| line_of(text, at).to_string()).collect();
    if numbers.len() == 6 {
        numbers.pop();
        numbers.push("…".to_owned());
    }
    numbers.join(", ")
}

fn no_match(name: &str, text: &str, old: &str) -> ToolError {
    let wanted = old.lines().find(|line| !line.trim().is_empty()).unwrap_or(old);
    let mut lines = text.lines().take(MAX_LINES);
    let hint =
        if let Some(at) = lines.position(|line| line.trim() == wanted.trim() && !wanted.trim().is_empty()) {
            if old.lines().count() > 1 {
                format!("its first line is like line {}, what follows or the blanks differ", at + 1)
            } else {
                format!("line {} differs from it only in blanks", at + 1)
            }
        } else if let Some((at, line)) = similar::nearest(wanted, text.lines().take(MAX_LINES)) {
            format!("the nearest is line {}: {}", at + 1, cut(line, 200))
        } else {
            "nothing in it is similar".to_owned()
        };
    ToolError::Failed(format!(
        "`old_string` is not in {name}: {hint}. Read the file and copy the text exactly"
    ))
}
