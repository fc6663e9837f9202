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

use crate::settings::SandboxMode;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// How commands are confined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mechanism {
    /// Bubblewrap: mount, process, IPC and network namespaces.
    Bwrap,
    /// Landlock for files and signals, seccomp for the network and dangerous system calls.
    Landlock,
    /// The sandbox of macOS.
    SandboxExec,
    /// Not at all.
    None,
}

impl Mechanism {
    /// Its name for a person.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bwrap => "bwrap",
            Self::Landlock => "landlock",
            Self::SandboxExec => "sandbox-exec",
            Self::None => "none",
        }
    }
}

/// What this system can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SandboxStatus {
    pub(crate) mechanism: Mechanism,
    /// Whether commands are really confined.
    pub(crate) enforced: bool,
    /// Why a better way, or any, is not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
}

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
