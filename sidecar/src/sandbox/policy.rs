//! What one command may touch, the same for every mechanism.

use crate::folders::Folders;
use crate::settings::Environment;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Secrets in a person's home, relative to it.
const IN_HOME: [&str; 16] = [
    ".ssh",
    ".aws",
    ".azure",
    ".gnupg",
    ".config/gh",
    ".config/gcloud",
    ".config/op",
    ".netrc",
    ".git-credentials",
    ".config/git/credentials",
    ".docker",
    ".kube",
    ".npmrc",
    ".pypirc",
    ".password-store",
    ".local/share/keyrings",
];
/// Cargo's tokens, relative to its home.
const IN_CARGO_HOME: [&str; 2] = ["credentials.toml", "credentials"];

/// What one command may touch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Policy {
    /// Writable, but for what is guarded in it.
    pub(crate) workspace: PathBuf,
    /// A folder of the command's own for temporary files; writable.
    pub(crate) temporary: PathBuf,
    /// Neither readable nor writable, with everything below.
    pub(crate) hidden: Vec<PathBuf>,
    /// Readable although it lies in something hidden.
    pub(crate) shown: Vec<PathBuf>,
    /// Whether the network may be reached.
    pub(crate) network: bool,
}

impl Policy {
    /// What is hidden and there, by its real path.
    pub(super) fn real_hidden(&self) -> Vec<PathBuf> {
        let mut paths: Vec<_> = self.hidden.iter().filter_map(|path| path.canonicalize().ok()).collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// The folders that may be written.
    pub(super) fn writable(&self) -> [&Path; 2] {
        [&self.workspace, &self.temporary]
    }
}

/// The secrets of a person that no command may see: keys, tokens, Rozet's own folders, OpenCode's logins.
pub(crate) fn secrets(environment: &Environment, folders: &Folders) -> Vec<PathBuf> {
    let home = environment.get("HOME").map(PathBuf::from);
    let mut paths = vec![folders.config.clone(), folders.state.clone(), folders.data.clone()];
    if let Some(home) = &home {
        paths.extend(IN_HOME.iter().map(|name| home.join(name)));
    }
    let cargo =
        environment.get("CARGO_HOME").map(PathBuf::from).or(home.as_ref().map(|home| home.join(".cargo")));
    if let Some(cargo) = cargo {
        paths.extend(IN_CARGO_HOME.iter().map(|name| cargo.join(name)));
    }
    let data = environment
        .get("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or(home.as_ref().map(|home| home.join(".local/share")));
    paths.extend(data.map(|data| data.join("opencode/auth.json")));
    paths.retain(|path| path.is_absolute());
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tokens_and_our_own_folders_are_secrets() {
        let environment = Environment::of(&[("HOME", "/h"), ("CARGO_HOME", "/c")]);
        let folders = Folders::find(&environment).unwrap();
        let secrets = secrets(&environment, &folders);
        for path in [
            "/h/.ssh",
            "/h/.config/rozet",
            "/h/.local/state/rozet",
            "/h/.local/share/opencode/auth.json",
            "/c/credentials.toml",
        ] {
            assert!(secrets.iter().any(|secret| secret == Path::new(path)), "{path}");
        }
    }
}
