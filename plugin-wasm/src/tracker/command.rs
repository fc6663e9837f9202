//! Shell commands, read as far as the tracker needs: which files they write, and whether one command runs another.

use super::path;

/// More of a command is not read.
const MOST_READ: usize = 8 * 1024;

/// Whether running `ran` runs `wanted`: the same words stand in it as a command of their own.
pub(super) fn covers(ran: &str, wanted: &str) -> bool {
    let wanted: Vec<&str> = wanted.split_whitespace().collect();
    let ran: Vec<&str> = ran.split_whitespace().collect();
    if wanted.is_empty() {
        return false;
    }
    ran.windows(wanted.len()).enumerate().any(|(at, window)| {
        let ends = ran.get(at + wanted.len()).is_none_or(|next| is_operator(next));
        let begins = at
            .checked_sub(1)
            .and_then(|before| ran.get(before))
            .is_none_or(|previous| is_operator(previous) || previous.ends_with(';'));
        let same = window.iter().zip(&wanted).enumerate().all(|(index, (one, other))| {
            one == other || (index + 1 == wanted.len() && one.strip_suffix(';') == Some(other))
        });
        let closed = window.last().is_some_and(|last| last.ends_with(';'));
        begins && same && (ends || closed)
    })
}

fn is_operator(word: &str) -> bool {
    matches!(word, "&&" | "||" | ";" | "|" | "&" | "2>&1" | "(" | ")") || word.starts_with('>')
}

/// The files that a command writes, relative to the workspace: redirections, `tee`, `touch`, `cp`, `mv`, `sed -i`.
pub(super) fn written(directory: &str, folder: Option<&str>, command: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folder = folder.unwrap_or_default().to_owned();
    for words in simple_commands(command) {
        if let [cd, target, ..] = words.as_slice()
            && cd == "cd"
        {
            folder = join(&folder, target);
            continue;
        }
        for target in targets(&words) {
            found.extend(path::within(directory, &join(&folder, target)));
        }
    }
    found
}

/// Every word of a command that could name a file inside the workspace.
pub(super) fn mentioned(directory: &str, folder: Option<&str>, command: &str) -> Vec<String> {
    let folder = folder.unwrap_or_default();
    let words = simple_commands(command).into_iter().flatten();
    words
        .filter(|word| word.contains('.') || word.contains('/'))
        .filter_map(|word| path::within(directory, &join(folder, &word)))
        .collect()
}

fn join(folder: &str, path: &str) -> String {
    let absolute = path.starts_with('/') || path.get(1..2) == Some(":");
    if folder.is_empty() || absolute { path.to_owned() } else { format!("{folder}/{path}") }
}

fn targets(words: &[String]) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = words.iter().map(String::as_str).peekable();
    while let Some(word) = rest.next() {
        let Some((_, target)) = word.split_once(REDIRECTION) else { continue };
        match target.trim_start_matches(['>', '|']) {
            "" => found.extend(rest.next()),
            target if !target.starts_with('&') => found.push(target),
            _ => {}
        }
    }
    let plain: Vec<&str> =
        words.iter().map(String::as_str).take_while(|word| !word.contains(REDIRECTION)).collect();
    let Some((program, arguments)) = plain.split_first() else { return found };
    let operands: Vec<&str> = arguments.iter().copied().filter(|word| !word.starts_with('-')).collect();
    match *program {
        "tee" | "touch" => found.extend(operands),
        "cp" | "mv" | "install" => found.extend(operands.last().copied()),
        "sed" if arguments.iter().any(|word| word.starts_with("-i")) => {
            found.extend(operands.last().copied());
        }
        _ => {}
    }
    found.retain(|target| !target.starts_with("/dev/") && !target.contains(['$', '*', '`']));
    found
}

/// The commands of a script, each in words without their quotes; here-documents are left out.
fn simple_commands(script: &str) -> Vec<Vec<String>> {
    let script = script.get(..script.floor_char_boundary(MOST_READ)).unwrap_or(script);
    let mut commands = Vec::new();
    let mut heredoc: Option<String> = None;
    for line in script.lines() {
        if let Some(end) = &heredoc {
            if line.trim() == end {
                heredoc = None;
            }
            continue;
        }
        let mut words: Vec<String> = Vec::new();
        for word in split(line) {
            match word.as_str() {
                "&&" | "||" | ";" | "|" | "&" => commands.push(std::mem::take(&mut words)),
                _ => {
                    if let Some(end) = word.strip_prefix("<<") {
                        heredoc = Some(end.trim_start_matches('-').to_owned());
                    } else if heredoc.as_deref() == Some("") {
                        heredoc = Some(word);
                    } else {
                        words.push(word);
                    }
                }
            }
        }
        commands.push(words);
    }
    commands.retain(|words| !words.is_empty());
    commands
}

/// Stands before the `>` of a redirection, so that a quoted one is not taken for it.
const REDIRECTION: char = '\0';

/// Words of a line, with quotes taken off and operators apart.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut chars = line.chars().peekable();
    let finish = |word: &mut String, words: &mut Vec<String>| {
        if !word.is_empty() {
            words.push(std::mem::take(word));
        }
    };
    while let Some(char) = chars.next() {
        match (quote, char) {
            (Some(open), _) if char == open => quote = None,
            (Some(_), _) => word.push(char),
            (None, '"' | '\'') => quote = Some(char),
            (None, '\\') => word.extend(chars.next()),
            (None, ' ' | '\t') => finish(&mut word, &mut words),
            // `>&1` and `&>` belong to a redirection.
            (None, '&') if word.ends_with('>') || chars.peek() == Some(&'>') => word.push(char),
            (None, '>') if !word.contains(REDIRECTION) => word.extend([REDIRECTION, '>']),
            (None, ';' | '|' | '&') => {
                finish(&mut word, &mut words);
                let doubled = chars.peek() == Some(&char);
                words.push(if doubled { format!("{char}{char}") } else { char.to_string() });
                if doubled {
                    chars.next();
                }
            }
            (None, _) => word.push(char),
        }
    }
    finish(&mut word, &mut words);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_found_inside_another() {
        for (ran, wanted, expected) in [
            ("python hello.py", "python hello.py", true),
            (" python   hello.py ", "python hello.py", true),
            ("cd /w && python hello.py", "python hello.py", true),
            ("python hello.py; echo done", "python hello.py", true),
            ("echo a; python hello.py", "python hello.py", true),
            ("python hello.py | tee log", "python hello.py", true),
            ("python hello.py > out", "python hello.py", true),
            ("python hello.py --fast", "python hello.py", false),
            ("python hello.python", "python hello.py", false),
            ("echo python hello.py", "python hello.py", false),
            ("ls", "python hello.py", false),
            ("ls", " ", false),
        ] {
            assert_eq!(covers(ran, wanted), expected, "{ran} / {wanted}");
        }
    }

    #[test]
    fn written_files_are_found() {
        for (command, expected) in [
            ("echo hi > a.txt", vec!["a.txt"]),
            ("echo hi >>a.txt 2>/dev/null", vec!["a.txt"]),
            ("make 2>&1 | tee -a build.log", vec!["build.log"]),
            ("touch a b/c && cp a /w/d", vec!["a", "b/c", "d"]),
            ("mv -f old.py 'new name.py'", vec!["new name.py"]),
            ("sed -i s/a/b/ x.rs", vec!["x.rs"]),
            ("sed s/a/b/ x.rs", vec![]),
            ("cd sub && echo x > y", vec!["sub/y"]),
            ("cat > hello.py << 'EOF'\nif a > b: pass\nEOF\necho > z", vec!["hello.py", "z"]),
            ("cat <<EOF > in.txt\nx > y\nEOF", vec!["in.txt"]),
            ("echo 'a > b' \"c>d\" \\> e", vec![]),
            ("echo x>f", vec!["f"]),
            ("echo x > $HOME/y; echo > /etc/x; echo x >&2", vec![]),
            ("python hello.py", vec![]),
        ] {
            assert_eq!(written("/w", None, command), expected, "{command}");
        }
        assert_eq!(written("/w", Some("/w/sub"), "touch x"), ["sub/x"]);
    }
}
