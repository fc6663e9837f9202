//! Which of OpenCode's models is asked: the one that the person named, else the session's own, else OpenCode's default,
//! or, where the settings forbid some, the first that they allow.

use crate::settings::OpenCodeSettings;
use serde_json::Value;

/// A model, as OpenCode names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChosenModel {
    pub(crate) provider_id: String,
    pub(crate) model_id: String,
}

impl ChosenModel {
    pub(super) fn of(name: &str) -> Option<Self> {
        let (provider, model) = name.split_once('/')?;
        Some(Self { provider_id: provider.to_owned(), model_id: model.to_owned() })
    }

    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.provider_id, self.model_id)
    }
}

/// Whether OpenCode must be asked for its models before one can be chosen.
pub(crate) fn needs_providers(settings: &OpenCodeSettings, session_model: Option<&str>) -> bool {
    settings.model.is_none()
        && !session_model.is_some_and(|model| is_allowed(settings, model))
        && is_restricted(settings)
}

/// Whether the settings say anything of models: OpenCode's default may be none of theirs then.
const fn is_restricted(settings: &OpenCodeSettings) -> bool {
    settings.allowed_models.is_some()
        || !settings.disabled_models.is_empty()
        || !settings.provider_priority.is_empty()
}

/// The model, none for OpenCode's default; the error says in words for a person why none may be asked. `providers` is OpenCode's answer to
/// `GET /config/providers`, null when it was not needed.
pub(crate) fn choose(
    settings: &OpenCodeSettings,
    session_model: Option<&str>,
    providers: &Value,
) -> Result<Option<ChosenModel>, String> {
    if let Some(model) = &settings.model {
        if !is_allowed(settings, model) {
            return Err(format!("`opencode` in providers.yaml does not allow the model {model}"));
        }
        let chosen = ChosenModel::of(model);
        return chosen.map(Some).ok_or_else(|| format!("{model} is not of the form provider/model"));
    }
    let session = session_model.filter(|model| is_allowed(settings, model)).and_then(ChosenModel::of);
    if session.is_some() || !is_restricted(settings) {
        return Ok(session);
    }
    let nothing = || "OpenCode has no model that `opencode` in providers.yaml allows".to_owned();
    first_allowed(settings, providers).map(Some).ok_or_else(nothing)
}

fn is_allowed(settings: &OpenCodeSettings, model: &str) -> bool {
    let id = model.split_once('/').map_or(model, |(_, id)| id);
    let named = |names: &[String]| names.iter().any(|name| name == model || name == id);
    !named(&settings.disabled_models) && settings.allowed_models.as_deref().is_none_or(named)
}

/// Each provider's default first, then its other models; providers in the person's order, then in OpenCode's.
fn first_allowed(settings: &OpenCodeSettings, answer: &Value) -> Option<ChosenModel> {
    let providers = answer.get("providers")?.as_array()?;
    let id = |provider: &Value| provider.get("id").and_then(Value::as_str).map(str::to_owned);
    let place = |provider: &Value| {
        let id = id(provider).unwrap_or_default();
        settings.provider_priority.iter().position(|name| *name == id).unwrap_or(usize::MAX)
    };
    let mut ordered: Vec<&Value> = providers.iter().collect();
    ordered.sort_by_key(|provider| place(provider));
    ordered.into_iter().find_map(|provider| {
        let provider_id = id(provider)?;
        let default =
            answer.get("default").and_then(|defaults| defaults.get(&provider_id)).and_then(Value::as_str);
        let others =
            provider.get("models").and_then(Value::as_object).into_iter().flat_map(|models| models.keys());
        let mut models = default.into_iter().chain(others.map(String::as_str));
        let model_id =
            models.find(|model| is_allowed(settings, &format!("{provider_id}/{model}")))?.to_owned();
        Some(ChosenModel { provider_id, model_id })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Choice;
    use serde_json::json;

    fn settings(change: impl FnOnce(&mut OpenCodeSettings)) -> OpenCodeSettings {
        let Choice::Unset(mut settings) = crate::settings::settings(&[]).choice else { panic!("unset") };
        change(&mut settings);
        settings
    }

    fn chosen(settings: &OpenCodeSettings, session: Option<&str>) -> Result<String, String> {
        let providers = json!({
            "providers": [
                {"id": "a", "models": {"one": {}, "two": {}}}, {"id": "b", "models": {"three": {}}},
                {"id": "empty", "models": {}}
            ],
            "default": {"a": "two", "b": "three"}
        });
        choose(settings, session, &providers)
            .map(|model| model.map_or("default".into(), |model| model.name()))
    }

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_persons_word_goes_before_the_sessions_model() {
        assert_eq!(chosen(&settings(|_| {}), Some("s/m/x")), Ok("s/m/x".into()));
        let named = settings(|settings| settings.model = Some("p/q".into()));
        assert_eq!(chosen(&named, Some("s/m")), Ok("p/q".into()));
        assert_eq!(chosen(&settings(|_| {}), None), Ok("default".into()));
        assert!(!needs_providers(&named, None) && !needs_providers(&settings(|_| {}), None));
    }

    #[test]
    fn a_forbidden_model_is_replaced_by_the_first_that_is_allowed() {
        let disabled = settings(|settings| settings.disabled_models = names(&["s/m", "two"]));
        assert_eq!(chosen(&disabled, Some("s/m")), Ok("a/one".into()));
        let priority = settings(|settings| settings.provider_priority = names(&["empty", "b"]));
        assert_eq!(chosen(&priority, None), Ok("b/three".into()));
        let only = settings(|settings| settings.allowed_models = Some(names(&["three"])));
        assert!(needs_providers(&only, Some("s/m")));
        assert_eq!(chosen(&only, Some("s/m")), Ok("b/three".into()));
        let nothing = settings(|settings| settings.allowed_models = Some(names(&["z"])));
        assert!(chosen(&nothing, None).unwrap_err().contains("allows"));
        let named = settings(|settings| {
            settings.model = Some("a/one".into());
            settings.disabled_models = names(&["one"]);
        });
        assert!(chosen(&named, None).unwrap_err().contains("a/one"));
    }
}
