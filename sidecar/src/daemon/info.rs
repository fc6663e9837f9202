//! `sidecar.json`: how the plugin and the command line find the daemon.

use crate::folders::Folders;
use rozet_observability::PROTOCOL_VERSION;
use rozet_observability::link::SidecarInfo;
use std::path::Path;

/// The daemon's own description.
pub(super) fn describe(port: u16, dashboard_port: u16, started_at: i64) -> SidecarInfo {
    SidecarInfo {
        status: "ok".into(),
        name: "rozet-sidecar".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        protocol: PROTOCOL_VERSION,
        pid: std::process::id(),
        url: local_url(port),
        dashboard_url: local_url(dashboard_port),
        started_at,
    }
}

/// The address of a port on this machine.
fn local_url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// Writes the file in one step: a reader sees all of it or nothing.
pub(super) fn write_info(path: &Path, info: &SidecarInfo) -> std::io::Result<()> {
    let fresh = path.with_extension("json.new");
    std::fs::write(&fresh, serde_json::to_vec_pretty(info)?)?;
    std::fs::rename(fresh, path)
}

/// What the last daemon wrote, if it did not end cleanly or still runs.
pub(crate) fn read_info(folders: &Folders) -> Option<SidecarInfo> {
    serde_json::from_slice(&std::fs::read(folders.info()).ok()?).ok()
}
