//! Bubblewrap: the whole system is there read-only, the workspace is bound over it writable, secrets are covered.
//!
//! Enforced: files, secrets, processes (a process namespace that ends with its first process), System V and POSIX IPC,
//! the network namespace. The sockets of other programs' daemons (D-Bus, Docker, tmux) lie in `/run` and `/tmp`, which
//! are replaced. Not enforced: how much memory is used, `/dev/shm` included; with the network allowed, sockets with
//! abstract names are reached.

use super::guarded;
use super::policy::Policy;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Where it is looked for; not in `PATH`, which others may have changed.
const PLACES: [&str; 4] =
    ["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap", "/run/current-system/sw/bin/bwrap"];
/// Longest wait for the probe.
const PROBE_DEADLINE: Duration = Duration::from_secs(5);
/// What programs need of `/run`; the rest is daemons' sockets.
const KEPT_OF_RUN: [&str; 6] = [
    "/run/systemd/resolve",
    "/run/NetworkManager/resolv.conf",
    "/run/resolvconf",
    "/run/current-system",
    "/run/opengl-driver",
    "/run/wrappers",
];
/// What root keeps: what touches files only. Mounting, tracing and loading are gone.
const ROOT_KEEPS: [&str; 5] = ["CAP_DAC_OVERRIDE", "CAP_CHOWN", "CAP_FOWNER", "CAP_FSETID", "CAP_SETFCAP"];

/// The program, where it is installed.
pub(super) fn program() -> Option<&'static Path> {
    PLACES.iter().map(Path::new).find(|path| path.is_file())
}

/// Whether it is installed and works here, tried as it is used.
///
/// # Errors
/// Why not.
pub(super) fn probe() -> Result<(), String> {
    let program = program().ok_or("bwrap is not installed")?;
    let policy = Policy {
        workspace: PathBuf::from("/"),
        temporary: PathBuf::new(),
        hidden: Vec::new(),
        shown: Vec::new(),
        network: false,
    };
    let mut command = Command::new(program);
    command
        .args(namespaces(&policy))
        .args(["--ro-bind", "/", "/"])
        .args(["--dev", "/dev", "--proc", "/proc"]);
    command.args(["--", "/bin/sh", "-c", "echo works"]).env_clear();
    let said = answer(&mut command).map_err(|error| format!("bwrap cannot be started: {error}"))?;
    if said.trim() == "works" {
        return Ok(());
    }
    let why = said.lines().next().unwrap_or("it says nothing").chars().take(200).collect::<String>();
    Err(format!("bwrap does not work here: {why}"))
}

/// What the program prints, on either stream, until it ends or the time is up.
fn answer(command: &mut Command) -> std::io::Result<String> {
    let (mut reader, writer) = std::io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn()?;
    // The command keeps the writing end open in this process.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut said = Vec::new();
    let deadline = std::time::Instant::now() + PROBE_DEADLINE;
    loop {
        let left = deadline.saturating_duration_since(std::time::Instant::now());
        let Ok(timeout) = rustix::event::Timespec::try_from(left) else { break };
        let mut polled = [rustix::event::PollFd::new(&reader, rustix::event::PollFlags::IN)];
        if rustix::event::poll(&mut polled, Some(&timeout)).unwrap_or(0) == 0 {
            break;
        }
        let mut buffer = [0_u8; 1_024];
        match reader.read(&mut buffer) {
            Ok(count) if count > 0 && said.len() < 4_096 => {
                said.extend_from_slice(buffer.get(..count).unwrap_or_default());
            }
            _ => break,
        }
    }
    let _ = child.kill();
    child.wait()?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

/// The arguments before the command's own.
pub(super) fn arguments(policy: &Policy, workdir: &Path) -> Vec<OsString> {
    let mut arguments = namespaces(policy);
    let mut add = |words: &[&std::ffi::OsStr]| arguments.extend(words.iter().map(|word| (*word).to_owned()));
    let word = std::ffi::OsStr::new;
    add(&[
        word("--ro-bind"),
        word("/"),
        word("/"),
        word("--dev"),
        word("/dev"),
        word("--proc"),
        word("/proc"),
    ]);
    for mount in mounts(policy) {
        let target = mount.target.as_os_str();
        match &mount.kind {
            Kind::ReadOnly(source) => add(&[word("--ro-bind-try"), source.as_os_str(), target]),
            Kind::Writable(source) => add(&[word("--bind"), source.as_os_str(), target]),
            Kind::Empty => add(&[word("--tmpfs"), target]),
            Kind::EmptyReadOnly => add(&[word("--tmpfs"), target, word("--remount-ro"), target]),
        }
    }
    add(&[word("--chdir"), workdir.as_os_str(), word("--")]);
    arguments
}

fn namespaces(policy: &Policy) -> Vec<OsString> {
    let mut words =
        vec!["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--new-session"];
    if !policy.network {
        words.push("--unshare-net");
    }
    words.extend(["--cap-drop", "ALL"]);
    if rustix::process::geteuid().is_root() {
        words.extend(ROOT_KEEPS.iter().flat_map(|name| ["--cap-add", name]));
    }
    words.into_iter().map(OsString::from).collect()
}

/// Settings of the whole kernel, which root may write however few capabilities it has.
const KERNEL_SETTINGS: [&str; 5] = ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs"];

enum Kind {
    ReadOnly(PathBuf),
    Writable(PathBuf),
    Empty,
    EmptyReadOnly,
}

struct Mount {
    target: PathBuf,
    kind: Kind,
}

/// Every mount, outer folders before what lies in them: a later one covers an earlier one.
fn mounts(policy: &Policy) -> Vec<Mount> {
    let mut mounts: Vec<Mount> = Vec::new();
    let mut add = |target: &Path, kind| mounts.push(Mount { target: target.to_owned(), kind });
    let exists = |path: &str| Path::new(path).is_dir();
    for folder in ["/tmp", "/var/tmp"] {
        if exists(folder) {
            add(Path::new(folder), Kind::Writable(policy.temporary.clone()));
        }
    }
    if rustix::process::geteuid().is_root() {
        for path in KERNEL_SETTINGS {
            add(Path::new(path), Kind::ReadOnly(PathBuf::from(path)));
        }
    }
    if exists("/run") {
        add(Path::new("/run"), Kind::Empty);
        for kept in KEPT_OF_RUN {
            add(Path::new(kept), Kind::ReadOnly(PathBuf::from(kept)));
        }
    }
    for hidden in policy.real_hidden() {
        // What lies in a replaced folder is gone already.
        let replaced = ["/tmp", "/var/tmp", "/run"].iter().any(|folder| hidden.starts_with(folder));
        if replaced && !hidden.starts_with(&policy.workspace) {
            continue;
        }
        let kind = if hidden.is_dir() { Kind::Empty } else { Kind::ReadOnly(PathBuf::from("/dev/null")) };
        add(&hidden, kind);
    }
    for shown in &policy.shown {
        add(shown, Kind::ReadOnly(shown.clone()));
    }
    add(&policy.workspace, Kind::Writable(policy.workspace.clone()));
    add(&policy.temporary, Kind::Writable(policy.temporary.clone()));
    for path in guarded::anchors(&policy.workspace) {
        // A mount point cannot be renamed: the guarded things in it cannot be moved aside.
        add(&path, Kind::Writable(path.clone()));
    }
    let is_link = |path: &PathBuf| path.is_symlink();
    for path in guarded::paths(&policy.workspace).into_iter().filter(|path| !is_link(path)) {
        let kind = if path.exists() { Kind::ReadOnly(path.clone()) } else { Kind::EmptyReadOnly };
        add(&path, kind);
    }
    mounts.sort_by_key(|mount| mount.target.components().count());
    mounts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outer_mounts_come_first_and_secrets_in_the_workspace_stay_hidden() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("home/.ssh")).unwrap();
        std::fs::create_dir_all(root.join("home/.git/hooks")).unwrap();
        std::fs::write(root.join("home/.git/config"), "").unwrap();
        let policy = Policy {
            workspace: root.join("home"),
            temporary: root.join("temporary"),
            hidden: vec![root.join("home/.ssh"), root.join("nothing")],
            shown: Vec::new(),
            network: false,
        };
        let mounts = mounts(&policy);
        let at = |path: &Path| mounts.iter().position(|mount| mount.target == path);
        assert!(at(&root.join("home")) < at(&root.join("home/.ssh")));
        assert!(at(&root.join("home/.git")) < at(&root.join("home/.git/hooks")));
        assert!(at(&root.join("home/.git/config")).is_some());
        assert_eq!(at(&root.join("nothing")), None);
        assert!(at(Path::new("/tmp")).is_some_and(|first| Some(first) < at(&root.join("home"))));
    }

    #[test]
    fn the_network_is_shared_only_where_allowed() {
        let mut policy = Policy {
            workspace: "/".into(),
            temporary: "/".into(),
            hidden: Vec::new(),
            shown: Vec::new(),
            network: false,
        };
        let unshared = |policy: &Policy| namespaces(policy).iter().any(|word| word == "--unshare-net");
        assert!(unshared(&policy));
        policy.network = true;
        assert!(!unshared(&policy));
    }
}
