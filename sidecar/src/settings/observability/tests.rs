use super::*;
use crate::settings::Flags;
use crate::settings::testing::Place;

fn settings(place: &Place, variables: &[(&str, &str)]) -> Result<ObservabilitySettings, ConfigError> {
    ObservabilitySettings::resolve(&place.layers(variables, Flags::default())?)
}

#[test]
fn without_a_word_events_are_kept_here_for_ninety_days() {
    let settings = settings(&Place::new(), &[]).unwrap();
    assert!(settings.enabled && settings.forward_to.is_none() && settings.kept == Kinds::default());
    assert_eq!(settings.store_options(), StoreOptions::default());
}

#[test]
fn the_persons_file_and_variables_decide() {
    let place = Place::new().write(
        "person/providers.yaml",
        "observability:\n  durability: power\n  retention_days: 7\n  max_bytes: 64MiB\n\
         \x20 redact: { variables: [MY_PASSPHRASE], keep: [jwt] }\n",
    );
    let settings = settings(
        &place,
        &[
            ("MY_PASSPHRASE", "correct horse"),
            ("ROZET_OBSERVABILITY_URL", "http://127.0.0.1:4321"),
            ("ROZET_OBSERVABILITY_ENABLED", "0"),
        ],
    )
    .unwrap();
    assert_eq!(settings.durability, Durability::Power);
    assert_eq!((settings.max_age, settings.max_bytes), (7 * DAY, 64 << 20));
    assert_eq!(settings.secrets(), ["correct horse"]);
    assert!(settings.kept.has(SecretKind::Jwt) && !settings.kept.has(SecretKind::ApiKey));
    assert_eq!(settings.forward_to.unwrap().as_str(), "http://127.0.0.1:4321/");
    assert!(!settings.enabled);
}

#[test]
fn a_project_masks_more_and_decides_nothing_else() {
    let place = Place::new()
        .write(
            "project/providers.yaml",
            "observability:\n  durability: power\n  retention_days: 1\n  max_bytes: 16MiB\n\
             \x20 redact: { variables: [THEIRS], keep: [api-key] }\n",
        )
        .write("project/.env", "ROZET_OBSERVABILITY_URL=http://elsewhere.example\nTHEIRS=opensesame\n");
    let layers = place.layers(&[], Flags::default()).unwrap();
    let mut report = Report::default();
    let settings = ObservabilitySettings::reported(&layers, &mut report).unwrap();
    assert_eq!(settings.store_options(), StoreOptions::default());
    assert!(settings.forward_to.is_none() && settings.kept == Kinds::default());
    assert_eq!(settings.secrets(), ["opensesame"]);
    let ignored = report.0.iter().filter(|row| row.value.starts_with("ignored"));
    assert_eq!(ignored.count(), 5, "{report:?}");
}

#[test]
fn what_makes_no_sense_is_named() {
    for (text, named) in [
        ("durability: maybe", "observability.durability"),
        ("retention_days: 0", "observability.retention_days"),
        ("max_bytes: 1kB", "observability.max_bytes"),
        ("max_bytes: a lot", "observability.max_bytes"),
        ("redact: { keep: [all] }", "observability.redact.keep"),
    ] {
        let place = Place::new().write("person/providers.yaml", &format!("observability:\n  {text}\n"));
        let message = settings(&place, &[]).err().unwrap().to_string();
        assert!(message.starts_with(named) && message.contains("expected"), "{message}");
    }
    for url in ["nonsense", "ftp://127.0.0.1", "127.0.0.1:4000"] {
        let message = settings(&Place::new(), &[("ROZET_OBSERVABILITY_URL", url)]).err().unwrap().to_string();
        assert!(message.starts_with("ROZET_OBSERVABILITY_URL"), "{message}");
    }
}

#[test]
fn a_password_in_the_address_is_not_shown() {
    let place = Place::new();
    let variables = [("ROZET_OBSERVABILITY_URL", "http://me:hunter22@127.0.0.1:4321")];
    let layers = place.layers(&variables, Flags::default()).unwrap();
    let mut report = Report::default();
    let settings = ObservabilitySettings::reported(&layers, &mut report).unwrap();
    assert_eq!(settings.forward_to.unwrap().password(), Some("hunter22"));
    assert!(!format!("{report:?}").contains("hunter22"));
}
