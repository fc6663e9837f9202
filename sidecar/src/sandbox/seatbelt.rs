//! The sandbox of macOS, through `/usr/bin/sandbox-exec` and a profile.
//!
//! Enforced: files, secrets and the network, by the kernel. Not enforced: sockets of the person's own daemons in
//! readable folders are refused with the network as a whole; processes are seen but cannot be signalled.

use super::guarded;
use super::policy::Policy;
use std::fmt::Write;
use std::path::Path;

/// Where macOS keeps it.
#[cfg(target_os = "macos")]
pub(super) const PROGRAM: &str = "/usr/bin/sandbox-exec";

/// Whether it works here.
///
/// # Errors
/// Why not.
#[cfg(target_os = "macos")]
pub(super) fn probe() -> Result<(), String> {
    let tried = std::process::Command::new(PROGRAM)
        .args(["-p", "(version 1)(allow default)", "/usr/bin/true"])
        .stdin(std::process::Stdio::null())
        .output();
    match tried {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("sandbox-exec does not work here: {}", output.status)),
        Err(error) => Err(format!("sandbox-exec cannot be started: {error}")),
    }
}

/// The profile. The last rule that matches decides.
pub(super) fn profile(policy: &Policy) -> String {
    let mut text =
        String::from("(version 1)\n(deny default)\n(allow process*)\n(allow signal (target same-sandbox))\n");
    text.push_str("(allow sysctl-read)\n(allow mach-lookup)\n(allow ipc-posix-sem)\n(allow file-ioctl)\n");
    text.push_str("(allow file-read*)\n");
    for path in ["/dev/null", "/dev/zero", "/dev/tty", "/dev/dtracehelper", "/dev/ptmx"] {
        rule(&mut text, "allow file-write*", "literal", Path::new(path));
    }
    for path in policy.real_hidden() {
        rule(&mut text, "deny file-read* file-write*", "subpath", &path);
    }
    for path in &policy.shown {
        rule(&mut text, "allow file-read*", "subpath", path);
    }
    for path in policy.writable() {
        rule(&mut text, "allow file-read* file-write*", "subpath", path);
    }
    let inner = policy.real_hidden().into_iter().filter(|path| path.starts_with(&policy.workspace));
    for path in inner {
        rule(&mut text, "deny file-read* file-write*", "subpath", &path);
    }
    for path in guarded::anchors(&policy.workspace) {
        rule(&mut text, "deny file-write-unlink", "literal", &path);
    }
    for path in guarded::paths(&policy.workspace) {
        rule(&mut text, "deny file-write*", "subpath", &path);
    }
    if policy.network {
        text.push_str("(allow network*)\n(allow system-socket)\n");
    }
    text
}

fn rule(text: &mut String, what: &str, kind: &str, path: &Path) {
    let path = path.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    let _ = writeln!(text, "({what} ({kind} \"{path}\"))");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_come_after_what_is_readable_and_hooks_after_what_is_writable() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("w/.git/hooks")).unwrap();
        std::fs::create_dir(root.join(".ssh")).unwrap();
        let policy = Policy {
            workspace: root.join("w"),
            temporary: root.join("t"),
            hidden: vec![root.join(".ssh")],
            shown: Vec::new(),
            network: false,
        };
        let text = profile(&policy);
        let at = |wanted: &str| text.find(wanted).unwrap_or_else(|| panic!("{wanted} is missing:\n{text}"));
        let place = |name: &str| format!("(subpath \"{}\")", root.join(name).display());
        assert!(at("(allow file-read*)") < at(&format!("(deny file-read* file-write* {}", place(".ssh"))));
        assert!(
            at(&format!("(allow file-read* file-write* {}", place("w")))
                < at(&format!("(deny file-write* {}", place("w/.git/hooks")))
        );
        assert!(!text.contains("network*"));
    }
}
