use super::*;
use crate::settings::SandboxMode;
use serde_json::json;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

/// Grants everything and notes it.
#[derive(Default)]
struct Noted(Mutex<Vec<String>>);

impl Leases for Noted {
    fn write<'a>(&'a self, path: &'a str) -> Pending<'a, Result<(), ToolError>> {
        self.0.lock().unwrap().push(path.to_owned());
        Box::pin(std::future::ready(Ok(())))
    }
}

struct Place {
    folder: tempfile::TempDir,
    root: PathBuf,
    leases: Arc<Noted>,
    context: ToolContext,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap().join("work");
    std::fs::create_dir(&root).unwrap();
    let leases = Arc::new(Noted::default());
    let context = another(&folder, &root, &leases);
    Place { folder, root, leases, context }
}

fn another(folder: &tempfile::TempDir, root: &Path, leases: &Arc<Noted>) -> ToolContext {
    let host = Host::of_test(&folder.path().join("home"), None);
    let leases = Arc::clone(leases);
    ToolContext::new(root, leases, SandboxMode::Auto, false, CancellationToken::new(), &host).unwrap()
}

impl Place {
    async fn call(&self, name: &str, arguments: Value) -> Result<ToolOutput, ToolError> {
        call(name, &arguments, &self.context).await
    }

    async fn ok(&self, name: &str, arguments: Value) -> ToolOutput {
        self.call(name, arguments).await.unwrap()
    }

    async fn error(&self, name: &str, arguments: Value) -> String {
        match self.call(name, arguments).await {
            Err(error) => error.to_string(),
            Ok(output) => panic!("it worked: {output:?}"),
        }
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn content(&self, path: &str) -> String {
        std::fs::read_to_string(self.root.join(path)).unwrap()
    }
}

#[tokio::test]
async fn unknown_tools_and_wrong_arguments_are_explained() {
    let place = place();
    let error = place.error("grep", json!({})).await;
    assert!(error.contains("`grep`") && error.contains("read_file, write_file, edit_file"), "{error}");
    assert!(place.error("read_file", json!("a.rs")).await.contains("JSON object, got text"));
    assert!(place.error("read_file", json!({"paht": "a"})).await.contains("`path` is missing"));
    assert!(place.error("write_file", json!({"path": "a", "content": 1})).await.contains("must be text"));
    assert!(place.error("search", json!({"pattern": "a("})).await.contains("regular expression"));
    assert!(place.error("list_files", json!({"pattern": "a[", })).await.contains("not a valid glob"));
}

#[tokio::test]
async fn paths_stay_in_the_workspace() {
    let place = place();
    let outside = place.root.parent().unwrap().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("secret"), "secret").unwrap();
    place.write("in/a.txt", "inside");
    symlink(&outside, place.root.join("out")).unwrap();
    symlink("../outside/secret", place.root.join("secret")).unwrap();
    symlink("in", place.root.join("alias")).unwrap();
    for path in ["../outside/secret", "in/../../outside/secret", "/etc/passwd", "out/secret", "secret"] {
        let error = place.error("read_file", json!({"path": path})).await;
        assert!(error.contains("outside of the workspace") || error.contains("leads out"), "{path}: {error}");
        let error = place.error("write_file", json!({"path": path, "content": "x"})).await;
        assert!(error.contains("outside of the workspace") || error.contains("leads out"), "{path}: {error}");
        place.error("edit_file", json!({"path": path, "old_string": "secret", "new_string": "x"})).await;
    }
    for path in ["out/new", "out/deep/new", "../new"] {
        place.error("write_file", json!({"path": path, "content": "x"})).await;
    }
    for path in ["out", ".."] {
        place.error("list_files", json!({"path": path})).await;
        place.error("search", json!({"pattern": "secret", "path": path})).await;
        place.error("execute_bash", json!({"command": "true", "workdir": path})).await;
    }
    assert!(!place.ok("search", json!({"pattern": "secret"})).await.output.contains("secret:"));
    assert_eq!(std::fs::read_to_string(outside.join("secret")).unwrap(), "secret");
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 1);
    let absolute = place.root.join("in/a.txt");
    for path in ["in/a.txt", "./in//a.txt", "in/x/../a.txt", "alias/a.txt", absolute.to_str().unwrap()] {
        assert_eq!(place.ok("read_file", json!({"path": path})).await.output, "inside\n", "{path}");
    }
    place.ok("write_file", json!({"path": "alias/b.txt", "content": "x"})).await;
    assert_eq!(*place.leases.0.lock().unwrap(), ["in/b.txt"]);
}

/// A folder is swapped with a link that leads out, again and again, while files are read and written in it.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_race_with_a_link_wins_nothing() {
    let place = place();
    let outside = place.root.parent().unwrap().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("a.txt"), "secret").unwrap();
    place.write("d/a.txt", "inside");
    let stop = Arc::new(AtomicBool::new(false));
    let swapping = {
        symlink(&outside, place.root.join("link")).unwrap();
        let (root, stop) = (place.root.clone(), Arc::clone(&stop));
        std::thread::spawn(move || {
            let mut swaps = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                let (one, other) = (root.join("d"), root.join("link"));
                let exchange = rustix::fs::RenameFlags::EXCHANGE;
                rustix::fs::renameat_with(rustix::fs::CWD, &one, rustix::fs::CWD, &other, exchange).unwrap();
                swaps += 1;
            }
            swaps
        })
    };
    let mut worked = 0;
    for number in 0..400 {
        if let Ok(output) = place.call("read_file", json!({"path": "d/a.txt"})).await {
            assert!(!output.output.contains("secret"));
            worked += 1;
        }
        let path = format!("d/new{number}.txt");
        let _ = place.call("write_file", json!({"path": path, "content": "x"})).await;
        if let Ok(output) = place.call("search", json!({"pattern": "secret", "path": "d"})).await {
            assert!(!output.output.contains("a.txt:1"), "{output:?}");
        }
    }
    stop.store(true, Ordering::Relaxed);
    assert!(swapping.join().unwrap() > 100 && worked > 0);
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 1);
}

#[tokio::test]
async fn long_files_come_in_parts_and_say_how_to_go_on() {
    let place = place();
    let text: String = (1..=5_000).map(|number| format!("line {number}\n")).collect();
    place.write("long.txt", &text);
    let first = place.ok("read_file", json!({"path": "long.txt"})).await;
    assert!(first.output.starts_with("line 1\n"), "{}", first.output);
    assert!(first.output.ends_with("[lines 1 to 2000; go on with offset 2001]\n"));
    let next = place.ok("read_file", json!({"path": "long.txt", "offset": "4999"})).await;
    assert_eq!(next.output, "line 4999\nline 5000\n[lines 4999 to 5000, the end]\n");
    assert!(
        place.error("read_file", json!({"path": "long.txt", "offset": 6000})).await.contains("5000 lines")
    );
    place.write("wide.txt", format!("{}\n", "x".repeat(9_000)).repeat(100));
    let wide = place.ok("read_file", json!({"path": "wide.txt"})).await.output;
    assert!(wide.len() < 60_000 && wide.contains("long lines are cut") && wide.contains("go on with"));
    place.write("binary", [0x7f, b'E', b'L', b'F', 0, 0]);
    assert!(place.error("read_file", json!({"path": "binary"})).await.contains("not a text file"));
    place.write("empty", "");
    assert!(place.ok("read_file", json!({"path": "empty"})).await.output.contains("empty"));
    assert!(place.error("read_file", json!({"path": "."})).await.contains("list_files"));
    let error = place.error("read_file", json!({"path": "lnog.txt"})).await;
    assert!(error.contains("did you mean long.txt?"), "{error}");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        place.root.join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
    assert!(place.error("read_file", json!({"path": "pipe"})).await.contains("not a regular file"));
    assert!(
        place
            .error("write_file", json!({"path": "pipe", "content": ""}))
            .await
            .contains("not a regular file")
    );
}

#[tokio::test]
async fn a_write_over_what_somebody_else_changed_is_refused() {
    let place = place();
    place.write("a.txt", "theirs");
    let write = |content: &str| json!({"path": "a.txt", "content": content});
    assert!(place.error("write_file", write("mine")).await.contains("have not read it"));
    place.ok("read_file", json!({"path": "a.txt"})).await;
    place.ok("write_file", write("mine")).await;
    place.ok("write_file", write("mine too")).await;
    place.write("a.txt", "theirs!!");
    let error = place.error("write_file", write("mine again")).await;
    assert!(error.contains("changed since you read it: read it again"), "{error}");
    assert_eq!(place.content("a.txt"), "theirs!!");
    place.ok("read_file", json!({"path": "a.txt"})).await;
    std::fs::remove_file(place.root.join("a.txt")).unwrap();
    place.ok("write_file", write("anew")).await;
    // What one context has read, another has not.
    let other = another(&place.folder, &place.root, &place.leases);
    assert!(call("write_file", &write("x"), &other).await.is_err());
    let names: Vec<_> =
        std::fs::read_dir(&place.root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["a.txt"], "no temporary file is left");
}

#[tokio::test]
async fn new_files_get_their_folders_and_too_large_ones_are_refused() {
    let place = place();
    let made = place.ok("write_file", json!({"path": "a/b/c.txt", "content": "1\n2\n"})).await;
    assert_eq!(made.output, "made a/b/c.txt: 2 lines, 4 bytes");
    let content = "x".repeat(4 * 1024 * 1024 + 1);
    assert!(place.error("write_file", json!({"path": "big", "content": content})).await.contains("at most"));
    place.write("file", "");
    place.error("write_file", json!({"path": "file/below", "content": ""})).await;
    place.error("write_file", json!({"path": "a/b", "content": ""})).await;
    for path in [".git/hooks/pre-commit", "sub/.git/config", ".GIT/x", ".git"] {
        let error = place.error("write_file", json!({"path": path, "content": ""})).await;
        assert!(error.contains("belongs to git"), "{path}: {error}");
    }
    symlink("nowhere", place.root.join("dangling")).unwrap();
    assert!(
        place.error("write_file", json!({"path": "dangling", "content": ""})).await.contains("leads nowhere")
    );
}

#[tokio::test]
async fn edits_need_one_exact_match() {
    let place = place();
    place.write("a.rs", "fn one() {\n    let x = 1;\n}\nfn two() {\n    let x = 1;\n}\n");
    let edit = |old: &str, new: &str| json!({"filePath": "a.rs", "oldString": old, "newString": new});
    let error = place.error("edit_file", edit("let x = 1;", "let x = 2;")).await;
    assert!(error.contains("2 times") && error.contains("lines 2, 5"), "{error}");
    let error = place.error("edit_file", edit("fn three() {", "")).await;
    assert!(error.contains("the nearest is line"), "{error}");
    let error = place.error("edit_file", edit("\tlet x = 1;", "")).await;
    assert!(error.contains("line 2 differs from it only in blanks"), "{error}");
    assert!(place.error("edit_file", edit("", "x")).await.contains("empty"));
    assert!(place.error("edit_file", edit("fn", "fn")).await.contains("the same"));
    let edited = place.ok("edit_file", edit("two() {\n    let x = 1;", "two() {\n    let x = 2;")).await;
    assert_eq!(edited.output, "edited a.rs: line 4");
    let all = json!({"path": "a.rs", "old_string": "fn ", "new_string": "pub fn ", "replace_all": true});
    assert!(place.ok("edit_file", all).await.output.contains("2 places"));
    assert_eq!(
        place.content("a.rs"),
        "pub fn one() {\n    let x = 1;\n}\npub fn two() {\n    let x = 2;\n}\n"
    );
    let error = place.error("edit_file", json!({"path": "b.rs", "old_string": "a", "new_string": "b"})).await;
    assert!(error.contains("did you mean a.rs?"), "{error}");
}

#[tokio::test]
async fn line_endings_and_modes_are_kept() {
    let place = place();
    place.write("dos.txt", "one\r\ntwo\r\nthree\r\n");
    let path = place.root.join("dos.txt");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o750)).unwrap();
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&path, Some(65_534), Some(65_534)).unwrap();
    }
    let owner = std::fs::metadata(&path).unwrap().uid();
    place
        .ok("edit_file", json!({"path": "dos.txt", "old_string": "one\ntwo", "new_string": "1\n2\n2.5"}))
        .await;
    assert_eq!(place.content("dos.txt"), "1\r\n2\r\n2.5\r\nthree\r\n");
    place.ok("edit_file", json!({"path": "dos.txt", "old_string": "three", "new_string": "3\n4"})).await;
    assert_eq!(place.content("dos.txt"), "1\r\n2\r\n2.5\r\n3\r\n4\r\n");
    assert_eq!(place.ok("read_file", json!({"path": "dos.txt"})).await.output, "1\n2\n2.5\n3\n4\n");
    place.ok("write_file", json!({"path": "dos.txt", "content": "new\n"})).await;
    let now = std::fs::metadata(&path).unwrap();
    assert_eq!((now.mode() & 0o777, now.uid()), (0o750, owner));
    place.write("unix.txt", "one\ntwo\n");
    place
        .ok("edit_file", json!({"path": "unix.txt", "old_string": "one\r\ntwo", "new_string": "1\r\n2"}))
        .await;
    assert_eq!(place.content("unix.txt"), "1\n2\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_edits_lose_nothing() {
    let place = place();
    let text: String = (0..20).map(|number| format!("line <{number}>\n")).collect();
    place.write("a.txt", text);
    let mut edits = tokio::task::JoinSet::new();
    for number in 0..20 {
        let context = place.context.clone();
        edits.spawn(async move {
            let arguments =
                json!({"path": "a.txt", "old_string": format!("<{number}>"), "new_string": "done"});
            call("edit_file", &arguments, &context).await
        });
    }
    for edited in edits.join_all().await {
        edited.unwrap();
    }
    assert_eq!(place.content("a.txt"), "line done\n".repeat(20));
}

#[tokio::test]
async fn listing_and_searching_leave_out_what_git_ignores() {
    let place = place();
    place.write(".gitignore", "target\n*.log\n");
    place.write(".git/config", "needle");
    place.write("src/main.rs", "fn main() {\n    needle();\n}\n");
    place.write("src/Needle.md", "Needle\n");
    place.write("target/x.rs", "needle");
    place.write("a.log", "needle");
    place.write("binary", b"needle\0needle");
    let listed = place.ok("list_files", json!({})).await.output;
    assert_eq!(listed, ".gitignore\nbinary\nsrc/Needle.md\nsrc/main.rs");
    let globbed = place.ok("list_files", json!({"path": "src", "pattern": "*.rs"})).await.output;
    assert_eq!(globbed, "src/main.rs");
    assert!(place.ok("list_files", json!({"pattern": "**/*.py"})).await.output.contains("no files"));
    let found = place.ok("search", json!({"pattern": "needle\\("})).await;
    assert_eq!(found.output, "src/main.rs:2:     needle();");
    let found = place.ok("search", json!({"pattern": "needle", "ignoreCase": true, "include": "*.md"})).await;
    assert_eq!(found.output, "src/Needle.md:1: Needle");
    let none = place.ok("search", json!({"pattern": "nothing", "path": "src/main.rs"})).await.output;
    assert_eq!(none, "[no match in 1 files]");
    place.write("many.txt", "match\n".repeat(10_000));
    let many = place.ok("search", json!({"pattern": "match"})).await.output;
    assert!(many.lines().count() <= 201 && many.contains("there are more matches"), "{many}");
}

#[tokio::test]
async fn a_cancelled_context_does_nothing() {
    let place = place();
    place.context.cancel.cancel();
    let write = place.call("write_file", json!({"path": "a", "content": ""})).await;
    assert_eq!(write, Err(ToolError::Cancelled));
    assert!(!place.root.join("a").exists());
}
