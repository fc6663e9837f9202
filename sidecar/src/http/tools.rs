//! Tool calls of OpenCode's agents: the same tools that local workers use.

use super::Shared;
use super::error::ApiError;
use super::events::json;
use crate::clock::now_ms;
use crate::runs::{self, Adopted, Coordinator};
use crate::settings::{Flags, SandboxMode};
use crate::tools::{
    self, Host, Leases, Pending, ReadOnly, ToolContext, ToolDefinition, ToolError, ToolOutput,
};
use crate::worker;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use rozet_observability::event::MAX_ID_BYTES;
use rozet_observability::store::Store;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path as FilePath, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// Workspaces that are remembered with what was read in them.
const MAX_CONTEXTS: usize = 64;

/// Finds where a call works: in which workspace, with whose rights.
pub(crate) trait Contexts: Send + Sync {
    /// The context of a session in a folder. It is dropped when the call is over.
    ///
    /// # Errors
    /// When tools must not work there.
    fn of(&self, session_id: Option<&str>, directory: &FilePath) -> Result<ToolContext, ToolError>;
}

#[derive(Serialize)]
pub(super) struct Definitions {
    tools: Vec<ToolDefinition>,
}

/// `GET /v1/tools`.
pub(super) async fn list() -> Json<Definitions> {
    Json(Definitions { tools: tools::definitions() })
}

#[derive(Deserialize)]
struct Call {
    directory: PathBuf,
    #[serde(default)]
    session_id: Option<String>,
    #[serde(default)]
    arguments: Value,
}

/// `POST /v1/tools/{name}`: calls a tool; a caller that goes away ends the call.
pub(super) async fn call(
    State(state): Shared,
    Path(name): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let call: Call = json(body)?;
    if call.session_id.as_ref().is_some_and(|id| id.is_empty() || id.len() > MAX_ID_BYTES) {
        return Err(ApiError::field("session_id", "expected 1 to 256 bytes of text"));
    }
    let adopted = call.session_id.as_deref().and_then(|session_id| state.coordinator.adopted(session_id));
    let answer = match adopted {
        Some(adopted) => attempts_call(&adopted, &name, &call.arguments).await,
        None => match state.contexts.of(call.session_id.as_deref(), &call.directory) {
            Ok(mut context) => {
                if name == "execute_bash" {
                    confine(&state.coordinator, &mut context).await;
                }
                Box::pin(tools::call(&name, &call.arguments, &context)).await
            }
            Err(error) => Err(error),
        },
    };
    Ok(match answer {
        Ok(output) => Json::<ToolOutput>(output).into_response(),
        Err(error) => {
            let body = json!({"error": {"code": code(&error), "message": error.to_string()}});
            (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
        }
    })
}

/// Takes over what the settings say of commands in this folder; where they cannot be read, the safe defaults stay.
async fn confine(coordinator: &Coordinator, context: &mut ToolContext) {
    let directory = context.root.to_string_lossy().into_owned();
    if let Ok(settings) = coordinator.settings(&directory, Flags::default()).await {
        context.sandbox = settings.sandbox;
        context.network = settings.network;
    }
}

/// A call of a session that works at a task: watched as that attempt's own.
async fn attempts_call(adopted: &Adopted, name: &str, arguments: &Value) -> Result<ToolOutput, ToolError> {
    let Some(overseer) = adopted.overseer() else { return Err(ToolError::Cancelled) };
    worker::watched_call(&*overseer, name, arguments, &adopted.tools).await
}

const fn code(error: &ToolError) -> &'static str {
    match error {
        ToolError::Arguments(_) => "arguments",
        ToolError::Refused(_) => "refused",
        ToolError::Failed(_) => "failed",
        ToolError::Cancelled => "cancelled",
    }
}

/// Contexts of sessions that belong to no run: one for each session and folder, with leases that last for a call.
pub(crate) struct AdHoc {
    host: Arc<Host>,
    cancel: CancellationToken,
    known: Mutex<Known>,
    leased: Arc<Leased>,
    store: Store,
}

/// Contexts with the count of the call that used them last.
#[derive(Default)]
struct Known {
    calls: u64,
    contexts: BTreeMap<(Option<String>, PathBuf), (u64, ToolContext)>,
}

impl AdHoc {
    pub(crate) fn new(host: Arc<Host>, store: Store, cancel: CancellationToken) -> Self {
        Self { host, cancel, known: Mutex::default(), leased: Arc::default(), store }
    }
}

impl Contexts for AdHoc {
    fn of(&self, session_id: Option<&str>, directory: &FilePath) -> Result<ToolContext, ToolError> {
        let real = self.host.workspace(directory)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.calls += 1;
        let now = known.calls;
        let key = (session_id.map(str::to_owned), real.clone());
        let context = match known.contexts.get_mut(&key) {
            Some((last, context)) if context.is_current() => {
                *last = now;
                context.clone()
            }
            _ => {
                let none = Arc::new(ReadOnly);
                let mode = SandboxMode::Auto;
                let context =
                    ToolContext::new(directory, none, mode, false, self.cancel.child_token(), &self.host)?;
                let oldest =
                    known.contexts.iter().min_by_key(|(_, (last, _))| *last).map(|(key, _)| key.clone());
                if let (true, Some(oldest)) = (known.contexts.len() >= MAX_CONTEXTS, oldest) {
                    known.contexts.remove(&oldest);
                }
                known.contexts.insert(key, (now, context.clone()));
                context
            }
        };
        let owner = session_id.unwrap_or_default().to_owned();
        let leases = ForCall {
            leased: Arc::clone(&self.leased),
            store: self.store.clone(),
            directory: real,
            owner,
            held: Mutex::default(),
        };
        Ok(context.with_leases(Arc::new(leases)))
    }
}

/// Who writes what, and in how many calls.
#[derive(Default)]
struct Leased(Mutex<BTreeMap<PathBuf, (String, usize)>>);

/// The leases of one call; given back when it is over.
struct ForCall {
    leased: Arc<Leased>,
    store: Store,
    directory: PathBuf,
    owner: String,
    held: Mutex<Vec<PathBuf>>,
}

impl Leases for ForCall {
    fn write<'a>(&'a self, path: &'a str) -> Pending<'a, Result<(), ToolError>> {
        Box::pin(async move {
            self.look_for_workers(path).await?;
            self.take(path)
        })
    }
}

impl ForCall {
    /// What a task may write is that task's alone.
    async fn look_for_workers(&self, path: &str) -> Result<(), ToolError> {
        let full = self.directory.join(path).to_string_lossy().into_owned();
        let holder = self.store.lease_holder(full, now_ms()).await;
        match holder {
            Ok(None) => Ok(()),
            Ok(Some(owner)) => Err(ToolError::Refused(format!(
                "{path} is being written by {}: wait until that task is done",
                runs::owner_words(&owner)
            ))),
            Err(_) => Err(ToolError::Failed("the leases cannot be read: try again".to_owned())),
        }
    }

    fn take(&self, path: &str) -> Result<(), ToolError> {
        let full = self.directory.join(path);
        let mut leased = self.leased.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (owner, count) = leased.entry(full.clone()).or_insert_with(|| (self.owner.clone(), 0));
        if *owner != self.owner {
            return Err(ToolError::Refused(format!(
                "{path} is being written by another session: try again later"
            )));
        }
        *count += 1;
        self.held.lock().unwrap_or_else(PoisonError::into_inner).push(full);
        Ok(())
    }
}

impl Drop for ForCall {
    fn drop(&mut self) {
        let held = std::mem::take(self.held.get_mut().unwrap_or_else(PoisonError::into_inner));
        let mut leased = self.leased.0.lock().unwrap_or_else(PoisonError::into_inner);
        for path in held {
            if let Some((_, count)) = leased.get_mut(&path) {
                *count -= 1;
                if *count == 0 {
                    leased.remove(&path);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ad_hoc(home: &FilePath) -> AdHoc {
        let store =
            Store::open(&home.join("rozet.db"), 0, rozet_observability::store::StoreOptions::default())
                .unwrap();
        AdHoc::new(Host::of_test(home, None), store, CancellationToken::new())
    }

    #[tokio::test]
    async fn whole_homes_and_systems_are_no_workspaces() {
        let home = tempfile::tempdir().unwrap();
        let contexts = ad_hoc(home.path());
        let project = home.path().join("project");
        std::fs::create_dir_all(&project).unwrap();
        std::fs::create_dir_all(home.path().join(".ssh")).unwrap();
        std::fs::write(home.path().join("file"), "").unwrap();
        assert!(contexts.of(None, &project).is_ok());
        let parent = home.path().parent().unwrap();
        for refused in [
            FilePath::new("/"),
            FilePath::new("project"),
            home.path(),
            parent,
            &home.path().join("gone"),
            &home.path().join("file"),
            &home.path().join(".ssh"),
            &project.join(".."),
        ] {
            assert!(matches!(contexts.of(None, refused), Err(ToolError::Refused(_))), "{refused:?}");
        }
    }

    #[tokio::test]
    async fn what_a_session_read_is_remembered_while_the_folder_is_the_same() {
        let home = tempfile::tempdir().unwrap();
        let contexts = ad_hoc(home.path());
        let project = home.path().join("project");
        let write = async || {
            let context = contexts.of(Some("one"), &project).unwrap();
            tools::call("write_file", &json!({"path": "a", "content": "x"}), &context).await
        };
        std::fs::create_dir_all(&project).unwrap();
        write().await.unwrap();
        write().await.unwrap();
        std::fs::rename(&project, home.path().join("aside")).unwrap();
        std::fs::create_dir_all(&project).unwrap();
        std::fs::write(project.join("a"), "another").unwrap();
        assert!(write().await.is_err());
        std::fs::remove_file(project.join("a")).unwrap();
        write().await.unwrap();
        assert!(project.join("a").exists());
    }

    #[tokio::test]
    async fn a_path_is_one_sessions_for_the_length_of_a_call() {
        let home = tempfile::tempdir().unwrap();
        let contexts = ad_hoc(home.path());
        let project = home.path().join("project");
        std::fs::create_dir_all(&project).unwrap();
        let one = contexts.of(Some("one"), &project).unwrap();
        let again = contexts.of(Some("one"), &project).unwrap();
        let two = contexts.of(Some("two"), &project).unwrap();
        one.leases.write("a").await.unwrap();
        again.leases.write("a").await.unwrap();
        assert!(matches!(two.leases.write("a").await, Err(ToolError::Refused(_))));
        two.leases.write("b").await.unwrap();
        drop(one);
        assert!(two.leases.write("a").await.is_err());
        drop(again);
        two.leases.write("a").await.unwrap();
    }
}
