//! Screens compared with stored ones: `tests/snapshots/<name>.txt`. What differs from run to run is made the same first.

use crate::artifacts::{repository, variable};
use anyhow::{Context, Result, bail};
use std::fmt::Write as _;
use std::fs;
use std::iter::Peekable;
use std::str::Chars;

/// Set, it makes the comparison write the snapshots instead.
pub const WRITE_VARIABLE: &str = "ROZET_WRITE_SNAPSHOTS";

/// What stands before a port or a process's id, and after a count that grows while the screen stands still.
const COUNTED_AFTER: [&str; 2] = ["127.0.0.1:", "process "];
const COUNTED_BEFORE: [&str; 2] = [" events told", " tokens"];

/// A screen without what differs from run to run: spinners, times, ports, process ids, names of temporary folders, and what
/// OpenCode picks by chance. A line that has any of it keeps no exact columns, because a number may be longer in the next run.
#[must_use]
pub fn normalised(screen: &str) -> String {
    let lines: Vec<String> = screen.lines().map(|line| normalised_line(line.trim_end())).collect();
    lines.join("\n").trim_end().to_owned() + "\n"
}

fn normalised_line(line: &str) -> String {
    if line.contains("● Tip ") {
        return "<tip>".into();
    }
    let mut line: String = line.chars().map(calm).collect();
    if let Some((before, _)) = line.split_once("Ask anything…") {
        line = format!("{before}Ask anything… <example>");
    }
    let changed = numbers(&folders(&line));
    if changed == line { line } else { together(&changed) }
}

/// Spinners stand still.
const fn calm(character: char) -> char {
    match character {
        '⠀'..='⣿' => '⠿',
        '⬝' | '■' => '⬝',
        other => other,
    }
}

/// The random part of a temporary folder's name.
fn folders(line: &str) -> String {
    let mut parts = line.split("rozet-e2e-");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|character: char| character.is_ascii_alphanumeric());
        out.push_str("rozet-e2e-<random>");
        out.push_str(rest);
    }
    out
}

/// Times such as `1.2s`, `430ms` and `3 min`, ports and process ids.
fn numbers(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line.chars().peekable();
    while let Some(character) = rest.next() {
        if !character.is_ascii_digit() || out.ends_with(|last: char| last.is_alphanumeric() || last == '$') {
            out.push(character);
            continue;
        }
        let mut number = character.to_string();
        while let Some(next) = rest.next_if(|next| next.is_ascii_digit() || *next == '.') {
            number.push(next);
        }
        let unit: String = rest.clone().take(4).collect();
        let is_time = ["ms", "s", " s", " min", "m"].iter().any(|time| is_unit(&unit, time));
        if is_time {
            skip_unit(&mut rest);
            out.push_str("<time>");
        } else if COUNTED_AFTER.iter().any(|before| out.ends_with(before))
            || COUNTED_BEFORE.iter().any(|after| rest.clone().take(after.len()).eq(after.chars()))
        {
            out.push_str("<number>");
        } else {
            out.push_str(&number);
        }
    }
    let out = out.replace("just now", "<time>").replace("<time> <time>", "<time>");
    // Which of the two a held worker is told to do depends on which the sidecar hears last.
    out.replace("<time> · write_file NOTES.md", "<time> · <activity>")
        .replace("<time> · thinking", "<time> · <activity>")
}

fn is_unit(text: &str, unit: &str) -> bool {
    text.strip_prefix(unit).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

fn skip_unit(rest: &mut Peekable<Chars<'_>>) {
    rest.next_if_eq(&' ');
    while rest.next_if(char::is_ascii_alphabetic).is_some() {}
}

/// Every wide gap becomes two blanks.
fn together(line: &str) -> String {
    let mut out = String::new();
    for character in line.chars() {
        if character != ' ' || !out.ends_with("  ") {
            out.push(character);
        }
    }
    out
}

/// Compares with the stored screen of that name.
///
/// # Errors
/// When they differ, or there is none: shows where, and how to accept what is there now.
pub fn compare(name: &str, screen: &str) -> Result<()> {
    let path = repository().join("tests/snapshots").join(format!("{name}.txt"));
    let now = normalised(screen);
    if variable(WRITE_VARIABLE).is_some() {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        return fs::write(&path, now).with_context(|| format!("cannot write {}", path.display()));
    }
    let stored = fs::read_to_string(&path)
        .with_context(|| format!("no {}: {WRITE_VARIABLE}=1 writes it", path.display()))?;
    if stored == now {
        return Ok(());
    }
    let mut differences = String::new();
    let (mut before, mut after) = (stored.lines(), now.lines());
    for number in 1.. {
        match (before.next(), after.next()) {
            (None, None) => break,
            (one, other) if one == other => {}
            (one, other) => {
                let _ = writeln!(differences, "{number:3} - {}", one.unwrap_or_default());
                let _ = writeln!(differences, "{number:3} + {}", other.unwrap_or_default());
            }
        }
    }
    bail!("{name} is not as stored ({WRITE_VARIABLE}=1 accepts it):\n{differences}\nthe screen:\n{screen}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_the_same() {
        let same = |one: &str, other: &str| assert_eq!(normalised(one), normalised(other));
        same("  + Thought: 3ms        Rozet", "  + Thought: 1.3s       Rozet");
        same("● http://127.0.0.1:42847", "● http://127.0.0.1:8080");
        same("/tmp/rozet-e2e-a1B2c3/workspace", "/tmp/rozet-e2e-Zz9y8x/workspace");
        same("⠇ General", "⠙ General");
        same("waits for you · just now: x", "waits for you · 10 s: x");
        same("Ask anything… \"Fix a TODO\"", "Ask anything… \"What is the tech stack of this project?\"");
        same("T1 running · 1m 3s", "T1 running · 59s");
    }

    #[test]
    fn everything_else_is_kept() {
        for kept in
            ["Rozet plan 2/4", "  T1 completed  Create hello.py", "1.3K (1%) · $0.00", "1.18.33", "3 tasks"]
        {
            assert_eq!(normalised(kept), format!("{kept}\n"));
        }
    }
}
