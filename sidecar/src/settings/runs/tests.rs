use super::*;
use crate::settings::Flags;
use crate::settings::testing::Place;

impl Place {
    fn runs(&self, variables: &[(&str, &str)]) -> Result<RunSettings, ConfigError> {
        RunSettings::resolve(&self.layers(variables, Flags::default())?)
    }

    fn told(&self, variables: &[(&str, &str)]) -> String {
        let mut report = Report::default();
        RunSettings::reported(&self.layers(variables, Flags::default()).unwrap(), &mut report).unwrap();
        let rows: Vec<String> =
            report.0.iter().map(|row| format!("{}={} ({})", row.name, row.value, row.source)).collect();
        rows.join("\n")
    }
}

/// Settings for tests of what uses them.
pub(crate) fn run_settings(variables: &[(&str, &str)]) -> RunSettings {
    Place::new().runs(variables).unwrap()
}

const GROQ: [(&str, &str); 2] = [("ROZET_WORKERS_PROVIDER", "groq"), ("ROZET_WORKERS_MODEL", "m")];

#[test]
fn nothing_configured_is_careful() {
    let settings = run_settings(&[]);
    assert_eq!(settings.worker, WorkerKind::Opencode);
    assert!(!settings.auto_execute && !settings.network && !settings.outlive_opencode);
    assert_eq!(settings.sandbox, SandboxMode::Auto);
    assert_eq!((settings.parallel, settings.max_attempts, settings.max_steps), (4, 2, 60));
    assert_eq!((settings.idle_steps, settings.opencode.model.as_deref()), (12, None));
    assert_eq!((settings.task_timeout.as_secs(), settings.run_timeout.as_secs()), (900, 7_200));
    let RunLimits { task_tokens, task_usd, run_tokens, run_usd, task_wall_ms, .. } = settings.limits();
    assert_eq!((task_tokens, task_usd, run_tokens, run_usd), (400_000, 1.0, 3_000_000, 5.0));
    assert_eq!((settings.budget.day_tokens, settings.budget.day_usd), (10_000_000, 20.0));
    assert_eq!(task_wall_ms, 900_000);
    assert!(settings.secrets().is_empty());
}

#[test]
fn a_project_may_shorten_how_long_asks_wait_and_never_lengthen_it() {
    let asks = |settings: RunSettings| (settings.asks.deadline.as_millis(), settings.asks.of_all);
    assert_eq!(asks(run_settings(&[])), (600_000, false));
    assert_eq!(asks(run_settings(&[("ROZET_PERMISSION_DEADLINE_MS", "5000")])), (5_000, false));
    let person = "permissions:\n  deadline_ms: 60000\n  deadline_for: all\n";
    let place = Place::new().write("person/providers.yaml", person);
    assert_eq!(asks(place.runs(&[]).unwrap()), (60_000, true));
    let looser = "permissions:\n  deadline_ms: 90000\n  deadline_for: children\n";
    let place = place.write("project/providers.yaml", looser);
    assert_eq!(asks(place.runs(&[]).unwrap()), (60_000, true));
    let tighter = Place::new().write("project/providers.yaml", "permissions:\n  deadline_ms: 2000\n");
    assert_eq!(asks(tighter.runs(&[]).unwrap()), (2_000, false));
    for (wrong, named) in
        [("deadline_ms: 5", "permissions.deadline_ms"), ("deadline_for: me", "deadline_for")]
    {
        let place = Place::new().write("person/providers.yaml", &format!("permissions:\n  {wrong}\n"));
        let error = place.runs(&[]).err().unwrap().to_string();
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn every_setting_of_the_file_is_read() {
    let settings = Place::new()
        .write(
            "person/providers.yaml",
            "workers:\n  provider: openai-compatible\n  model: m\n  endpoint: http://localhost:1/v1\n  temperature: 0.5\n\
             \x20 timeout_ms: 2000\n  run_timeout_ms: 3000\n  parallel: 7\n  max_attempts: 3\n  max_steps: 9\n\
             \x20 idle_steps: 5\n  sandbox: off\n  network: true\n  auto_execute: true\n  tools: replace\n\
             \x20 when_opencode_ends: end\n\
             budget:\n  task_tokens: 1\n  task_usd: 0.5\n  run_tokens: 2\n  run_usd: 1.5\n  day_tokens: 3\n  day_usd: 2.5\n\
             \x20 prices:\n    openai-compatible/m: { input: 1, output: 2 }\n",
        )
        .runs(&[])
        .unwrap();
    let Choice::Remote(model) = &settings.model else { panic!("a remote model") };
    assert_eq!((model.endpoint.as_str(), model.temperature), ("http://localhost:1/v1/", Some(0.5)));
    assert_eq!(settings.worker, WorkerKind::Local);
    assert_eq!((settings.parallel, settings.max_attempts), (7, 3));
    assert_eq!((settings.max_steps, settings.idle_steps), (9, 5));
    assert_eq!((settings.task_timeout.as_secs(), settings.run_timeout.as_secs()), (2, 3));
    assert_eq!(settings.sandbox, SandboxMode::Off);
    assert!(settings.network && settings.auto_execute && !settings.outlive_opencode);
    let budget = &settings.budget;
    assert_eq!((budget.task_tokens, budget.run_tokens, budget.day_tokens), (1, 2, 3));
    assert_eq!((budget.task_usd, budget.run_usd, budget.day_usd), (0.5, 1.5, 2.5));
    assert_eq!(budget.prices.len(), 1);
}

#[test]
fn flags_go_over_variables_over_the_project_over_the_person() {
    let place = Place::new()
        .write("person/providers.yaml", "workers:\n  parallel: 5\n  auto_execute: true\n")
        .write("project/providers.yaml", "workers:\n  parallel: 3\n  auto_execute: false\n");
    assert_eq!(place.runs(&[]).unwrap().parallel, 3);
    assert!(!place.runs(&[]).unwrap().auto_execute);
    let place = place.write("project/.env", "ROZET_WORKERS_PARALLEL=2\n");
    assert_eq!(place.runs(&[]).unwrap().parallel, 2);
    let variables = [("ROZET_WORKERS_PARALLEL", "9"), ("ROZET_AUTO_EXECUTE", "1")];
    let settings = place.runs(&variables).unwrap();
    assert!(settings.parallel == 9 && settings.auto_execute);
    let flags =
        Flags { parallel: Some(11), worker: Some(WorkerKind::None), run_usd: Some(0.25), ..Flags::default() };
    let settings = RunSettings::resolve(&place.layers(&variables, flags).unwrap()).unwrap();
    assert_eq!((settings.parallel, settings.worker), (11, WorkerKind::None));
    assert_eq!(settings.budget.run_usd, 0.25);
}

#[test]
fn a_project_may_tighten_and_never_loosen() {
    let loose = "workers:\n  parallel: 30\n  max_attempts: 9\n  timeout_ms: 14000000\n  sandbox: off\n  network: true\n\
                 \x20 auto_execute: true\n  when_opencode_ends: go_on\n\
                 budget:\n  run_usd: 100\n  day_tokens: 999999999\n\
                 \x20 prices:\n    openai/gpt-5: { input: 0, output: 0 }\n    mine/m: { input: 1, output: 1 }\n";
    let place = Place::new()
        .write("project/providers.yaml", loose)
        .write("project/.env", "ROZET_AUTO_EXECUTE=1\nROZET_WORKERS_PARALLEL=20\n")
        .write("person/providers.yaml", "workers:\n  when_opencode_ends: end\n  parallel: 6\n");
    let settings = place.runs(&[]).unwrap();
    assert_eq!((settings.parallel, settings.max_attempts, settings.task_timeout.as_secs()), (6, 2, 900));
    assert!(!settings.network && !settings.auto_execute && !settings.outlive_opencode);
    assert_eq!(settings.sandbox, SandboxMode::Auto);
    assert_eq!((settings.budget.run_usd, settings.budget.day_tokens), (5.0, 10_000_000));
    assert_eq!(settings.budget.prices.keys().collect::<Vec<_>>(), ["mine/m"]);
    let told = place.told(&[]);
    for said in [
        "workers.parallel=30 is ignored: the project may not go beyond 6 (",
        "workers.parallel=20 is ignored",
        "workers.auto_execute=true is ignored",
        "workers.sandbox=off is ignored: the project may not go beyond auto (default)",
        "workers.network=true is ignored",
        "workers.when_opencode_ends=go_on is ignored",
        "budget.run_usd=100 is ignored",
        "budget.prices=openai/gpt-5 is ignored",
        "workers.auto_execute=false (default)",
    ] {
        assert!(told.contains(said), "{said} is not in\n{told}");
    }
    let tight =
        "workers:\n  sandbox: required\n  parallel: 1\n  when_opencode_ends: end\nbudget:\n  run_usd: 0\n";
    let settings = Place::new().write("project/providers.yaml", tight).runs(&[]).unwrap();
    assert_eq!((settings.sandbox, settings.parallel), (SandboxMode::Required, 1));
    assert!(!settings.outlive_opencode && settings.budget.run_usd == 0.0);
    // What the person allowed, the project may use.
    let place = Place::new()
        .write("person/providers.yaml", "workers:\n  network: true\n  sandbox: off\n  auto_execute: true\n")
        .write("project/providers.yaml", "workers:\n  network: true\n  sandbox: off\n  auto_execute: true\n");
    let settings = place.runs(&[]).unwrap();
    assert!(settings.network && settings.auto_execute && settings.sandbox == SandboxMode::Off);
}

#[test]
fn a_project_does_not_get_the_workers_key() {
    let yaml = "workers:\n  provider: openai\n  model: m\n  endpoint: https://elsewhere.example/v1\n";
    let place = Place::new().write("project/providers.yaml", yaml);
    for name in ["OPENAI_API_KEY", "ROZET_WORKERS_API_KEY"] {
        let settings = place.runs(&[(name, "the-persons")]).unwrap();
        let Choice::Remote(model) = &settings.model else { panic!("a remote model") };
        assert!(model.api_key.is_none() && model.key_withheld, "{name}");
        assert!(settings.secrets().is_empty());
    }
    assert!(place.told(&[("OPENAI_API_KEY", "the-persons")]).contains("workers: credentials=withheld"));
}

#[test]
fn a_project_cannot_allow_models_that_the_person_does_not() {
    let place = Place::new()
        .write(
            "person/providers.yaml",
            "opencode:\n  disabled_models: [dear]\n  allowed_models_only: true\n  allowed_models: [a/b]\n",
        )
        .write(
            "project/providers.yaml",
            "opencode:\n  disabled_models: [slow]\n  allowed_models_only: true\n  allowed_models: [dear]\n",
        );
    let opencode = place.runs(&[]).unwrap().opencode;
    assert_eq!(opencode.disabled_models, ["slow", "dear"]);
    assert_eq!(opencode.allowed_models.unwrap(), ["a/b"]);
    assert!(place.told(&[]).contains("opencode.allowed_models=ignored: the project may not"));
    let place = place.write("person/providers.yaml", "budget: {}\n");
    assert_eq!(place.runs(&[]).unwrap().opencode.allowed_models.unwrap(), ["dear"]);
}

#[test]
fn the_workers_model_is_their_own_or_the_orchestrators() {
    let yaml = "orchestrator:\n  provider: groq\n  model: planner\nworkers:\n  max_steps: 10\n";
    let place = Place::new().write("person/providers.yaml", yaml);
    let name = |settings: &RunSettings| match &settings.model {
        Choice::Remote(model) => format!("{}/{}", model.provider.name(), model.model),
        _ => "none".to_owned(),
    };
    let settings = place.runs(&[("ROZET_USE_OPEN_CODE_TOOLS", "0"), ("GROQ_API_KEY", "k")]).unwrap();
    assert_eq!((name(&settings).as_str(), settings.worker), ("groq/planner", WorkerKind::Local));
    assert_eq!(settings.secrets(), ["k"]);
    assert_eq!(place.runs(&[]).unwrap().worker, WorkerKind::Opencode);
    let own = [("ROZET_WORKERS_PROVIDER", "openai"), ("ROZET_WORKERS_MODEL", "worker")];
    let settings = place.runs(&own).unwrap();
    assert_eq!((name(&settings).as_str(), settings.worker), ("openai/worker", WorkerKind::Local));
    // The variable for people who know it goes over what the provider suggests.
    let both = [own[0], own[1], ("ROZET_USE_OPEN_CODE_TOOLS", "1")];
    assert_eq!(place.runs(&both).unwrap().worker, WorkerKind::Opencode);
    let opencode = place.write("person/providers.yaml", "workers:\n  provider: opencode\n  model: a/b\n");
    let settings = opencode.runs(&[]).unwrap();
    assert_eq!((settings.worker, settings.opencode.model.as_deref()), (WorkerKind::Opencode, Some("a/b")));
}

#[test]
fn wrong_values_are_named_with_where_they_stand() {
    for (variables, said) in [
        (vec![("ROZET_USE_OPEN_CODE_TOOLS", "maybe")], "ROZET_USE_OPEN_CODE_TOOLS: expected 1 or 0"),
        (vec![("ROZET_AUTO_EXECUTE", "2")], "ROZET_AUTO_EXECUTE: expected 1 or 0"),
        (
            vec![("ROZET_USE_OPEN_CODE_TOOLS", "0")],
            "workers.provider: local workers (ROZET_USE_OPEN_CODE_TOOLS)",
        ),
        (vec![("ROZET_WORKERS_PARALLEL", "many")], "ROZET_WORKERS_PARALLEL: expected a whole number"),
        (
            vec![("ROZET_WORKERS_PARALLEL", "33")],
            "workers.parallel: expected 1 to 32 (ROZET_WORKERS_PARALLEL)",
        ),
        (vec![("ROZET_WORKERS_PROVIDER", "offline")], "workers.provider: expected one of openai"),
        (vec![("ROZET_WORKERS_MODEL", "m")], "workers.provider: a model is named (ROZET_WORKERS_MODEL)"),
        (vec![("ROZET_WORKERS_PROVIDER", "groq")], "workers.model: must be set for groq"),
        ([GROQ.as_slice(), &[("ROZET_WORKERS_TEMPERATURE", "3")]].concat(), "workers.temperature: expected"),
        ([GROQ.as_slice(), &[("ROZET_WORKERS_ENDPOINT", "x")]].concat(), "workers.endpoint: expected"),
    ] {
        let Err(error) = Place::new().runs(&variables) else { panic!("{variables:?} was accepted") };
        assert!(error.to_string().starts_with(said), "{error}");
    }
    for (yaml, said) in [
        ("workers:\n  provider: magic\n", "workers.provider: expected one of"),
        ("workers:\n  sandbox: maybe\n", "workers.sandbox: expected one of auto, required, off"),
        ("workers:\n  tools: some\n", "workers.tools: expected one of worker, replace, off"),
        ("workers:\n  when_opencode_ends: weep\n", "workers.when_opencode_ends: expected one of go_on, end"),
        ("workers:\n  parallel: 0\n", "workers.parallel: expected 1 to 32"),
        ("workers:\n  max_attempts: 11\n", "workers.max_attempts: expected 1 to 10"),
        ("workers:\n  timeout_ms: 1\n", "workers.timeout_ms: expected 1000 to"),
        ("budget:\n  task_usd: -1\n", "budget.task_usd: expected 0 to"),
        ("budget:\n  run_usd: .nan\n", "budget.run_usd: expected 0 to"),
        ("budget:\n  prices:\n    a/b: { input: -1, output: 1 }\n", "budget.prices.a/b: expected US dollars"),
    ] {
        let place = Place::new().write("person/providers.yaml", yaml);
        let Err(error) = place.runs(&[]) else { panic!("{yaml} was accepted") };
        let error = error.to_string();
        assert!(error.starts_with(said) && error.contains("providers.yaml"), "{error}");
    }
}
