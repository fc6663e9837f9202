//! The workspace's own commands, found where each ecosystem declares them.

use serde_json::Value;
use std::path::Path;

/// Largest manifest that is read, in bytes.
const MAX_MANIFEST_BYTES: u64 = 512 * 1024;
/// What `npm init` writes in place of a test.
const NO_TEST: &str = "no test specified";

/// The command that runs the workspace's tests.
pub(super) fn test(directory: &Path, top: &[String]) -> Option<String> {
    let has = |name: &str| top.iter().any(|entry| entry == name);
    let fixed = |command: &str| Some(command.to_owned());
    if let Some(script) = script(directory, "test")
        && !script.contains(NO_TEST)
    {
        return Some(format!("{} test", package_manager(directory)));
    }
    if makes(directory, "test") {
        return fixed("make test");
    }
    if has("Cargo.toml") {
        return fixed("cargo test");
    }
    if has("go.mod") {
        return fixed("go test ./...");
    }
    if has("deno.json") || has("deno.jsonc") {
        return fixed("deno test");
    }
    if has("mix.exs") {
        return fixed("mix test");
    }
    if has("gradlew") {
        return fixed("./gradlew test");
    }
    if has("pom.xml") {
        return fixed("mvn -q test");
    }
    if top.iter().any(|name| name.ends_with(".sln") || name.ends_with(".csproj")) {
        return fixed("dotnet test");
    }
    if has("Gemfile") && has("spec/") {
        return fixed("bundle exec rspec");
    }
    let python =
        ["pyproject.toml", "setup.py", "setup.cfg", "pytest.ini", "tox.ini"].iter().any(|name| has(name));
    (python && (has("tests/") || has("test/") || has("pytest.ini"))).then(|| "python3 -m pytest".to_owned())
}

/// The command that builds the workspace.
pub(super) fn build(directory: &Path, top: &[String]) -> Option<String> {
    let has = |name: &str| top.iter().any(|entry| entry == name);
    if script(directory, "build").is_some() {
        return Some(format!("{} run build", package_manager(directory)));
    }
    let known = [("Cargo.toml", "cargo build"), ("go.mod", "go build ./..."), ("gradlew", "./gradlew build")];
    known.iter().find(|(manifest, _)| has(manifest)).map(|(_, command)| (*command).to_owned())
}

fn script(directory: &Path, name: &str) -> Option<String> {
    let manifest: Value = serde_json::from_str(&read(&directory.join("package.json"))?).ok()?;
    manifest.get("scripts")?.get(name)?.as_str().map(str::to_owned)
}

fn package_manager(directory: &Path) -> &'static str {
    let locks = [
        ("pnpm-lock.yaml", "pnpm"),
        ("yarn.lock", "yarn"),
        ("bun.lock", "bun run"),
        ("bun.lockb", "bun run"),
    ];
    locks.iter().find(|(lock, _)| directory.join(lock).exists()).map_or("npm", |(_, manager)| manager)
}

fn makes(directory: &Path, target: &str) -> bool {
    let rule = format!("{target}:");
    read(&directory.join("Makefile")).is_some_and(|text| text.lines().any(|line| line.starts_with(&rule)))
}

fn read(path: &Path) -> Option<String> {
    let small = std::fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.len() <= MAX_MANIFEST_BYTES);
    small.then(|| std::fs::read_to_string(path).ok())?
}

#[cfg(test)]
mod tests {
    use super::super::top;
    use super::*;

    fn found(files: &[(&str, &str)]) -> (Option<String>, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let top = top(folder.path());
        (test(folder.path(), &top), build(folder.path(), &top))
    }

    #[test]
    fn each_ecosystem_declares_its_commands() {
        let npm = r#"{"scripts": {"test": "vitest", "build": "vite build"}}"#;
        let untested = r#"{"scripts": {"test": "echo \"Error: no test specified\" && exit 1"}}"#;
        for (files, test, build) in [
            (vec![("package.json", npm)], Some("npm test"), Some("npm run build")),
            (vec![("package.json", npm), ("pnpm-lock.yaml", "")], Some("pnpm test"), Some("pnpm run build")),
            (vec![("package.json", untested)], None, None),
            (vec![("package.json", "not json")], None, None),
            (vec![("Cargo.toml", "")], Some("cargo test"), Some("cargo build")),
            (
                vec![("Cargo.toml", ""), ("Makefile", "all:\n\ntest: all\n")],
                Some("make test"),
                Some("cargo build"),
            ),
            (vec![("go.mod", "")], Some("go test ./..."), Some("go build ./...")),
            (vec![("pyproject.toml", ""), ("tests/test_a.py", "")], Some("python3 -m pytest"), None),
            (vec![("pyproject.toml", "")], None, None),
            (vec![("README.md", "")], None, None),
        ] {
            let wanted = (test.map(str::to_owned), build.map(str::to_owned));
            assert_eq!(found(&files), wanted, "{files:?}");
        }
    }
}
