//! Finds the command that a step asks to run, exactly as it is to be run.

/// Verbs that a step to run something begins with.
const VERBS: [&str; 4] = ["run ", "rerun ", "re-run ", "execute "];

/// Programs that are plainly a command when they follow the verb.
const PROGRAMS: [&str; 30] = [
    "bash", "bun", "cargo", "composer", "deno", "dotnet", "go", "gradle", "java", "just", "make", "mvn",
    "mypy", "node", "npm", "npx", "php", "pnpm", "poetry", "pytest", "python", "python3", "ruby", "ruff",
    "sh", "tox", "tsc", "uv", "vitest", "yarn",
];

/// Words of prose: with one of them the step says more than a command.
const PROSE: [&str; 16] = [
    "a", "again", "and", "for", "from", "in", "it", "on", "please", "so", "that", "the", "to", "until",
    "using", "with",
];

/// The command, when the step is about running one and spells it out.
pub(super) fn asked_for(step: &str) -> Option<String> {
    let step = step.trim();
    let verb = VERBS
        .iter()
        .find(|verb| step.get(..verb.len()).is_some_and(|head| head.eq_ignore_ascii_case(verb)))?;
    let rest = step.get(verb.len()..)?.trim();
    if let Some((_, quoted)) = rest.split_once('`')
        && let Some((command, _)) = quoted.split_once('`')
    {
        return (!command.trim().is_empty()).then(|| command.trim().to_owned());
    }
    let mut words = rest.split_whitespace();
    let program = words.next()?;
    let known = PROGRAMS.contains(&program) || program.starts_with("./");
    let no_prose = words.all(|word| !PROSE.contains(&word.to_ascii_lowercase().as_str()));
    (known && no_prose).then(|| rest.to_owned())
}

/// Whether the step is nothing but running the tests.
pub(super) fn runs_tests(step: &str) -> bool {
    let step = step.trim().to_ascii_lowercase();
    [
        "run the tests",
        "run all tests",
        "run tests",
        "run the test suite",
        "make the tests pass",
        "make sure the tests pass",
    ]
    .iter()
    .any(|phrase| step.starts_with(phrase))
}

/// Whether the step's result is to be tested: `with tests`, `write tests for …`.
pub(super) fn speaks_of_tests(step: &str) -> bool {
    let step = step.to_ascii_lowercase();
    let mut words = step.split(|character: char| !character.is_alphanumeric());
    words.any(|word| matches!(word, "test" | "tests" | "tested"))
}

#[cfg(test)]
mod tests {
    use super::asked_for;

    #[test]
    fn commands_are_taken_as_they_stand_and_prose_is_not_one() {
        for (step, command) in [
            ("run python3 hello.py", Some("python3 hello.py")),
            ("Run `npm test -- --run` and look", Some("npm test -- --run")),
            ("execute ./build.sh", Some("./build.sh")),
            ("run it", None),
            ("run the tests", None),
            ("run cargo test in the shop crate", None),
            ("running late", None),
            ("run ``", None),
        ] {
            assert_eq!(asked_for(step).as_deref(), command, "{step}");
        }
    }
}
