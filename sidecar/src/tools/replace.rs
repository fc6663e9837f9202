//! Puts a whole new content in a file's place, so that readers see the old one or the new one and nothing between.

use super::context::ToolContext;
use super::fingerprint::Fingerprint;
use super::{ToolError, workspace};
use cap_fs_ext::DirExt;
use cap_std::fs::{Dir, Metadata, MetadataExt, OpenOptions, OpenOptionsExt};
use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

/// Where a write goes, links resolved.
#[derive(Debug)]
pub(super) struct Target {
    /// From the workspace's root.
    pub(super) path: PathBuf,
    pub(super) exists: bool,
}

impl ToolContext {
    /// Where writing to `path` would go.
    ///
    /// # Errors
    /// When it must not go there: out of the workspace, into git's own folder, onto something that is not a file.
    pub(super) fn target(&self, path: &str) -> Result<Target, ToolError> {
        let relative = self.relative(path)?;
        let target = self.resolve(&relative)?;
        let shown = workspace::text(&target.path);
        let is_git = |part: Component<'_>| part.as_os_str().eq_ignore_ascii_case(".git");
        if target.path.components().any(is_git) {
            return Err(ToolError::Refused(format!("{shown} belongs to git: change it with git commands")));
        }
        if target.exists {
            let metadata = self.shared.folder.symlink_metadata(&target.path);
            let metadata = metadata.map_err(|error| self.explain(&target.path, &error))?;
            check_file(&shown, &metadata)?;
        }
        Ok(target)
    }

    fn resolve(&self, relative: &Path) -> Result<Target, ToolError> {
        let folder = &self.shared.folder;
        match folder.canonicalize(relative) {
            Ok(path) => return Ok(Target { path, exists: true }),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(self.explain(relative, &error)),
        }
        if folder.symlink_metadata(relative).is_ok() {
            return Err(ToolError::Refused(format!("{} is a link that leads nowhere", relative.display())));
        }
        // What is there of the way is resolved, what is not is made.
        let mut there = relative.to_owned();
        let mut missing = Vec::new();
        while let Some(name) = there.file_name().map(OsString::from) {
            missing.push(name);
            there.pop();
            if there.as_os_str().is_empty() {
                break;
            }
            match folder.canonicalize(&there) {
                Ok(real) => {
                    there = real;
                    break;
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(self.explain(&there, &error)),
            }
        }
        there.extend(missing.iter().rev());
        Ok(Target { path: there, exists: false })
    }

    /// The opened folder of the target and the name in it; no link is followed any more, one that was put there
    /// meanwhile is refused.
    fn parent(&self, path: &Path, make: bool) -> Result<(Dir, OsString), ToolError> {
        let Some(name) = path.file_name() else {
            return Err(ToolError::Arguments("`path` must name a file".to_owned()));
        };
        let failed = |error: std::io::Error| match error
            .raw_os_error()
            .map(rustix::io::Errno::from_raw_os_error)
        {
            Some(rustix::io::Errno::LOOP | rustix::io::Errno::NOTDIR) => ToolError::Refused(format!(
                "a folder on the way to {} is a link or a file: it was changed meanwhile, or is not a folder",
                path.display()
            )),
            _ => self.explain(path, &error),
        };
        let mut folder = self.shared.folder.try_clone().map_err(failed)?;
        for part in path.parent().into_iter().flat_map(Path::components) {
            let Component::Normal(part) = part else { continue };
            if make {
                match folder.create_dir(part) {
                    Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failed(error)),
                    _ => {}
                }
            }
            folder = folder.open_dir_nofollow(part).map_err(failed)?;
        }
        Ok((folder, name.to_owned()))
    }

    /// Writes `bytes` in the place of what is at `path`, which must still be `expected`: none when nothing was there.
    pub(super) fn replace(
        &self,
        path: &Path,
        bytes: &[u8],
        expected: Option<&Fingerprint>,
    ) -> Result<Fingerprint, ToolError> {
        let (folder, name) = self.parent(path, true)?;
        let failed = |error: std::io::Error| self.explain(path, &error);
        let temporary =
            OsString::from(format!(".rozet-{}-{}.tmp", std::process::id(), self.shared.host.next()));
        let write = || -> Result<(), ToolError> {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).mode(0o666);
            let mut file = folder.open_with(&temporary, &options).map_err(failed)?;
            file.write_all(bytes).map_err(failed)?;
            if let Some(before) = still(&folder, &name, path, expected)? {
                keep(&file, &before).map_err(failed)?;
            }
            file.sync_all().map_err(failed)?;
            drop(file);
            // Once more, as late as can be: whoever wrote meanwhile keeps what they wrote.
            still(&folder, &name, path, expected)?;
            folder.rename(&temporary, &folder, &name).map_err(failed)
        };
        write().inspect_err(|_| {
            let _ = folder.remove_file(&temporary);
        })?;
        let fingerprint = Fingerprint::of_bytes(bytes);
        self.shared.remember(path, fingerprint.clone());
        Ok(fingerprint)
    }
}

/// Whether what is there is what is expected; returns it.
fn still(
    folder: &Dir,
    name: &OsString,
    path: &Path,
    expected: Option<&Fingerprint>,
) -> Result<Option<Metadata>, ToolError> {
    let shown = path.display();
    let changed = || ToolError::Refused(format!("{shown} has changed since you read it: read it again"));
    let failed = |error: std::io::Error| ToolError::Failed(format!("{shown}: {error}"));
    let metadata = match folder.symlink_metadata(name) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return if expected.is_some() { Err(changed()) } else { Ok(None) };
        }
        Err(error) => return Err(failed(error)),
    };
    check_file(&shown.to_string(), &metadata)?;
    let Some(expected) = expected else {
        return Err(ToolError::Refused(format!("{shown} exists and you have not read it: read it first")));
    };
    let mut options = OpenOptions::new();
    options
        .read(true)
        .custom_flags((rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW).bits().cast_signed());
    let mut file = folder.open_with(name, &options).map_err(failed)?;
    let now = match expected {
        Fingerprint::Content(_) => Fingerprint::of_file(&mut file, &metadata).map_err(failed)?,
        Fingerprint::Metadata { .. } => Fingerprint::of_metadata(&metadata),
    };
    if now == *expected { Ok(Some(metadata)) } else { Err(changed()) }
}

fn check_file(shown: &str, metadata: &Metadata) -> Result<(), ToolError> {
    if metadata.is_dir() {
        return Err(ToolError::Refused(format!("{shown} is a folder")));
    }
    if !metadata.is_file() {
        return Err(ToolError::Refused(format!("{shown} is not a regular file")));
    }
    Ok(())
}

/// Gives the new file the old one's mode, and its owner where that is another one.
fn keep(file: &cap_std::fs::File, before: &Metadata) -> std::io::Result<()> {
    let now = file.metadata()?;
    if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
        use rustix::fs::{Gid, Uid, fchown};
        // Only root may give files away; others own what they may replace, or it becomes theirs.
        let _ = fchown(file, Some(Uid::from_raw(before.uid())), Some(Gid::from_raw(before.gid())));
    }
    file.set_permissions(before.permissions())
}
