//! Names a process so that a later one with the same number is not taken for it.

/// This process: its id, and when the system says that it started.
pub(super) fn this_process() -> String {
    let pid = std::process::id();
    format!("{pid}@{}", started(pid).unwrap_or_default())
}

/// Clock ticks from boot to the process's start: the 22nd field of `/proc/<pid>/stat`, see proc_pid_stat(5).
#[cfg(target_os = "linux")]
fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in brackets, may hold anything; fields are counted from behind it.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// Elsewhere the time of asking: one process asks once.
#[cfg(not(target_os = "linux"))]
fn started(_: u32) -> Option<u64> {
    u64::try_from(crate::clock::now_ms()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_keeps_its_name() {
        assert_eq!(this_process(), this_process());
        assert!(this_process().starts_with(&format!("{}@", std::process::id())));
        assert!(!this_process().ends_with("@0"));
    }
}
