//! How long the gate thinks about a prompt of 4 KB: natively, and as wasm in OpenCode's own Bun.

use super::Measured;
use super::number::quantile;
use crate::home::Home;
use crate::process;
use anyhow::{Context, Result};
use rozet_plugin_wasm::gate::{Asked, Before, judge};
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

const BYTES: usize = 4_096;
const RUNS: usize = 20_000;
const NATIVE_LIMIT_MS: f64 = 0.020;
const WASM_LIMIT_MS: f64 = 0.100;
const SCRIPT_WITHIN: Duration = Duration::from_mins(2);

/// Prompts as people type them, repeated to 4 KB.
const PARAGRAPHS: [&str; 3] = [
    "The upload page in src/pages/upload.tsx shows an error when the file is larger than 10 MB, and the retry button does \
     nothing after that. Please look at how the request is made in src/api/client.ts, move the size check into its own \
     function, and show the message below the button.\n",
    "- add a table for orders with a foreign key to customers\n- write the migration and its way back\n- cover both with \
     tests, then update docs/schema.md\n",
    "thread 'main' panicked at src/store.rs:42:17: called `Option::unwrap()` on a `None` value; why does this happen only \
     after a restart, and what does the index have to do with it?\n",
];

#[derive(Serialize, Deserialize)]
struct Times {
    p50_ms: f64,
    p99_ms: f64,
}

/// Measures both; `wasm` is the folder of a core that exports its gate.
///
/// # Errors
/// When the script fails.
pub async fn gate(opencode: &Path, scripts: &Path, wasm: &Path) -> Result<Vec<Measured>> {
    let prompts: Vec<String> = PARAGRAPHS.map(of_full_length).into();
    let mut times = Vec::with_capacity(RUNS);
    for prompt in prompts.iter().cycle().take(RUNS) {
        let asked = Asked {
            text: black_box(prompt),
            agent: None,
            child: false,
            attachments: 0,
            before: Before::Nothing,
        };
        let began = Instant::now();
        black_box(judge(&asked));
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    let home = Home::temporary()?;
    let mut command = home.command(opencode);
    // OpenCode is a compiled Bun program, which this variable turns back into Bun.
    command
        .env("BUN_BE_BUN", "1")
        .arg(scripts.join("gate.mjs"))
        .arg(wasm)
        .arg(serde_json::to_string(&prompts)?);
    let finished =
        process::run(&mut command, SCRIPT_WITHIN).await?.success().context("the measuring script")?;
    let wasm: Times = serde_json::from_str(finished.stdout.lines().last().unwrap_or_default())
        .with_context(|| format!("the measuring script printed {}", finished.stdout))?;
    Ok(vec![
        Measured::time(
            format!("gate, 4 KB prompt, native, median of {RUNS}"),
            quantile(&mut times, 0.5),
            Some(NATIVE_LIMIT_MS),
        ),
        Measured::time("gate, 4 KB prompt, wasm in Bun, p50", wasm.p50_ms, None),
        Measured::time("gate, 4 KB prompt, wasm in Bun, p99", wasm.p99_ms, Some(WASM_LIMIT_MS)),
    ])
}

fn of_full_length(paragraph: &str) -> String {
    let text = paragraph.repeat(BYTES / paragraph.len() + 1);
    text.get(..text.floor_char_boundary(BYTES)).unwrap_or_default().to_owned()
}
