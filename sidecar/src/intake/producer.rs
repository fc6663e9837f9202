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

/// A spool is cut when it is longer than this, in bytes, and all of it is stored: cutting one costs more than writing to
/// it, and stored events that are read again are known.
const CUT_AT_BYTES: usize = 64 * 1024;

/// One process's numbered events and their spool file.
pub(crate) struct Producer {
    id: String,
    last_seq: u64,
    spool: Option<Spool>,
}

struct Spool {
    path: PathBuf,
    file: File,
    bytes: usize,
    /// Writes of which nobody knows yet whether their events are stored.
    open: usize,
    /// Events in it could not be stored: it stays for the next start.
    needed: bool,
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
            Ok(file) => Some(Spool { path, file, bytes: 0, open: 0, needed: false }),
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

    /// Appends events to the spool, in one write. [`Self::stored`] or [`Self::not_stored`] follows.
    pub(crate) fn spool(&mut self, events: &[Event]) {
        let Some(spool) = &mut self.spool else { return };
        let mut lines = String::new();
        for event in events {
            if let Ok(line) = serde_json::to_string(event) {
                lines.push_str(&line);
                lines.push('\n');
            }
        }
        spool.open += 1;
        match spool.file.write_all(lines.as_bytes()) {
            Ok(()) => spool.bytes += lines.len(),
            Err(error) => {
                tracing::warn!(%error, path = %spool.path.display(), "events cannot be spooled");
            }
        }
    }

    /// The events of one write are stored.
    pub(crate) fn stored(&mut self) {
        let Some(spool) = &mut self.spool else { return };
        spool.open = spool.open.saturating_sub(1);
        if spool.is_done() && spool.bytes > CUT_AT_BYTES && spool.file.set_len(0).is_ok() {
            spool.bytes = 0;
        }
    }

    /// The events of one write could not be stored.
    pub(crate) fn not_stored(&mut self) {
        if let Some(spool) = &mut self.spool {
            spool.open = spool.open.saturating_sub(1);
            spool.needed = true;
        }
    }

    /// Removes the spool file when everything in it is stored.
    pub(crate) fn finish(&mut self) {
        if let Some(spool) = self.spool.take_if(|spool| spool.is_done()) {
            let _ = std::fs::remove_file(spool.path);
        }
    }
}

impl Spool {
    /// Whether everything in it is stored.
    const fn is_done(&self) -> bool {
        self.open == 0 && !self.needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn spool(producer: &mut Producer, text: &str) {
        let payload = json!({"text": text});
        let draft = Draft { source_app: "rozet-cli", session_id: "s".into(), kind: EventKind::Stop, payload };
        let event = producer.event(draft);
        producer.spool(&[event]);
    }

    fn length(folder: &tempfile::TempDir, producer: &Producer) -> Option<u64> {
        let path = folder.path().join(format!("{}.jsonl", producer.id()));
        std::fs::metadata(path).map(|metadata| metadata.len()).ok()
    }

    #[test]
    fn a_spool_is_cut_when_it_is_long_and_everything_in_it_is_stored() {
        let folder = tempfile::tempdir().unwrap();
        let mut producer = Producer::new("rozet-cli", folder.path()).unwrap();
        spool(&mut producer, "a");
        spool(&mut producer, &"x".repeat(CUT_AT_BYTES));
        producer.stored();
        assert!(length(&folder, &producer) > Some(64 * 1024));
        producer.finish();
        assert!(length(&folder, &producer) > Some(64 * 1024));
        producer.stored();
        assert_eq!(length(&folder, &producer), Some(0));
        spool(&mut producer, "short");
        producer.stored();
        assert!(length(&folder, &producer) > Some(0));
        producer.finish();
        assert_eq!(length(&folder, &producer), None);
    }

    #[test]
    fn events_that_could_not_be_stored_stay() {
        let folder = tempfile::tempdir().unwrap();
        let mut producer = Producer::new("rozet-cli", folder.path()).unwrap();
        spool(&mut producer, &"x".repeat(CUT_AT_BYTES));
        producer.not_stored();
        spool(&mut producer, "a");
        producer.stored();
        producer.finish();
        assert!(length(&folder, &producer) > Some(64 * 1024));
    }
}
