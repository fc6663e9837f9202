//! Where a value comes from, and whose word that is.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

/// Whose word a setting is. A project's files may come from strangers: they never lead the person's keys to an
/// address of theirs, nor to a file outside of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Person,
    Project,
}

/// Where a value was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Flag(&'static str),
    Variable(String),
    EnvFile { variable: String, path: PathBuf, scope: Scope },
    File { path: PathBuf, scope: Scope },
    Default,
}

impl Source {
    pub(crate) const fn scope(&self) -> Scope {
        match self {
            Self::Flag(_) | Self::Variable(_) | Self::Default => Scope::Person,
            Self::EnvFile { scope, .. } | Self::File { scope, .. } => *scope,
        }
    }
}

impl Display for Source {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => out.write_str(name),
            Self::Variable(name) => out.write_str(name),
            Self::EnvFile { variable, path, .. } => write!(out, "{variable} in {}", path.display()),
            Self::File { path, .. } => write!(out, "{}", path.display()),
            Self::Default => out.write_str("default"),
        }
    }
}

/// A value and where it was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Set<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
}

impl<T> Set<T> {
    pub(crate) const fn new(value: T, source: Source) -> Self {
        Self { value, source }
    }
}
