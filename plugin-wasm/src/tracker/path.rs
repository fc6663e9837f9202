//! Paths as tasks name them: relative to the workspace, with `/`, without `.` and `..`.

/// A path that is already relative, tidied; none when it leads out of the workspace.
pub(super) fn tidy(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// Any path that a tool was given, relative to the workspace; none when it lies outside.
pub(super) fn within(directory: &str, path: &str) -> Option<String> {
    let path = path.trim().replace('\\', "/");
    let directory = directory.replace('\\', "/");
    let directory = directory.trim_end_matches('/');
    let is_absolute = path.starts_with('/') || path.get(1..3) == Some(":/");
    if !is_absolute {
        return tidy(&path);
    }
    // macOS shows the same folder with and without `/private`.
    let bare =
        |text: &str| text.strip_prefix("/private").filter(|rest| rest.starts_with('/')).map(str::to_owned);
    let path = bare(&path).unwrap_or(path);
    let directory = bare(directory).unwrap_or_else(|| directory.to_owned());
    let inside = path.strip_prefix(&directory)?;
    inside.starts_with('/').then(|| tidy(inside)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_relative_and_tidy() {
        for (directory, path, expected) in [
            ("/w", "a/b.py", Some("a/b.py")),
            ("/w", "./a//b.py", Some("a/b.py")),
            ("/w", "a/../b.py", Some("b.py")),
            ("/w", "../b.py", None),
            ("/w", "/w/a.py", Some("a.py")),
            ("/w/", "/w/x/./a.py", Some("x/a.py")),
            ("/w", "/wide/a.py", None),
            ("/w", "/w/../etc/passwd", None),
            ("/w", "/etc/passwd", None),
            ("/w", "/w", None),
            ("/w", "", None),
            ("C:\\w", "C:\\w\\src\\a.rs", Some("src/a.rs")),
            ("/tmp/w", "/private/tmp/w/a.py", Some("a.py")),
        ] {
            assert_eq!(within(directory, path).as_deref(), expected, "{directory} {path}");
        }
    }
}
