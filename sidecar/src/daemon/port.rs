//! Binding on the loopback address, and saying who has a port that is taken.

use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpListener;

/// Binds `port` of 127.0.0.1; 0 takes any free one. `flag` is what changes the port on the command line.
///
/// # Errors
/// Names the port, its owner where the system tells it, and the flag.
pub(super) async fn bind(port: u16, flag: &str) -> Result<TcpListener, String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            let owner =
                owner::of(port).map_or_else(|| "another program".to_owned(), |owner| owner.to_string());
            Err(format!("port {port} is taken by {owner}: stop it, or choose another port with {flag}"))
        }
        Err(error) => Err(format!("port {port} cannot be used ({error}): choose another port with {flag}")),
    }
}

#[cfg(target_os = "linux")]
mod owner {
    //! Reads the owner from /proc: the socket's inode from the tables, then the process that has it open.

    use std::fmt;

    /// The program that listens on a port.
    pub(super) struct Owner {
        pid: u32,
        name: String,
    }

    impl fmt::Display for Owner {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(formatter, "`{}` (pid {})", self.name, self.pid)
        }
    }

    pub(super) fn of(port: u16) -> Option<Owner> {
        let inode =
            ["/proc/net/tcp", "/proc/net/tcp6"].iter().find_map(|table| listening_inode(table, port))?;
        let wanted = format!("socket:[{inode}]");
        for entry in std::fs::read_dir("/proc").ok()?.filter_map(Result::ok) {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            // Other users' processes cannot be looked into.
            let Ok(files) = std::fs::read_dir(entry.path().join("fd")) else { continue };
            let has_it = files.filter_map(Result::ok).any(|file| {
                std::fs::read_link(file.path()).is_ok_and(|target| target.to_str() == Some(wanted.as_str()))
            });
            if has_it {
                let name = std::fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
                return Some(Owner { pid, name: name.trim().to_owned() });
            }
        }
        None
    }

    /// The columns of the table are described in the kernel's `Documentation/networking/proc_net_tcp.rst`:
    /// 1 local address, 3 state (0A listens), 9 inode.
    fn listening_inode(table: &str, port: u16) -> Option<String> {
        let text = std::fs::read_to_string(table).ok()?;
        text.lines().skip(1).find_map(|line| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let (_, hex_port) = columns.get(1)?.rsplit_once(':')?;
            let listens = *columns.get(3)? == "0A" && u16::from_str_radix(hex_port, 16).ok()? == port;
            listens.then(|| columns.get(9).map(|inode| (*inode).to_owned()))?
        })
    }
}

#[cfg(not(target_os = "linux"))]
mod owner {
    pub(super) fn of(_port: u16) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_named_with_its_owner_and_the_flag() {
        let held = bind(0, "--port").await.unwrap();
        let port = held.local_addr().unwrap().port();
        let message = bind(port, "--port").await.unwrap_err();
        assert!(message.contains(&port.to_string()) && message.contains("--port"), "{message}");
        if cfg!(target_os = "linux") {
            assert!(message.contains(&format!("pid {}", std::process::id())), "{message}");
        }
    }
}
