//! A plan that somebody wrote into a file.

use anyhow::{Context as _, bail};
use rozet_observability::run::PlanDraft;
use std::path::Path;

/// Largest file, in bytes.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Reads YAML, of which JSON is a part.
pub(super) fn read(path: &Path) -> anyhow::Result<PlanDraft> {
    let shown = path.display();
    let metadata = std::fs::metadata(path).with_context(|| format!("cannot read {shown}"))?;
    if metadata.len() > MAX_BYTES {
        bail!("{shown} is larger than {MAX_BYTES} bytes: this is no plan");
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    serde_saphyr::from_str(&text).map_err(|error| {
        let message = error.to_string();
        anyhow::anyhow!("{shown}: {}", message.lines().next().unwrap_or("not a plan"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_and_json_are_read_and_mistakes_named_with_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.yaml");
        for text in [
            "summary: s\ntasks:\n  - task_id: T1\n    description: d\n    checks: [{type: file_exists, path: a}]\n",
            r#"{"summary":"s","tasks":[{"task_id":"T1","description":"d","checks":[{"type":"command","command":"true"}]}]}"#,
        ] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(read(&path).unwrap().tasks[0].checks.len(), 1);
        }
        std::fs::write(&path, "summary: s\ntasks:\n  - task: T1\n").unwrap();
        let message = read(&path).unwrap_err().to_string();
        assert!(message.contains("plan.yaml") && message.contains("line 3"), "{message}");
    }
}
