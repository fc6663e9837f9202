//! Looks at workspaces, and remembers for a moment: prompts come in bursts, and several sessions share a workspace.

use super::super::prompt::MAX_REQUEST_CHARS;
use super::{Facts, look, named};
use rozet_observability::link::PlanRequest;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::Instant;

/// Longest look at a workspace, on a slow disk or in a vast tree.
const LOOK_FOR: Duration = Duration::from_millis(300);
/// How long a look holds.
const HOLDS_FOR: Duration = Duration::from_secs(5);

/// The workspaces that were looked at within the last seconds.
#[derive(Default)]
pub(crate) struct Workspaces(Mutex<HashMap<String, Look>>);

struct Look {
    at: Instant,
    facts: Arc<OnceCell<Facts>>,
}

impl Workspaces {
    /// What is known of the request's workspace and of the files that it names; nothing of either when looking takes too
    /// long.
    pub(crate) async fn look(&self, request: &PlanRequest) -> Facts {
        let cell = self.cell(&request.directory);
        let directory = request.directory.clone();
        let text: String = request.text.chars().take(MAX_REQUEST_CHARS).collect();
        let looking = async {
            let here = directory.clone();
            let facts =
                cell.get_or_try_init(|| tokio::task::spawn_blocking(move || look(Path::new(&here)))).await?;
            let named = tokio::task::spawn_blocking(move || named(Path::new(&directory), &text)).await?;
            Ok::<_, tokio::task::JoinError>(Facts { named, ..facts.clone() })
        };
        match tokio::time::timeout(LOOK_FOR, looking).await {
            Ok(Ok(facts)) => facts,
            Ok(Err(_)) | Err(_) => Facts::default(),
        }
    }

    fn cell(&self, directory: &str) -> Arc<OnceCell<Facts>> {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.retain(|_, look| look.at.elapsed() < HOLDS_FOR);
        let look = looks
            .entry(directory.to_owned())
            .or_insert_with(|| Look { at: Instant::now(), facts: Arc::default() });
        Arc::clone(&look.facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::tests::request;

    #[tokio::test]
    async fn a_look_holds_for_a_moment_and_named_files_are_looked_at_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let mut asked = request("fix a.py");
        asked.directory = folder.path().to_str().unwrap().to_owned();
        let workspaces = Workspaces::default();
        assert_eq!(workspaces.look(&asked).await.named, [("a.py".to_owned(), false)]);
        std::fs::write(folder.path().join("a.py"), "").unwrap();
        let second = workspaces.look(&asked).await;
        assert_eq!((second.named, second.top), (vec![("a.py".to_owned(), true)], Vec::<String>::new()));
        tokio::time::pause();
        tokio::time::advance(HOLDS_FOR).await;
        tokio::time::resume();
        assert_eq!(workspaces.look(&asked).await.top, ["a.py"]);
    }
}
