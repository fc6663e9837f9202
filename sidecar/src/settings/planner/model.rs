//! Which model plans, behind which address, with whose key.

use super::opencode::{self, OpenCodeSettings};
use super::{ConfigError, Layers, Report};
use crate::provider::ProviderKind;
use crate::settings::file::ModelSection;
use crate::settings::source::{Scope, Set, Source};

/// Who is to plan.
#[derive(Clone, PartialEq)]
pub(crate) enum Choice {
    /// The built-in planner, by the person's wish.
    Offline,
    /// A model behind a provider's API.
    Remote(PlannerModel),
    /// The person's own OpenCode model.
    OpenCode(OpenCodeSettings),
    /// Nothing was said: the person's own OpenCode model where one can be reached, else the built-in planner.
    Unset(OpenCodeSettings),
}

/// A model behind a provider's API.
#[derive(Clone, PartialEq)]
pub(crate) struct PlannerModel {
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
    fn layers(layers: &Layers) -> Vec<Self> {
        let flag =
            |name, value: &Option<String>| value.clone().map(|value| Set::new(value, Source::Flag(name)));
        let mut said = vec![
            Self {
                provider: flag("--provider", &layers.flags.provider),
                model: flag("--model", &layers.flags.model),
                endpoint: None,
                temperature: None,
            },
            Self {
                provider: layers.variable("ROZET_ORCHESTRATOR_PROVIDER"),
                model: layers.variable("ROZET_ORCHESTRATOR_MODEL"),
                endpoint: layers.variable("ROZET_ORCHESTRATOR_ENDPOINT"),
                temperature: layers.variable("ROZET_ORCHESTRATOR_TEMPERATURE"),
            },
        ];
        said.extend(layers.orchestrators().map(|Set { value: section, source }| {
            let text = |value: &Option<String>| value.clone().map(|value| Set::new(value, source.clone()));
            Self {
                provider: text(&section.provider),
                model: text(&section.model),
                endpoint: text(&section.endpoint),
                temperature: section.temperature.map(|value| Set::new(value.to_string(), source.clone())),
            }
        }));
        said
    }

    fn means(&self, provider: &str) -> bool {
        self.provider.as_ref().is_none_or(|set| set.value == provider)
    }
}

pub(super) fn choose(layers: &Layers, report: &mut Report) -> Result<Choice, ConfigError> {
    check_workers(layers)?;
    let said = Said::layers(layers);
    let Some(provider) = said.iter().find_map(|layer| layer.provider.clone()) else {
        if let Some(model) = said.iter().find_map(|layer| layer.model.as_ref()) {
            let message =
                format!("a model is named ({}), but no provider: name one of {}", model.source, known());
            return Err(ConfigError::value("orchestrator.provider", message));
        }
        report.note(
            "orchestrator.provider",
            "not set: OpenCode's model if one is linked, else offline",
            &Source::Default,
        );
        return opencode::resolve(layers, None, report).map(Choice::Unset);
    };
    report.set("orchestrator.provider", &provider);
    let fitting: Vec<Said> = said.into_iter().filter(|layer| layer.means(&provider.value)).collect();
    let first = |get: fn(&Said) -> &Option<Set<String>>| fitting.iter().find_map(|layer| get(layer).clone());
    let model = first(|layer| &layer.model);
    match (provider.value.as_str(), ProviderKind::of(&provider.value)) {
        ("offline", _) => Ok(Choice::Offline),
        ("opencode", _) => opencode::resolve(layers, model, report).map(Choice::OpenCode),
        (_, Some(kind)) => {
            let endpoint = first(|layer| &layer.endpoint);
            let temperature = first(|layer| &layer.temperature);
            remote(layers, kind, (model, endpoint, temperature), report).map(Choice::Remote)
        }
        (_, None) => {
            let message = format!("expected one of {} ({})", known(), provider.source);
            Err(ConfigError::value("orchestrator.provider", message))
        }
    }
}

/// Every name of a provider.
fn known() -> String {
    format!("{}, opencode, offline", ProviderKind::ALL.map(ProviderKind::name).join(", "))
}

type Parts = (Option<Set<String>>, Option<Set<String>>, Option<Set<String>>);

fn remote(
    layers: &Layers,
    provider: ProviderKind,
    (model, endpoint, temperature): Parts,
    report: &mut Report,
) -> Result<PlannerModel, ConfigError> {
    let missing = |name: &str, variable: &str| {
        let message = format!("must be set for {}, here or as {variable}", provider.name());
        ConfigError::value(name, message)
    };
    let model = model.ok_or_else(|| missing("orchestrator.model", "ROZET_ORCHESTRATOR_MODEL"))?;
    report.set("orchestrator.model", &model);
    let endpoint = match (endpoint, provider.endpoint()) {
        (Some(set), _) => Set::new(sound_url(&set)?, set.source),
        (None, Some(usual)) => Set::new(usual.to_owned(), Source::Default),
        (None, None) => return Err(missing("orchestrator.endpoint", "ROZET_ORCHESTRATOR_ENDPOINT")),
    };
    report.set("orchestrator.endpoint", &endpoint);
    let temperature = temperature.map(|set| self::temperature(&set)).transpose()?;
    if let Some(set) = &temperature {
        report.set("orchestrator.temperature", set);
    }
    let mut key = api_key(layers, provider);
    // Whoever writes a project's files may not have the person's key sent to an address of theirs.
    let key_withheld = endpoint.source.scope() == Scope::Project
        && key.as_ref().is_some_and(|key| key.source.scope() == Scope::Person);
    if key_withheld {
        key = None;
        let why = "withheld: the endpoint is the project's, the key is yours";
        report.note("credentials", why, &endpoint.source);
    } else if let Some(key) = &key {
        report.note("credentials", masked(&key.value), &key.source);
    } else if !provider.key_variables().is_empty() {
        report.note("credentials", "no key", &Source::Default);
    }
    Ok(PlannerModel {
        provider,
        model: model.value,
        endpoint: endpoint.value,
        api_key: key.map(|key| key.value),
        key_withheld,
        temperature: temperature.map(|set| set.value),
    })
}

/// The key: ours, the one that a file leads to, the one in the provider's usual variable.
fn api_key(layers: &Layers, provider: ProviderKind) -> Option<Set<String>> {
    let ours = layers.variable("ROZET_ORCHESTRATOR_API_KEY");
    let of_files =
        || layers.credentials(provider.name()).find_map(|credential| of_credential(layers, &credential));
    let usual = || provider.key_variables().iter().find_map(|name| layers.variable(name));
    ours.or_else(of_files).or_else(usual)
}

fn of_credential(
    layers: &Layers,
    credential: &Set<&crate::settings::file::Credential>,
) -> Option<Set<String>> {
    let named = credential.value.api_key_env.as_deref().and_then(|name| layers.variable(name));
    named.or_else(|| credential.value.api_key.clone().map(|key| Set::new(key, credential.source.clone())))
}

/// Shows that a key is there, and of a long one the end, by which people tell their keys apart.
pub(super) fn masked(secret: &str) -> String {
    let characters: Vec<char> = secret.chars().collect();
    let end = if characters.len() >= 16 { characters.len() - 4 } else { characters.len() };
    format!("****{}", characters.get(end..).unwrap_or_default().iter().collect::<String>())
}

fn temperature(set: &Set<String>) -> Result<Set<f64>, ConfigError> {
    let value = set.value.parse().ok().filter(|value| (0.0..=2.0).contains(value));
    let message = || format!("expected a number from 0 to 2 ({})", set.source);
    let value = value.ok_or_else(|| ConfigError::value("orchestrator.temperature", message()))?;
    Ok(Set::new(value, set.source.clone()))
}

/// An address with a trailing slash.
pub(super) fn sound_url(set: &Set<String>) -> Result<String, ConfigError> {
    let sound = reqwest::Url::parse(&set.value)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !sound {
        let message =
            format!("expected an http or https URL such as http://localhost:1234/v1/ ({})", set.source);
        return Err(ConfigError::value("endpoint", message));
    }
    Ok(if set.value.ends_with('/') { set.value.clone() } else { format!("{}/", set.value) })
}

/// Workers are not there yet; what is written of them is checked all the same.
fn check_workers(layers: &Layers) -> Result<(), ConfigError> {
    let Some(set) = layers.in_files(|file| file.workers.clone()) else { return Ok(()) };
    let ModelSection { provider, .. } = &set.value;
    match provider.as_deref() {
        None | Some("opencode") => Ok(()),
        Some(name) if ProviderKind::of(name).is_some() => Ok(()),
        Some(_) => {
            let message = format!("expected one of {} ({})", known(), set.source);
            Err(ConfigError::value("workers.provider", message))
        }
    }
}
