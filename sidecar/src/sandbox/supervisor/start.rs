//! Starts the command, confined.

use super::protocol::Request;
use crate::sandbox::{Mechanism, bwrap};
use rustix::process::Pid;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// The shells, the first that is there is taken.
const SHELLS: [&str; 3] = ["/bin/bash", "/usr/bin/bash", "/bin/sh"];

/// Starts the command in a process group of its own, with what it prints on our standard error.
///
/// # Errors
/// When it cannot be confined or started; it does not run then.
pub(super) fn start(request: &Request) -> Result<Pid, String> {
    if !request.workdir.is_dir() {
        return Err(format!("the folder {} is not there", request.workdir.display()));
    }
    let command = command(request)?;
    let child = match request.mechanism {
        #[cfg(target_os = "linux")]
        Mechanism::Landlock => confined(command, || crate::sandbox::landlock::confine(&request.policy)),
        // Bubblewrap dies with the thread that started it, so this one does, and takes the filter on itself.
        #[cfg(target_os = "linux")]
        Mechanism::Bwrap => crate::sandbox::seccomp::confine(None).and_then(|()| spawn(command)),
        _ => spawn(command),
    }?;
    i32::try_from(child)
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(|| "the command has no process number".to_owned())
}

fn command(request: &Request) -> Result<Command, String> {
    let shell = SHELLS.iter().find(|shell| Path::new(shell).is_file()).ok_or("this system has no shell")?;
    let mut command = match request.mechanism {
        Mechanism::Bwrap => {
            let mut command = Command::new(bwrap::program().ok_or("bwrap is not installed any more")?);
            command.args(bwrap::arguments(&request.policy, &request.workdir)).arg(shell);
            command
        }
        #[cfg(target_os = "macos")]
        Mechanism::SandboxExec => {
            use crate::sandbox::seatbelt;
            let mut command = Command::new(seatbelt::PROGRAM);
            command.arg("-p").arg(seatbelt::profile(&request.policy)).arg(shell);
            command
        }
        #[cfg(not(target_os = "macos"))]
        Mechanism::SandboxExec => return Err("sandbox-exec is there on macOS only".to_owned()),
        Mechanism::Landlock | Mechanism::None => Command::new(shell),
    };
    let output = std::io::stderr();
    let output = || rustix::io::dup(&output).map(Stdio::from);
    let no_output = |error| format!("the output cannot be passed on: {error}");
    command
        .arg("-c")
        .arg(&request.command)
        .current_dir(&request.workdir)
        .env_clear()
        .envs(&request.environment)
        .stdin(Stdio::null())
        .stdout(output().map_err(no_output)?)
        .stderr(output().map_err(no_output)?)
        .process_group(0);
    Ok(command)
}

fn spawn(mut command: Command) -> Result<u32, String> {
    // Its end is waited for together with that of everything that it starts.
    command.spawn().map(|child| child.id()).map_err(|error| format!("the shell cannot be started: {error}"))
}

/// Confinement holds for a thread and for what it starts: this process itself stays free, to watch and to kill.
#[cfg(target_os = "linux")]
fn confined(command: Command, confine: impl FnOnce() -> Result<(), String> + Send) -> Result<u32, String> {
    std::thread::scope(|scope| {
        let child = scope.spawn(|| confine().and_then(|()| spawn(command))).join();
        child.unwrap_or_else(|_| Err("the thread that starts the command failed".to_owned()))
    })
}
