//! Where things lie: the XDG folders, or one folder when `ROZET_HOME` is set.

use crate::settings::Environment;
use std::path::{Path, PathBuf};

/// The folders and files of one installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folders {
    pub(crate) config: PathBuf,
    pub(crate) data: PathBuf,
    pub(crate) state: PathBuf,
}

impl Folders {
    /// Reads them from the environment.
    ///
    /// # Errors
    /// When neither `ROZET_HOME` nor `HOME` is set to an absolute path.
    pub(crate) fn find(environment: &Environment) -> Result<Self, String> {
        let absolute =
            |name: &str| environment.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        if let Some(home) = environment.get("ROZET_HOME") {
            let home = PathBuf::from(home);
            if !home.is_absolute() {
                return Err(format!("ROZET_HOME must be an absolute path, got `{}`", home.display()));
            }
            return Ok(Self {
                config: home.join("config"),
                data: home.join("data"),
                state: home.join("state"),
            });
        }
        let home = absolute("HOME").ok_or("HOME is not set: set it, or ROZET_HOME, to an absolute path")?;
        let xdg =
            |name: &str, fallback: &str| absolute(name).unwrap_or_else(|| home.join(fallback)).join("rozet");
        Ok(Self {
            config: xdg("XDG_CONFIG_HOME", ".config"),
            data: xdg("XDG_DATA_HOME", ".local/share"),
            state: xdg("XDG_STATE_HOME", ".local/state"),
        })
    }

    /// Makes them, readable by their owner alone.
    ///
    /// # Errors
    /// Names the folder that cannot be made.
    pub(crate) fn make(&self) -> Result<(), String> {
        for folder in [&self.config, &self.data, &self.state, &self.spool(), &self.logs()] {
            private_folder(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        }
        Ok(())
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.data.join("rozet.db")
    }

    pub(crate) fn info(&self) -> PathBuf {
        self.state.join("sidecar.json")
    }

    pub(crate) fn pid(&self) -> PathBuf {
        self.state.join("sidecar.pid")
    }

    pub(crate) fn token(&self) -> PathBuf {
        self.state.join("token")
    }

    pub(crate) fn spool(&self) -> PathBuf {
        self.state.join("spool")
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.state.join("logs")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.logs().join("sidecar.log")
    }

    /// What the daemon says outside of its log: the reason of a failed start, or of a crash.
    pub(crate) fn stderr(&self) -> PathBuf {
        self.logs().join("sidecar.stderr")
    }

    pub(crate) fn providers_file(&self) -> PathBuf {
        self.config.join("providers.yaml")
    }
}

/// Makes a folder, with its parents, that only its owner may enter.
pub(crate) fn private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_folder_or_the_xdg_ones() {
        let one = Folders::find(&Environment::of(&[("ROZET_HOME", "/r"), ("HOME", "/h")])).unwrap();
        assert_eq!(one.database(), Path::new("/r/data/rozet.db"));
        let xdg = Folders::find(&Environment::of(&[("HOME", "/h"), ("XDG_STATE_HOME", "/s")])).unwrap();
        assert_eq!(xdg.info(), Path::new("/s/rozet/sidecar.json"));
        assert_eq!(xdg.providers_file(), Path::new("/h/.config/rozet/providers.yaml"));
    }

    #[test]
    fn a_relative_home_is_refused_and_a_relative_xdg_folder_ignored() {
        assert!(Folders::find(&Environment::of(&[("ROZET_HOME", "here")])).unwrap_err().contains("absolute"));
        let folders = Folders::find(&Environment::of(&[("HOME", "/h"), ("XDG_DATA_HOME", "x")])).unwrap();
        assert_eq!(folders.data, Path::new("/h/.local/share/rozet"));
        assert!(Folders::find(&Environment::of(&[])).is_err());
    }
}
