//! What a worker's session may do. It is never asked anything: nobody is there to answer.

use crate::opencode::Rule;
use crate::settings::{RunSettings, SandboxMode};

/// Whose tools a session works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Toolset {
    /// Rozet's, confined and under leases, beside those of OpenCode's that only read.
    Rozets,
    /// OpenCode's own, where the plugin is not there.
    OpenCodes,
}

/// The rules, of which the last one that fits holds.
pub(super) fn rules(toolset: Toolset, settings: &RunSettings) -> Vec<Rule> {
    let mut rules = match toolset {
        Toolset::Rozets => {
            // Whatever is not named stays out, tools of other plugins and of servers too.
            let named = ["rozet_*", "read", "grep", "glob", "list", "todowrite", "todoread"];
            let mut rules = vec![deny("*")];
            rules.extend(named.map(allow));
            // These are for the main agent; a worker that waited for its own run would wait for ever.
            rules.extend(["rozet_wait", "rozet_task", "rozet_plan", "rozet_run"].map(deny));
            rules
        }
        Toolset::OpenCodes => vec![allow("*")],
    };
    for pattern in ["*.env", "*.env.*"] {
        rules.push(Rule { permission: "read", pattern, allow: false });
    }
    rules.push(Rule { permission: "read", pattern: "*.env.example", allow: true });
    rules.extend(["question", "external_directory", "doom_loop", "task"].map(deny));
    rules.extend(["webfetch", "websearch", "codesearch"].map(if settings.network { allow } else { deny }));
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
    fn with_rozets_tools_opencodes_own_only_read() {
        let mut settings = run_settings(&[]);
        let given = rules(Toolset::Rozets, &settings);
        for name in ["rozet_shell", "rozet_edit_file", "read", "grep", "glob", "list"] {
            assert!(allows(&given, name, "src/a.rs"), "{name}");
        }
        for name in [
            "edit",
            "write",
            "patch",
            "bash",
            "task",
            "question",
            "external_directory",
            "doom_loop",
            "webfetch",
            "rozet_wait",
            "mcp_x",
        ] {
            assert!(!allows(&given, name, "src/a.rs"), "{name}");
        }
        assert!(!allows(&given, "read", "a/.env") && !allows(&given, "read", ".env.local"));
        assert!(allows(&given, "read", ".env.example"));
        settings.network = true;
        assert!(allows(&rules(Toolset::Rozets, &settings), "webfetch", "https://example.org"));
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
