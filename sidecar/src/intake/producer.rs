//! A producer of events: numbers them, and appends them to its spool before they are sent.

use crate::{clock, identity};
use rozet_observability::event::{Event, EventKind};
use serde_json::{Map, Value};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// An event before it has its identity.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) source_app: &'static str,
    pub(crate) session_id: String,
    pub(crate) kind: EventKind,
    /// A JSON object.
    pub(crate) payload: Value,
}

/// One process's numbered events and their spool file.
pub(crate) struct Producer {
    id: String,
    last_seq: u64,
    spool: Option<(PathBuf, File)>,
}

impl Producer {
    /// A producer of this process that speaks as `source`; without a spool file when none can be made.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub(crate) fn new(source: &str, spool_folder: &Path) -> std::io::Result<Self> {
        let id = format!("{source}.{}.{}", std::process::id(), identity::random_hex(4)?);
        let path = spool_folder.join(format!("{id}.jsonl"));
        let spool = match File::options().create(true).append(true).open(&path) {
            Ok(file) => Some((path, file)),
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "no spool file: events are not kept across a crash");
                None
            }
        };
        Ok(Self { id, last_seq: 0, spool })
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Gives a draft its number and time.
    pub(crate) fn event(&mut self, draft: Draft) -> Event {
        self.last_seq += 1;
        let payload = match draft.payload {
            Value::Object(payload) => payload,
            other => Map::from_iter([("value".to_owned(), other)]),
        };
        Event {
            event_id: format!("{}.{}", self.id, self.last_seq),
            producer: self.id.clone(),
            seq: self.last_seq,
            source_app: draft.source_app.to_owned(),
            session_id: draft.session_id,
            hook_event_type: draft.kind.as_str().to_owned(),
            payload,
            timestamp: clock::now_ms(),
            model_name: None,
            summary: None,
            extra: Map::new(),
        }
    }

    /// Appends events to the spool, in one write.
    pub(crate) fn spool(&mut self, events: &[Event]) {
        let Some((path, file)) = &mut self.spool else { return };
        let mut lines = String::new();
        for event in events {
            if let Ok(line) = serde_json::to_string(event) {
                lines.push_str(&line);
                lines.push('\n');
            }
        }
        if let Err(error) = file.write_all(lines.as_bytes()) {
            tracing::warn!(%error, path = %path.display(), "events cannot be spooled");
        }
    }

    /// Empties the spool when everything up to the newest event is stored.
    pub(crate) fn acknowledge(&mut self, seq: u64) {
        if seq >= self.last_seq
            && let Some((_, file)) = &self.spool
        {
            // A spool that cannot be cut is read again later; its events are known by then.
            let _ = file.set_len(0);
        }
    }

    /// Removes an empty spool file.
    pub(crate) fn finish(&mut self) {
        if let Some((path, file)) = self.spool.take()
            && file.metadata().is_ok_and(|metadata| metadata.len() == 0)
        {
            let _ = std::fs::remove_file(path);
        }
    }
}
