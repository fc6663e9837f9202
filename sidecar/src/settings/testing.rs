//! A person and a project that tests write settings for.

use super::{ConfigError, Environment, Flags, Layers};

/// A person's configuration folder and a project.
pub(super) struct Place(tempfile::TempDir);

impl Place {
    pub(super) fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        for folder in [place.person(), place.project().join("credentials")] {
            std::fs::create_dir_all(folder).unwrap();
        }
        place
    }

    pub(super) fn person(&self) -> std::path::PathBuf {
        self.0.path().join("person")
    }

    pub(super) fn project(&self) -> std::path::PathBuf {
        self.0.path().join("project")
    }

    pub(super) fn write(self, path: &str, text: &str) -> Self {
        std::fs::write(self.0.path().join(path), text).unwrap();
        self
    }

    pub(super) fn layers(&self, variables: &[(&str, &str)], flags: Flags) -> Result<Layers, ConfigError> {
        Layers::read(&Environment::of(variables), &self.person(), Some(&self.project()), flags)
    }
}
