//! Paths of the workspace. What a model names is looked up from the opened workspace folder, by the system, in one
//! step with its use: links that lead out are refused however late somebody puts them there.

use super::context::ToolContext;
use super::{ToolError, similar};
use cap_std::fs::{Dir, File, Metadata, OpenOptions, OpenOptionsExt};
use std::io::{Error, ErrorKind};
use std::path::{Component, Path, PathBuf};

/// Longest path, in bytes.
const MAX_PATH_BYTES: usize = 4_096;
/// Names that are looked through for what was probably meant.
const MAX_NAMES: usize = 2_000;

impl ToolContext {
    /// The path from the workspace's root, `..` and `.` resolved by their letters; empty for the root itself.
    pub(super) fn relative(&self, path: &str) -> Result<PathBuf, ToolError> {
        if path.is_empty() || path.len() > MAX_PATH_BYTES || path.contains('\0') {
            return Err(ToolError::Arguments("`path` must be 1 to 4096 bytes of text".to_owned()));
        }
        let outside = || {
            ToolError::Refused(format!(
                "{} lies outside of the workspace {}: only paths in it are allowed",
                super::cut(path, 200),
                self.root.display()
            ))
        };
        let given = Path::new(path);
        let inside = if given.is_absolute() {
            let named = self.shared.names.iter().find_map(|name| given.strip_prefix(name).ok());
            named.ok_or_else(outside)?
        } else {
            given
        };
        let mut relative = PathBuf::new();
        for component in inside.components() {
            match component {
                Component::Normal(name) => relative.push(name),
                Component::CurDir => {}
                Component::ParentDir => {
                    if !relative.pop() {
                        return Err(outside());
                    }
                }
                Component::RootDir | Component::Prefix(_) => return Err(outside()),
            }
        }
        Ok(relative)
    }

    /// The path of something that exists, links resolved, from the root; `.` for the root itself.
    pub(super) fn real(&self, relative: &Path) -> Result<PathBuf, ToolError> {
        if relative.as_os_str().is_empty() {
            return Ok(PathBuf::from("."));
        }
        self.shared.folder.canonicalize(relative).map_err(|error| self.explain(relative, &error))
    }

    /// Opens a regular file for reading.
    pub(super) fn open(&self, real: &Path) -> Result<(File, Metadata), ToolError> {
        let mut options = OpenOptions::new();
        // A pipe without a writer would hold the call for ever.
        options.read(true).custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
        let open = || -> Result<_, Error> {
            let file = self.shared.folder.open_with(real, &options)?;
            let metadata = file.metadata()?;
            Ok((file, metadata))
        };
        let (file, metadata) = open().map_err(|error| self.explain(real, &error))?;
        if metadata.is_dir() {
            return Err(ToolError::Arguments(format!("{} is a folder: use list_files", real.display())));
        }
        if !metadata.is_file() {
            return Err(ToolError::Refused(format!("{} is not a regular file", real.display())));
        }
        Ok((file, metadata))
    }

    /// What an error about a path means to a model.
    pub(super) fn explain(&self, path: &Path, error: &Error) -> ToolError {
        let shown = path.display();
        match error.kind() {
            // The error of the opened folder itself has no number of the system's.
            ErrorKind::PermissionDenied if error.raw_os_error().is_none() => {
                ToolError::Refused(format!("{shown} leads out of the workspace through a link"))
            }
            ErrorKind::NotFound => {
                let meant = self.probably_meant(path).map(|name| format!(": did you mean {name}?"));
                ToolError::Failed(format!("{shown} does not exist{}", meant.unwrap_or_default()))
            }
            _ => ToolError::Failed(format!("{shown}: {error}")),
        }
    }

    fn probably_meant(&self, path: &Path) -> Option<String> {
        let name = path.file_name()?.to_str()?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder: Dir = match parent {
            Some(parent) => self.shared.folder.open_dir(parent).ok()?,
            None => self.shared.folder.try_clone().ok()?,
        };
        let entries = folder.entries().ok()?.flatten().take(MAX_NAMES);
        let names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        let (_, nearest) = similar::nearest(name, names.iter().map(String::as_str))?;
        Some(parent.map_or_else(PathBuf::new, Path::to_owned).join(nearest).display().to_string())
    }
}

/// With `/` between names.
pub(super) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
