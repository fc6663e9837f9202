use super::*;
use crate::settings::testing::Place;
use crate::settings::{Flags, RemoteModel};
use std::path::Path;

impl Place {
    fn resolve(&self, variables: &[(&str, &str)]) -> Result<PlannerSettings, ConfigError> {
        PlannerSettings::resolve(&self.layers(variables, Flags::default())?)
    }

    fn remote(&self, variables: &[(&str, &str)]) -> RemoteModel {
        match self.resolve(variables).unwrap().choice {
            Choice::Remote(model) => model,
            _ => panic!("a remote model expected"),
        }
    }
}

/// Settings for tests of what uses them.
pub(crate) fn settings(variables: &[(&str, &str)]) -> PlannerSettings {
    Place::new().resolve(variables).unwrap()
}

const COMPATIBLE: [(&str, &str); 3] = [
    ("ROZET_ORCHESTRATOR_PROVIDER", "openai-compatible"),
    ("ROZET_ORCHESTRATOR_MODEL", "m"),
    ("ROZET_ORCHESTRATOR_ENDPOINT", "http://localhost:1/v1"),
];

#[test]
fn nothing_configured_leaves_it_to_opencode_or_nobody() {
    let settings = settings(&[]);
    assert!(matches!(&settings.choice, Choice::Unset(opencode) if !opencode.base_url_is_set));
    assert_eq!((settings.max_tasks, settings.timeout.as_secs()), (6, 20));
    assert_eq!((settings.budget.session_tokens, settings.budget.session_usd), (200_000, 1.0));
}

#[test]
fn an_endpoint_keeps_its_last_segment() {
    assert_eq!(Place::new().remote(&COMPATIBLE).endpoint, "http://localhost:1/v1/");
}

#[test]
fn wrong_values_are_named_with_where_they_stand() {
    for (name, value, said) in [
        ("ROZET_ORCHESTRATOR_PROVIDER", "magic", "orchestrator.provider"),
        ("ROZET_ORCHESTRATOR_TEMPERATURE", "3", "orchestrator.temperature"),
        ("ROZET_ORCHESTRATOR_TIMEOUT_MS", "soon", "ROZET_ORCHESTRATOR_TIMEOUT_MS"),
        ("ROZET_ORCHESTRATOR_TIMEOUT_MS", "0", "orchestrator.timeout_ms"),
        ("ROZET_ORCHESTRATOR_ENDPOINT", "localhost", "orchestrator.endpoint"),
        ("ROZET_ORCHESTRATOR_MODEL", "", "orchestrator.model"),
        ("ROZET_ORCHESTRATOR_SYSTEM_PROMPT", "/nowhere", "orchestrator.system_prompt_path"),
    ] {
        let mut variables: Vec<_> = COMPATIBLE.into_iter().filter(|(known, _)| *known != name).collect();
        variables.push((name, value));
        let Err(error) = Place::new().resolve(&variables) else { panic!("{name}={value} was accepted") };
        assert!(error.to_string().starts_with(said), "{error}");
    }
    for (yaml, said) in [
        ("orchestrator:\n  model: m\n", "no provider"),
        ("orchestrator:\n  max_tasks: 0\n", "1 to 50"),
        ("budget:\n  planner_session_usd: -1\n", "0 or more"),
        ("budget:\n  prices:\n    a/b: { input: -1, output: 1 }\n", "budget.prices.a/b"),
        ("opencode:\n  allowed_models_only: true\n", "no model may be used"),
        ("orchestrator:\n  provider: opencode\n  model: nameless\n", "provider/model"),
    ] {
        let place = Place::new().write("person/providers.yaml", yaml);
        let Err(error) = place.resolve(&[]) else { panic!("{yaml} was accepted") };
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn what_is_said_of_another_provider_does_not_count() {
    let place = Place::new()
        .write(
            "person/providers.yaml",
            "orchestrator:\n  provider: anthropic\n  model: claude\n  temperature: 1\n",
        )
        .write("project/providers.yaml", "orchestrator:\n  provider: groq\n  model: llama\n");
    let model = place.remote(&[]);
    assert_eq!((model.model.as_str(), model.temperature), ("llama", None));
    let model = place.remote(&[("ROZET_ORCHESTRATOR_PROVIDER", "anthropic")]);
    assert_eq!((model.model.as_str(), model.temperature), ("claude", Some(1.0)));
    let flags = Flags { provider: Some("openai".into()), model: Some("gpt".into()), ..Flags::default() };
    let layers = place.layers(&[("ROZET_ORCHESTRATOR_MODEL", "other")], flags).unwrap();
    let Choice::Remote(model) = PlannerSettings::resolve(&layers).unwrap().choice else { panic!() };
    assert_eq!((model.provider.name(), model.model.as_str()), ("openai", "gpt"));
}

#[test]
fn keys_are_found_in_their_order() {
    let yaml = "orchestrator:\n  provider: groq\n  model: m\ncredentials:\n  groq:\n    api_key: file\n    api_key_env: MY\n";
    let place = Place::new()
        .write("person/providers.yaml", yaml)
        .write("project/credentials/.env", "GROQ_API_KEY=hidden\nMINE=x\n");
    let key = |variables: &[(&str, &str)]| place.remote(variables).api_key.unwrap();
    assert_eq!(key(&[]), "file");
    assert_eq!(key(&[("MY", "named")]), "named");
    assert_eq!(key(&[("MY", "named"), ("ROZET_ORCHESTRATOR_API_KEY", "ours")]), "ours");
    let place = place.write("person/providers.yaml", "orchestrator:\n  provider: groq\n  model: m\n");
    assert_eq!(place.remote(&[]).api_key.unwrap(), "hidden");
}

#[test]
fn a_project_cannot_have_the_persons_key_sent_to_an_address_of_its_own() {
    let yaml = "orchestrator:\n  provider: openai\n  model: m\n  endpoint: https://elsewhere.example/v1\n";
    let place = Place::new().write("project/providers.yaml", yaml);
    let model = place.remote(&[("OPENAI_API_KEY", "the-persons")]);
    assert!(model.api_key.is_none() && model.key_withheld);
    // Nor by naming another variable of the person's.
    let named = format!("{yaml}credentials:\n  openai:\n    api_key_env: SECRET\n");
    let place = place.write("project/providers.yaml", &named);
    assert!(place.remote(&[("SECRET", "the-persons")]).api_key.is_none());
    // A key that the project brings itself is its own affair.
    let place = place.write("project/.env", "SECRET=the-projects\n");
    assert_eq!(place.remote(&[]).api_key.as_deref(), Some("the-projects"));
    // And the person's own address gets the person's key.
    let place = Place::new().write("person/providers.yaml", yaml);
    assert_eq!(place.remote(&[("OPENAI_API_KEY", "the-persons")]).api_key.as_deref(), Some("the-persons"));
}

#[test]
fn a_projects_instructions_stay_inside_of_it() {
    let yaml = |path: &str| format!("orchestrator:\n  provider: offline\n  system_prompt_path: {path}\n");
    let place = Place::new()
        .write("project/plan.md", "  Plan tersely.\n")
        .write("secret", "keep out")
        .write("project/providers.yaml", &yaml("plan.md"));
    assert_eq!(place.resolve(&[]).unwrap().system_prompt.unwrap().text, "Plan tersely.");
    let place = place.write("project/providers.yaml", &yaml("../secret"));
    assert!(place.resolve(&[]).err().unwrap().to_string().contains("outside of the project"));
    let person = place
        .write("project/providers.yaml", "budget: {}\n")
        .write("person/providers.yaml", &yaml("../secret"));
    assert_eq!(person.resolve(&[]).unwrap().system_prompt.unwrap().text, "keep out");
}

#[test]
fn opencodes_model_is_named_by_variables_flag_or_file() {
    let yaml = "orchestrator:\n  provider: opencode\n  model: a/b\nopencode:\n  disabled_models: [x]\n";
    let place = Place::new().write("person/providers.yaml", yaml);
    let model = |variables: &[(&str, &str)], flags: Flags| {
        let settings = PlannerSettings::resolve(&place.layers(variables, flags).unwrap()).unwrap();
        let Choice::OpenCode(opencode) = settings.choice else { panic!("opencode expected") };
        opencode.model.unwrap()
    };
    let variables = [("ROZET_OPEN_CODE_PROVIDER", "p"), ("ROZET_OPEN_CODE_MODEL", "m/n")];
    assert_eq!(model(&[], Flags::default()), "a/b");
    assert_eq!(model(&variables, Flags::default()), "p/m/n");
    assert_eq!(model(&variables, Flags { model: Some("f/g".into()), ..Flags::default() }), "f/g");
    assert!(place.resolve(&variables[..1]).err().unwrap().to_string().contains("ROZET_OPEN_CODE_MODEL"));
}

#[test]
fn what_is_in_force_is_told_without_secrets() {
    let place = Place::new().write(
        "person/providers.yaml",
        "orchestrator:\n  provider: openai\n  model: gpt\ncredentials:\n  openai:\n    api_key: sk-abcdefghijklmnop1234\n",
    );
    let mut report = Report::default();
    PlannerSettings::reported(&place.layers(&[], Flags::default()).unwrap(), &mut report).unwrap();
    let text: Vec<String> =
        report.0.iter().map(|row| format!("{}={} ({})", row.name, row.value, row.source)).collect();
    let text = text.join("\n");
    assert!(text.contains("credentials=****1234") && !text.contains("abcdefgh"), "{text}");
    assert!(text.contains("orchestrator.max_tasks=6 (default)"), "{text}");
    assert!(
        text.contains(&format!("orchestrator.model=gpt ({}", Path::new("").join(place.person()).display()))
    );
}
