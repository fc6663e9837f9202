//! The names of events and of their sources.

/// The programs that speak through Rozet's own producers.
pub mod source {
    /// The plugin inside OpenCode.
    pub const PLUGIN: &str = "rozet-opencode";
    /// The command line.
    pub const CLI: &str = "rozet-cli";
    /// The plugin inside OpenCode's terminal interface.
    pub const TUI: &str = "rozet-tui";
    /// The daemon.
    pub const SIDECAR: &str = "rozet-sidecar";
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Every event type that Rozet itself emits.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EventKind { $($(#[$doc])* $name,)* }

        impl EventKind {
            /// All kinds, in the order of a session's life.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name on the wire, `hook_event_type`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// The kind of that name, if Rozet has one.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $(stringify!($name) => Some(Self::$name),)* _ => None }
            }
        }
    };
}

kinds! {
    /// A session was first seen by this producer.
    SessionStart,
    /// A person (or a parent session) sent a prompt.
    UserPromptSubmit,
    /// The prompt needs no plan; the payload says why.
    PlanSkipped,
    /// A plan was asked for.
    PlanRequested,
    /// One task of a new plan.
    TaskPlanned,
    /// Workers begin to carry a plan out.
    RunStarted,
    /// A run was paused, or cannot go on by itself; the payload says why.
    RunPaused,
    /// A run is over: completed, failed or cancelled.
    RunEnded,
    /// A task was given to a worker.
    TaskAssigned,
    /// Work on a task was observed.
    TaskStarted,
    /// The one who did the work says that it is done; a claim, not a proof.
    TaskClaimed,
    /// A tool is about to run.
    ToolRequested,
    /// A tool has run.
    ToolCompleted,
    /// A tool was refused, threw or was aborted.
    ToolFailed,
    /// The sidecar saw the proof.
    TaskCompleted,
    /// The sidecar's checks say that the task is not done.
    TaskFailed,
    /// The task waits; the payload names for what.
    TaskBlocked,
    /// An agent asks for a permission.
    PermissionRequest,
    /// Something a person should know.
    Notification,
    /// A child session began.
    SubagentStart,
    /// A child session went idle.
    SubagentStop,
    /// The conversation is about to be compacted.
    PreCompact,
    /// A turn ended; the payload has usage and what was hidden.
    Stop,
    /// The session is over for this producer.
    SessionEnd,
}

#[cfg(test)]
mod tests {
    use super::EventKind;

    #[test]
    fn every_name_leads_back_to_its_kind() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::from_name(kind.as_str()), Some(*kind));
        }
        assert_eq!(EventKind::from_name("Nonsense"), None);
    }
}
