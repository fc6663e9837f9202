//! System calls that a command has no use for, or that lead out of its confinement.

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use std::collections::BTreeMap;

/// Refused under every mechanism: keys of other sessions, programs in the kernel, ways around this filter.
const ALWAYS: [i64; 12] = [
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_kexec_load,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
];
/// Refused where there are no namespaces that make them harmless.
const WITHOUT_NAMESPACES: [i64; 36] = [
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
    libc::SYS_lookup_dcookie,
    libc::SYS_nfsservctl,
];
/// System calls of the x32 form have this bit; they would pass a list that names only the usual numbers.
#[cfg(target_arch = "x86_64")]
const X32: i64 = 0x4000_0000;

/// Filters the calling thread and what it starts. `network` is none where namespaces hold the network and the mounts.
///
/// Without namespaces, sockets of the Unix family are refused too: the filter cannot see which one is meant, and some
/// belong to daemons that start programs outside (D-Bus, Docker). Pairs of connected sockets are fine.
///
/// # Errors
/// When the kernel refuses it.
pub(super) fn confine(network: Option<bool>) -> Result<(), String> {
    let program = filter(network).map_err(|error| format!("seccomp: {error}"))?;
    seccompiler::apply_filter(&program).map_err(|error| format!("seccomp: {error}"))
}

fn filter(network: Option<bool>) -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = ALWAYS.iter().map(|call| (*call, Vec::new())).collect();
    if let Some(network) = network {
        rules.extend(WITHOUT_NAMESPACES.iter().map(|call| (*call, Vec::new())));
        rules.insert(libc::SYS_socket, if network { vec![not_of_the_internet()?] } else { Vec::new() });
    }
    #[cfg(target_arch = "x86_64")]
    {
        let doubled: Vec<_> = rules.iter().map(|(call, rule)| (call | X32, rule.clone())).collect();
        rules.extend(doubled);
    }
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    SeccompFilter::new(rules, SeccompAction::Allow, refused, std::env::consts::ARCH.try_into()?)?.try_into()
}

/// Holds for sockets of other families than IPv4, IPv6 and the one that name look-ups ask the kernel with.
fn not_of_the_internet() -> Result<SeccompRule, seccompiler::BackendError> {
    let other = [libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK].map(|family| {
        SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, u64::from(family.unsigned_abs()))
    });
    SeccompRule::new(other.into_iter().collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_is_accepted_by_the_compiler() {
        for network in [None, Some(false), Some(true)] {
            assert!(!filter(network).unwrap().is_empty());
        }
    }
}
