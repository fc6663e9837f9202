//! The planner's settings, environment over file.

use super::{ConfigError, Environment, ProvidersFile};
use crate::provider::ProviderKind;
use std::time::Duration;

/// Tasks in a plan when nothing else is said.
const DEFAULT_MAX_TASKS: u32 = 6;
/// Longest wait for the planner's model when nothing else is said.
const DEFAULT_TIMEOUT_MS: u64 = 20_000;

/// Who plans, and how.
#[derive(Clone, PartialEq)]
pub(crate) struct Orchestrator {
    pub(crate) model: Option<PlannerModel>,
    pub(crate) timeout: Duration,
    pub(crate) max_tasks: u32,
}

/// A model behind a provider's API.
#[derive(Clone, PartialEq)]
pub(crate) struct PlannerModel {
    pub(crate) provider: ProviderKind,
    pub(crate) model: String,
    /// With a trailing slash: without one, joining a path would lose the last segment.
    pub(crate) endpoint: String,
    pub(crate) api_key: Option<String>,
    pub(crate) temperature: Option<f64>,
}

impl Orchestrator {
    /// Puts the settings together.
    ///
    /// # Errors
    /// Names the variable or the setting that makes no sense.
    pub(crate) fn resolve(environment: &Environment, file: &ProvidersFile) -> Result<Self, ConfigError> {
        let section = &file.orchestrator;
        let text = |name: &str, from_file: &Option<String>| {
            environment.get(name).map(str::to_owned).or_else(|| from_file.clone())
        };
        let timeout_ms = number(environment, "ROZET_ORCHESTRATOR_TIMEOUT_MS")?.or(section.timeout_ms);
        let provider =
            text("ROZET_ORCHESTRATOR_PROVIDER", &section.provider).unwrap_or_else(|| "offline".into());
        let model = match (provider.as_str(), ProviderKind::of(&provider)) {
            ("offline", _) => None,
            (_, Some(provider)) => Some(PlannerModel {
                model: needed(environment, "ROZET_ORCHESTRATOR_MODEL", &section.model, provider)?,
                endpoint: match provider.endpoint() {
                    Some(known) => text("ROZET_ORCHESTRATOR_ENDPOINT", &section.endpoint)
                        .map_or_else(|| Ok(known.to_owned()), |set| endpoint(&set))?,
                    None => endpoint(&needed(
                        environment,
                        "ROZET_ORCHESTRATOR_ENDPOINT",
                        &section.endpoint,
                        provider,
                    )?)?,
                },
                api_key: api_key(environment, file, provider),
                temperature: temperature(environment, section.temperature)?,
                provider,
            }),
            (_, None) => {
                let known = ProviderKind::ALL.map(ProviderKind::name).join(", ");
                return Err(ConfigError::Variable {
                    name: "ROZET_ORCHESTRATOR_PROVIDER",
                    message: format!("expected one of {known}, or offline"),
                });
            }
        };
        Ok(Self {
            model,
            timeout: Duration::from_millis(timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS)),
            max_tasks: section.max_tasks.unwrap_or(DEFAULT_MAX_TASKS).clamp(1, 50),
        })
    }

    /// The tasks that a plan may have when this many are wished for.
    pub(crate) fn cap(&self, wished: Option<u32>) -> u32 {
        wished.unwrap_or(self.max_tasks).clamp(1, self.max_tasks)
    }

    /// Values that must not appear anywhere in what is stored, logged or shown.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.model.iter().filter_map(|model| model.api_key.clone()).collect()
    }
}

fn needed(
    environment: &Environment,
    name: &'static str,
    from_file: &Option<String>,
    provider: ProviderKind,
) -> Result<String, ConfigError> {
    environment.get(name).map(str::to_owned).or_else(|| from_file.clone()).ok_or_else(|| {
        ConfigError::Variable {
            name,
            message: format!("must be set (or its place in providers.yaml) for {}", provider.name()),
        }
    })
}

fn temperature(environment: &Environment, from_file: Option<f64>) -> Result<Option<f64>, ConfigError> {
    let name = "ROZET_ORCHESTRATOR_TEMPERATURE";
    let wrong = || ConfigError::Variable { name, message: "expected a number from 0 to 2".into() };
    let value = match environment.get(name) {
        None => from_file,
        Some(text) => Some(text.parse().map_err(|_| wrong())?),
    };
    if value.is_some_and(|value| !(0.0..=2.0).contains(&value)) {
        return Err(wrong());
    }
    Ok(value)
}

fn number(environment: &Environment, name: &'static str) -> Result<Option<u64>, ConfigError> {
    environment
        .get(name)
        .map(|value| {
            value
                .parse()
                .map_err(|_| ConfigError::Variable { name, message: "expected a whole number".into() })
        })
        .transpose()
}

fn endpoint(value: &str) -> Result<String, ConfigError> {
    let sound = reqwest::Url::parse(value)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !sound {
        return Err(ConfigError::Variable {
            name: "ROZET_ORCHESTRATOR_ENDPOINT",
            message: "expected an http or https URL such as http://localhost:1234/v1/".into(),
        });
    }
    Ok(if value.ends_with('/') { value.to_owned() } else { format!("{value}/") })
}

/// The key: ours, the one that the file leads to, the one in the provider's usual variable.
fn api_key(environment: &Environment, file: &ProvidersFile, provider: ProviderKind) -> Option<String> {
    let credential = file.credentials.get(provider.name());
    let from_file = || credential?.api_key.clone();
    let from_named_variable = || environment.get(credential?.api_key_env.as_deref()?).map(str::to_owned);
    let usual = || provider.key_variables().iter().find_map(|name| environment.get(name)).map(str::to_owned);
    environment
        .get("ROZET_ORCHESTRATOR_API_KEY")
        .map(str::to_owned)
        .or_else(from_named_variable)
        .or_else(from_file)
        .or_else(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPATIBLE: [(&str, &str); 3] = [
        ("ROZET_ORCHESTRATOR_PROVIDER", "openai-compatible"),
        ("ROZET_ORCHESTRATOR_MODEL", "m"),
        ("ROZET_ORCHESTRATOR_ENDPOINT", "http://localhost:1/v1"),
    ];

    fn resolve(extra: &[(&str, &str)]) -> Result<Orchestrator, ConfigError> {
        let all: Vec<_> = COMPATIBLE.iter().chain(extra).copied().collect();
        Orchestrator::resolve(&Environment::of(&all), &ProvidersFile::default())
    }

    #[test]
    fn nothing_configured_plans_offline() {
        let settings = Orchestrator::resolve(&Environment::of(&[]), &ProvidersFile::default()).unwrap();
        assert!(settings.model.is_none());
        assert_eq!(settings.max_tasks, 6);
    }

    #[test]
    fn an_endpoint_keeps_its_last_segment() {
        assert_eq!(resolve(&[]).unwrap().model.unwrap().endpoint, "http://localhost:1/v1/");
    }

    #[test]
    fn wrong_values_are_named() {
        for (name, value) in [
            ("ROZET_ORCHESTRATOR_PROVIDER", "magic"),
            ("ROZET_ORCHESTRATOR_TEMPERATURE", "3"),
            ("ROZET_ORCHESTRATOR_TIMEOUT_MS", "soon"),
            ("ROZET_ORCHESTRATOR_ENDPOINT", "localhost"),
            ("ROZET_ORCHESTRATOR_MODEL", ""),
        ] {
            let Err(error) = resolve(&[(name, value)]) else { panic!("{name}={value} was accepted") };
            assert!(error.to_string().starts_with(name), "{error}");
        }
    }

    #[test]
    fn a_known_provider_needs_only_a_model() {
        let variables = [
            ("ROZET_ORCHESTRATOR_PROVIDER", "anthropic"),
            ("ROZET_ORCHESTRATOR_MODEL", "m"),
            ("ANTHROPIC_API_KEY", "k"),
        ];
        let settings =
            Orchestrator::resolve(&Environment::of(&variables), &ProvidersFile::default()).unwrap();
        let model = settings.model.unwrap();
        assert_eq!(model.endpoint, "https://api.anthropic.com/v1/");
        assert_eq!(model.api_key.as_deref(), Some("k"));
    }

    #[test]
    fn the_environment_goes_over_the_file() {
        let file = ProvidersFile {
            credentials: [(
                "openai-compatible".to_owned(),
                super::super::file::Credential {
                    api_key: Some("from-file".into()),
                    api_key_env: Some("MY_KEY".into()),
                },
            )]
            .into(),
            ..ProvidersFile::default()
        };
        let key = |extra: &[(&str, &str)]| {
            let all: Vec<_> = COMPATIBLE.iter().chain(extra).copied().collect();
            Orchestrator::resolve(&Environment::of(&all), &file).unwrap().model.unwrap().api_key.unwrap()
        };
        assert_eq!(key(&[]), "from-file");
        assert_eq!(key(&[("MY_KEY", "from-variable")]), "from-variable");
        assert_eq!(key(&[("MY_KEY", "x"), ("ROZET_ORCHESTRATOR_API_KEY", "direct")]), "direct");
    }
}
