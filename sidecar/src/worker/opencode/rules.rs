//! What a worker's session may do. It is never asked anything: nobody is there to answer.

use crate::opencode::Rule;
use crate::settings::{RunSettings, SandboxMode};

/// Whose agent a session works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Toolset {
    /// The plugin's, whose own rules say which tools are Rozet's: they may be called as OpenCode's are. What is said
    /// here comes after those rules and goes over them.
    Rozets,
    /// OpenCode's default one with OpenCode's own tools, where the plugin is not there.
    OpenCodes,
}

/// What nobody could answer, or would never end: a worker that waited for its own run would wait for ever.
const NEVER: [&str; 8] = [
    "question",
    "plan_enter",
    "plan_exit",
    "external_directory",
    "doom_loop",
    "task",
    "rozet_wait",
    "rozet_status",
];
const READING: [&str; 4] = ["read", "grep", "glob", "list"];
const WEB: [&str; 3] = ["webfetch", "websearch", "codesearch"];

/// The rules, of which the last one that fits holds.
pub(super) fn rules(toolset: Toolset, settings: &RunSettings) -> Vec<Rule> {
    let mut rules = match toolset {
        Toolset::Rozets => READING.map(allow).to_vec(),
        Toolset::OpenCodes => vec![allow("*")],
    };
    // OpenCode asks before it reads these.
    for pattern in ["*.env", "*.env.*"] {
        rules.push(Rule { permission: "read", pattern, allow: false });
    }
    rules.push(Rule { permission: "read", pattern: "*.env.example", allow: true });
    rules.extend(NEVER.map(deny));
    rules.extend(WEB.map(if settings.network { allow } else { deny }));
    // What cannot be confined is not run then.
    if toolset == Toolset::OpenCodes && settings.sandbox == SandboxMode::Required {
        rules.push(deny("bash"));
    }
    rules
}

const fn allow(permission: &'static str) -> Rule {
    Rule { permission, pattern: "*", allow: true }
}

const fn deny(permission: &'static str) -> Rule {
    Rule { permission, pattern: "*", allow: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::run_settings;

    /// As OpenCode decides: the last rule that fits; patterns with a `*` fit by what is before and after it.
    fn allows(rules: &[Rule], permission: &str, target: &str) -> bool {
        let fits = |pattern: &str, text: &str| match pattern.split_once('*') {
            Some((before, after)) => {
                let (after, inner) = (after.split('*').next().unwrap(), after.contains('*'));
                text.starts_with(before) && if inner { text.contains(after) } else { text.ends_with(after) }
            }
            None => pattern == text,
        };
        let rule =
            rules.iter().rev().find(|rule| fits(rule.permission, permission) && fits(rule.pattern, target));
        rule.unwrap().allow
    }

    #[test]
    fn the_plugins_agent_keeps_its_rules_but_for_what_no_worker_may() {
        let mut settings = run_settings(&[]);
        // As the plugin gives them to its agent.
        let agent = [deny("*"), allow("rozet_edit"), allow("rozet_shell")];
        let given = |settings: &RunSettings| [&agent[..], &rules(Toolset::Rozets, settings)].concat();
        let all = given(&settings);
        for name in ["rozet_shell", "rozet_edit", "read", "grep", "glob", "list"] {
            assert!(allows(&all, name, "src/a.rs"), "{name}");
        }
        for name in [
            "edit",
            "write",
            "bash",
            "task",
            "question",
            "external_directory",
            "doom_loop",
            "webfetch",
            "rozet_wait",
        ] {
            assert!(!allows(&all, name, "src/a.rs"), "{name}");
        }
        assert!(!allows(&all, "read", "a/.env") && !allows(&all, "read", ".env.local"));
        assert!(allows(&all, "read", ".env.example"));
        settings.network = true;
        assert!(allows(&given(&settings), "webfetch", "https://example.org"));
    }

    #[test]
    fn opencodes_own_tools_work_without_asking_unless_they_must_be_confined() {
        let mut settings = run_settings(&[]);
        let given = rules(Toolset::OpenCodes, &settings);
        assert!(allows(&given, "bash", "cargo test") && allows(&given, "edit", "src/a.rs"));
        for name in ["question", "external_directory", "doom_loop", "task", "websearch"] {
            assert!(!allows(&given, name, "x"), "{name}");
        }
        settings.sandbox = SandboxMode::Required;
        assert!(!allows(&rules(Toolset::OpenCodes, &settings), "bash", "cargo test"));
    }
}
