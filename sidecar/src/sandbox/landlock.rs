//! Landlock: the calling thread, and every process that it starts from then on, keeps only the named rights on files.
//!
//! Enforced: writing, making and removing only in the workspace and the temporary folder; no reading of secrets; no
//! signals to processes outside (Linux 6.12 and newer); with [`super::seccomp`] no network and no dangerous system
//! calls. Not enforced: modes, owners and times of the person's own files elsewhere can still be changed; names, but
//! not contents, of hidden files can be listed; processes outside are seen; what is in the workspace, all of it, can be
//! deleted.

use super::policy::Policy;
use super::seccomp;
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetError, Scope,
};
use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, remove_capability_from_bounding_set, set_capabilities,
};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// What must be there: before it, files elsewhere could be emptied.
const NEEDED: ABI = ABI::V3;
/// Devices that programs write.
const DEVICES: [&str; 7] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx"];
/// Deepest walk along the way to something hidden.
const MAX_DEPTH: usize = 40;

/// Whether the kernel can hold it.
///
/// # Errors
/// Why not.
pub(super) fn probe() -> Result<(), String> {
    ruleset(false)
        .map(|_| ())
        .map_err(|_| "the kernel has no Landlock, or one older than Linux 6.2".to_owned())
}

/// Confines the calling thread for good.
///
/// # Errors
/// When the kernel refuses; the thread must start nothing then.
pub(super) fn confine(policy: &Policy) -> Result<(), String> {
    let describe = |error: RulesetError| format!("Landlock: {error}");
    let rules = rules(policy);
    let ruleset = ruleset(policy.network).map_err(describe)?;
    if rustix::process::geteuid().is_root() {
        drop_capabilities();
    }
    ruleset
        .add_rules(rules.into_iter().map(Ok::<_, RulesetError>))
        .map_err(describe)?
        .restrict_self()
        .map_err(describe)?;
    seccomp::confine(Some(policy.network))
}

/// Leaves root what touches files only: raw memory, other processes, mounts and the clock are out of reach then. What
/// a container has taken away already cannot be dropped, and need not be.
fn drop_capabilities() {
    let kept = CapabilitySet::DAC_OVERRIDE
        | CapabilitySet::CHOWN
        | CapabilitySet::FOWNER
        | CapabilitySet::FSETID
        | CapabilitySet::SETFCAP;
    for capability in CapabilitySet::all().difference(kept).iter() {
        let _ = remove_capability_from_bounding_set(capability);
    }
    let had = capabilities(None).map_or(kept, |sets| sets.permitted);
    let (permitted, inheritable) = (had & kept, CapabilitySet::empty());
    let _ = set_capabilities(None, CapabilitySets { effective: permitted, permitted, inheritable });
}

fn ruleset(network: bool) -> Result<RulesetCreated, RulesetError> {
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(NEEDED))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ABI::V5))?
        .scope(Scope::from_all(ABI::V6))?;
    if !network {
        ruleset = ruleset.handle_access(AccessNet::from_all(ABI::V4))?;
    }
    ruleset.create()
}

fn rules(policy: &Policy) -> Vec<PathBeneath<OwnedFd>> {
    let mut hidden = policy.real_hidden();
    // Disks and the memory are devices too; what programs need of them is granted one by one.
    hidden.push(PathBuf::from("/dev"));
    let mut rules = Vec::new();
    let read = AccessFs::from_read(ABI::V1);
    if let Some((root, _)) = open_beneath(Path::new("/")) {
        rules.push(PathBeneath::new(root, AccessFs::ReadDir));
    }
    readable(Path::new("/"), &hidden, 0, &mut rules);
    for path in policy.writable().into_iter().map(Path::to_owned).chain(policy.shown.iter().cloned()) {
        // What the person works on may lie in something hidden.
        if hidden.iter().any(|secret| path.starts_with(secret)) {
            let inner: Vec<_> = hidden.iter().filter(|secret| secret.starts_with(&path)).cloned().collect();
            readable(&path, &inner, 0, &mut rules);
        }
    }
    let made = AccessFs::from_write(ABI::V5) & !(AccessFs::MakeChar | AccessFs::MakeBlock);
    for path in policy.writable() {
        if let Some((folder, _)) = open_beneath(path) {
            rules.push(PathBeneath::new(folder, made));
        }
    }
    for device in DEVICES {
        if let Some((device, _)) = open_beneath(Path::new(device)) {
            let access = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev;
            rules.push(PathBeneath::new(device, access));
        }
    }
    if let Some((terminals, _)) = open_beneath(Path::new("/dev/pts")) {
        rules.push(PathBeneath::new(terminals, read | AccessFs::WriteFile | AccessFs::IoctlDev));
    }
    rules
}

/// Grants reading of `path` but for what is hidden below it: rights hold for everything below, so the way to something
/// hidden is not granted itself, only what stands beside it.
fn readable(path: &Path, hidden: &[PathBuf], depth: usize, rules: &mut Vec<PathBeneath<OwnedFd>>) {
    if hidden.iter().any(|secret| secret == path) || depth > MAX_DEPTH {
        return;
    }
    // Links are not followed: one that leads to something hidden would grant it.
    let Some((file, is_folder)) = open_beneath(path) else { return };
    if !hidden.iter().any(|secret| secret.starts_with(path)) {
        let access: BitFlags<AccessFs> = AccessFs::from_read(ABI::V1);
        let access = if is_folder { access } else { access & AccessFs::from_file(ABI::V1) };
        rules.push(PathBeneath::new(file, access));
        return;
    }
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        readable(&entry.path(), hidden, depth + 1, rules);
    }
}

/// Opens a folder, file or device for naming it, links excluded; says whether it is a folder.
fn open_beneath(path: &Path) -> Option<(OwnedFd, bool)> {
    let file = open(path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let kind = FileType::from_raw_mode(fstat(&file).ok()?.st_mode);
    match kind {
        FileType::Directory => Some((file, true)),
        FileType::RegularFile | FileType::CharacterDevice => Some((file, false)),
        _ => None,
    }
}
