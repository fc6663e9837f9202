//! How many tests passed, read from what the test programs print.

use std::ops::AddAssign;

/// How the tests of one program, or of many, came out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) skipped: u32,
}

/// Who prints the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `cargo test` and wasm-bindgen-test: `test result: ok. 2 passed; 0 failed; 0 ignored; …`
    Cargo,
    /// `bun test`: ` 12 pass`, ` 0 fail`, ` 1 skip`, each on its line.
    Bun,
    /// vitest: `Tests  1 failed | 12 passed | 1 skipped (14)`
    Vitest,
    /// `node --test`: `# pass 12` or `ℹ pass 12`, and so on, each on its line.
    Node,
    /// Nothing to count: the program as a whole is one test.
    Whole,
}

impl Dialect {
    /// What one line says; nothing for most lines.
    pub(crate) fn count(self, line: &str) -> Count {
        let line = line.trim();
        let clauses: Vec<&str> = match self {
            Self::Cargo => match line.strip_prefix("test result:").and_then(|rest| rest.split_once(". ")) {
                Some((_, numbers)) => numbers.split(';').collect(),
                None => return Count::default(),
            },
            Self::Vitest => match line.strip_prefix("Tests ") {
                Some(numbers) => numbers.split('|').collect(),
                None => return Count::default(),
            },
            Self::Bun => vec![line],
            Self::Node => match line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) {
                Some(turned) => {
                    return turned
                        .split_once(' ')
                        .map(|(word, number)| one(number.parse().unwrap_or_default(), word))
                        .unwrap_or_default();
                }
                None => return Count::default(),
            },
            Self::Whole => return Count::default(),
        };
        let mut count = Count::default();
        for clause in clauses {
            let mut words = clause.split_whitespace();
            let (Some(Ok(number)), Some(word)) = (words.next().map(str::parse::<u32>), words.next()) else {
                continue;
            };
            if self == Self::Bun && words.next().is_some() {
                continue;
            }
            count += one(number, word);
        }
        count
    }
}

fn one(number: u32, word: &str) -> Count {
    let mut count = Count::default();
    match word {
        "passed" | "pass" => count.passed = number,
        "failed" | "fail" => count.failed = number,
        "ignored" | "skipped" | "skip" | "todo" => count.skipped = number,
        _ => {}
    }
    count
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(dialect: Dialect, line: &str, passed: u32, failed: u32, skipped: u32) {
        assert_eq!(dialect.count(line), Count { passed, failed, skipped }, "{line}");
    }

    #[test]
    fn every_dialect_is_understood() {
        let cargo = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.1s";
        is(Dialect::Cargo, cargo, 12, 3, 1);
        is(Dialect::Bun, " 12 pass", 12, 0, 0);
        is(Dialect::Bun, " 2 fail", 0, 2, 0);
        is(Dialect::Node, "# pass 9", 9, 0, 0);
        is(Dialect::Node, "ℹ fail 2", 0, 2, 0);
        is(Dialect::Node, "# skipped 1", 0, 0, 1);
        is(Dialect::Vitest, "      Tests  4 failed | 12 passed | 1 skipped (17)", 12, 4, 1);
        is(Dialect::Vitest, "      Tests  3 passed (3)", 3, 0, 0);
    }

    #[test]
    fn other_lines_say_nothing() {
        for line in
            ["Test Files  2 passed (2)", "running 3 tests", "", "3 pass the salt", "# tests 3", "12 passed"]
        {
            for dialect in [Dialect::Cargo, Dialect::Vitest, Dialect::Bun, Dialect::Node, Dialect::Whole] {
                if (dialect, line) != (Dialect::Bun, "12 passed") {
                    is(dialect, line, 0, 0, 0);
                }
            }
        }
    }
}
