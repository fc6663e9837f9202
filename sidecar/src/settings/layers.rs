//! Everything that was set, in the order of precedence: flags, variables, `.env` files, the project's
//! `providers.yaml`, the person's.

use super::file::{ConfigError, Credential, ProvidersFile};
use super::source::{Scope, Set, Source};
use super::{Environment, env_file};
use rozet_observability::run::WorkerKind;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The settings file's name, in the project and in the person's configuration folder.
const FILE: &str = "providers.yaml";
/// The `.env` files beside it, the first goes over the second.
const ENV_FILES: [&str; 2] = [".env", "credentials/.env"];

/// What a command line says over everything else.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags {
    pub(crate) provider: Option<String>,
    pub(crate) model: Option<String>,
    /// Who carries out a run.
    pub(crate) worker: Option<WorkerKind>,
    /// Tasks at once.
    pub(crate) parallel: Option<u32>,
    /// US dollars that the run may cost.
    pub(crate) run_usd: Option<f64>,
    /// A settings file in place of the project's and the person's.
    pub(crate) config: Option<PathBuf>,
}

/// The layers, read once for each use.
pub(crate) struct Layers {
    pub(super) flags: Flags,
    environment: Environment,
    env_files: Vec<EnvFile>,
    files: Vec<File>,
    /// What could not be read and is passed over, in words for a person.
    pub(crate) warnings: Vec<String>,
    /// The workspace; a project's settings may not name files outside of it.
    pub(super) workspace: Option<PathBuf>,
}

struct EnvFile {
    path: PathBuf,
    scope: Scope,
    values: BTreeMap<String, String>,
}

struct File {
    path: PathBuf,
    scope: Scope,
    content: ProvidersFile,
}

impl Layers {
    /// Reads what holds for a workspace; without one, what holds everywhere.
    ///
    /// # Errors
    /// Names the file that is wrong, and where.
    pub(crate) fn read(
        environment: &Environment,
        config_folder: &Path,
        workspace: Option<&Path>,
        flags: Flags,
    ) -> Result<Self, ConfigError> {
        let mut layers = Self {
            environment: environment.clone(),
            env_files: Vec::new(),
            files: Vec::new(),
            warnings: Vec::new(),
            workspace: workspace.map(Path::to_owned),
            flags,
        };
        let folders = workspace.map(|folder| (folder, Scope::Project)).into_iter();
        for (folder, scope) in folders.chain([(config_folder, Scope::Person)]) {
            layers.read_env_files(folder, scope);
            let path = folder.join(FILE);
            let foreign = scope == Scope::Project && !ProvidersFile::is_ours(&path);
            if layers.flags.config.is_none() && !foreign {
                layers.read_file(path, scope)?;
            }
        }
        if let Some(path) = layers.flags.config.clone()
            && !layers.read_file(path.clone(), Scope::Person)?
        {
            let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(ConfigError::Unreadable { path, source: missing });
        }
        Ok(layers)
    }

    fn read_env_files(&mut self, folder: &Path, scope: Scope) {
        for name in ENV_FILES {
            let path = folder.join(name);
            let (values, unread) = env_file::read(&path);
            if unread > 0 {
                self.warnings
                    .push(format!("{}: {unread} lines cannot be read and are left out", path.display()));
            }
            if !values.is_empty() {
                self.env_files.push(EnvFile { path, scope, values });
            }
        }
    }

    fn read_file(&mut self, path: PathBuf, scope: Scope) -> Result<bool, ConfigError> {
        let content = ProvidersFile::read(&path)?;
        let found = content.is_some();
        self.files.extend(content.map(|content| File { path, scope, content }));
        Ok(found)
    }

    /// The variable in each place that has it, in the order of precedence.
    pub(super) fn variables(&self, name: &str) -> Vec<Set<String>> {
        let own = self
            .environment
            .get(name)
            .map(|value| Set::new(value.to_owned(), Source::Variable(name.to_owned())));
        let of_files = self.env_files.iter().filter_map(|file| {
            let value = file.values.get(name).filter(|value| !value.is_empty())?;
            let source =
                Source::EnvFile { variable: name.to_owned(), path: file.path.clone(), scope: file.scope };
            Some(Set::new(value.clone(), source))
        });
        own.into_iter().chain(of_files).collect()
    }

    /// A variable of the environment, or of the first `.env` file that has it; empty counts as not set.
    pub(super) fn variable(&self, name: &str) -> Option<Set<String>> {
        self.variables(name).into_iter().next()
    }

    /// A value in each file that has it, in the order of precedence.
    pub(super) fn sections<T>(
        &self,
        get: impl Fn(&ProvidersFile) -> Option<T>,
    ) -> impl Iterator<Item = Set<T>> {
        self.files.iter().filter_map(move |file| {
            let source = || Source::File { path: file.path.clone(), scope: file.scope };
            get(&file.content).map(|value| Set::new(value, source()))
        })
    }

    /// A value of the first file that has it.
    pub(super) fn in_files<T>(&self, get: impl Fn(&ProvidersFile) -> Option<T>) -> Option<Set<T>> {
        self.sections(get).next()
    }

    /// What each file says of a provider's key, the project's first.
    pub(super) fn credentials(&self, provider: &str) -> impl Iterator<Item = Set<&Credential>> {
        self.files.iter().filter_map(move |file| {
            let credential = file.content.credentials.get(provider)?;
            Some(Set::new(credential, Source::File { path: file.path.clone(), scope: file.scope }))
        })
    }

    /// The files that were read, in the order of precedence.
    pub(crate) fn read_files(&self) -> impl Iterator<Item = &Path> {
        let env_files = self.env_files.iter().map(|file| file.path.as_path());
        env_files.chain(self.files.iter().map(|file| file.path.as_path()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_goes_over_files_and_the_project_over_the_person() {
        let (config, project) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::create_dir(project.path().join("credentials")).unwrap();
        std::fs::write(project.path().join(".env"), "ONE=project\nTWO=project\n").unwrap();
        std::fs::write(project.path().join("credentials/.env"), "TWO=hidden\nTHREE=project\n").unwrap();
        std::fs::write(config.path().join(".env"), "THREE=person\nFOUR=person\n").unwrap();
        let environment = Environment::of(&[("ONE", "process")]);
        let layers =
            Layers::read(&environment, config.path(), Some(project.path()), Flags::default()).unwrap();
        let value = |name: &str| layers.variable(name).map(|set| (set.value, set.source.scope()));
        assert_eq!(value("ONE"), Some(("process".into(), Scope::Person)));
        assert_eq!(value("TWO"), Some(("project".into(), Scope::Project)));
        assert_eq!(value("THREE"), Some(("project".into(), Scope::Project)));
        assert_eq!(value("FOUR"), Some(("person".into(), Scope::Person)));
        assert_eq!(value("FIVE"), None);
    }

    #[test]
    fn a_named_file_stands_in_for_both_and_must_be_there() {
        let config = tempfile::tempdir().unwrap();
        std::fs::write(config.path().join(FILE), "orchestrator:\n  provider: groq\n").unwrap();
        let other = config.path().join("other.yaml");
        let read = |path: &Path| {
            let flags = Flags { config: Some(path.to_owned()), ..Flags::default() };
            Layers::read(&Environment::of(&[]), config.path(), None, flags)
        };
        assert!(read(&other).err().unwrap().to_string().contains("other.yaml"));
        std::fs::write(&other, "orchestrator:\n  provider: openai\n").unwrap();
        let layers = read(&other).unwrap();
        let providers: Vec<_> =
            layers.sections(|file| file.orchestrator.as_ref()?.provider.clone()).collect();
        assert_eq!(providers.len(), 1);
        assert_eq!(providers[0].value, "openai");
    }
}
