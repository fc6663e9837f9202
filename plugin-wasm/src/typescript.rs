//! The TypeScript declarations of everything that crosses into JavaScript: the shared words, then the
//! core's inputs and effects.

use crate::{effect, input};
use rozet_observability::typescript::{declarations as words, push, tools};
use ts_rs::{Config, TS};

const HEADER: &str = "// Generated from the Rust types by `cargo xtask types`. Do not edit.\n\n";

/// The whole file for the dashboard, which knows only the words.
#[must_use]
pub fn words_file() -> String {
    format!("{HEADER}{}\n", words().trim_end())
}

/// The whole file of the workers' tools.
#[must_use]
pub fn tools_file() -> String {
    format!("{HEADER}{}", tools())
}

/// The whole file for the npm package, which also drives the core.
#[must_use]
pub fn core_file() -> String {
    let config = Config::default();
    let mut out = format!("{HEADER}{}", words());
    macro_rules! declare {
        ($($name:ty),* $(,)?) => { $( push(&mut out, &<$name as TS>::decl(&config), <$name as TS>::docs()); )* };
    }
    declare!(
        input::Start,
        input::Settings,
        input::Thinking,
        input::Envelope,
        input::Input,
        input::Prompt,
        input::Params,
        input::Todo,
        input::MessageUsage,
        input::Overhead,
        input::HookOverhead,
        effect::Effect,
        effect::NoticeLevel,
    );
    format!("{}\n", out.trim_end())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    fn assert_same(path: &str, expected: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == expected, "{} differs from the Rust types: run `cargo xtask types`", path.display());
    }

    #[test]
    fn generated_types_are_up_to_date() {
        assert_same("js/src/generated/types.ts", &super::core_file());
        assert_same("js/src/generated/tools.ts", &super::tools_file());
        assert_same("observability/dashboard/src/generated/types.ts", &super::words_file());
    }
}
