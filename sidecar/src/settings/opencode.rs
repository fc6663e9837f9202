//! How OpenCode is reached, and which of its models Rozet may use.

use super::file::OpenCodeSection;
use super::model::{masked, sound_url};
use super::source::{Scope, Set, Source};
use super::{ConfigError, Layers, Report};

/// Where `opencode serve` answers when nothing else is said, from its documentation.
pub(crate) const DEFAULT_BASE_URL: &str = "http://localhost:4096/";

/// OpenCode as a provider.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct OpenCodeSettings {
    /// Where `opencode serve` answers, with a trailing slash.
    pub(crate) base_url: String,
    /// Whether somebody set `base_url`: then it goes before the link.
    pub(crate) base_url_is_set: bool,
    /// OpenCode's own `OPENCODE_SERVER_USERNAME` and `OPENCODE_SERVER_PASSWORD`.
    pub(crate) username: String,
    pub(crate) password: Option<String>,
    /// As `provider/model`, when the person named one.
    pub(crate) model: Option<String>,
    pub(crate) disabled_models: Vec<String>,
    /// Only these may be used; none when all may.
    pub(crate) allowed_models: Option<Vec<String>>,
    pub(crate) provider_priority: Vec<String>,
}

pub(super) fn resolve(
    layers: &Layers,
    model: Option<Set<String>>,
    report: &mut Report,
) -> Result<OpenCodeSettings, ConfigError> {
    let base_url = layers.variable("ROZET_OPEN_CODE_BASE_URL");
    let base_url_is_set = base_url.is_some();
    let base_url = base_url.unwrap_or(Set::new(DEFAULT_BASE_URL.into(), Source::Default));
    let url = sound_url("opencode.base_url", &base_url)?;
    report.note("opencode.base_url", url.as_str(), &base_url.source);
    // A project may name a server, but it does not get the person's password for another one.
    let password = layers
        .variable("OPENCODE_SERVER_PASSWORD")
        .filter(|set| base_url.source.scope() == Scope::Person || set.source.scope() == Scope::Project);
    if let Some(set) = &password {
        report.note("opencode.password", masked(&set.value), &set.source);
    }
    let username =
        layers.variable("OPENCODE_SERVER_USERNAME").map_or_else(|| "opencode".into(), |set| set.value);
    let model = named_model(layers, model)?;
    if let Some(set) = &model {
        report.set("opencode.model", set);
    }
    let Set { value: section, source } = section(layers, report);
    let mut list = |name, values: &[String]| {
        if !values.is_empty() {
            report.note(name, values.join(", "), &source);
        }
    };
    list("opencode.disabled_models", &section.disabled_models);
    list("opencode.allowed_models", &section.allowed_models);
    list("opencode.provider_priority", &section.provider_priority);
    if section.allowed_models_only && section.allowed_models.is_empty() {
        let message = format!("is empty, but `allowed_models_only` is set: no model may be used ({source})");
        return Err(ConfigError::value("opencode.allowed_models", message));
    }
    if section.allowed_models_only {
        report.note("opencode.allowed_models_only", "true", &source);
    }
    Ok(OpenCodeSettings {
        base_url: url,
        base_url_is_set,
        username,
        password: password.map(|set| set.value),
        model: model.map(|set| set.value),
        disabled_models: section.disabled_models,
        allowed_models: section.allowed_models_only.then_some(section.allowed_models),
        provider_priority: section.provider_priority,
    })
}

/// The first section that there is. A project's may forbid models; what the person forbids stays forbidden, and where
/// the person names the models that may be used, the project names none.
fn section(layers: &Layers, report: &mut Report) -> Set<OpenCodeSection> {
    let mut sections = layers.sections(|file| file.opencode.clone());
    let Some(mut first) = sections.next() else {
        return Set::new(OpenCodeSection::default(), Source::Default);
    };
    if first.source.scope() == Scope::Person {
        return first;
    }
    let Some(persons) = sections.find(|set| set.source.scope() == Scope::Person) else { return first };
    let section = &mut first.value;
    for model in persons.value.disabled_models {
        if !section.disabled_models.contains(&model) {
            section.disabled_models.push(model);
        }
    }
    if section.provider_priority.is_empty() {
        section.provider_priority = persons.value.provider_priority;
    }
    if persons.value.allowed_models_only {
        if section.allowed_models_only {
            let why = "ignored: the project may not name others than those that the person allows";
            report.note("opencode.allowed_models", why, &first.source);
        }
        section.allowed_models_only = true;
        section.allowed_models = persons.value.allowed_models;
    }
    first
}

/// The model by its two variables, else as its section names it. A flag goes over both.
fn named_model(layers: &Layers, model: Option<Set<String>>) -> Result<Option<Set<String>>, ConfigError> {
    let is_flag = model.as_ref().is_some_and(|set| matches!(set.source, Source::Flag(_)));
    let provider = layers.variable("ROZET_OPEN_CODE_PROVIDER");
    let by_variables = match (provider, layers.variable("ROZET_OPEN_CODE_MODEL")) {
        (Some(provider), Some(model)) => {
            Some(Set::new(format!("{}/{}", provider.value, model.value), model.source))
        }
        (None, model) => model,
        (Some(provider), None) => {
            let message = format!("must be set, because ROZET_OPEN_CODE_PROVIDER is ({})", provider.source);
            return Err(ConfigError::value("ROZET_OPEN_CODE_MODEL", message));
        }
    };
    let set = if is_flag { model } else { by_variables.or(model) };
    match set {
        Some(set) if !is_full_name(&set.value) => {
            let message = format!("expected provider/model, as OpenCode names it ({})", set.source);
            Err(ConfigError::value("opencode.model", message))
        }
        set => Ok(set),
    }
}

fn is_full_name(model: &str) -> bool {
    model.split_once('/').is_some_and(|(provider, model)| !provider.is_empty() && !model.is_empty())
}
