use super::super::{Host, ReadOnly};
use super::*;
use crate::settings::SandboxMode;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

struct Place {
    _folder: tempfile::TempDir,
    home: PathBuf,
    context: ToolContext,
}

fn place(mechanism: Mechanism) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let home = root.join("home");
    std::fs::create_dir_all(home.join(".ssh")).unwrap();
    std::fs::write(home.join(".ssh/id"), "a private key").unwrap();
    std::fs::write(home.join("plain"), "plain").unwrap();
    std::fs::create_dir_all(root.join("work/.git/hooks")).unwrap();
    std::fs::write(root.join("work/.git/config"), "[core]\n").unwrap();
    let host = Host::of_test(&home, Some(mechanism));
    let mode = if mechanism == Mechanism::None { SandboxMode::Off } else { SandboxMode::Required };
    let cancel = CancellationToken::new();
    let context =
        ToolContext::new(&root.join("work"), Arc::new(ReadOnly), mode, false, cancel, &host).unwrap();
    Place { _folder: folder, home, context }
}

/// Every way that commands can be run here. Without bubblewrap its part is left to the machines that have it.
fn everywhere() -> Vec<Place> {
    let mut mechanisms = vec![Mechanism::None];
    if cfg!(target_os = "linux") {
        mechanisms.push(Mechanism::Landlock);
    }
    if sandbox::status().mechanism != Mechanism::Landlock {
        mechanisms.push(sandbox::status().mechanism);
    }
    mechanisms.dedup();
    mechanisms.into_iter().map(place).collect()
}

fn confined() -> Vec<Place> {
    everywhere().into_iter().filter(|place| place.context.sandbox == SandboxMode::Required).collect()
}

impl Place {
    async fn run(&self, line: &str) -> CommandOutcome {
        run_command(line, &self.context, Duration::from_secs(30)).await.unwrap()
    }
}

fn is_gone(pid: &str) -> bool {
    // A killed process may stay a zombie until whoever adopted it has noticed.
    let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    state.is_empty() || state.contains(") Z ")
}

async fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(15);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Processes whose command line has this mark.
fn marked(mark: &str) -> usize {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).split('\0').any(|word| word == mark)).count()
}

#[tokio::test]
async fn exit_codes_signals_and_output_are_told() {
    for place in everywhere() {
        let done = place.run("echo out; echo err >&2; exit 3").await;
        assert_eq!((done.exit, done.signal, done.tail(100)), (Some(3), None, "out\nerr\n"));
        assert!(done.for_model().contains("[exit code 3 in "), "{}", done.for_model());
        let done = place.run("kill -TERM $$").await;
        assert_eq!((done.exit, done.signal), (Some(143), Some(15)), "{:?}", done.mechanism);
        assert!(done.ending().contains("SIGTERM"));
        assert_eq!(done.sandboxed, place.context.sandbox == SandboxMode::Required);
        assert_eq!(done.for_model().contains("did not run in a sandbox"), !done.sandboxed);
        assert_eq!(place.run("cat; echo $?").await.tail(100), "0\n", "the input is empty");
    }
}

#[tokio::test]
async fn a_timeout_kills_daemons_that_left_their_session() {
    for (number, place) in everywhere().into_iter().enumerate() {
        let mark = format!("7{}{number}", std::process::id());
        let line =
            format!("(setsid sh -c 'setsid sleep {mark} & exit' &) ; setsid sleep {mark} & sleep {mark}");
        let began = Instant::now();
        let running = run_command(&line, &place.context, Duration::from_millis(1_500));
        let watching = wait_until("all run", || marked(&mark) >= 3);
        let (done, ()) = tokio::join!(running, watching);
        let done = done.unwrap();
        assert_eq!((done.killed, done.exit), (Some(Killed::TimedOut), None));
        assert!(began.elapsed() < Duration::from_secs(10));
        assert!(done.ending().contains("killed after 1.5 s"), "{}", done.ending());
        assert_eq!(marked(&mark), 0, "{:?}", done.mechanism);
    }
}

#[tokio::test]
async fn what_is_left_running_is_killed_and_does_not_hold_the_command() {
    for (number, place) in everywhere().into_iter().enumerate() {
        let mark = format!("8{}{number}", std::process::id());
        let done = place.run(&format!("setsid sleep {mark} & sleep {mark} & echo started")).await;
        assert_eq!((done.exit, done.tail(100)), (Some(0), "started\n"));
        assert!(done.duration < Duration::from_secs(15));
        assert_eq!(marked(&mark), 0);
    }
}

#[tokio::test]
async fn cancelling_ends_everything_within_a_second() {
    for (number, place) in everywhere().into_iter().enumerate() {
        let mark = format!("9{}{number}", std::process::id());
        let line = format!("setsid sleep {mark} & sleep {mark}");
        let running = run_command(&line, &place.context, Duration::from_secs(60));
        let cancelling = async {
            wait_until("both run", || marked(&mark) >= 2).await;
            place.context.cancel.cancel();
            Instant::now()
        };
        let (done, cancelled) = tokio::join!(running, cancelling);
        assert_eq!(done, Err(ToolError::Cancelled));
        assert!(cancelled.elapsed() < Duration::from_secs(1), "{:?}", cancelled.elapsed());
        assert_eq!(marked(&mark), 0);
    }
}

#[tokio::test]
async fn a_dropped_call_leaves_nothing() {
    for (number, place) in everywhere().into_iter().enumerate() {
        let mark = format!("6{}{number}", std::process::id());
        let line = format!("setsid sleep {mark} & sleep {mark}");
        {
            let running = run_command(&line, &place.context, Duration::from_secs(60));
            tokio::select! {
                _ = running => panic!("it ended"),
                () = wait_until("both run", || marked(&mark) >= 2) => {}
            }
        }
        place.context.idle().await;
        assert_eq!(marked(&mark), 0, "it is idle only when nothing is left");
    }
}

#[tokio::test]
async fn a_gigabyte_of_output_fills_nothing() {
    let place = place(Mechanism::None);
    let done = place.run("echo first; head -c 1000000000 /dev/zero | tr '\\0' 'x'; echo; echo last").await;
    assert_eq!((done.exit, done.bytes), (Some(0), 1_000_000_012));
    let text = done.for_model();
    assert!(
        text.len() < 30_000 && text.starts_with("first\n") && text.contains("\nlast\n["),
        "{}",
        text.len()
    );
    let file = done.file.unwrap();
    assert!(text.contains(file.to_str().unwrap()));
    assert_eq!(std::fs::metadata(file).unwrap().len(), 16 * 1024 * 1024);
}

#[tokio::test]
async fn the_file_of_a_long_output_is_readable_for_later_commands() {
    for place in everywhere() {
        let done = place.run("seq 1 20000").await;
        let file = done.file.unwrap();
        let found = place.run(&format!("grep -c . {}", file.display())).await;
        assert_eq!(found.tail(100), "20000\n", "{:?}", found.mechanism);
    }
}

#[tokio::test]
async fn the_environment_has_no_secrets() {
    for place in everywhere() {
        let done = place.run("env").await;
        for line in done.tail(20_000).lines() {
            let name = line.split('=').next().unwrap();
            let known = super::super::host::PASSED_ON.contains(&name);
            assert!(known || ["PWD", "SHLVL", "_", "OLDPWD"].contains(&name), "{name}");
        }
    }
}

#[tokio::test]
async fn temporary_files_are_the_commands_own() {
    for place in everywhere() {
        assert_eq!(place.run("echo kept > $TMPDIR/x && cat $(mktemp -d)/../x").await.tail(100), "kept\n");
        assert_eq!(place.run("cat $TMPDIR/x").await.tail(100), "kept\n");
        let path = place.context.shared.temporary.path.clone();
        drop(place);
        assert!(!path.exists());
    }
}

#[tokio::test]
async fn writes_outside_are_refused() {
    for place in confined() {
        let home = place.home.display();
        let done = place.run(&format!("touch {home}/new; echo x > {home}/plain; rm -f {home}/plain; touch /etc/x-new; touch in; echo x > /dev/null && echo ok")).await;
        assert!(done.tail(100).ends_with("ok\n"), "{}", done.tail(1_000));
        assert_eq!(
            std::fs::read_to_string(place.home.join("plain")).unwrap(),
            "plain",
            "{:?}",
            done.mechanism
        );
        assert!(!place.home.join("new").exists() && !Path::new("/etc/x-new").exists());
        assert!(place.context.root.join("in").exists());
    }
}

#[tokio::test]
async fn secrets_are_not_read() {
    let mut outside =
        std::process::Command::new("sleep").arg("300").env("TOKEN", "a private key").spawn().unwrap();
    let pid = outside.id();
    for place in confined() {
        let home = place.home.display();
        let line = format!(
            "cat {home}/.ssh/id; cat {home}/rozet/state/token; ln {home}/.ssh/id l; cp {home}/.ssh/id c; cat l c; cat /proc/{pid}/environ /proc/$PPID/environ"
        );
        std::fs::write(place.home.join("rozet/state/token"), "a private key").unwrap();
        let done = place.run(&line).await;
        assert!(!done.for_model().contains("private key"), "{:?}: {}", done.mechanism, done.for_model());
    }
    outside.kill().unwrap();
    outside.wait().unwrap();
}

#[tokio::test]
async fn the_network_is_refused() {
    // Somebody listens, so that only the sandbox can be why nobody answers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let line = format!("exec 3<>/dev/tcp/127.0.0.1/{port} && echo connected");
    for place in everywhere() {
        let done = place.run(&line).await;
        assert_eq!(done.tail(1_000).contains("connected"), !done.sandboxed, "{:?}", done.mechanism);
    }
    for mut place in confined() {
        place.context.network = true;
        assert!(place.run(&line).await.tail(1_000).contains("connected"));
    }
}

#[tokio::test]
async fn the_workspace_stays_and_so_do_hooks_and_settings_of_git() {
    for place in confined() {
        let root = &place.context.root;
        place.run("echo evil > .git/hooks/pre-commit; echo evil >> .git/config; touch .git/index").await;
        assert!(!root.join(".git/hooks/pre-commit").exists());
        assert_eq!(std::fs::read_to_string(root.join(".git/config")).unwrap(), "[core]\n");
        assert!(root.join(".git/index").exists());
        place.run("mv .git aside; mkdir -p .git/hooks; echo evil > .git/hooks/pre-commit; echo evil > .git/config").await;
        assert!(!root.join(".git/hooks/pre-commit").exists());
        assert_eq!(std::fs::read_to_string(root.join(".git/config")).unwrap(), "[core]\n");
        place.run(&format!("rm -rf {}; cd /; rmdir {}", root.display(), root.display())).await;
        assert!(root.is_dir());
        assert_eq!(std::fs::read_to_string(root.join(".git/config")).unwrap(), "[core]\n");
    }
}

#[tokio::test]
async fn one_file_cannot_fill_the_disk() {
    for place in everywhere() {
        // The last byte that is allowed, and the first that is not; nothing before it takes room.
        let byte = |at: u64| format!("dd if=/dev/zero of=big bs=1 count=1 seek={at} 2>/dev/null; echo $?");
        assert_eq!(place.run(&byte(1_073_741_823)).await.tail(100), "0\n");
        let done = place.run(&byte(1_073_741_824)).await;
        assert_ne!(done.tail(100), "0\n", "{:?}", done.mechanism);
        assert_eq!(std::fs::metadata(place.context.root.join("big")).unwrap().len(), 1_073_741_824);
    }
}

#[tokio::test]
async fn too_many_processes_are_killed() {
    for (number, place) in everywhere().into_iter().enumerate() {
        let mark = format!("5{}{number}", std::process::id());
        let line = format!("i=0; while [ $i -lt 700 ]; do sleep {mark} & i=$((i+1)); done; wait");
        let done = place.run(&line).await;
        assert_eq!(done.killed, Some(Killed::TooManyProcesses), "{:?}", done.mechanism);
        assert_eq!(marked(&mark), 0);
    }
}

#[tokio::test]
async fn nothing_of_a_command_reaches_the_processes_outside() {
    let mut child = std::process::Command::new("sleep").arg("300").spawn().unwrap();
    let pid = child.id().to_string();
    for place in confined() {
        let done = place.run(&format!("kill -9 {pid}; kill -9 $PPID; echo still here")).await;
        assert_eq!(done.exit, Some(0), "{:?}: {}", done.mechanism, done.for_model());
        assert!(!is_gone(&pid), "{:?}", done.mechanism);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn root_in_a_sandbox_reaches_neither_disks_nor_memory() {
    for place in confined() {
        let line = "for f in /dev/sd* /dev/vd* /dev/nvme* /dev/mem /proc/kcore; do head -c 1 $f >/dev/null 2>&1 && echo $f; done; \
            mount -t tmpfs none /mnt 2>/dev/null && echo mounted; cat /proc/sys/kernel/printk > /proc/sys/kernel/printk && echo set; true";
        let done = place.run(line).await;
        assert!(
            !done.tail(1_000).lines().any(|line| ["set", "mounted"].contains(&line)
                || line.starts_with("/dev")
                || line.starts_with("/proc")),
            "{:?}: {}",
            done.mechanism,
            done.for_model()
        );
    }
}

#[tokio::test]
async fn lines_that_no_shell_takes_are_refused() {
    let place = place(Mechanism::None);
    for (line, wanted) in [("", "1 to"), ("a\0b", "1 to")] {
        let error = run_command(line, &place.context, Duration::from_secs(1)).await.unwrap_err();
        assert!(error.to_string().contains(wanted), "{error}");
    }
}
