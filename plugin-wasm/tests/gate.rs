//! The gate against prompts of the kinds that people really type.

use std::io::Write;

use rozet_plugin_wasm::gate::{Asked, Before, Decision, judge};

const PROMPTS: &str = include_str!("gate_prompts.tsv");
const LEAST_RIGHT: f64 = 0.97;

#[test]
fn nearly_all_prompts_are_judged_right() {
    let (mut total, mut misses, mut planned_talk) = (0, Vec::new(), Vec::new());
    let mut section = "";
    for line in PROMPTS.lines().filter(|line| !line.is_empty()) {
        if let Some(title) = line.strip_prefix('#') {
            section = title.trim();
            continue;
        }
        let [label, language, prompt] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("three columns expected: {line}");
        };
        let text = prompt.replace("\\n", "\n");
        let verdict =
            judge(&Asked { text: &text, agent: None, child: false, attachments: 0, before: Before::Nothing });
        let planned = verdict.decision != Decision::Skip;
        total += 1;
        if planned != (label == "plan") {
            misses.push(format!(
                "{label}\t{language}\t{prompt}\n\t\tjudged {} ({})",
                verdict.decision.as_str(),
                verdict.reason
            ));
            let is_talk = section.starts_with("greetings") || section.starts_with("plain questions");
            if label == "skip" && (is_talk || prompt.ends_with(['?', '？', '؟'])) {
                planned_talk.push(prompt.to_owned());
            }
        }
    }
    let right = f64::from(total - u32::try_from(misses.len()).unwrap()) / f64::from(total);
    // Past the capture of tests that pass: the misses are to be seen.
    let shown = format!(
        "{total} prompts, {:.1}% right, {} misses:\n{}",
        right * 100.0,
        misses.len(),
        misses.join("\n")
    );
    writeln!(std::io::stderr(), "{shown}").unwrap();
    assert!(total >= 400);
    assert!(right >= LEAST_RIGHT, "only {:.1}% right:\n{}", right * 100.0, misses.join("\n"));
    assert!(planned_talk.is_empty(), "greetings or questions were planned: {planned_talk:?}");
}
