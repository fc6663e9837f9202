//! How the daemon, and what it talks with, is.

use super::ProducerHealth;
use crate::link::SidecarInfo;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The answer of `GET /v1/health`. What a daemon of an earlier version does not say is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Health {
    /// Who answers.
    #[serde(flatten)]
    pub info: SidecarInfo,
    /// How the event store is.
    pub store: StoreHealth,
    /// How well each producer's events arrive, the newest producer first.
    pub producers: Vec<ProducerHealth>,
    /// What waits in producers' spools, the fullest first.
    #[serde(default)]
    pub spools: Vec<Spool>,
    /// How commands of workers are confined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub sandbox: Option<SandboxStatus>,
    /// Whether events are neither stored nor streamed.
    #[serde(default)]
    pub off: bool,
    /// How events are handed on, where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub forwarded: Option<Forwarded>,
    /// What the daemon itself uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub process: Option<ProcessHealth>,
    /// How fast events come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub rates: Option<EventRates>,
    /// How long events are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub retention: Option<Retention>,
    /// Which versions work together.
    #[serde(default)]
    pub components: Vec<Component>,
    /// What does not work as it should, inside of OpenCode.
    #[serde(default)]
    pub degraded: Vec<Degraded>,
}

/// Events that a producer has written down and that are not stored yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Spool {
    /// Whose they are.
    pub producer: String,
    /// Size of the file, in bytes; some of it may be acknowledged already.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes: u64,
}

/// Figures for people who look after the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StoreHealth {
    /// The database file.
    pub path: String,
    /// Events stored.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub events: i64,
    /// Size of the database with its log, in bytes.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes: u64,
    /// Size of the database without its log, in bytes.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub database_bytes: u64,
    /// Size of the database's log, in bytes.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub log_bytes: u64,
    /// A corrupt database that was found and kept under this name.
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub set_aside: Option<String>,
    /// What an acknowledged event survives.
    #[serde(default)]
    pub durability: Durability,
    /// Size of the index beside the database, in bytes.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub index_bytes: u64,
    /// How long events are kept, in days.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub max_age_days: u64,
    /// Size above which the oldest events go, in bytes.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub max_bytes: u64,
    /// Secrets that are masked in what was stored since the process began, by their kind.
    #[serde(default)]
    pub redacted: BTreeMap<String, u32>,
}

/// What an acknowledged event survives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// The death of any process.
    #[default]
    Process,
    /// Power loss too, at the price of a wait for the disk.
    Power,
}

impl Durability {
    /// The word in settings and on screen.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Power => "power",
        }
    }
}

/// What this system can do to confine commands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SandboxStatus {
    /// How they are confined.
    pub mechanism: Mechanism,
    /// Whether they really are.
    pub enforced: bool,
    /// Why a better way, or any, is not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub why: Option<String>,
}

/// How commands are confined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Mechanism {
    /// Bubblewrap: mount, process, IPC and network namespaces.
    Bwrap,
    /// Landlock for files and signals, seccomp for the network and dangerous system calls.
    Landlock,
    /// The sandbox of macOS.
    SandboxExec,
    /// Not at all.
    None,
}

impl Mechanism {
    /// Its name for a person.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bwrap => "bwrap",
            Self::Landlock => "landlock",
            Self::SandboxExec => "sandbox-exec",
            Self::None => "none",
        }
    }
}

/// How the handing on of events goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Forwarded {
    /// Where to, without a password.
    pub url: String,
    /// Events that the other has taken since this start.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub taken: u64,
    /// Events that the other would not take, since this start.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub refused: u64,
    /// Why nothing goes on at the moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub problem: Option<String>,
}

/// What the daemon itself uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ProcessHealth {
    /// Processor time in hundredths of one processor, on the average over the last minute.
    pub cpu_percent: f64,
    /// Memory that it holds, in bytes; 0 where the system does not say.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub resident_bytes: u64,
    /// Since its start, in milliseconds.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub uptime_ms: u64,
}

/// Events stored for each second, on the average.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct EventRates {
    /// Over the last minute.
    pub events_per_second_1m: f64,
    /// Over the last 15 minutes.
    pub events_per_second_15m: f64,
}

/// How long events are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Retention {
    /// In days.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub days: u64,
    /// Size above which the oldest events go, in bytes.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub max_bytes: u64,
    /// When the oldest event that is kept happened, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "number"))]
    pub oldest_event_at: Option<i64>,
}

/// One program, and whether it goes with this sidecar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Component {
    /// Which.
    pub name: ComponentName,
    /// Its version, as it says itself.
    pub version: String,
    /// The producer that said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub producer: Option<String>,
    /// Whether it goes with this sidecar.
    pub matches: bool,
    /// What to do when it does not, or what is not known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub note: Option<String>,
}

/// The programs that work together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum ComponentName {
    /// The daemon.
    Sidecar,
    /// The plugin inside OpenCode.
    Plugin,
    /// The plugin inside OpenCode's terminal interface.
    Tui,
    /// OpenCode.
    Opencode,
}

impl ComponentName {
    /// The word on screen and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sidecar => "sidecar",
            Self::Plugin => "plugin",
            Self::Tui => "tui",
            Self::Opencode => "opencode",
        }
    }
}

/// Something that does not work as it should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Degraded {
    /// The producer that said so.
    pub producer: String,
    /// What does not work, in words for a person.
    pub what: String,
    /// Since when, in milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub since: i64,
    /// What to do about it; empty when nobody knows.
    pub hint: String,
    /// The hook of OpenCode's that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub hook: Option<String>,
}
