//! Confines what shell commands may do: they write only in their workspace and a temporary folder of their own, do
//! not see the person's secrets, and reach the network only where that is allowed.
//!
//! Each system has one way that is tried first: on Linux `bwrap`, which gives the command namespaces of its own,
//! else Landlock with seccomp, which the kernel alone enforces; on macOS `sandbox-exec`. What they hold differs, see
//! the module of each. [`supervisor`] starts the command and leaves nothing of it running.

mod bwrap;
mod guarded;
#[cfg(target_os = "linux")]
mod landlock;
mod policy;
#[cfg(any(target_os = "macos", test))]
mod seatbelt;
#[cfg(target_os = "linux")]
mod seccomp;
pub(crate) mod supervisor;

pub(crate) use policy::{Policy, secrets};
pub(crate) use rozet_observability::reading::Mechanism;

use crate::settings::SandboxMode;
use rozet_observability::reading::SandboxStatus;
use std::sync::OnceLock;

/// Looks once what this system can do; the first call starts a process and may take some milliseconds.
pub(crate) fn status() -> &'static SandboxStatus {
    static STATUS: OnceLock<SandboxStatus> = OnceLock::new();
    STATUS.get_or_init(probe)
}

#[cfg(target_os = "linux")]
fn probe() -> SandboxStatus {
    let found = |mechanism, why| SandboxStatus { mechanism, enforced: true, why };
    match bwrap::probe() {
        Ok(()) => found(Mechanism::Bwrap, None),
        Err(bwrap) => match landlock::probe() {
            Ok(()) => found(Mechanism::Landlock, Some(bwrap)),
            Err(landlock) => SandboxStatus {
                mechanism: Mechanism::None,
                enforced: false,
                why: Some(format!("{bwrap}; {landlock}")),
            },
        },
    }
}

#[cfg(target_os = "macos")]
fn probe() -> SandboxStatus {
    match seatbelt::probe() {
        Ok(()) => SandboxStatus { mechanism: Mechanism::SandboxExec, enforced: true, why: None },
        Err(why) => SandboxStatus { mechanism: Mechanism::None, enforced: false, why: Some(why) },
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn probe() -> SandboxStatus {
    let why = Some("there is no sandbox for this system".to_owned());
    SandboxStatus { mechanism: Mechanism::None, enforced: false, why }
}

/// The way that a command takes.
///
/// # Errors
/// When a sandbox is required and there is none; says why.
pub(crate) fn choose(mode: SandboxMode) -> Result<Mechanism, String> {
    match (mode, status()) {
        (SandboxMode::Off, _) => Ok(Mechanism::None),
        (SandboxMode::Required, SandboxStatus { enforced: false, why, .. }) => Err(format!(
            "commands must run in a sandbox, and this system has none ({}): install bubblewrap, or set the sandbox \
             to `auto`",
            why.as_deref().unwrap_or("the reason is unknown")
        )),
        (_, status) => Ok(status.mechanism),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn off_is_off_and_the_status_agrees_with_the_choice() {
        assert_eq!(choose(SandboxMode::Off), Ok(Mechanism::None));
        assert_eq!(choose(SandboxMode::Auto), Ok(status().mechanism));
        assert_eq!(choose(SandboxMode::Required).is_ok(), status().enforced);
    }

    #[test]
    fn the_status_is_written_as_people_know_the_names() {
        let status = SandboxStatus { mechanism: Mechanism::SandboxExec, enforced: true, why: None };
        let wanted = serde_json::json!({"mechanism": "sandbox-exec", "enforced": true});
        assert_eq!(serde_json::to_value(status).unwrap(), wanted);
    }
}
