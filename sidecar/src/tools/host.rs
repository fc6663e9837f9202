//! What tools need to know of this installation; the same for every workspace.

use super::ToolError;
use crate::folders::{Folders, private_folder};
use crate::sandbox::{self, Mechanism};
use crate::settings::Environment;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Variables that a command may see: none of them is a secret.
pub(super) const PASSED_ON: [&str; 21] = [
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "USER",
    "LOGNAME",
    "SHELL",
    "TERM",
    "TZ",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "NVM_DIR",
    "GOPATH",
    "GOROOT",
    "JAVA_HOME",
    "VIRTUAL_ENV",
    "PYENV_ROOT",
    "PNPM_HOME",
    "TMPDIR",
];
/// Where programs are when the environment does not say.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// What tools need to know of this installation.
#[derive(Debug)]
pub(crate) struct Host {
    /// What is started to watch a command, and its arguments.
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
    /// What a command sees.
    pub(super) environment: BTreeMap<String, String>,
    /// What no command may see.
    pub(super) hidden: Vec<PathBuf>,
    /// Where long outputs go.
    pub(super) outputs: PathBuf,
    temporaries: PathBuf,
    /// In place of the one that this system would take.
    pub(super) mechanism: Option<Mechanism>,
    next: AtomicU64,
}

impl Host {
    /// Reads what is needed and makes the folders. One daemon has them: what an earlier one left is removed.
    ///
    /// # Errors
    /// When a folder cannot be made, or the system does not say where this program lies.
    pub(crate) fn new(environment: &Environment, folders: &Folders) -> std::io::Result<Arc<Self>> {
        let program = std::env::current_exe()?;
        Self::make(environment, folders, program, vec!["supervise".to_owned()], None).map(Arc::new)
    }

    fn make(
        environment: &Environment,
        folders: &Folders,
        program: PathBuf,
        arguments: Vec<String>,
        mechanism: Option<Mechanism>,
    ) -> std::io::Result<Self> {
        let folder = folders.state.join("commands");
        let (outputs, temporaries) = (folder.join("output"), folder.join("temporary"));
        // Not there is as good as removed.
        let _ = std::fs::remove_dir_all(&temporaries);
        private_folder(&outputs)?;
        private_folder(&temporaries)?;
        let mut passed: BTreeMap<String, String> = PASSED_ON
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), environment.get(name)?.to_owned())))
            .collect();
        passed.entry("PATH".to_owned()).or_insert_with(|| DEFAULT_PATH.to_owned());
        Ok(Self {
            program,
            arguments,
            environment: passed,
            hidden: sandbox::secrets(environment, folders),
            outputs: outputs.canonicalize()?,
            temporaries: temporaries.canonicalize()?,
            mechanism,
            next: AtomicU64::new(0),
        })
    }

    /// One in a folder of a test, with this crate's test program as the supervisor.
    #[cfg(test)]
    pub(crate) fn of_test(folder: &Path, mechanism: Option<Mechanism>) -> Arc<Self> {
        let home = folder.to_string_lossy().into_owned();
        let environment =
            Environment::read().with("HOME", &home).with("ROZET_HOME", &format!("{home}/rozet"));
        let folders = Folders::find(&environment).unwrap();
        let arguments = crate::sandbox::supervisor::TEST_ARGUMENTS.map(str::to_owned).to_vec();
        Arc::new(
            Self::make(&environment, &folders, std::env::current_exe().unwrap(), arguments, mechanism)
                .unwrap(),
        )
    }

    /// What is started to watch over another program, and its arguments.
    pub(crate) fn supervisor(&self) -> (&Path, &[String]) {
        (&self.program, &self.arguments)
    }

    /// The person's home folder.
    pub(crate) fn home(&self) -> Option<&Path> {
        self.environment.get("HOME").map(Path::new)
    }

    /// A folder in which tools and workers may work, without links in it.
    ///
    /// # Errors
    /// When it is none, is more than a project, or holds secrets.
    pub(crate) fn workspace(&self, directory: &Path) -> Result<PathBuf, ToolError> {
        let refused = |why: &str| ToolError::Refused(format!("the workspace {}: {why}", directory.display()));
        if !directory.is_absolute() {
            return Err(refused("expected the workspace's absolute path"));
        }
        let real = directory.canonicalize().map_err(|error| refused(&error.to_string()))?;
        if !real.is_dir() {
            return Err(refused("it is not a folder"));
        }
        let home = self.home();
        let real_home = home.and_then(|home| home.canonicalize().ok());
        if real.parent().is_none() || real_home.is_some_and(|home| home.starts_with(&real)) {
            return Err(refused(
                "the whole system, or the whole home folder, is no workspace: name a project's folder",
            ));
        }
        if self.hides(&real) {
            return Err(refused("it holds secrets, no tool works there"));
        }
        Ok(real)
    }

    /// Whether a real path lies in something that no command may see.
    pub(crate) fn hides(&self, real: &Path) -> bool {
        self.hidden
            .iter()
            .filter_map(|hidden| hidden.canonicalize().ok())
            .any(|hidden| real.starts_with(hidden))
    }

    /// A number that no other file or folder of this process has.
    pub(super) fn next(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Makes a folder for temporary files; it goes when it is dropped.
    pub(super) fn temporary(&self) -> std::io::Result<Temporary> {
        let path = self.temporaries.join(format!("{}-{}", std::process::id(), self.next()));
        private_folder(&path)?;
        Ok(Temporary { path })
    }
}

/// A folder that goes when it is dropped.
#[derive(Debug)]
pub(super) struct Temporary {
    pub(super) path: PathBuf,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
