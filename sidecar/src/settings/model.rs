//! Which model plans or works, behind which address, with whose key.

use super::file::{Credential, ModelNames};
use super::opencode::{self, OpenCodeSettings};
use super::source::{Scope, Set, Source};
use super::{ConfigError, Layers, Report};
use crate::provider::ProviderKind;

/// Whose model it is: the section and the variables that speak of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Planner,
    Workers,
}

/// What a role's settings and variables are called.
struct Names {
    provider: &'static str,
    model: &'static str,
    endpoint: &'static str,
    temperature: &'static str,
    credentials: &'static str,
    provider_variable: &'static str,
    model_variable: &'static str,
    endpoint_variable: &'static str,
    temperature_variable: &'static str,
    key_variable: &'static str,
    /// What happens when no provider is named.
    unset: &'static str,
}

const PLANNER: Names = Names {
    provider: "orchestrator.provider",
    model: "orchestrator.model",
    endpoint: "orchestrator.endpoint",
    temperature: "orchestrator.temperature",
    credentials: "credentials",
    provider_variable: "ROZET_ORCHESTRATOR_PROVIDER",
    model_variable: "ROZET_ORCHESTRATOR_MODEL",
    endpoint_variable: "ROZET_ORCHESTRATOR_ENDPOINT",
    temperature_variable: "ROZET_ORCHESTRATOR_TEMPERATURE",
    key_variable: "ROZET_ORCHESTRATOR_API_KEY",
    unset: "not set: OpenCode's model if one is linked, else offline",
};

const WORKERS: Names = Names {
    provider: "workers.provider",
    model: "workers.model",
    endpoint: "workers.endpoint",
    temperature: "workers.temperature",
    credentials: "workers: credentials",
    provider_variable: "ROZET_WORKERS_PROVIDER",
    model_variable: "ROZET_WORKERS_MODEL",
    endpoint_variable: "ROZET_WORKERS_ENDPOINT",
    temperature_variable: "ROZET_WORKERS_TEMPERATURE",
    key_variable: "ROZET_WORKERS_API_KEY",
    unset: "not set: the session's model in OpenCode; the orchestrator's for local workers",
};

impl Role {
    const fn names(self) -> &'static Names {
        match self {
            Self::Planner => &PLANNER,
            Self::Workers => &WORKERS,
        }
    }

    /// Every name of a provider that makes sense here.
    fn known(self) -> String {
        let providers = ProviderKind::ALL.map(ProviderKind::name).join(", ");
        match self {
            Self::Planner => format!("{providers}, opencode, offline"),
            Self::Workers => format!("{providers}, opencode"),
        }
    }
}

/// Who is to think.
#[derive(Clone, PartialEq)]
pub(crate) enum Choice {
    /// The built-in planner, by the person's wish.
    Offline,
    /// A model behind a provider's API.
    Remote(RemoteModel),
    /// The person's own OpenCode model.
    OpenCode(OpenCodeSettings),
    /// Nothing was said: the person's own OpenCode model where one can be reached, else the built-in planner.
    Unset(OpenCodeSettings),
}

impl Choice {
    /// Values that must not appear anywhere in what is stored, logged or shown.
    pub(super) fn secrets(&self) -> Vec<String> {
        match self {
            Self::Remote(model) => model.api_key.iter().cloned().collect(),
            Self::OpenCode(settings) | Self::Unset(settings) => settings.password.iter().cloned().collect(),
            Self::Offline => Vec::new(),
        }
    }
}

/// A model behind a provider's API.
#[derive(Clone, PartialEq)]
pub(crate) struct RemoteModel {
    pub(crate) provider: ProviderKind,
    pub(crate) model: String,
    /// With a trailing slash: without one, joining a path would lose the last segment.
    pub(crate) endpoint: String,
    pub(crate) api_key: Option<String>,
    /// A key is there, but it is the person's and the address is the project's.
    pub(crate) key_withheld: bool,
    pub(crate) temperature: Option<f64>,
}

/// What one layer says of the model. What it says fits only the provider that it means.
struct Said {
    provider: Option<Set<String>>,
    model: Option<Set<String>>,
    endpoint: Option<Set<String>>,
    temperature: Option<Set<String>>,
}

impl Said {
    fn layers(role: Role, layers: &Layers) -> Vec<Self> {
        let mut said = Vec::new();
        // The flags are those of commands that plan.
        if role == Role::Planner {
            let flag =
                |name, value: &Option<String>| value.clone().map(|value| Set::new(value, Source::Flag(name)));
            said.push(Self {
                provider: flag("--provider", &layers.flags.provider),
                model: flag("--model", &layers.flags.model),
                endpoint: None,
                temperature: None,
            });
        }
        let names = role.names();
        said.push(Self {
            provider: layers.variable(names.provider_variable),
            model: layers.variable(names.model_variable),
            endpoint: layers.variable(names.endpoint_variable),
            temperature: layers.variable(names.temperature_variable),
        });
        let sections = layers.sections(|file| match role {
            Role::Planner => file.orchestrator.as_ref().map(ModelNames::from),
            Role::Workers => file.workers.as_ref().map(ModelNames::from),
        });
        said.extend(sections.map(|Set { value: section, source }| {
            let text = |value: Option<String>| value.map(|value| Set::new(value, source.clone()));
            Self {
                provider: text(section.provider),
                model: text(section.model),
                endpoint: text(section.endpoint),
                temperature: section.temperature.map(|value| Set::new(value.to_string(), source.clone())),
            }
        }));
        said
    }

    fn means(&self, provider: &str) -> bool {
        self.provider.as_ref().is_none_or(|set| set.value == provider)
    }
}

/// The provider that is named, wherever that is; it may be none that is known.
pub(super) fn named_provider(role: Role, layers: &Layers) -> Option<Set<String>> {
    Said::layers(role, layers).into_iter().find_map(|layer| layer.provider)
}

pub(super) fn choose(role: Role, layers: &Layers, report: &mut Report) -> Result<Choice, ConfigError> {
    let names = role.names();
    let said = Said::layers(role, layers);
    let Some(provider) = said.iter().find_map(|layer| layer.provider.clone()) else {
        if let Some(model) = said.iter().find_map(|layer| layer.model.as_ref()) {
            let known = role.known();
            let message =
                format!("a model is named ({}), but no provider: name one of {known}", model.source);
            return Err(ConfigError::value(names.provider, message));
        }
        report.note(names.provider, names.unset, &Source::Default);
        return opencode::resolve(layers, None, report).map(Choice::Unset);
    };
    report.set(names.provider, &provider);
    let fitting: Vec<Said> = said.into_iter().filter(|layer| layer.means(&provider.value)).collect();
    let first = |get: fn(&Said) -> &Option<Set<String>>| fitting.iter().find_map(|layer| get(layer).clone());
    let model = first(|layer| &layer.model);
    match (provider.value.as_str(), ProviderKind::of(&provider.value)) {
        ("offline", _) if role == Role::Planner => Ok(Choice::Offline),
        ("opencode", _) => opencode::resolve(layers, model, report).map(Choice::OpenCode),
        (_, Some(kind)) => {
            let endpoint = first(|layer| &layer.endpoint);
            let temperature = first(|layer| &layer.temperature);
            remote(role, layers, kind, (model, endpoint, temperature), report).map(Choice::Remote)
        }
        (_, None) => {
            let message = format!("expected one of {} ({})", role.known(), provider.source);
            Err(ConfigError::value(names.provider, message))
        }
    }
}

type Parts = (Option<Set<String>>, Option<Set<String>>, Option<Set<String>>);

fn remote(
    role: Role,
    layers: &Layers,
    provider: ProviderKind,
    (model, endpoint, temperature): Parts,
    report: &mut Report,
) -> Result<RemoteModel, ConfigError> {
    let names = role.names();
    let missing = |name: &str, variable: &str| {
        let message = format!("must be set for {}, here or as {variable}", provider.name());
        ConfigError::value(name, message)
    };
    let model = model.ok_or_else(|| missing(names.model, names.model_variable))?;
    report.set(names.model, &model);
    let endpoint = match (endpoint, provider.endpoint()) {
        (Some(set), _) => Set::new(sound_url(names.endpoint, &set)?, set.source),
        (None, Some(usual)) => Set::new(usual.to_owned(), Source::Default),
        (None, None) => return Err(missing(names.endpoint, names.endpoint_variable)),
    };
    report.set(names.endpoint, &endpoint);
    let temperature = temperature.map(|set| self::temperature(names.temperature, &set)).transpose()?;
    if let Some(set) = &temperature {
        report.set(names.temperature, set);
    }
    let mut key = api_key(names, layers, provider);
    // Whoever writes a project's files may not have the person's key sent to an address of theirs.
    let key_withheld = endpoint.source.scope() == Scope::Project
        && key.as_ref().is_some_and(|key| key.source.scope() == Scope::Person);
    if key_withheld {
        key = None;
        let why = "withheld: the endpoint is the project's, the key is yours";
        report.note(names.credentials, why, &endpoint.source);
    } else if let Some(key) = &key {
        report.note(names.credentials, masked(&key.value), &key.source);
    } else if !provider.key_variables().is_empty() {
        report.note(names.credentials, "no key", &Source::Default);
    }
    Ok(RemoteModel {
        provider,
        model: model.value,
        endpoint: endpoint.value,
        api_key: key.map(|key| key.value),
        key_withheld,
        temperature: temperature.map(|set| set.value),
    })
}

/// The key: ours, the one that a file leads to, the one in the provider's usual variable.
fn api_key(names: &Names, layers: &Layers, provider: ProviderKind) -> Option<Set<String>> {
    let ours = layers.variable(names.key_variable);
    let of_files =
        || layers.credentials(provider.name()).find_map(|credential| of_credential(layers, &credential));
    let usual = || provider.key_variables().iter().find_map(|name| layers.variable(name));
    ours.or_else(of_files).or_else(usual)
}

fn of_credential(layers: &Layers, credential: &Set<&Credential>) -> Option<Set<String>> {
    let named = credential.value.api_key_env.as_deref().and_then(|name| layers.variable(name));
    named.or_else(|| credential.value.api_key.clone().map(|key| Set::new(key, credential.source.clone())))
}

/// Shows that a key is there, and of a long one the end, by which people tell their keys apart.
pub(super) fn masked(secret: &str) -> String {
    let characters: Vec<char> = secret.chars().collect();
    let end = if characters.len() >= 16 { characters.len() - 4 } else { characters.len() };
    format!("****{}", characters.get(end..).unwrap_or_default().iter().collect::<String>())
}

fn temperature(name: &str, set: &Set<String>) -> Result<Set<f64>, ConfigError> {
    let value = set.value.parse().ok().filter(|value| (0.0..=2.0).contains(value));
    let message = || format!("expected a number from 0 to 2 ({})", set.source);
    let value = value.ok_or_else(|| ConfigError::value(name, message()))?;
    Ok(Set::new(value, set.source.clone()))
}

/// An address with a trailing slash.
pub(super) fn sound_url(name: &str, set: &Set<String>) -> Result<String, ConfigError> {
    let sound = reqwest::Url::parse(&set.value)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !sound {
        let message =
            format!("expected an http or https URL such as http://localhost:1234/v1/ ({})", set.source);
        return Err(ConfigError::value(name, message));
    }
    Ok(if set.value.ends_with('/') { set.value.clone() } else { format!("{}/", set.value) })
}
