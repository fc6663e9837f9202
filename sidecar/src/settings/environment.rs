//! Every environment variable that Rozet reads, in one table; read once.

use rozet_observability::redact::is_secret_variable;
use std::collections::BTreeMap;

/// One variable of the table.
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    pub(crate) default: &'static str,
    pub(crate) meaning: &'static str,
    /// Never printed.
    pub(crate) secret: bool,
}

const fn variable(name: &'static str, default: &'static str, meaning: &'static str) -> Variable {
    Variable { name, default, meaning, secret: false }
}

/// The table. `rozet-sidecar env` prints from it.
pub(crate) const VARIABLES: &[Variable] = &[
    variable("ROZET_HOME", "", "One folder for configuration, data and state, in place of the XDG folders"),
    variable(
        "ROZET_OBSERVABILITY_ENABLED",
        "1",
        "0: the plugin keeps and sends no events, the sidecar stores and streams none",
    ),
    variable(
        "ROZET_OBSERVABILITY_URL",
        "",
        "Another server of the known form, such as another Rozet, that gets every event that is stored here",
    ),
    variable(
        "ROZET_OBSERVABILITY_APP",
        "rozet-opencode",
        "What the plugin calls itself in its events (source_app)",
    ),
    variable("ROZET_OBSERVABILITY_SERVER_PORT", "4000", "Port of the API"),
    variable("ROZET_OBSERVABILITY_CLIENT_PORT", "5173", "Second port of the dashboard"),
    variable(
        "ROZET_ORCHESTRATOR_PROVIDER",
        "",
        "Who plans: openai, openrouter, groq, anthropic, gemini, ollama, openai-compatible, opencode, or offline; when \
         not set, OpenCode's own model if its plugin is connected, else offline",
    ),
    variable("ROZET_ORCHESTRATOR_MODEL", "", "The planner's model"),
    variable(
        "ROZET_ORCHESTRATOR_ENDPOINT",
        "",
        "Base URL of the planner's provider, such as http://localhost:1234/v1/",
    ),
    Variable {
        name: "ROZET_ORCHESTRATOR_API_KEY",
        default: "",
        meaning: "Key of the planner's provider",
        secret: true,
    },
    variable("ROZET_ORCHESTRATOR_TEMPERATURE", "", "Sampling temperature of the planner, 0 to 2"),
    variable(
        "ROZET_ORCHESTRATOR_SYSTEM_PROMPT",
        "",
        "File with instructions for the planner's model in place of the built-in ones",
    ),
    variable("ROZET_OPEN_CODE_BASE_URL", "http://localhost:4096", "Where `opencode serve` answers"),
    variable(
        "ROZET_OPEN_CODE_PROVIDER",
        "",
        "Provider, as OpenCode names it, of the model that Rozet uses there",
    ),
    variable(
        "ROZET_OPEN_CODE_MODEL",
        "",
        "Model that Rozet uses in OpenCode; the session's own when not set",
    ),
    variable(
        "ROZET_ORCHESTRATOR_TIMEOUT_MS",
        "20000",
        "Longest wait for the planner's model before the built-in planner answers",
    ),
    variable(
        "ROZET_USE_OPEN_CODE_TOOLS",
        "1",
        "Who carries plans out: 1 for child sessions of your OpenCode, 0 for Rozet's own workers",
    ),
    variable("ROZET_AUTO_EXECUTE", "0", "1: every plan is carried out as soon as it is there"),
    variable(
        "ROZET_WORKERS_PROVIDER",
        "",
        "Whose model works: as for the planner, but offline; the planner's own when not set",
    ),
    variable("ROZET_WORKERS_MODEL", "", "The workers' model"),
    variable("ROZET_WORKERS_ENDPOINT", "", "Base URL of the workers' provider"),
    Variable {
        name: "ROZET_WORKERS_API_KEY",
        default: "",
        meaning: "Key of the workers' provider",
        secret: true,
    },
    variable("ROZET_WORKERS_TEMPERATURE", "", "Sampling temperature of the workers, 0 to 2"),
    variable("ROZET_WORKERS_PARALLEL", "4", "Tasks that may be under way at once, 1 to 32"),
    variable(
        "ROZET_PERMISSION_DEADLINE_MS",
        "600000",
        "How long what child sessions and workers ask for waits for an answer before it is denied",
    ),
    variable("ROZET_OPENCODE_BIN", "opencode", "The OpenCode that is started when none is running"),
    variable(
        "ROZET_TOOLS",
        "worker",
        "Which of OpenCode's agents have Rozet's tools: worker, replace (every agent, in place of its own) or off",
    ),
    variable("ROZET_THINKING", "hide", "What becomes of the model's thinking: hide or show"),
    variable("ROZET_PLAN", "1", "0: prompts are not planned"),
    variable("ROZET_PLAN_WAIT_MS", "1500", "Longest wait of a turn's first step for its plan; 0 never waits"),
    variable("ROZET_SIDECAR_BIN", "", "The native binary that the npm launcher starts"),
    variable("ROZET_SESSION_ID", "", "Session that the command line plans for"),
];

/// The environment as it was at the start.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    values: BTreeMap<String, String>,
}

impl Environment {
    /// Reads the process's environment; variables that are not text are left out.
    pub(crate) fn read() -> Self {
        let values = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { values }
    }

    /// An environment made by hand.
    #[cfg(test)]
    pub(crate) fn of(values: &[(&str, &str)]) -> Self {
        Self { values: values.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect() }
    }

    /// The same with one variable set.
    #[cfg(test)]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.values.insert(name.into(), value.into());
        self
    }

    /// The values of variables that hold secrets, by their names.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = String> {
        let secret = self.values.iter().filter(|(name, value)| is_secret_variable(name, value));
        secret.map(|(_, value)| value.clone())
    }

    /// The variable's value; an empty one counts as not set.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_variable_once() {
        let mut names: Vec<_> = VARIABLES.iter().map(|variable| variable.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(names.iter().all(|name| name.starts_with("ROZET_")));
    }

    #[test]
    fn an_empty_value_counts_as_unset() {
        assert_eq!(Environment::of(&[("ROZET_HOME", "")]).get("ROZET_HOME"), None);
    }
}
